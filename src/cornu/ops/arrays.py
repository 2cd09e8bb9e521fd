"""Tensors themselves: making and casting them, parts of them, and what flows back through them."""

from __future__ import annotations

import builtins
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np
from jax import lax

from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean
from cornu.core.symbolic import known_shape
from cornu.core.variable import Variable
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = [
    *("cast", "convert_to_numpy", "convert_to_tensor", "dtype", "is_tensor", "saturate_cast"),
    *("scatter", "scatter_update", "shape", "slice", "slice_update", "stop_gradient", "unstack"),
]

REDUCTIONS = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "multiply"}


def _is_one(x: Any, *_: Any, **__: Any) -> bool:
    """Whether an argument is one tensor, not a list of several."""
    return hasattr(x, "shape")


def _kept(dtype: Any) -> Any:
    """A dtype as JAX keeps it: float64 and int64 only where these are switched on."""
    return jax.dtypes.canonicalize_dtype(dtypes.numpy_dtype(dtypes.standardize(dtype)))


@op(samplewise=_is_one)
def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """Arrays, variables, lists and numbers as a tensor.

    Args:
        x: what holds numbers. A sparse matrix becomes a dense tensor.
        dtype: of the tensor. Default: that of x.
        sparse, ragged: whether it may be sparse, or have rows of several lengths; not built yet.

    Raises:
        ValueError: if `x` is a list whose rows differ in length.
        NotBuiltYetError: if `sparse` or `ragged` is asked for.

    >>> convert_to_tensor([1, 2], "float32").tolist()
    [1.0, 2.0]
    """
    if sparse or ragged:
        asked = "sparse" if sparse else "ragged"
        raise NotBuiltYetError(
            f"ops.convert_to_tensor({asked}=True) is not built yet. Leave it out: the tensor is dense."
        )
    found = tensor(x.todense() if hasattr(x, "todense") else x)
    return found if dtype is None else found.astype(_kept(dtype))


@op(samplewise=_is_one)
def cast(x: Any, dtype: Any) -> Any:
    """The same numbers in another dtype; floats become whole numbers by rounding towards 0.

    Args:
        x: tensor of any shape.
        dtype: such as 'float32', 'int32', 'bool'.

    Raises:
        ValueError: if there is no such dtype.

    >>> cast([1.7, 0.0], "int32").tolist()
    [1, 0]
    """
    return tensor(x).astype(_kept(dtype))


@op(samplewise=_is_one)
def saturate_cast(x: Any, dtype: Any) -> Any:
    """As `cast`, but what is beyond the range of the dtype becomes its end: 300 is 255 in uint8.

    Args:
        x: tensor of any shape.
        dtype: such as 'uint8'.

    Raises:
        ValueError: if there is no such dtype.

    >>> saturate_cast([-1.0, 300.0], "uint8").tolist()
    [0, 255]
    """
    x, wanted = tensor(x), _kept(dtype)
    (least, most), (low, high) = _range(x.dtype), _range(wanted)
    # The ends of the one dtype may lie between numbers of the other: then the next one inside counts.
    ends = [_towards_zero(end, x.dtype) for end in (builtins.max(least, low), builtins.min(most, high))]
    return jnp.clip(x.astype("uint8") if x.dtype == bool else x, *ends).astype(wanted)


def _range(dtype: Any) -> tuple[Any, Any]:
    if jnp.issubdtype(dtype, jnp.bool_):
        return 0, 1
    if jnp.issubdtype(dtype, jnp.integer):
        whole = np.iinfo(dtype)
        return int(whole.min), int(whole.max)
    info: Any = jnp.finfo(dtype)  # type: ignore[no-untyped-call]
    return float(info.min), float(info.max)


def _towards_zero(value: Any, dtype: Any) -> Any:
    """The number of this dtype that is next to `value`, and not further from 0."""
    if not jnp.issubdtype(dtype, jnp.floating):
        return int(value)
    found = np.asarray(value, dtype)
    return np.nextafter(found, np.zeros_like(found)) if abs(float(found)) > abs(value) else found


