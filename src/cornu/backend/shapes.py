"""Shapes: asking for them, changing them, putting tensors together, and choosing among them."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np

from cornu import ops
from cornu.core import dtypes
from cornu.core.errors import show_shape
from cornu.core.symbolic import KerasTensor, known_shape

__all__ = [
    *("arange", "batch_flatten", "concatenate", "dtype", "expand_dims", "flatten", "gather"),
    *("int_shape", "is_sparse", "ndim", "one_hot", "permute_dimensions", "repeat"),
    *("repeat_elements", "reshape", "reverse", "shape", "squeeze", "stack", "switch", "tile"),
    *("to_dense", "transpose"),
]


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of the axes; in code that runs (a layer's call) all of them are known.

    Example:
        >>> shape(np.zeros((2, 3)))
        (2, 3)
    """
    return ops.shape(x)


def int_shape(x: Any) -> tuple[int | None, ...]:
    """The sizes of the axes as whole numbers, None where one is not known yet.

    Example:
        >>> int_shape(np.zeros((2, 3)))
        (2, 3)
    """
    return known_shape(size if size is not None else "?" for size in ops.shape(x))


def ndim(x: Any) -> int:
    """The number of axes.

    Example:
        >>> ndim(np.zeros((2, 3)))
        2
    """
    return len(ops.shape(x))


def dtype(x: Any) -> str:
    """The name of the dtype.

    Example:
        >>> dtype(np.zeros(2, "float32"))
        'float32'
    """
    return ops.dtype(x)


def is_sparse(tensor: Any) -> bool:
    """Whether a tensor is sparse; there are only dense ones here.

    Example:
        >>> is_sparse(np.zeros(2))
        False
    """
    return hasattr(tensor, "todense")


def to_dense(tensor: Any) -> Any:
    """A sparse matrix as a tensor; what is dense as it is.

    Example:
        >>> to_dense([1.0])
        [1.0]
    """
    return ops.convert_to_tensor(tensor) if is_sparse(tensor) else tensor


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Any:
    """Whole numbers from `start` to below `stop`; from 0 to below `start` where `stop` is None.

    Example:
        >>> arange(2, 8, 3).tolist()
        [2, 5]
    """
    if stop is None:
        start, stop = 0, max(start, 0)
    return ops.convert_to_tensor(np.arange(start, stop, step), dtype=dtype)


def reshape(x: Any, shape: Any) -> Any:
    """The same numbers in another shape; -1 for a size that follows.

    Example:
        >>> reshape([[1.0, 2.0], [3.0, 4.0]], (-1,)).tolist()
        [1.0, 2.0, 3.0, 4.0]
    """
    return ops.reshape(x, tuple(-1 if size is None else size for size in shape))


def flatten(x: Any) -> Any:
    """All numbers along one axis.

    Example:
        >>> flatten([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [1.0, 2.0, 3.0, 4.0]
    """
    return ops.reshape(x, (-1,))


def batch_flatten(x: Any) -> Any:
    """All numbers of each row along one axis.

    Example:
        >>> batch_flatten(np.ones((2, 3, 4))).shape
        (2, 12)
    """
    sizes = int_shape(x)
    rest = sizes[1:]
    if None not in rest:
        return ops.reshape(x, (-1, math.prod(size or 0 for size in rest)))
    if sizes[0] is None:
        raise ValueError(
            f"K.batch_flatten: of the shape {show_shape(sizes)} both the number of rows and the size of "
            "a row are unknown. Give the input its sizes, or put the computation into a layer's call."
        )
    return ops.reshape(x, (sizes[0], -1))


def expand_dims(x: Any, axis: int = -1) -> Any:
    """The tensor with another axis of size 1, at the end by default.

    Example:
        >>> expand_dims(np.ones((2, 3)), 0).shape
        (1, 2, 3)
    """
    return ops.expand_dims(x, axis)


def squeeze(x: Any, axis: int) -> Any:
    """The tensor without an axis of size 1.

    Example:
        >>> squeeze(np.ones((2, 1)), 1).shape
        (2,)
    """
    return ops.squeeze(x, axis=axis)


