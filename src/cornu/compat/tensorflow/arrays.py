"""Tensors themselves: making them, their shapes, parts of them, and what is joined from them."""

from __future__ import annotations

import builtins
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from cornu import ops
from cornu.compat.tensorflow.rows import named, rows
from cornu.compat.tensorflow.types import TensorShape
from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, show_shape
from cornu.core.symbolic import KerasTensor
from cornu.utils.dataset.elements import Tensor as HostTensor
from cornu.utils.dataset.elements import as_tensor

_OPS = {
    **rows(ops, "shape dtype", "ones zeros"),
    **rows(ops, "input dtype", "ones_like zeros_like"),
    **rows(ops, "dims value", "fill=full"),
    **rows(ops, "x dtype", "cast saturate_cast"),
    **rows(ops, "input type", "bitcast=view"),
    **rows(ops, "tensor shape", "reshape"),
    **rows(ops, "input shape", "broadcast_to"),
    **rows(ops, "input axis", "expand_dims squeeze"),
    **rows(ops, "input multiples", "tile"),
    **rows(ops, "input repeats axis", "repeat"),
    **rows(ops, "input shift axis", "roll"),
    **rows(ops, "tensor axis", "reverse=flip"),
    **rows(ops, "input_ begin size", "slice"),
    **rows(ops, "values axis", "stack"),
    **rows(ops, "value num axis", "unstack"),
    **rows(ops, "input", "stop_gradient"),
    **rows(ops, "indices updates shape", "scatter_nd=scatter"),
}
globals().update(_OPS)
_HERE = (
    *("argsort", "boolean_mask", "clip_by_global_norm", "clip_by_norm", "clip_by_value", "complex"),
    *("concat", "constant", "convert_to_tensor", "ensure_shape", "eye", "gather"),
    *(
        "gather_nd",
        "get_static_value",
        "global_norm",
        "histogram_fixed_width",
        "identity",
        "linspace",
        "meshgrid",
    ),
    *("one_hot", "pad", "range", "rank", "searchsorted", "sequence_mask", "shape", "size", "sort"),
    *("split", "tensor_scatter_nd_add", "tensor_scatter_nd_update", "transpose", "unique"),
    *("unique_with_counts", "where"),
)
__all__ = sorted([*_OPS, *_HERE])
PADDINGS = ("CONSTANT", "REFLECT", "SYMMETRIC")


class Unique(NamedTuple):
    """Values in the order in which they first occur, and where each element's stands among them."""

    y: Any
    idx: Any


class UniqueWithCounts(NamedTuple):
    """As `Unique`, with how often each occurs."""

    y: Any
    idx: Any
    count: Any


@named
def constant(value: Any, dtype: Any = None, shape: Any = None) -> Any:
    """A tensor of these numbers, or strings.

    Args:
        value: number, string, array, or list of such.
        dtype: by default that of the value, float32 for floats of Python.
        shape: to reshape it to, or to fill with one number. Default: as it is.

    Example:
        >>> constant([[1.0, 2.0]]).tolist(), constant(0, shape=(2,)).tolist()
        ([[1.0, 2.0]], [0, 0])
    """
    found = convert_to_tensor(value, dtype)
    if shape is None:
        return found
    return found.reshape(shape) if found.size != 1 else jnp.broadcast_to(found.reshape(()), tuple(shape))


@named
def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None) -> Any:
    """Numbers, strings, arrays, lists and variables as a tensor; of `dtype`, or, if that is possible,
    of `dtype_hint`."""
    if isinstance(value, KerasTensor):
        return value if dtype is None else ops.cast(value, dtype)
    if _holds_text(value):
        if dtype is not None and dtypes.standardize(dtype) != "string":
            raise ValueError(f"Strings are no {dtype} tensor. Use tf.strings.to_number(x, {dtype!r}).")
        return as_tensor(value)
    if dtype is None and dtype_hint is not None and not hasattr(value, "dtype"):
        dtype = dtype_hint
    return ops.convert_to_tensor(value, dtype)


def _holds_text(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and _holds_text(value[0])
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, (str, bytes)) or (kind in "OSUT" and kind != "")


@named
def identity(input: Any) -> Any:
    """The same numbers as a tensor of its own."""
    return ops.copy(input)


