"""Elements chosen by place, by condition, by order."""

from __future__ import annotations

import operator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.symbolic import KerasTensor, rows_stay
from cornu.ops.arguments import first_outside
from cornu.ops.op import along_rows, along_rows_third, op, row
from cornu.ops.tensors import from_host, operand, tensor

# fmt: off
__all__ = [
    "argpartition", "argsort", "get_item", "isin", "nonzero", "select", "sort", "take",
    "take_along_axis", "unique", "unravel_index", "where",
]
# fmt: on


# What a key may have besides indices; a string is refused in JAX's words.
NAMES = (slice, str, type(None), type(Ellipsis))


def _indices(given: Any) -> Any:
    """As `tensor`, but what is known stays so while tracing, too."""
    given = from_host(given)
    return given if isinstance(given, (int, np.ndarray, np.generic)) else tensor(given)


def _refuse_outside(name: str, indices: Any, size: Any, where: str) -> None:
    """Raises an error for an index that there is not, where the values are known."""
    if isinstance(indices, jax.core.Tracer) or not isinstance(size, int):
        return
    values = np.asarray(indices)
    if not np.issubdtype(values.dtype, np.integer):
        return
    counted = np.where(values < 0, values.astype("int64") + size, values)  # -1 is the last
    outside = first_outside(counted, size)
    if outside:
        place = f" at {outside[0]}" if values.ndim else ""
        raise IndexError(
            f"ops.{name}: the index {values[outside[0]]}{place} is outside {where} of size {size}: "
            f"indices go from 0 to {size - 1}, or back from -1 to {-size}."
        )


def _refuse_traced(name: str, x: Any, instead: str) -> None:
    """Raises an error in a compiled function, for a result whose shape depends on values."""
    if isinstance(x, jax.core.Tracer):
        raise ValueError(
            f"ops.{name}: how many elements come out depends on values; a compiled function or model "
            f"has to know its shapes before. {instead}"
        )


def _rows_of_take(x: Any, indices: Any, axis: Any = None) -> bool:
    if isinstance(indices, KerasTensor):  # a lookup
        return not isinstance(x, KerasTensor) and axis in (0, None)
    return along_rows(x, axis)


@op(samplewise=_rows_of_take)
def take(x: Any, indices: Any, axis: int | None = None) -> jax.Array:
    """What is at the indices along an axis, or among all elements in one long row; -1 is the last.

    The shape of `indices` takes the place of the axis.

    Raises:
        IndexError: if there is no such index. A compiled function gives NaN there, or the smallest
            whole number.

    >>> take([5, 6, 7], [2, 0]).tolist()
    [7, 5]
    """
    x, indices = tensor(x), _indices(indices)
    size = x.size if axis is None else x.shape[axis]
    _refuse_outside("take", indices, size, "the tensor" if axis is None else f"axis {axis}")
    return jnp.take(x, indices, axis=axis)


@op(samplewise=along_rows_third)
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> jax.Array:
    """In each line along an axis what is at the indices in the same line, as `argsort` gives them.

    The shape of `indices` is that of `x` but for this axis. Without an axis, both are one long row.

    Raises:
        IndexError: as in `take`.

    >>> take_along_axis([[5, 6], [7, 8]], [[1], [0]], axis=1).tolist()
    [[6], [7]]
    """
    x, indices = tensor(x), _indices(indices)
    size = x.size if axis is None else x.shape[axis]
    _refuse_outside("take_along_axis", indices, size, "the tensor" if axis is None else f"axis {axis}")
    return jnp.take_along_axis(x, indices, axis=axis)


@op(samplewise=rows_stay)
def get_item(x: Any, key: Any) -> jax.Array:
    """x[key]: indices, slices, None, `...`, tensors of indices or truth values, or a tuple of them.

    Raises:
        IndexError: as in `take`. A compiled function reads the nearest element there.

    >>> get_item([[1, 2], [3, 4]], (slice(None), 0)).tolist()
    [1, 3]
    """
    x = tensor(x)
    key = tuple(key) if isinstance(key, (list, tuple)) else (key,)
    key = tuple(part if isinstance(part, NAMES) else _indices(part) for part in key)
    axis = 0
    for i, part in enumerate(key):
        if part is Ellipsis:
            axis = x.ndim - sum(map(_axes_of, key[i:]))
        if axis < x.ndim and not isinstance(part, NAMES):
            _refuse_outside("get_item", part, x.shape[axis], f"axis {axis}")
        axis += _axes_of(part)
    return operator.getitem(x, key)


