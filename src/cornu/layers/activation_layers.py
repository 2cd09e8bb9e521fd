"""Activations as layers: those of one's own choice, and those with arguments or weights."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import activations, constraints, initializers, regularizers
from cornu.core.errors import describe, show_shape
from cornu.layers.arguments import not_negative
from cornu.layers.axes import given_axes, known_sizes, positions
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer


class Activation(Layer):
    """Applies an activation function to each number: $a = f(x)$.

    Args:
        activation: name or function.

    Input shape:
        any

    Output shape:
        that of the input

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Activation("relu")(np.array([[-1.0, 2.0]])).tolist()
        [[0.0, 2.0]]
    """

    samplewise = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return self.activation(inputs)


class ReLU(Layer):
    r"""The rectified linear unit, with a limit, a slope below and a threshold.

    $$a = \begin{cases} M & x \ge M \\ x & t < x < M \\ s\,(x - t) & x \le t \end{cases}$$

    Args:
        max_value: $M$, None (default) for no limit.
        negative_slope: $s$, 0 by default.
        threshold: $t$, 0 by default.

    Input shape, output shape:
        any

    Raises:
        ValueError: if an argument is negative, or None where it may not be.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.ReLU(max_value=6)(np.array([-1.0, 2.0, 8.0])).tolist()
        [0.0, 2.0, 6.0]

    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """

    samplewise = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else not_negative(self, "max_value", max_value)
        self.negative_slope = not_negative(self, "negative_slope", negative_slope)
        self.threshold = not_negative(self, "threshold", threshold)
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """Rectified, but with a slope below 0: x where x >= 0, else s x.

    Args:
        negative_slope: s, 0.3 by default (the function `activations.leaky_relu` has 0.2).

    Input shape, output shape:
        any

    Raises:
        ValueError: if `negative_slope` is negative or None.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.LeakyReLU(0.5)(np.array([-4.0, 2.0])).tolist()
        [-2.0, 2.0]

    Source: Maas et al., Rectifier nonlinearities improve neural network acoustic models, 2013.
    """

    samplewise = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            raise ValueError(
                'LeakyReLU has no argument "alpha". Its slope is called "negative_slope": '
                f"LeakyReLU(negative_slope={describe(kwargs['alpha'])})."
            )
        super().__init__(**kwargs)
        self.negative_slope = not_negative(self, "negative_slope", negative_slope)
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return activations.leaky_relu(inputs, self.negative_slope)


class PReLU(Layer):
    r"""Rectified, with a learnt slope below 0: x where x >= 0, else $\alpha x$.

    There is one $\alpha$ for each number of a sample, or fewer where axes share it.

    Args:
        alpha_initializer: of $\alpha$, 'zeros' by default.
        alpha_regularizer: penalty on $\alpha$, added to the loss.
        alpha_constraint: applied to $\alpha$ after each update.
        shared_axes: the axis, or list of axes, along which $\alpha$ is the same: [1, 2] gives an
            image one per channel.

    Input shape, output shape:
        any; the sizes of the axes that are not shared must be known

    Raises:
        ValueError: if `shared_axes` has an axis that the input has not, the batch, or one twice, or
            a size is not known.
        TypeError: if `shared_axes` is no whole number or list of them.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.PReLU(alpha_initializer="ones", shared_axes=[1, 2])
        >>> outputs = layer(-np.ones((1, 4, 4, 3)))
        >>> layer.alpha.shape
        (1, 1, 3)

    Source: He et al., Delving deep into rectifiers, 2015.
    """

    samplewise = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        given = shared_axes if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        none = shared_axes is None or not given
        self.shared_axes = None if none else given_axes(self, given, "shared_axes")
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shared = positions(self, self.shared_axes or [], input_shape, "shared_axes")
        if 0 in shared:
            raise ValueError(
                f'PReLU "{self.name}": shared_axes={self.shared_axes} has the batch (axis 0), which '
                f"shares all slopes anyway. The axes of an input of shape {show_shape(input_shape)} "
                f"to choose from are 1 to {len(input_shape) - 1}."
            )
        own = tuple(axis for axis in range(1, len(input_shape)) if axis not in shared)
        sizes = dict(zip(own, known_sizes(self, input_shape, own), strict=True))
        self.alpha = self.add_weight(
            tuple(sizes.get(axis, 1) for axis in range(1, len(input_shape))),
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes=sizes)

    def call(self, inputs: jax.Array) -> jax.Array:
        return jnp.where(inputs > 0, inputs, self.alpha.value * inputs)


class ELU(Layer):
    """The exponential linear unit: x where x > 0, else alpha (e^x - 1).

    Args:
        alpha: minus the limit on the left; 1 by default.

    Input shape, output shape:
        any

    Raises:
        ValueError: if `alpha` is no number.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.ELU()(np.array([-100.0, 2.0])).tolist()
        [-1.0, 2.0]

    Source: Clevert et al., Fast and accurate deep network learning by exponential linear units
    (2016).
    """

    samplewise = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(alpha, (int, float)) or isinstance(alpha, bool):
            raise ValueError(f'ELU "{self.name}": alpha must be a number, got alpha={describe(alpha)}.')
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return activations.elu(inputs, self.alpha)


class Softmax(Layer):
    """Probabilities: e^xᵢ / Σⱼ e^xⱼ along an axis.

    Args:
        axis: the axis, or list of axes, along which the results sum to 1; the last by default.

    Call arguments:
        inputs: the scores.
        mask: which of them take part: booleans, or numbers of which those above 0.5 do, of a shape
            that broadcasts to that of the input. The others get probability 0.

    Input shape, output shape:
        any

    Raises:
        ValueError: if the input has no such axis, one is named twice, or the mask does not fit.
        TypeError: if `axis` is no whole number or list of them.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Softmax()
        >>> layer(np.array([[0.0, 0.0, 9.0]]), mask=np.array([[True, True, False]])).tolist()
        [[0.5, 0.5, 0.0]]
    """

    samplewise = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = given_axes(self, axis)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        self._axes = positions(self, self.axis, input_shape)
        self.samplewise = 0 not in self._axes

    def call(self, inputs: jax.Array, mask: Any = None) -> jax.Array:
        if mask is None:
            return activations.softmax(inputs, self._axes)
        _check_mask(self, mask, inputs)
        mask = mask if mask.dtype == bool else mask > 0.5
        lowest = -1e9 if inputs.dtype != jnp.float16 else -3e4  # far below any score
        return jnp.where(mask, activations.softmax(jnp.where(mask, inputs, lowest), self._axes), 0)


def _check_mask(layer: Softmax, mask: Any, inputs: Any) -> None:
    """Refuses a mask that does not broadcast to the inputs."""
    pairs = zip(reversed(mask.shape), reversed(inputs.shape), strict=False)
    if mask.ndim > inputs.ndim or any(a not in (1, b) for a, b in pairs):
        raise ValueError(
            f'Softmax "{layer.name}" takes a mask whose sizes, from the last axis on, are 1 or those of '
            f"its input, but got a mask of shape {show_shape(mask.shape)} with an input of shape "
            f"{show_shape(inputs.shape)}. A mask of steps, of shape (batch, steps), is written "
            "mask[:, :, None]."
        )


__all__ = ["ELU", "Activation", "LeakyReLU", "PReLU", "ReLU", "Softmax"]