def convert_to_numpy(x: Any) -> np.ndarray[Any, Any]:
    """The numbers of a tensor, variable or list as an array of NumPy, safe to change.

    Raises:
        TypeError: inside a compiled function, where there are no numbers yet.

    >>> convert_to_numpy([1, 2])
    array([1, 2])
    """
    if isinstance(x, jax.core.Tracer):
        raise TypeError(
            "ops.convert_to_numpy: inside a compiled function a tensor has no numbers yet. Compute with "
            "functions of cornu.ops there, or compile nothing: model.compile(run_eagerly=True)."
        )
    return np.array(x.value if isinstance(x, Variable) else x)


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor of the engine, a `jax.Array`; a variable, list or NumPy array is none.

    >>> is_tensor(jnp.zeros(2)), is_tensor([0.0, 0.0])
    (True, False)
    """
    return isinstance(x, jax.Array)


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of the axes, None where a symbolic tensor does not know one yet.

    >>> shape(jnp.zeros((8, 12)))
    (8, 12)
    """
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def dtype(x: Any) -> str:
    """The name of the dtype.

    >>> dtype(jnp.zeros(2))
    'float32'
    """
    return dtypes.standardize(x.dtype if hasattr(x, "dtype") else tensor(x).dtype)


def _starts(name: str, inputs: Any, start_indices: Any, sizes: Any) -> list[Any]:
    """Where a block begins: one index for each axis, looked at where it is known.

    Raises:
        ValueError: if there is not one for each axis, or the block does not lie inside.
    """
    starts = list(start_indices)
    if len(starts) != inputs.ndim or len(sizes) != inputs.ndim:
        raise ValueError(
            f"ops.{name} needs a start and a size for each axis: inputs has {inputs.ndim} axes (it is "
            f"{describe(inputs)}), but {len(starts)} starts and {len(sizes)} sizes were given."
        )
    starts = [start if isinstance(start, jax.core.Tracer) else int(start) for start in starts]
    for axis, (start, size, length) in enumerate(
        zip(starts, known_shape(sizes), known_shape(inputs.shape), strict=True)
    ):
        known = isinstance(start, int) and None not in (size, length)
        if known and not 0 <= start <= start + builtins.max(size or 0, 0) <= (length or 0):
            raise ValueError(
                f"ops.{name}: along axis {axis} inputs has {length} elements, too few for {size} from "
                f"{start} on."
            )
    return starts


@op
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """The block of a tensor that begins at `start_indices` and has the given shape.

    Args:
        inputs: tensor of any shape.
        start_indices: an index for each axis; they may be computed. In compiled functions a block
            that would reach beyond the end is moved back.
        shape: a size for each axis; -1 for all from the start on.

    Raises:
        ValueError: if the block does not lie inside.

    >>> slice([[1, 2, 3], [4, 5, 6]], (0, 1), (2, -1)).tolist()
    [[2, 3], [5, 6]]
    """
    inputs = tensor(inputs)
    starts = _starts("slice", inputs, start_indices, shape)
    if all(isinstance(start, int) for start in starts):
        stops = [None if n == -1 else start + n for start, n in zip(starts, shape, strict=True)]
        return inputs[tuple(builtins.slice(a, b) for a, b in zip(starts, stops, strict=True))]
    if any(n == -1 and not isinstance(start, int) for start, n in zip(starts, shape, strict=True)):
        raise ValueError(
            "ops.slice: a size of -1 needs a start that is known before: a number of Python, not one "
            "computed from tensors."
        )
    sizes = zip(inputs.shape, starts, shape, strict=True)
    return lax.dynamic_slice(inputs, starts, [a - start if n == -1 else n for a, start, n in sizes])


@op
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """The tensor with the block that begins at `start_indices` replaced.

    Args:
        inputs: tensor of any shape.
        start_indices: an index for each axis; they may be computed. In compiled functions a block
            that would reach beyond the end is moved back.
        updates: what replaces the block, with as many axes.

    Raises:
        ValueError: if the block does not lie inside.

    >>> slice_update([1, 2, 3], (1,), [7, 8]).tolist()
    [1, 7, 8]
    """
    inputs, updates = tensor(inputs), tensor(updates)
    starts = _starts("slice_update", inputs, start_indices, updates.shape)
    return lax.dynamic_update_slice(inputs, _like(updates, inputs, "slice_update"), starts)


def _like(updates: Any, inputs: Any, name: str) -> Any:
    """The updates in the dtype of what they go into.

    Raises:
        ValueError: if that would lose something.
    """
    if jnp.promote_types(updates.dtype, inputs.dtype) != inputs.dtype:
        raise ValueError(
            f"ops.{name}: the updates are {updates.dtype}, which what they go into, {inputs.dtype}, "
            f'cannot hold. Write ops.cast(updates, "{inputs.dtype}"), or cast that.'
        )
    return updates.astype(inputs.dtype)


