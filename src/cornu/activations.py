"""Activations: the functions between the layers, under Keras's names.

All take an array or a symbolic tensor `x` of any shape and give one of the same shape; only `glu`
halves an axis.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.config import custom_object_scope, lookup
from cornu.core.config import serialize as _serialize
from cornu.core.errors import describe, show_shape
from cornu.core.recorded import along_rows, recorded

__all__ = [
    *("celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu"),
    *("hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish"),
    *("relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus"),
    *("softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "step", "swish"),
    *("tanh", "tanh_shrink", "threshold"),
    *("deserialize", "get", "serialize"),
]


def _array(x: Any) -> jax.Array:
    """Lists, NumPy arrays and variables as JAX arrays."""
    if isinstance(x, jax.Array):
        return x
    return jnp.asarray(x)


def _floats(x: Any) -> jax.Array:
    """The same, integers as floats."""
    array = _array(x)
    if jnp.issubdtype(array.dtype, jnp.inexact):
        return array
    return lax.convert_element_type(array, jnp.result_type(float))


def linear(x: Any) -> Any:
    """The input itself: x.

    >>> linear(3)
    3
    """
    return x


@recorded()
def step(x: Any) -> jax.Array:
    """Heaviside's step: 1 where x >= 0, else 0. Its gradient is 0 everywhere.

    >>> step([-2.0, 0.0, 2.0]).tolist()
    [0.0, 1.0, 1.0]

    Source: Rosenblatt, The perceptron, 1958.
    """
    x = _array(x)
    return lax.convert_element_type(x >= 0, x.dtype)


@recorded(at_once=True)
def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> jax.Array:
    """The rectified linear unit: max(x, 0).

    In general max_value where x >= max_value, x where x > threshold, and
    negative_slope (x - threshold) below.

    Args:
        x: an array.
        negative_slope: slope below the threshold; 0 by default.
        max_value: the largest result; None (default) for no limit.
        threshold: where the slope begins; 0 by default.

    Example:
        >>> relu([-10.0, -5.0, 0.0, 5.0]).tolist()
        [0.0, 0.0, 0.0, 5.0]
        >>> relu([-10.0, 5.0, 10.0], negative_slope=0.5, max_value=6.0).tolist()
        [-5.0, 5.0, 6.0]

    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """
    x = _array(x)
    if threshold == 0 and max_value is None:
        return jax.nn.leaky_relu(x, negative_slope) if negative_slope else _rectified(x)
    above = jnp.where(x > threshold, x, 0) if threshold else jax.nn.relu(x)
    if max_value is not None:
        above = jnp.clip(above, 0, max_value)
    return above - negative_slope * jax.nn.relu(threshold - x) if negative_slope else above


def _rectified(x: jax.Array) -> jax.Array:
    """max(x, 0) as a selection, whose gradient is the same selection: two kernels fewer per step
    than maximum's."""
    return lax.select(x <= 0, lax.full_like(x, 0), x)


@recorded(at_once=True)
def leaky_relu(x: Any, negative_slope: float = 0.2) -> jax.Array:
    """Rectified, but with a slope below 0: x where x >= 0, else negative_slope x.

    >>> leaky_relu([-10.0, 10.0]).tolist()
    [-2.0, 10.0]

    Source: Maas et al., Rectifier nonlinearities improve neural network acoustic models, 2013.
    """
    return jax.nn.leaky_relu(_array(x), negative_slope)


@recorded()
def relu6(x: Any) -> jax.Array:
    """Rectified up to 6: min(max(x, 0), 6).

    >>> relu6([-1.0, 3.0, 10.0]).tolist()
    [0.0, 3.0, 6.0]
    """
    return jax.nn.relu6(_array(x))


@recorded(at_once=True)
def sigmoid(x: Any) -> jax.Array:
    """The logistic function: 1 / (1 + e^(-x)), from 0 to 1.

    Its derivative p (1 - p) is kept at 1e-7 or more, so that a saturated output can still learn from
    a crossentropy: the two together give p - y.

    >>> round(float(sigmoid(2.2)), 2)
    0.9
    """
    return _logistic(_floats(x))


@jax.custom_jvp
def _logistic(x: jax.Array) -> jax.Array:
    return lax.logistic(x)


