"""Variables and constants, and values out of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import jax
import numpy as np

from cornu import ops, random
from cornu.core import dtypes
from cornu.core.context import context
from cornu.core.errors import NotBuiltYetError, describe
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import Variable
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = [
    "batch_get_value",
    "batch_set_value",
    "cast_to_floatx",
    "constant",
    "count_params",
    "eval",
    "eye",
    "get_value",
    "moving_average_update",
    "ones",
    "ones_like",
    "print_tensor",
    "random_bernoulli",
    "random_binomial",
    "random_normal",
    "random_normal_variable",
    "random_uniform",
    "random_uniform_variable",
    "set_value",
    "truncated_normal",
    "update",
    "update_add",
    "update_sub",
    "variable",
    "zeros",
    "zeros_like",
]


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """A variable with this value, float32 unless told otherwise.

    Args:
        value: array, list or number.
        dtype: `floatx()` by default, whatever the value's.
        name: the last part of its path.
        constraint: what an optimizer applies to it after each step.

    Example:
        >>> variable([[1, 2], [3, 4]], name="kvar").dtype
        'float32'
    """
    if hasattr(value, "todense"):
        raise NotBuiltYetError(
            "K.variable: sparse variables are not built yet. Write K.variable(value.toarray())."
        )
    made = Variable(np.asarray(value), dtype=dtype or dtypes.floatx(), name=name)
    made.constraint = constraint
    return made


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> jax.Array:
    """A tensor of these numbers, float32 unless told otherwise; `shape` repeats a single one.

    Example:
        >>> constant(2, shape=(3,)).tolist()
        [2.0, 2.0, 2.0]
    """
    array = np.asarray(value, dtypes.numpy_dtype(dtypes.standardize(dtype)))
    if shape is not None:
        array = np.broadcast_to(array, shape) if array.size == 1 else array.reshape(shape)
    return ops.convert_to_tensor(array)


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A variable of zeros.

    Example:
        >>> zeros((2,)).numpy().tolist()
        [0.0, 0.0]
    """
    return variable(np.zeros(_sizes("zeros", shape)), dtype, name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A variable of ones.

    Example:
        >>> ones((2,)).numpy().tolist()
        [1.0, 1.0]
    """
    return variable(np.ones(_sizes("ones", shape)), dtype, name)


def eye(size: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A variable with a unit matrix.

    Example:
        >>> eye(2).numpy().tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    rows, columns = size if isinstance(size, (tuple, list)) else (size, size)
    return variable(np.eye(rows, columns), dtype, name)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A tensor of zeros with the shape of x.

    Example:
        >>> zeros_like([[1.0, 2.0]]).tolist()
        [[0.0, 0.0]]
    """
    return ops.zeros_like(x, dtype=dtype)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A tensor of ones with the shape of x.

    Example:
        >>> ones_like([[1.0, 2.0]]).tolist()
        [[1.0, 1.0]]
    """
    return ops.ones_like(x, dtype=dtype)


def cast_to_floatx(x: Any) -> Any:
    """The numbers as `floatx()`: a tensor for a tensor, an array of NumPy for any other.

    Example:
        >>> cast_to_floatx(np.array([1, 2])).dtype
        dtype('float32')
    """
    if isinstance(x, (jax.Array, Variable, KerasTensor)):
        return ops.cast(x, dtypes.floatx())
    return np.asarray(x, dtypes.numpy_dtype(dtypes.floatx()))


def _sizes(name: str, shape: Any) -> tuple[int, ...]:
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size is None for size in sizes):
        raise ValueError(
            f"K.{name}: the shape must be known, got {sizes}. Where the batch size is not known yet, "
            f"write K.{name}_like(x), or compute it in a layer's call or a Lambda, where K.shape(x) is."
        )
    return tuple(int(size) if isinstance(size, np.integer) else size for size in sizes)


# -- values -----------------------------------------------------------------------------------------


def get_value(x: Any) -> Any:
    """The value of a variable or tensor as an array of NumPy.

    Raises:
        ValueError: if it is symbolic.

    Example:
        >>> get_value(variable(2.0)).item()
        2.0
    """
    if isinstance(x, KerasTensor):
        raise ValueError(
            f"K.get_value: {x.name} is symbolic and has no value yet. Give its inputs theirs: "
            "K.function([inputs], [x])([values])."
        )
    return ops.convert_to_numpy(x) if isinstance(x, (Variable, jax.Array)) else x


def eval(x: Any) -> Any:
    """As `get_value`.

    Example:
        >>> eval(constant([1, 2])).tolist()
        [1.0, 2.0]
    """
    return get_value(x)


def set_value(x: Variable, value: Any) -> None:
    """Gives a variable another value of its shape.

    Example:
        >>> v = variable(2.0)
        >>> set_value(v, 3.0)
        >>> v.numpy().item()
        3.0
    """
    if not isinstance(x, Variable):
        raise TypeError(f"K.set_value takes a variable, K.variable(...), but got {describe(x)}.")
    x.assign(np.asarray(value))


def batch_get_value(tensors: Iterable[Any]) -> list[Any]:
    """The values of several variables.

    Example:
        >>> [value.item() for value in batch_get_value([variable(1.0), variable(2.0)])]
        [1.0, 2.0]
    """
    return [get_value(x) for x in tensors]


def batch_set_value(tuples: Iterable[tuple[Variable, Any]]) -> None:
    """Sets several variables, given in pairs (variable, value).

    Example:
        >>> v = variable(1.0)
        >>> batch_set_value([(v, 5.0)])
        >>> v.numpy().item()
        5.0
    """
    for x, value in tuples:
        set_value(x, value)


def update(x: Variable, new_x: Any) -> Any:
    """Assigns `new_x`; for a symbolic one, an update to hand to `K.function(..., updates=[...])`.

    Example:
        >>> v = variable(2.0)
        >>> update(v, 5.0).numpy().item()
        5.0
    """
    if isinstance(new_x, KerasTensor):
        return (x, new_x)
    x.assign(new_x)
    return x


def update_add(x: Variable, increment: Any) -> Any:
    """As `update`, with x + increment.

    Example:
        >>> update_add(variable(2.0), 1.0).numpy().item()
        3.0
    """
    return update(x, increment + x)


def update_sub(x: Variable, decrement: Any) -> Any:
    """As `update`, with x - decrement.

    Example:
        >>> update_sub(variable(2.0), 1.0).numpy().item()
        1.0
    """
    return update(x, -decrement + x)


def moving_average_update(x: Variable, value: Any, momentum: float) -> Any:
    """As `update`, with x · momentum + value · (1 - momentum).

    Example:
        >>> moving_average_update(variable(1.0), 0.0, 0.5).numpy().item()
        0.5
    """
    return update(x, (value - x) * (1.0 - momentum) + x)


def count_params(x: Any) -> int:
    """How many numbers there are.

    Example:
        >>> count_params(zeros((2, 3)))
        6
    """
    return math.prod(x.shape)


def print_tensor(x: Any, message: str = "") -> Any:
    """Prints the values when they are computed, and returns the tensor.

    Example:
        >>> y = print_tensor(constant([1, 2]), message="x is")
        x is [1. 2.]
    """
    return _shown(x, message)


@op(face="K")
def _shown(x: Any, message: str) -> Any:
    jax.debug.print("{message} {x}", message=message, x=x)
    return tensor(x)


# -- random numbers ---------------------------------------------------------------------------------

_generator: random.SeedGenerator | None = None


def _seed(seed: Any) -> Any:
    """The seed; where none is given in a program that is being compiled, new numbers at each call."""
    global _generator
    if seed is not None or context.bindings is None:
        return seed
    if _generator is None:
        with jax.ensure_compile_time_eval():
            _generator = random.SeedGenerator(name="backend_seed_generator")
    return _generator


def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Normally distributed numbers.

    Example:
        >>> random_normal((2, 3), seed=1).shape
        (2, 3)
    """
    return random.normal(_sizes("random_normal", shape), mean, stddev, dtype, _seed(seed))


def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Evenly distributed numbers.

    Example:
        >>> random_uniform((2, 3), seed=1).shape
        (2, 3)
    """
    return random.uniform(_sizes("random_uniform", shape), minval, maxval, dtype, _seed(seed))


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Normally distributed numbers, those beyond two deviations drawn again.

    Example:
        >>> truncated_normal((2, 3), seed=1).shape
        (2, 3)
    """
    return random.truncated_normal(_sizes("truncated_normal", shape), mean, stddev, dtype, _seed(seed))


def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Ones with probability p, and zeros.

    Example:
        >>> random_bernoulli((2,), p=1.0, seed=1).tolist()
        [1.0, 1.0]
    """
    drawn = random.uniform(_sizes("random_bernoulli", shape), seed=_seed(seed))
    return ops.cast(drawn <= p, dtype or dtypes.floatx())


def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: Any = None) -> jax.Array:
    """The old name of `random_bernoulli`.

    Example:
        >>> random_binomial((2,), p=1.0, seed=1).tolist()
        [1.0, 1.0]
    """
    return random_bernoulli(shape, p, dtype, seed)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None, seed: Any = None
) -> Variable:
    """A variable of normally distributed numbers.

    Example:
        >>> random_normal_variable((2, 3), 0, 1, seed=1).shape
        (2, 3)
    """
    return variable(random.normal(shape, mean, scale, seed=seed), dtype, name)


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None, seed: Any = None
) -> Variable:
    """A variable of evenly distributed numbers.

    Example:
        >>> random_uniform_variable((2, 3), 0, 1, seed=1).shape
        (2, 3)
    """
    return variable(random.uniform(shape, low, high, seed=seed), dtype, name)