def _places(name: str, indices: Any, shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """The columns of a table of indices, looked at where they are known.

    Raises:
        ValueError: if the table has too many columns, or an index is out of bounds.
    """
    indices = tensor(indices)
    if (
        not indices.ndim
        or not jnp.issubdtype(indices.dtype, jnp.integer)
        or indices.shape[-1] > len(shape)
    ):
        raise ValueError(
            f"ops.{name}: indices must be whole numbers, (n, k), with k for each place, at most one for "
            f"each of the {len(shape)} axes, but it is {describe(indices)}."
        )
    if not isinstance(indices, jax.core.Tracer):
        values = np.asarray(indices)
        for axis, size in enumerate(known_shape(shape[: indices.shape[-1]])):
            column = values[..., axis]
            wrong = (column < -size) | (column >= size) if size is not None else np.zeros(0, bool)
            if wrong.any():
                raise ValueError(
                    f"ops.{name}: there is an index {column[wrong][0]} for axis {axis}, which has "
                    f"{size} elements, numbered from 0 to {(size or 0) - 1}."
                )
    return tuple(indices[..., column] for column in range(indices.shape[-1]))


@op
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Zeros, with values added at the places given.

    Args:
        indices: (n, k), the place of each value by its first k axes.
        values: (n, ...), numbers, or arrays with the shape of the axes after those.
        shape: of the result.

    Raises:
        ValueError: if an index is out of bounds (in compiled functions its value is left out).

    >>> scatter([[0], [2], [2]], [1, 2, 3], (4,)).tolist()
    [1, 0, 5, 0]
    """
    values, sizes = tensor(values), tuple(int(size) for size in shape)
    return jnp.zeros(sizes, values.dtype).at[_places("scatter", indices, sizes)].add(values)


@op
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """The tensor with the elements at the places given replaced by, or put together with, others.

    Args:
        inputs: tensor of any shape.
        indices: (n, k), places by their first k axes.
        updates: (n, ...), numbers, or arrays with the shape of the axes after those.
        reduction: None (default) replaces; 'add', 'max', 'min'; 'mul', which has no gradient.

    Raises:
        ValueError: if an index is out of bounds (in compiled functions its update is left out), or the
            reduction unknown.

    >>> scatter_update([1, 2, 3], [[0], [2]], [7, 8]).tolist()
    [7, 2, 8]
    """
    inputs, updates = tensor(inputs), tensor(updates)
    reduction = reduction.lower() if isinstance(reduction, str) else reduction
    if reduction not in REDUCTIONS:
        options = [name for name in REDUCTIONS if name]
        raise ValueError(
            f"ops.scatter_update: unknown reduction={reduction!r}. "
            f"{did_you_mean(str(reduction), options)}"
        )
    places = inputs.at[_places("scatter_update", indices, inputs.shape)]
    return getattr(places, REDUCTIONS[reduction])(_like(updates, inputs, "scatter_update"))


@op(samplewise=True)
def stop_gradient(variable: Any) -> Any:
    """The same numbers, through which no gradient flows back.

    Args:
        variable: tensor, variable, or a structure of them.

    >>> float(jax.grad(lambda x: x * stop_gradient(x))(3.0))
    3.0
    """
    return tree.tree_map(lambda x: lax.stop_gradient(tensor(x)), variable)


@op(samplewise=lambda x, num=None, axis=0: axis % len(x.shape) != 0)
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """The parts along an axis, as a list.

    Args:
        x: tensor with at least one axis.
        num: their number; needed where the size of that axis is not known yet.
        axis: 0 by default.

    Raises:
        ValueError: if `num` is not the size of that axis, or needed.

    >>> [part.tolist() for part in unstack([[1, 2], [3, 4]])]
    [[1, 2], [3, 4]]
    """
    x = tensor(x)
    axis = range(x.ndim)[axis]
    size = known_shape(x.shape)[axis]
    if size is None and num is None:
        raise ValueError(
            f"ops.unstack: the size of axis {axis} is not known yet, so the number of parts must be "
            "given: ops.unstack(x, num=3)."
        )
    if None not in (num, size) and num != size:
        raise ValueError(f"ops.unstack: num={num}, but axis {axis} of x has {size} elements.")
    return [lax.index_in_dim(x, i, axis, keepdims=False) for i in range(size or num or 0)]