def permute_dimensions(x: Any, pattern: Any) -> Any:
    """The tensor with its axes in another order.

    Example:
        >>> permute_dimensions(np.ones((2, 3, 4)), (0, 2, 1)).shape
        (2, 4, 3)
    """
    return ops.transpose(x, axes=tuple(pattern))


def transpose(x: Any) -> Any:
    """The tensor with its axes in reverse order.

    Example:
        >>> transpose([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 3.0], [2.0, 4.0]]
    """
    return ops.transpose(x)


def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Tensors one after the other along an axis, the last by default.

    Example:
        >>> concatenate([[[1.0]], [[2.0]]]).tolist()
        [[1.0, 2.0]]
    """
    return ops.concatenate([to_dense(x) for x in tensors], axis=axis)


def stack(x: Any, axis: int = 0) -> Any:
    """Tensors one after the other along a new axis, the first by default.

    Example:
        >>> stack([[1.0, 2.0], [3.0, 4.0]]).shape
        (2, 2)
    """
    return ops.stack(x, axis=axis)


def tile(x: Any, n: Any) -> Any:
    """The tensor n times along each axis; a single n is for the first.

    Example:
        >>> tile([1.0, 2.0], 2).tolist()
        [1.0, 2.0, 1.0, 2.0]
    """
    return ops.tile(x, (n, *[1] * (ndim(x) - 1)) if isinstance(n, int) else tuple(n))


def repeat(x: Any, n: int) -> Any:
    """A table (rows, features) with each row n times: (rows, n, features).

    Raises:
        ValueError: if x is no table.

    Example:
        >>> repeat([[1.0, 2.0]], 2).tolist()
        [[[1.0, 2.0], [1.0, 2.0]]]
    """
    if ndim(x) != 2:
        raise ValueError(
            f"K.repeat takes a table (rows, features), but got shape {show_shape(shape(x))}."
        )
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Each element along an axis `rep` times.

    Example:
        >>> repeat_elements([1.0, 2.0], 2, axis=0).tolist()
        [1.0, 1.0, 2.0, 2.0]
    """
    return ops.repeat(x, rep, axis=axis)


def reverse(x: Any, axes: Any) -> Any:
    """The tensor turned around along these axes.

    Example:
        >>> reverse([1.0, 2.0, 3.0], 0).tolist()
        [3.0, 2.0, 1.0]
    """
    return ops.flip(x, axis=axes if isinstance(axes, int) else tuple(axes))


def gather(reference: Any, indices: Any) -> Any:
    """The rows with these indices.

    Example:
        >>> gather([[1.0], [2.0], [3.0]], [2, 0]).tolist()
        [[3.0], [1.0]]
    """
    return ops.take(reference, indices, axis=0)


def one_hot(indices: Any, num_classes: int) -> Any:
    """For each index a row of zeros with a one at its place.

    Example:
        >>> one_hot([2, 0], 3).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    return ops.one_hot(indices, num_classes, dtype=dtypes.floatx())


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two tensors where a condition holds, and the other where not.

    Args:
        condition: a truth value, for all; or a tensor with as many axes as the two, or fewer, which
            stand for the first ones.
        then_expression, else_expression: tensors, or functions without arguments that give one. Of two
            functions only one is computed where the condition is a single value, not symbolic.

    Raises:
        ValueError: if the condition has more axes than the tensors.

    Example:
        >>> switch([True, False], [1.0, 2.0], [3.0, 4.0]).tolist()
        [1.0, 4.0]
    """
    if not ndim(condition) and callable(then_expression) and callable(else_expression):
        if isinstance(condition, (bool, int, float, np.generic)):
            return then_expression() if condition else else_expression()
        if isinstance(condition, jax.Array):
            return ops.cond(condition, then_expression, else_expression)
    first, second = (
        x() if callable(x) and not isinstance(x, KerasTensor) else x
        for x in (then_expression, else_expression)
    )
    condition = ops.cast(condition, "bool")
    missing = ndim(first) - ndim(condition)
    if missing < 0:
        raise ValueError(
            f"K.switch: the condition, shape {show_shape(shape(condition))}, has more axes than what is "
            f"chosen from, shape {show_shape(shape(first))}."
        )
    if ndim(condition):
        for _ in range(missing):
            condition = ops.expand_dims(condition, -1)
    return ops.where(condition, first, second)