@named
def eye(
    num_rows: int, num_columns: int | None = None, batch_shape: Any = None, dtype: Any = "float32"
) -> Any:
    """Ones on the diagonal, zeros elsewhere; a batch of such for a `batch_shape`."""
    found = ops.eye(num_rows, num_columns, dtype=dtype)
    return found if batch_shape is None else ops.broadcast_to(found, (*batch_shape, *found.shape))


@named
def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None) -> Any:
    """Numbers from `start` (0 by default) to before `limit`, `delta` apart."""
    start, limit = (0, start) if limit is None else (start, limit)
    return ops.arange(*map(_number, (start, limit, delta)), dtype=dtype)


def _number(value: Any) -> Any:
    """A number of Python, where it is known."""
    if isinstance(value, jax.core.Tracer) or not hasattr(value, "dtype"):
        return value
    return np.asarray(value).item()


@named
def linspace(start: Any, stop: Any, num: int, axis: int = 0) -> Any:
    """`num` numbers from `start` to `stop`, equally far apart."""
    return ops.linspace(start, stop, int(num), axis=axis)


@named
def one_hot(
    indices: Any,
    depth: int,
    on_value: Any = None,
    off_value: Any = None,
    axis: Any = None,
    dtype: Any = None,
) -> Any:
    """`on_value` (1) at the place of each index, `off_value` (0) elsewhere, along a new axis, by
    default the last."""
    kind = dtype or getattr(on_value, "dtype", None) or "float32"
    found = ops.one_hot(indices, int(depth), -1 if axis is None else axis, "bool")
    on, off = 1 if on_value is None else on_value, 0 if off_value is None else off_value
    return ops.where(found, ops.cast(on, kind), ops.cast(off, kind))


@named
def shape(input: Any, out_type: Any = "int32") -> Any:
    """The sizes of a tensor as a tensor, whose numbers are also known within compiled functions."""
    sizes = tuple(input.shape) if hasattr(input, "shape") else np.shape(input)
    if isinstance(input, KerasTensor):
        return sizes
    return np.array(sizes, dtypes.standardize(out_type)).view(HostTensor)


@named
def size(input: Any, out_type: Any = "int32") -> Any:
    """The number of numbers."""
    return np.array(np.prod(np.shape(input)), dtypes.standardize(out_type)).view(HostTensor)


@named
def rank(input: Any) -> Any:
    """The number of axes."""
    return np.array(np.ndim(input), "int32").view(HostTensor)


@named
def ensure_shape(x: Any, shape: Any) -> Any:
    """The tensor, if its shape is this one; None stands for any size.

    Raises:
        ValueError: if it is another.
    """
    if not TensorShape(shape).is_compatible_with(x.shape):
        raise ValueError(f"tf.ensure_shape({describe(x)}, {show_shape(shape)}): the shape is another.")
    return x


def get_static_value(tensor: Any) -> Any:
    """The value as an array of NumPy, or None where it is not known yet."""
    return None if isinstance(tensor, (jax.core.Tracer, KerasTensor)) else np.asarray(tensor)


@named
def transpose(a: Any, perm: Any = None, conjugate: bool = False) -> Any:
    """The axes in another order, backwards by default."""
    found = ops.transpose(a, None if perm is None else tuple(int(axis) for axis in perm))
    return ops.conj(found) if conjugate else found


@named
def concat(values: Any, axis: Any) -> Any:
    """Tensors one after the other along an axis."""
    if all(_holds_text(each) for each in values):
        return np.concatenate(values, int(axis)).view(HostTensor)
    return ops.concatenate(list(values), int(axis))


@named
def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: int | None = None) -> Any:
    """So many equal parts along an axis, or parts of these sizes, of which one may be -1.

    >>> [part.tolist() for part in split([1, 2, 3, 4, 5], [2, -1])]
    [[1, 2], [3, 4, 5]]
    """
    x = convert_to_tensor(value)
    if np.ndim(num_or_size_splits) == 0:
        return ops.split(x, int(num_or_size_splits), axis)
    sizes = [int(each) for each in num_or_size_splits]
    if num not in (None, len(sizes)):
        raise ValueError(f"tf.split(num={num}) was given {len(sizes)} sizes.")
    total = x.shape[axis]
    if -1 in sizes:
        sizes[sizes.index(-1)] = total - sum(sizes) - 1
    if sum(sizes) != total or min(sizes) < 0:
        raise ValueError(
            f"tf.split: the sizes {list(num_or_size_splits)} do not sum to {total}, the size "
            f"of axis {axis}."
        )
    return ops.split(x, np.cumsum(sizes)[:-1].tolist(), axis)