@_logistic.defjvp
def _logistic_jvp(primals: Any, tangents: Any) -> Any:
    p = lax.logistic(primals[0])
    inside = lax.clamp(p.dtype.type(1e-7), p, p.dtype.type(1 - 1e-7))
    return p, tangents[0] * inside * (1 - inside)


@recorded(at_once=True)
def tanh(x: Any) -> jax.Array:
    """The hyperbolic tangent: (e^x - e^(-x)) / (e^x + e^(-x)), from -1 to 1.

    >>> tanh([0.0, 100.0]).tolist()
    [0.0, 1.0]
    """
    return lax.tanh(_floats(x))


@recorded()
def exponential(x: Any) -> jax.Array:
    """The exponential function: e^x.

    >>> exponential([0.0]).tolist()
    [1.0]
    """
    return lax.exp(_floats(x))


@recorded(along_rows, at_once=True)
def softmax(x: Any, axis: Any = -1) -> jax.Array:
    """Probabilities: e^xᵢ / Σⱼ e^xⱼ along an axis.

    Args:
        x: an array.
        axis: the axis, or tuple of axes, along which the results sum to 1; the last by default.

    Raises:
        ValueError: if x is a single number.

    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    return jax.nn.softmax(_with_axis(_floats(x), "softmax"), axis)


@recorded(along_rows)
def log_softmax(x: Any, axis: Any = -1) -> jax.Array:
    """The logarithm of softmax: xᵢ - log Σⱼ e^xⱼ along an axis.

    Args:
        x: an array.
        axis: the axis, or tuple of axes; the last by default.

    Raises:
        ValueError: if x is a single number.

    Example:
        >>> log_softmax([0.0, -1000.0]).tolist()
        [0.0, -1000.0]
    """
    return jax.nn.log_softmax(_with_axis(_floats(x), "log_softmax"), axis)


def _with_axis(x: jax.Array, name: str) -> jax.Array:
    """An array that is no single number."""
    if x.ndim == 0:
        raise ValueError(
            f"{name}: x must have at least one axis, got a single number of shape (). "
            "For one probability use sigmoid."
        )
    return x


@recorded(along_rows)
def sparsemax(x: Any, axis: int = -1) -> jax.Array:
    """Probabilities of which many are exactly 0: max(x - τ, 0), with τ such that they sum to 1.

    Args:
        x: an array.
        axis: the axis along which the results sum to 1; the last by default.

    Raises:
        ValueError: if x is a single number.

    Example:
        >>> sparsemax([0.0, 0.5, 2.0]).tolist()
        [0.0, 0.0, 1.0]

    Source: Martins and Astudillo, From softmax to sparsemax, 2016.
    """
    x = jnp.moveaxis(_with_axis(_floats(x), "sparsemax"), axis, -1)
    descending = jnp.flip(jnp.sort(x), -1)
    rank = jnp.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    excess = jnp.cumsum(descending, axis=-1) - 1
    support = descending * rank > excess
    count = jnp.sum(support, axis=-1, keepdims=True).astype(x.dtype)
    total = jnp.sum(jnp.where(support, descending, 0), axis=-1, keepdims=True)
    return jnp.moveaxis(jnp.maximum(x - (total - 1) / count, 0), -1, axis)


@recorded(at_once=True)
def elu(x: Any, alpha: float = 1.0) -> jax.Array:
    """The exponential linear unit: x where x > 0, else alpha (e^x - 1).

    >>> elu([-100.0, 2.0]).tolist()
    [-1.0, 2.0]

    Source: Clevert et al., Fast and accurate deep network learning by exponential linear units
    (2016).
    """
    return jax.nn.elu(_floats(x), alpha)


@recorded()
def celu(x: Any, alpha: float = 1.0) -> jax.Array:
    """An ELU with a continuous slope: x where x >= 0, else alpha (e^(x / alpha) - 1).

    >>> celu([-100.0, 2.0], alpha=0.5).tolist()
    [-0.5, 2.0]

    Source: Barron, Continuously differentiable exponential linear units, 2017.
    """
    if alpha == 0:
        raise ValueError("celu: alpha must not be 0, got alpha=0. Use relu, which is its limit.")
    return jax.nn.celu(_floats(x), alpha)


@recorded(at_once=True)
def selu(x: Any) -> jax.Array:
    """The scaled ELU: 1.0507 x where x > 0, else 1.0507 · 1.6733 (e^x - 1).

    With `LecunNormal` weights it keeps mean 0 and variance 1 from layer to layer.

    >>> round(float(selu(1.0)), 4)
    1.0507

    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """
    return jax.nn.selu(_floats(x))


@recorded(at_once=True)
def gelu(x: Any, approximate: bool = False) -> jax.Array:
    """The Gaussian error linear unit: x Φ(x), with Φ the standard normal distribution function.

    Args:
        x: an array.
        approximate: whether Φ(x) is replaced by (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2; False
            by default.

    Example:
        >>> round(float(gelu(1.0)), 4)
        0.8413

    Source: Hendrycks and Gimpel, Gaussian error linear units, 2016.
    """
    return jax.nn.gelu(_floats(x), approximate)


@recorded(at_once=True)
def silu(x: Any) -> jax.Array:
    """The sigmoid linear unit, or swish: x sigmoid(x).

    >>> silu([0.0, 100.0]).tolist()
    [0.0, 100.0]

    Source: Ramachandran et al., Searching for activation functions, 2017.
    """
    x = _floats(x)
    return lax.mul(x, lax.logistic(x))


@recorded()
def mish(x: Any) -> jax.Array:
    """A smooth function like swish: x tanh(softplus(x)).

    >>> mish([0.0, 100.0]).tolist()
    [0.0, 100.0]

    Source: Misra, Mish: a self regularized non-monotonic activation function, 2019.
    """
    return jax.nn.mish(_floats(x))


@recorded(along_rows)
def glu(x: Any, axis: int = -1) -> jax.Array:
    """The gated linear unit: a sigmoid(b), with x split into the halves a and b.

    Args:
        x: an array whose size along `axis` is even; the result has half that size.
        axis: the last by default.

    Raises:
        ValueError: if the size is odd.

    Example:
        >>> glu([4.0, 0.0]).tolist()
        [2.0]

    Source: Dauphin et al., Language modeling with gated convolutional networks, 2017.
    """
    x = _with_axis(_floats(x), "glu")
    if x.shape[axis] % 2:
        raise ValueError(
            f"glu: x must have an even size along axis={axis}, got shape {show_shape(x.shape)}. "
            "Give the layer before it an even number of units."
        )
    return jax.nn.glu(x, axis)


@recorded(at_once=True)
def softplus(x: Any) -> jax.Array:
    """A smooth rectifier: log(1 + e^x).

    >>> round(float(softplus(0.0)), 4)
    0.6931

    Source: Dugas et al., Incorporating second-order functional knowledge for better option
    pricing (2001).
    """
    return jax.nn.softplus(_floats(x))


@recorded()
def log_sigmoid(x: Any) -> jax.Array:
    """The logarithm of the sigmoid: -log(1 + e^(-x)).

    >>> log_sigmoid([-1000.0]).tolist()
    [-1000.0]
    """
    return lax.neg(jax.nn.softplus(-_floats(x)))


@recorded()
def softsign(x: Any) -> jax.Array:
    """A slower tanh: x / (1 + |x|).

    >>> softsign([-1.0, 3.0]).tolist()
    [-0.5, 0.75]
    """
    return jax.nn.soft_sign(_floats(x))


@recorded()
def squareplus(x: Any, b: float = 4) -> jax.Array:
    """A softplus without exponentials: (x + √(x² + b)) / 2.

    >>> squareplus([0.0]).tolist()
    [1.0]

    Source: Barron, Squareplus: a softplus-like algebraic rectifier, 2021.
    """
    return jax.nn.squareplus(_floats(x), b)


@recorded()
def sparse_plus(x: Any) -> jax.Array:
    """A softplus that is exactly 0 for x <= -1 and x for x >= 1: (x + 1)² / 4 between.

    >>> sparse_plus([-2.0, 0.0, 2.0]).tolist()
    [0.0, 0.25, 2.0]
    """
    return jax.nn.sparse_plus(_floats(x))


@recorded()
def sparse_sigmoid(x: Any) -> jax.Array:
    """A line instead of a sigmoid: (x + 1) / 2, kept between 0 and 1.

    >>> sparse_sigmoid([-2.0, 0.0, 2.0]).tolist()
    [0.0, 0.5, 1.0]

    Source: Blondel et al., Learning classifiers with Fenchel-Young losses, 2019.
    """
    return jax.nn.sparse_sigmoid(_floats(x))


@recorded()
def hard_sigmoid(x: Any) -> jax.Array:
    """A line instead of a sigmoid: x / 6 + 1/2, kept between 0 and 1.

    >>> hard_sigmoid([-3.0, 0.0, 3.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    return jax.nn.hard_sigmoid(_floats(x))


@recorded()
def old_hard_sigmoid(x: Any) -> jax.Array:
    """What Keras 2 called hard_sigmoid: 0.2 x + 0.5 within [0, 1]. Models in its files hold it.

    >>> old_hard_sigmoid([-3.0, 0.0, 1.0]).tolist()
    [0.0, 0.5, 0.699999988079071]
    """
    return jnp.clip(0.2 * _floats(x) + 0.5, 0.0, 1.0)


@recorded()
def hard_silu(x: Any) -> jax.Array:
    """Swish with a line instead of a sigmoid: x hard_sigmoid(x).

    >>> hard_silu([0.0, 1.5, 3.0]).tolist()
    [0.0, 1.125, 3.0]

    Source: Howard et al., Searching for MobileNetV3, 2019.
    """
    return jax.nn.hard_silu(_floats(x))


@recorded()
def hard_tanh(x: Any) -> jax.Array:
    """A line instead of a tanh: x, kept between -1 and 1.

    >>> hard_tanh([-2.0, 0.5, 2.0]).tolist()
    [-1.0, 0.5, 1.0]
    """
    return jax.nn.hard_tanh(_array(x))


@recorded()
def tanh_shrink(x: Any) -> jax.Array:
    """What tanh takes away: x - tanh(x).

    >>> tanh_shrink([0.0]).tolist()
    [0.0]
    """
    x = _floats(x)
    return lax.sub(x, lax.tanh(x))


@recorded()
def hard_shrink(x: Any, threshold: float = 0.5) -> jax.Array:
    """Sets small numbers to 0: x where |x| > threshold, else 0.

    >>> hard_shrink([-2.0, 0.4, 2.0]).tolist()
    [-2.0, 0.0, 2.0]
    """
    x = _floats(x)
    return jnp.where(jnp.abs(x) > threshold, x, 0)


@recorded()
def soft_shrink(x: Any, threshold: float = 0.5) -> jax.Array:
    """Moves numbers towards 0 by the threshold: sign(x) max(|x| - threshold, 0).

    >>> soft_shrink([-2.0, 0.4, 2.0]).tolist()
    [-1.5, 0.0, 1.5]
    """
    x = _floats(x)
    moved = jnp.where(x < -threshold, x + threshold, 0)
    return jnp.where(x > threshold, x - threshold, moved)


@recorded()
def threshold(x: Any, threshold: float, default_value: float) -> jax.Array:
    """Replaces what is not above a bound: x where x > threshold, else default_value.

    >>> threshold([-1.0, 0.0, 2.0], 0.0, -5.0).tolist()
    [-5.0, -5.0, 2.0]
    """
    x = _array(x)
    return jnp.where(x > threshold, x, default_value)


hard_swish, swish = hard_silu, silu

ACTIVATIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        *(celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh),
        *(leaky_relu, linear, log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu),
        *(soft_shrink, softmax, softplus, softsign, sparse_plus, sparse_sigmoid, sparsemax),
        *(squareplus, step, tanh, tanh_shrink, threshold, old_hard_sigmoid),
    )
} | {"hard_swish": hard_silu, "heaviside": step, "swish": silu}


def get(identifier: Any) -> Any:
    """An activation from its name, configuration, or itself (a function, a layer); None is linear.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)
    """
    return linear if identifier is None else lookup(identifier, "activation", ACTIVATIONS)


def serialize(activation: Any) -> Any:
    """The name of an activation; of a function or layer of yours, its configuration.

    Raises:
        ValueError: if it has neither, so that it could not be found again.

    Example:
        >>> serialize(relu)
        'relu'
    """
    config = _serialize(activation)
    if callable(config):
        raise ValueError(
            f"activation={describe(activation)} has no name or configuration to save. "
            "Write it as a function with def, or as a layer."
        )
    return config


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The activation that a name or configuration describes.

    Args:
        config: a name, or what `serialize` gave.
        custom_objects: names of functions or classes of yours.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> deserialize("relu") is relu
        True
    """
    with custom_object_scope(custom_objects):
        return get(config)