def _axes_of(part: Any) -> int:
    """How many axes a part of a key is about."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if getattr(part, "dtype", "") == "bool" else 1


@op(samplewise=True)
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """The element of `x1` where the condition holds, else that of `x2`; without these, as `nonzero`.

    Raises:
        ValueError: if one of `x1` and `x2` is missing.

    >>> where([True, False], [1, 2], 0).tolist()
    [1, 0]
    """
    if (x1 is None) != (x2 is None):
        raise ValueError("ops.where(condition, x1, x2): give both of x1 and x2, or neither.")
    condition = tensor(condition)
    if x1 is None:
        _refuse_traced(
            "where", condition, "Give the two values to choose from: ops.where(condition, x1, x2)."
        )
        return jnp.nonzero(condition)
    return jnp.where(condition, operand(x1), operand(x2))


@op(samplewise=True)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> jax.Array:
    """The element of the first of several tensors whose condition holds, or `default`.

    Raises:
        ValueError: if the lists are empty, no lists, or of different lengths.

    >>> select([[True, False], [True, True]], [[1, 2], [3, 4]]).tolist()
    [1, 4]
    """
    lists = [each if isinstance(each, (list, tuple)) else () for each in (condlist, choicelist)]
    if not lists[0] or len(lists[0]) != len(lists[1]):
        raise ValueError(
            "ops.select(condlist, choicelist): two lists of one length from 1 on are expected, a "
            f"condition for each choice; lists of {len(lists[0])} and {len(lists[1])} came."
        )
    conditions = [tensor(each) for each in condlist]
    return jnp.select(conditions, [tensor(each) for each in choicelist], default=operand(default))


@op
def nonzero(x: Any) -> tuple[jax.Array, ...]:
    """Where the elements other than 0 are: their indices, a vector for each axis.

    Raises:
        ValueError: in a model or compiled function.

    >>> [each.tolist() for each in nonzero([[0, 5], [6, 0]])]
    [[0, 1], [1, 0]]
    """
    x = tensor(x)
    _refuse_traced("nonzero", x, "Compute with the mask x != 0 instead: ops.where(x != 0, a, b).")
    return jnp.nonzero(x)


@op(samplewise=True)
def unravel_index(indices: Any, shape: Any) -> tuple[jax.Array, ...]:
    """The indices along each axis of a tensor of a shape, given those in one long row.

    Raises:
        IndexError: if there is no such element. A compiled function gives the nearest.

    >>> [each.tolist() for each in unravel_index([5, 1], (2, 3))]
    [[1, 0], [2, 1]]
    """
    indices = _indices(indices)
    _refuse_outside("unravel_index", indices, int(np.prod(shape)), f"a tensor of shape {shape}")
    return jnp.unravel_index(indices, shape)


# fmt: off
sort = row(
    "sort", lambda x, axis=-1: jnp.sort(tensor(x), axis=axis),
    "In rising order along an axis; None: all elements, in a vector.", "[3, 1, 2]", "[1, 2, 3]",
    lambda x, axis=-1: along_rows(x, axis)
)
# fmt: on


@op(samplewise=lambda x, axis=-1: along_rows(x, axis))
def argsort(x: Any, axis: int | None = -1) -> jax.Array:
    """The indices that `sort` along an axis; equal elements stay in order.

    >>> argsort([3, 1, 2]).tolist()
    [1, 2, 0]
    """
    x = tensor(x)
    return jnp.argsort(x, axis=axis if x.ndim else None)


@op(samplewise=along_rows_third)
def argpartition(x: Any, kth: int, axis: int | None = -1) -> jax.Array:
    """Indices that bring the smallest elements to the front, and the k-th (from 0) to place k.

    Args:
        x: a tensor.
        kth: the place whose number is where it would be if all were sorted.
        axis: the last by default; None for all numbers.

    Raises:
        ValueError: if there is no k-th element.

    >>> argpartition([7, 5, 6], 0).tolist()[0]
    1
    """
    x = tensor(x)
    x, axis = (x.ravel(), 0) if axis is None else (x, axis)
    size = x.shape[axis]
    if not isinstance(kth, int) or (isinstance(size, int) and not -size <= kth < size):
        raise ValueError(
            f"ops.argpartition(kth={kth}): kth is a whole number below {size}, the axis's size."
        )
    return jnp.argpartition(x, kth, axis=axis)


@op
def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The different elements, or slices along an axis; in a tuple with what else is asked for.

    Args:
        sorted: whether they are in rising order. Default: True.
        return_index, return_inverse, return_counts: whether to give where each is first, for every
            element which of them it is, how often each is there.
        size: how many to give, filled up with `fill_value` (the smallest by default). Default: all.

    Raises:
        ValueError: in a model or compiled function, without `size`.

    >>> unique([3, 1, 3]).tolist()
    [1, 3]
    """
    x = tensor(x)
    if size is None:
        _refuse_traced("unique", x, "Say how many are to come out: ops.unique(x, size=...).")
    fill = None if fill_value is None else operand(fill_value)
    asked = (return_index, return_inverse, return_counts)
    return jnp.unique(x, *asked, axis, equal_nan=False, size=size, fill_value=fill, sorted=sorted)


@op(samplewise=lambda x1, x2, *_, **__: not isinstance(x2, KerasTensor))
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> jax.Array:
    """Whether each element of `x1` is among those of `x2`; with `invert`, whether it is not.

    `assume_unique` says that neither has an element twice, which may be quicker.

    >>> isin([1, 2, 3], [2, 5]).tolist()
    [False, True, False]
    """
    return jnp.isin(tensor(x1), tensor(x2), assume_unique=assume_unique, invert=invert)