@named
def gather(
    params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0
) -> Any:
    """The parts of `params` with these numbers along an axis, the first behind `batch_dims` by default.

    Raises:
        NotBuiltYetError: for `validate_indices`, which TensorFlow has given up.
    """
    if validate_indices is not None:
        raise NotBuiltYetError("tf.gather(validate_indices=...): leave it out; indices are checked.")
    if batch_dims < 0:
        batch_dims += np.ndim(indices)
    axis = batch_dims if axis is None else axis
    params = convert_to_tensor(params)
    axis = axis % max(params.ndim, 1)
    if batch_dims == 0:
        return ops.take(params, indices, axis)
    inner = axis - batch_dims
    take: Any = lambda x, i: jnp.take(x, i, axis=inner)  # noqa: E731
    for _ in builtins.range(batch_dims):
        take = jax.vmap(take)
    return take(params, convert_to_tensor(indices))


@named
def gather_nd(params: Any, indices: Any, batch_dims: int = 0) -> Any:
    """The parts of `params` at these places: the last axis of `indices` holds a number for each axis.

    >>> gather_nd([[1, 2], [3, 4]], [[0, 0], [1, 1]]).tolist()
    [1, 4]
    """
    take: Any = lambda x, i: x[tuple(jnp.moveaxis(i, -1, 0))]  # noqa: E731
    params, indices = convert_to_tensor(params), convert_to_tensor(indices)
    sizes = np.array(params.shape[batch_dims : batch_dims + indices.shape[-1]])
    if not isinstance(indices, jax.core.Tracer):
        outside = (np.asarray(indices) < 0) | (np.asarray(indices) >= sizes)
        if outside.any():
            place = np.asarray(indices).reshape(-1, len(sizes))[outside.reshape(-1, len(sizes)).any(-1)][
                0
            ]
            raise IndexError(
                f"tf.gather_nd: there is no place {place.tolist()} in a tensor of shape "
                f"{show_shape(params.shape)}."
            )
    for _ in builtins.range(batch_dims):
        take = jax.vmap(take)
    return take(params, indices)


@named
def tensor_scatter_nd_update(tensor: Any, indices: Any, updates: Any) -> Any:
    """The tensor with other numbers at these places."""
    return ops.scatter_update(tensor, indices, updates)


@named
def tensor_scatter_nd_add(tensor: Any, indices: Any, updates: Any) -> Any:
    """The tensor with numbers added at these places."""
    return ops.scatter_update(tensor, indices, updates, "add")


@named
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition is true, else y; with neither, the places where it is true, one in a row."""
    if x is not None and y is not None:
        return ops.where(condition, x, y)
    if x is not None or y is not None:
        raise ValueError("tf.where takes both x and y, or neither.")
    return ops.stack(ops.nonzero(condition), axis=-1)


@named
def boolean_mask(tensor: Any, mask: Any, axis: int | None = None) -> Any:
    """The parts of the tensor for which the mask, along its axes from `axis` (0) on, is true."""
    if isinstance(tensor, jax.core.Tracer) or isinstance(mask, jax.core.Tracer):
        raise ValueError(
            "tf.boolean_mask in a compiled function would have a size that depends on the values. "
            "Multiply by the mask, or use tf.where(mask, x, 0)."
        )
    x, mask = convert_to_tensor(tensor), np.asarray(mask)
    return x[(builtins.slice(None),) * (axis or 0) + (mask,)]


@named
def pad(tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0) -> Any:
    """The tensor with so many numbers added before and after, for each axis: `constant_values`, or its
    own mirrored, without ('REFLECT') or with ('SYMMETRIC') those on the edge."""
    if mode.upper() not in PADDINGS:
        raise ValueError(f"tf.pad(mode={mode!r}) is not known. {did_you_mean(mode, PADDINGS)}")
    width = [tuple(int(each) for each in pair) for pair in np.asarray(paddings)]
    value = constant_values if mode.upper() == "CONSTANT" else None
    return ops.pad(tensor, width, mode.lower(), value)


def _direction(direction: str) -> bool:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f'direction must be "ASCENDING" or "DESCENDING", got {describe(direction)}.')
    return direction == "DESCENDING"


@named
def sort(values: Any, axis: int = -1, direction: str = "ASCENDING") -> Any:
    """The numbers in order along an axis."""
    found = ops.sort(values, axis)
    return ops.flip(found, axis) if _direction(direction) else found


@named
def argsort(values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False) -> Any:
    """The places of the numbers in order; of equal ones the first comes first, always."""
    del stable
    x = convert_to_tensor(values)
    if _direction(direction):
        x = jnp.invert(x) if jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == bool else -x
    return ops.argsort(x, axis)


@named
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = "int32") -> Any:
    """Where to put each value so that the numbers stay in order, row by row."""
    of, values = convert_to_tensor(sorted_sequence), convert_to_tensor(values)
    find: Any = lambda row, value: jnp.searchsorted(row, value, side=side)  # noqa: E731
    for _ in builtins.range(of.ndim - 1):
        find = jax.vmap(find)
    return ops.cast(find(of, values), out_type)


@named
def unique(x: Any, out_idx: Any = "int32") -> Unique:
    """The values that occur, in the order in which they first do, and the number of each element's."""
    return Unique(*unique_with_counts(x, out_idx)[:2])


