"""The lookup of rows in a table, of which no index outside the table can read another row."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def lookup(table: Any, indices: Any) -> jax.Array:
    """The rows of a table of shape (rows, features) at whole numbers of any shape; NaN where there is
    no such row.

    An index outside reads row 0, to which NaN is added. So the gradient of what was read has no
    condition in it: against `jnp.take(table, indices, axis=0, mode="fill")` a step of a small
    embedding takes a third of the time, of a large one the same (docs/performance.md).

    >>> lookup(jnp.array([[1.0], [2.0]]), jnp.array([1, 2, -1])).tolist()
    [[2.0], [nan], [nan]]
    """
    inside = (indices >= 0) & (indices < table.shape[0])
    rows = table.at[jnp.where(inside, indices, 0)].get(mode="promise_in_bounds")
    return rows + jnp.where(inside, 0.0, jnp.nan).astype(table.dtype)[..., None]


def as_indices(values: Any) -> jax.Array:
    """Numbers as the whole numbers that a lookup takes, floats rounded towards 0; -1 for what is no
    number.

    >>> as_indices(jnp.array([2.0, 0.5, jnp.nan])).tolist()
    [2, 0, -1]
    """
    if jnp.issubdtype(values.dtype, jnp.floating):
        values = jnp.where(jnp.isnan(values), -1, values)
    return values.astype(jnp.int64 if values.dtype.itemsize == 8 else jnp.int32)


def largest_exact(dtype: Any) -> int | None:
    """The number from which on a float of this dtype no longer holds every whole number; None if it
    is no float.

    >>> largest_exact("float32"), largest_exact("bfloat16"), largest_exact("int32")
    (16777216, 256, None)
    """
    bits = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}.get(str(jnp.dtype(dtype)))
    return None if bits is None else 2**bits


def first_outside(indices: Any, rows: int) -> tuple[tuple[int, ...], Any] | None:
    """Where the first index that no row has is, and what it is, looking at the values on the host.

    >>> first_outside(np.array([[0, 7], [1, 9]]), 9)
    ((1, 1), np.int64(9))
    """
    values = np.asarray(indices)
    if values.size == 0 or (values.min() > -1 and values.max() < rows):
        return None  # the usual case, settled by two numbers
    wrong = ~((values > -1) & (values < rows))  # so that NaN is wrong
    if not wrong.any():
        return None
    place = tuple(int(axis) for axis in np.unravel_index(int(wrong.argmax()), values.shape))
    return place, values[place]
