"""The same elements in another shape, another order, more often."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core import dtypes
from cornu.core.context import context
from cornu.core.errors import did_you_mean
from cornu.core.symbolic import KerasTensor, known_shape
from cornu.ops.op import along_rows, along_rows_third, op, row
from cornu.ops.tensors import operand, tensor

# fmt: off
__all__ = [
    "broadcast_to", "expand_dims", "flip", "fliplr", "flipud", "moveaxis", "ndim", "pad", "ravel",
    "repeat", "reshape", "roll", "rot90", "size", "squeeze", "swapaxes", "tile", "transpose", "view",
]
PADDINGS = (
    "constant", "edge", "empty", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect",
    "symmetric", "wrap",
)
# fmt: on


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _rows_of_reshape(x: Any, newshape: Any) -> bool:
    sizes, rest = _listed(newshape), tuple(getattr(x, "shape", ()))[1:]
    if not sizes or sizes[0] not in (-1, None) or None in rest:
        return False
    return (sizes[0] is None and sizes[1:] == (-1,)) or math.prod(sizes[1:]) == math.prod(rest)


@op(samplewise=_rows_of_reshape)
def reshape(x: Any, newshape: Any) -> jax.Array:
    """The elements, row after row, in another shape.

    Args:
        newshape: sizes, or one size. One may be -1: it follows from the others. The first may be None,
            as `ops.shape` gives it for a size that is not known yet.

    >>> reshape([[1, 2, 3], [4, 5, 6]], (3, -1)).tolist()
    [[1, 2], [3, 4], [5, 6]]
    """
    x = tensor(x)
    sizes = newshape.tolist() if hasattr(newshape, "tolist") else newshape
    sizes = [sizes] if isinstance(sizes, int) else list(sizes)
    if sizes.count(None) == 1:
        first = sizes.index(None)
        if -1 not in sizes:
            sizes[first] = -1
        elif first == 0:
            sizes[0] = x.shape[0]
    if None in known_shape(x.shape) and context.probe and all(n >= 0 for n in sizes):
        return jnp.zeros(sizes, x.dtype)  # only the shape is asked for, and it is all known
    return jnp.reshape(x, sizes)


def _rows_of_expand_dims(x: Any, axis: Any) -> bool:
    axes = _listed(axis)
    rank = len(getattr(x, "shape", ())) + len(axes)
    return all(isinstance(each, int) and each % rank != 0 for each in axes)


# fmt: off
ravel = row(
    "ravel", lambda x: jnp.ravel(tensor(x)), "All elements of `x` in a vector, row after row.",
    "[[1, 2], [3, 4]]", "[1, 2, 3, 4]"
)
fliplr = row(
    "fliplr", lambda x: jnp.fliplr(tensor(x)), "The order along axis 1 of `x` turned round.",
    "[[1, 2]]", "[[2, 1]]", True
)
flipud = row(
    "flipud", lambda x: jnp.flipud(tensor(x)), "The order along axis 0 of `x` turned round.",
    "[1, 2]", "[2, 1]"
)
transpose = row(
    "transpose", lambda x, axes=None: jnp.transpose(tensor(x), axes=axes),
    "The axes in another order: axis i of the result is axis `axes[i]` of `x`; backwards by default.",
    "[[1, 2], [3, 4]]", "[[1, 3], [2, 4]]", lambda x, axes=None: axes is not None and axes[0] == 0
)
swapaxes = row(
    "swapaxes", lambda x, axis1, axis2: jnp.swapaxes(tensor(x), axis1, axis2),
    "The axes `axis1` and `axis2` change places.", "[[1, 2]], 0, 1", "[[1], [2]]",
    lambda x, axis1, axis2: along_rows(x, (axis1, axis2))
)
moveaxis = row(
    "moveaxis", lambda x, source, destination: jnp.moveaxis(tensor(x), source, destination),
    "The axis, or axes, `source` of `x` become `destination`; the others keep their order.",
    "[[1, 2]], 0, -1", "[[1], [2]]",
    lambda x, source, destination: along_rows(x, (*_listed(source), *_listed(destination)))
)
expand_dims = row(
    "expand_dims", lambda x, axis: jnp.expand_dims(tensor(x), axis),
    "A new axis of size 1, or several, which are then at `axis`.", "[1, 2], -1", "[[1], [2]]",
    _rows_of_expand_dims
)
squeeze = row(
    "squeeze", lambda x, axis=None: jnp.squeeze(tensor(x), axis=axis),
    "The axis, or axes, `axis` of size 1 are taken out; by default all whose size is known to be 1.",
    "[[[1], [2]]]", "[1, 2]", along_rows
)
broadcast_to = row(
    "broadcast_to", lambda x, shape: jnp.broadcast_to(tensor(x), shape),
    "The tensor repeated along its axes of size 1, and along new axes in front, up to `shape`.",
    "[1, 2], (2, 2)", "[[1, 2], [1, 2]]"
)
flip = row(
    "flip", lambda x, axis=None: jnp.flip(tensor(x), axis=axis),
    "The order turned round along an axis or several; by default along all.", "[[1, 2], [3, 4]], axis=1",
    "[[2, 1], [4, 3]]", along_rows
)
# fmt: on


@op(samplewise=lambda array, k=1, axes=(0, 1): along_rows(array, axes))
def rot90(array: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> jax.Array:
    """Turned by a quarter, `k` times, in the plane of two axes, from the first towards the second.

    >>> rot90([[1, 2], [3, 4]]).tolist()
    [[2, 4], [1, 3]]
    """
    if len(axes) != 2:
        raise ValueError(f"ops.rot90: `axes` are the two axes of a plane, as (0, 1), not {axes}.")
    return jnp.rot90(tensor(array), k=k, axes=(axes[0], axes[1]))


@op(samplewise=along_rows_third)
def roll(x: Any, shift: Any, axis: Any = None) -> jax.Array:
    """Moved by `shift` places along an axis, or several; what goes out at the end comes in at the start.

    By default the elements are moved as if they were one long row.

    >>> roll([1, 2, 3], 1).tolist()
    [3, 1, 2]
    """
    return jnp.roll(tensor(x), operand(shift), axis=axis)


def _rows_of_tile(x: Any, repeats: Any) -> bool:
    rank, times = len(getattr(x, "shape", ())), _listed(repeats)
    return len(times) < rank or (len(times) == rank and times[0] == 1)


@op(samplewise=_rows_of_tile)
def tile(x: Any, repeats: Any) -> jax.Array:
    """Laid side by side: `repeats` is how often along each axis, counted from the last.

    >>> tile([1, 2], 2).tolist()
    [1, 2, 1, 2]
    """
    times = _listed(repeats.tolist() if hasattr(repeats, "tolist") else repeats)
    if any(isinstance(each, int) and each < 0 for each in times):
        raise ValueError(f"ops.tile: `repeats` are whole numbers from 0 on, not {repeats}.")
    return jnp.tile(tensor(x), times)


@op(samplewise=along_rows_third)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> jax.Array:
    """Each element several times in a row, along an axis, or of all elements in one long row.

    `repeats` is how often, one number or one for each place along the axis.

    >>> repeat([1, 2], 2).tolist()
    [1, 1, 2, 2]
    """
    times = np.asarray(repeats) if isinstance(repeats, (list, tuple)) else operand(repeats)
    return jnp.repeat(tensor(x), times, axis=axis)


def _rows_of_pad(x: Any, pad_width: Any, *_: Any, **__: Any) -> bool:
    return isinstance(pad_width, (list, tuple)) and _listed(pad_width[0]) in ((0,), (0, 0))


@op(samplewise=_rows_of_pad)
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> jax.Array:
    """Places added before and after, along each axis.

    Args:
        pad_width: how many: a pair (before, after) for each axis, or one pair or number for all.
        mode: what is there: 'constant', 'edge', 'reflect', 'symmetric', 'wrap', 'linear_ramp', 'mean',
            'median', 'maximum', 'minimum', 'empty'. Default: 'constant'.
        constant_values: the constant, for this mode only. Default: 0.

    Raises:
        ValueError: for another mode, a constant that it does not take, pairs of another number.

    >>> pad([1, 2], (1, 2)).tolist()
    [0, 1, 2, 0, 0]
    """
    x = tensor(x)
    if mode not in PADDINGS:
        raise ValueError(f'ops.pad(mode="{mode}"): unknown mode. {did_you_mean(mode, PADDINGS)}')
    if constant_values is not None and mode != "constant":
        raise ValueError(
            f'ops.pad(mode="{mode}", constant_values={constant_values}): constant_values is for '
            'mode="constant" only.'
        )
    widths = _listed(pad_width.tolist() if hasattr(pad_width, "tolist") else pad_width)
    if isinstance(widths[0], int):
        widths = (widths,)
    if len(widths) not in (1, x.ndim):
        raise ValueError(
            f"ops.pad(pad_width={pad_width}): {len(widths)} pairs (before, after) for a tensor of shape "
            f"{x.shape}. Give a pair for each axis, ((0, 0), (1, 1)), or one pair or number for all."
        )
    pairs = [(each[0], each[-1]) for each in map(_listed, widths)]
    constant = {} if constant_values is None else {"constant_values": operand(constant_values)}
    return jnp.pad(x, pairs, mode=mode, **constant)


@op(samplewise=lambda x, dtype=None: len(getattr(x, "shape", ())) > 1)
def view(x: Any, dtype: Any = None) -> jax.Array:
    """The same bytes read as another dtype; the last axis grows or shrinks with the sizes of the two.

    >>> view(jnp.float32([1.0]), "int32").tolist()
    [1065353216]
    """
    x = tensor(x)
    return x if dtype is None else x.view(dtypes.standardize(dtype))


@op
def size(x: Any) -> Any:
    """The number of elements; a tensor, for a symbolic tensor.

    >>> size([[1, 2], [3, 4]])
    4
    """
    return jnp.size(x if hasattr(x, "shape") else tensor(x))


def ndim(x: Any) -> int:
    """The number of axes, also of a symbolic tensor.

    >>> ndim([[1, 2], [3, 4]])
    2
    """
    return x.ndim if isinstance(x, KerasTensor) else tensor(x).ndim