@named
def unique_with_counts(x: Any, out_idx: Any = "int32") -> UniqueWithCounts:
    """As `unique`, with how often each occurs."""
    if isinstance(x, jax.core.Tracer):
        raise ValueError(
            "tf.unique in a compiled function would have a size that depends on the values. Call it "
            "before, or use ops.unique(x, size=...)."
        )
    values = np.asarray(x)
    found, first, inverse, counts = np.unique(values, True, True, True)
    order = np.argsort(first, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    kind = dtypes.standardize(out_idx)
    texts = values.dtype == object
    y = as_tensor(found[order]) if texts else ops.convert_to_tensor(found[order])
    return UniqueWithCounts(y, ops.cast(place[inverse], kind), ops.cast(counts[order], kind))


@named
def meshgrid(*args: Any, indexing: str = "xy") -> Any:
    """The coordinates of the points of a grid, from those along each axis."""
    return ops.meshgrid(*args, indexing=indexing)


@named
def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool") -> Any:
    """For each length, true so many times, then false, up to `maxlen` (the largest length)."""
    lengths = convert_to_tensor(lengths)
    most = int(lengths.max()) if maxlen is None else int(maxlen)
    return ops.cast(jnp.arange(most) < lengths[..., None], dtype)


@named
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any) -> Any:
    """The numbers, kept between these."""
    return ops.clip(t, clip_value_min, clip_value_max)


@named
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None) -> Any:
    """The tensor, made shorter where its length along the axes is above `clip_norm`."""
    total = ops.sum(ops.square(t), axes, keepdims=True)
    long = ops.greater(total, 0)
    norm = ops.where(long, ops.sqrt(ops.where(long, total, ops.ones_like(total))), total)
    return ops.divide(ops.multiply(t, clip_norm), ops.maximum(norm, clip_norm))


@named
def clip_by_global_norm(t_list: Any, clip_norm: Any, use_norm: Any = None) -> Any:
    """The tensors, all made shorter alike where their common length is above `clip_norm`; and that
    length. None among them stays."""
    norm = global_norm(t_list) if use_norm is None else use_norm
    scale = clip_norm / ops.maximum(norm, clip_norm)
    return [None if t is None else ops.multiply(t, scale) for t in t_list], norm


@named
def global_norm(t_list: Any) -> Any:
    """The common length of several tensors: the root of the sum of all squares."""
    return ops.sqrt(sum(ops.sum(ops.square(t)) for t in t_list if t is not None))


@named
def complex(real: Any, imag: Any) -> Any:
    """Complex numbers of these parts."""
    return jax.lax.complex(convert_to_tensor(real), convert_to_tensor(imag))


@named
def histogram_fixed_width(values: Any, value_range: Any, nbins: int = 100, dtype: Any = "int32") -> Any:
    """How many numbers lie in each of `nbins` equal parts of the range; those beyond it count in the
    first and the last."""
    low, high = (float(each) for each in value_range)
    places = ops.floor((convert_to_tensor(values).reshape(-1) - low) / (high - low) * nbins)
    numbers = ops.cast(ops.clip(places, 0, nbins - 1), "int32")
    return jnp.zeros(nbins, dtypes.standardize(dtype)).at[numbers].add(1)
