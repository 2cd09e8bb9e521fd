"""What ops take: arrays, variables, lists and numbers become arrays of JAX."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError
from cornu.core.variable import Variable


def tensor(x: Any, dtype: Any = None) -> jax.Array:
    """Anything that holds numbers, as an array of JAX.

    Raises:
        ValueError: if `x` is a list whose rows differ in length.
    """
    if isinstance(x, Variable):
        x = x.value
    if not isinstance(x, jax.Array):
        x = from_host(x)
    if dtype is not None:
        return jnp.asarray(x).astype(dtypes.standardize(dtype))
    return x if isinstance(x, jax.Array) else jnp.asarray(x)


def from_host(x: Any) -> Any:
    """Lists of numbers as arrays: of NumPy, where the values are known, if none of JAX is in them."""
    if type(x).__module__.startswith("jax.experimental.sparse"):
        raise NotBuiltYetError("Ops take no sparse tensors yet. Make it a dense one: x.todense().")
    if not isinstance(x, (list, tuple)):
        return x
    if any(isinstance(leaf, jax.Array) for leaf in jax.tree_util.tree_leaves(x)):
        return jnp.asarray(x)
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError(
            "A list whose rows differ in length is no tensor. Fill the rows up to one length: "
            "cornu.utils.pad_sequences(rows)."
        ) from error
    return array.astype(dtypes.floatx()) if array.dtype == np.float64 else array


def operand(x: Any) -> Any:
    """As `tensor`, but a Python number stays one, so that it takes the dtype of what it meets."""
    return x if isinstance(x, (bool, int, float, complex)) else tensor(x)


def operands_in(structure: Any) -> Any:
    return jax.tree_util.tree_map(operand, structure)


def floating(x: Any) -> jax.Array:
    """As `tensor`, but whole numbers and truth values become floats."""
    x = tensor(x)
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(dtypes.floatx())
