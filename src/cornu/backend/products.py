"""Products of tensors, and normalization."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu import ops
from cornu.core.errors import describe, did_you_mean
from cornu.core.settings import DATA_FORMATS, image_data_format
from cornu.core.symbolic import known_shape
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = [
    *("batch_dot", "batch_normalization", "bias_add", "dot", "in_top_k"),
    *("normalize_batch_in_training",),
]

LETTERS = "abcdefghijklmnopqrstuvw"


def dot(x: Any, y: Any) -> Any:
    """The sum over the last axis of x and the last but one of y: (2, 3) · (4, 3, 5) is (2, 4, 5).

    Example:
        >>> dot([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
        [[11.0]]
    """
    return ops.dot(x, y)


@op(samplewise=True, face="K")
def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """The product of each element of a batch with its counterpart, summed over one axis of each.

    Args:
        x: (batch, ...).
        y: (batch, ...).
        axes: the axis of x and that of y, as a pair, or one number for both. Default: the last of x,
            and of y the last but one, or the last where it has but two.

    Returns:
        (batch, rest of x, rest of y); (batch, 1) for two tables.

    Raises:
        ValueError: if there is no batch axis, the axes are wrong, or the sizes differ.

    Example:
        >>> batch_dot([[1.0, 2.0]], [[3.0, 4.0]]).tolist()
        [[11.0]]
    """
    x, y = tensor(x), tensor(y)
    if min(x.ndim, y.ndim) < 2:
        raise ValueError(
            f"K.batch_dot: both need a batch axis and one more, but x is {describe(x)} and y "
            f"{describe(y)}. For tensors without a batch write K.dot(x, y)."
        )
    if axes is None:
        axes = (x.ndim - 1, y.ndim - 1 if y.ndim == 2 else y.ndim - 2)
    pair = (axes, axes) if isinstance(axes, int) else tuple(axes)
    if len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
        raise ValueError(f"K.batch_dot: axes is one number or a pair of numbers, got {axes!r}.")
    if not all(-rank <= axis < rank for axis, rank in zip(pair, (x.ndim, y.ndim), strict=True)):
        raise ValueError(f"K.batch_dot: axes={axes!r}, but x has {x.ndim} axes and y {y.ndim}.")
    first, second = pair[0] % x.ndim, pair[1] % y.ndim
    if 0 in (first, second):
        raise ValueError("K.batch_dot: axis 0 is that of the batch, which is not summed over.")
    sizes = known_shape((x.shape[first], y.shape[second], x.shape[0], y.shape[0]))
    if any(None not in two and two[0] != two[1] for two in (sizes[:2], sizes[2:])):
        raise ValueError(
            f"K.batch_dot: x is {describe(x)} and y {describe(y)}, so the sizes of axis {first} of x "
            f"and axis {second} of y, or the numbers of rows, differ."
        )
    left = ["z", *LETTERS[: x.ndim - 1]]
    right = ["z", *LETTERS[x.ndim : x.ndim + y.ndim - 1]]
    left[first] = right[second] = "y"
    kept = [name for name in (*left, *right[1:]) if name != "y"]
    found = jnp.einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", x, y)
    return found[:, None] if x.ndim == y.ndim == 2 else found


def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether each target class is among the k with the highest predictions.

    Example:
        >>> in_top_k([[0.1, 0.7, 0.2]], [2], k=2).tolist()
        [True]
    """
    return ops.in_top_k(targets, predictions, k)


@op(samplewise=True, face="K")
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """x + bias, along the axis of the channels, or of the shape of a whole sample.

    Args:
        x: (batch, ..., channels) or (batch, channels, ...).
        bias: (channels,), or of the shape of a sample, channels last.
        data_format: 'channels_last' by default, or 'channels_first'.

    Raises:
        ValueError: if the bias has another number of axes, or the format is unknown.

    Example:
        >>> bias_add([[[1.0], [2.0]]], [5.0, 7.0], "channels_first").tolist()
        [[[6.0], [9.0]]]
    """
    x, bias = tensor(x), tensor(bias)
    data_format = checked_format("bias_add", data_format)
    if bias.ndim not in (1, x.ndim - 1):
        raise ValueError(
            f"K.bias_add: bias needs 1 axis or {x.ndim - 1}, those of a sample, but it is "
            f"{describe(bias)}."
        )
    if data_format == "channels_first" and x.ndim > 2:
        turned = jnp.moveaxis(bias, -1, 0)
        return x + (turned.reshape(-1, *[1] * (x.ndim - 2)) if bias.ndim == 1 else turned)
    return x + bias


def checked_format(name: str, data_format: str | None) -> str:
    """Where the channels are; by default last.

    Raises:
        ValueError: if it is no such format.
    """
    data_format = data_format or image_data_format()
    if data_format not in DATA_FORMATS:
        raise ValueError(
            f"K.{name}: unknown data_format={data_format!r}. "
            + did_you_mean(str(data_format), DATA_FORMATS)
        )
    return data_format


@op(samplewise=True, face="K")
def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """gamma (x - mean) / √(var + epsilon) + beta.

    Args:
        x: tensor of any shape.
        mean, var, beta, gamma: of a shape that goes with x, or one number for each along `axis`; beta
            and gamma may be None.
        axis: the last by default.
        epsilon: 0.001 by default.

    Example:
        >>> batch_normalization([[3.0]], [1.0], [4.0], [0.5], None, epsilon=0.0).tolist()
        [[1.5]]
    """
    x = tensor(x)
    along = [1] * x.ndim
    along[axis] = -1

    def fitted(value: Any) -> Any:
        value = tensor(value)
        return value.reshape(along) if value.ndim == 1 else value

    factor = jnp.reciprocal(jnp.sqrt(fitted(var) + epsilon))
    if gamma is not None:
        factor = factor * fitted(gamma)
    found = (x - fitted(mean)) * factor
    return found if beta is None else found + fitted(beta)


@op(face="K")
def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """x, normalized by the mean and variance of the batch, and these two.

    Args:
        x: tensor of any shape.
        gamma, beta: one number for each of what is not averaged; None for 1 and 0.
        reduction_axes: the axes to average over.
        epsilon: 0.001 by default.

    Example:
        >>> normed, mean, var = normalize_batch_in_training([[1.0], [3.0]], None, None, [0])
        >>> mean.tolist(), var.tolist()
        ([2.0], [1.0])
    """
    x = tensor(x)
    axes = tuple(axis % x.ndim for axis in reduction_axes)
    shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    mean, var = jnp.mean(x, axis=axes), jnp.var(x, axis=axes)
    found = (x - mean.reshape(shape)) * jnp.reciprocal(jnp.sqrt(var.reshape(shape) + epsilon))
    found = found if gamma is None else found * tensor(gamma).reshape(shape)
    return found if beta is None else found + tensor(beta).reshape(shape), mean, var
