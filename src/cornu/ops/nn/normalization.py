"""Mean and variance, and tensors standardized or made to have a length of 1."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.errors import NotBuiltYetError, show_shape, warn
from cornu.ops.arguments import alone, whole
from cornu.ops.formulas import moments as formulas
from cornu.ops.op import along_rows, op
from cornu.ops.tensors import floating, tensor

__all__ = ["batch_normalization", "layer_normalization", "moments", "normalize", "rms_normalization"]

EPSILON = 1e-7


def _layer(x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, *_: Any, **__: Any) -> bool:
    return along_rows(x, axis) and alone("x")(x, gamma, beta)


@op(samplewise=lambda x, axes, *_, **__: along_rows(x, axes))
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> Any:
    """The mean and the variance along axes: mean(x) and mean((x - mean(x))²), in float32 at least.

    Args:
        x: tensor of any shape.
        axes: axis, or tuple of axes, to go along.
        keepdims: whether those axes stay, with size 1. Default: False.
        synchronized: False.

    Raises:
        NotBuiltYetError: if `synchronized`.

    >>> [part.item() for part in moments([1, 3], 0)]
    [2.0, 1.0]
    """
    if synchronized:
        raise NotBuiltYetError(
            "ops.moments(synchronized=True): leave it out. A program of JAX's computes over the whole "
            "batch, however many devices share it."
        )
    x = floating(x)
    axes = tuple(axes) if isinstance(axes, (list, tuple)) else (axes,)
    limits: Any = jnp.finfo(x.dtype)  # type: ignore[no-untyped-call]
    found: Any = formulas.moments(_exact(x), _from_start(x, axes))
    found = [jnp.clip(part, limits.min, limits.max).astype(x.dtype) for part in found]
    return tuple(found if keepdims else (jnp.squeeze(part, axes) for part in found))


@op(samplewise=alone("x"))
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """Standardizes by a mean and a variance: scale (x - mean) / √(variance + epsilon) + offset.

    Args:
        x: tensor of any shape.
        mean, variance: as many numbers as x has along the axis.
        axis: of the channels.
        offset, scale: likewise. Default: 0 and 1.
        epsilon: keeps the root from 0. Default: 0.001.

    Raises:
        ValueError: if there are more or fewer numbers.

    >>> batch_normalization([[1.0, 9.0]], [1.0, 5.0], [4.0, 4.0], -1, epsilon=0).tolist()
    [[0.0, 2.0]]
    """
    x = floating(x)
    given = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    parts = {
        name: _spread(name, value, x, (axis,)) for name, value in given.items() if value is not None
    }
    return formulas.standardized(
        x, parts["mean"], parts["variance"], epsilon, parts.get("scale", 1), parts.get("offset", 0)
    )


@op(samplewise=_layer)
def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: Any = None, **kwargs: Any
) -> Any:
    """Standardizes along axes: gamma (x - mean) / √(variance + epsilon) + beta, in float32 at least.

    Args:
        x: tensor of any shape but ().
        gamma, beta: numbers for the places along the axes. Default: 1 and 0.
        axis: axis, or several. Default: the last.
        epsilon: keeps the root from 0. Default: 1e-7.
        rms_scaling: for old programs: gamma x / √(variance + epsilon), with a warning.

    Raises:
        ValueError: if gamma or beta has other sizes.

    >>> layer_normalization([[1.0, 3.0]], beta=[1.0, 10.0], epsilon=0).tolist()
    [[0.0, 11.0]]
    """
    old = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"there is no argument {next(iter(kwargs))!r}.")
    if old:
        warn(
            "ops.layer_normalization(rms_scaling=True) divides by the standard deviation, not by the "
            "root mean square. For that, write ops.rms_normalization."
        )
    x = floating(x)
    exact, axes = _exact(x), _from_start(x, axis)
    mean, variance = formulas.moments(exact, axes)
    scale = 1 if gamma is None else _spread("gamma", gamma, exact, axes)
    offset = 0 if beta is None or old else _spread("beta", beta, exact, axes)
    mean, epsilon = 0 if old else mean, EPSILON if epsilon is None else epsilon
    return formulas.standardized(exact, mean, variance, epsilon, scale, offset).astype(x.dtype)


@op(samplewise=lambda x, scale=None, axis=-1, *_, **__: _layer(x, scale, None, axis))
def rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: Any = None) -> Any:
    """Divides by the root mean square along axes: scale x / √(mean(x²) + epsilon), in float32 at least.

    Args:
        x: tensor of any shape.
        scale: numbers that are multiplied with. Default: 1.
        axis: axis, or several. Default: the last.
        epsilon: keeps the root from 0. Default: 1e-7.

    >>> rms_normalization([[2.0, -2.0]], epsilon=0).tolist()
    [[1.0, -1.0]]
    """
    x = jnp.atleast_1d(floating(x))
    exact = _exact(x)
    square = jnp.mean(jnp.square(exact), _from_start(x, axis), keepdims=True)
    exact = exact * lax.rsqrt(square + (EPSILON if epsilon is None else epsilon))
    return (exact if scale is None else exact * tensor(scale)).astype(x.dtype)


@op(samplewise=lambda x, axis=-1, *_, **__: along_rows(x, axis))
def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: Any = None) -> Any:
    """Divides by the length along axes: x / max((Σ |x|^order)^(1 / order), epsilon).

    Args:
        x: tensor of any shape.
        axis: axis, or several. Default: the last.
        order: a whole number, 1 or more. Default: 2.
        epsilon: the least number that is divided by. Default: 1e-7.

    Raises:
        ValueError: if `order` is none.

    >>> normalize([1, 3], order=1).tolist()
    [0.25, 0.75]
    """
    order, x = whole("order", order), jnp.atleast_1d(floating(x))
    axes, least = _from_start(x, axis), EPSILON if epsilon is None else epsilon
    exact = _exact(x)
    powers = jnp.square(exact) if order == 2 else jnp.abs(exact) ** order
    total = jnp.sum(powers, axes, keepdims=True)
    found = total > least**order  # the root of 0 has no derivative
    length = jnp.where(found, jnp.where(found, total, 1) ** (1 / order), least)
    return (exact / length).astype(x.dtype)


def _exact(x: Any) -> Any:
    """In float32 at least."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _from_start(x: Any, axis: Any) -> tuple[int, ...]:
    """Axes counted from the start."""
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    missing = [each for each in axes if not -x.ndim <= each < x.ndim]
    if missing:
        raise ValueError(
            f"there is no axis {missing[0]} in shape {show_shape(x.shape)}. Axes are counted from 0, "
            "or from the end as -1, -2."
        )
    return tuple(sorted(each % x.ndim for each in axes))


def _spread(name: str, value: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Numbers for the places along some axes, with the rank of x."""
    value, axes = tensor(value), _from_start(x, axes)
    sizes = [x.shape[axis] for axis in axes]
    if value.ndim == x.ndim or value.ndim == 0:
        return value
    if list(value.shape) != sizes:
        raise ValueError(
            f"{name} must have shape {show_shape(sizes)}, that of x along axis "
            f"{', '.join(map(str, axes))}, but has shape {show_shape(value.shape)}."
        )
    return value.reshape([x.shape[axis] if axis in axes else 1 for axis in range(x.ndim)])
