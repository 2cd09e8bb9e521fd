"""Class numbers as vectors of 0 and 1, and complex numbers from length and angle."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError
from cornu.ops.arguments import whole
from cornu.ops.op import op
from cornu.ops.tensors import floating, tensor

__all__ = ["multi_hot", "one_hot", "polar"]


@op(samplewise=lambda x, num_classes, axis=-1, *_, **__: axis not in (0, -1 - len(x.shape)))
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """Class numbers as rows of zeros with a 1 in the place of the class.

    Args:
        x: whole numbers of any shape; those that are no class give zeros.
        num_classes: how many classes there are.
        axis: where the axis of the classes comes. Default: last.
        dtype: of the result. Default: `floatx()`.
        sparse: False.

    Raises:
        NotBuiltYetError: if `sparse`.

    >>> one_hot([1, -1], 3).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    _dense("one_hot", sparse)
    classes = whole("num_classes", num_classes)
    return jax.nn.one_hot(tensor(x), classes, axis=axis, dtype=dtypes.standardize(dtype))


@op(samplewise=lambda inputs, *_, **__: len(inputs.shape) > 1)
def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Any:
    """Class numbers as one row of 0 and 1 for each sample: 1 for the classes that it has.

    Args:
        inputs: whole numbers, (batch, how many) or (how many,); those that are no class count for
            nothing.
        num_classes: how many classes there are; `num_tokens` in old programs.
        axis: where the axis of the classes comes before the samples are summed up. Default: last.
        dtype: of the result. Default: `floatx()`.
        sparse: False.

    Raises:
        ValueError: without `num_classes`.
        NotBuiltYetError: if `sparse`.

    >>> multi_hot([[0, 2], [1, 1]], 3, dtype="int32").tolist()
    [[1, 0, 1], [0, 1, 0]]
    """
    if num_classes is None:
        num_classes = kwargs.pop("num_tokens", None)
    if kwargs:
        raise TypeError(f"there is no argument {next(iter(kwargs))!r}.")
    _dense("multi_hot", sparse)
    classes, x = whole("num_classes", num_classes), tensor(inputs, "int32")
    rows = jax.nn.one_hot(x, classes, axis=axis, dtype=dtypes.standardize(dtype))
    return jnp.max(rows, axis=1 if x.ndim > 1 else 0)


def _dense(name: str, sparse: bool) -> None:
    if sparse:
        raise NotBuiltYetError(
            f"ops.{name}(sparse=True): there are no sparse tensors yet. Leave it out, or pass the class "
            "numbers themselves, to an Embedding or to a sparse_categorical_crossentropy."
        )


@op(samplewise=True)
def polar(abs_: Any, angle: Any) -> Any:
    """Complex numbers from their length and angle: abs_ (cos angle + i sin angle).

    Args:
        abs_: lengths, of any shape.
        angle: angles in radians, of a shape that goes together with it.

    >>> polar(2.0, 0.0).item()
    (2+0j)
    """
    length, angle = floating(abs_), floating(angle)
    length = length.astype(jnp.promote_types(length.dtype, jnp.float32))
    angle = angle.astype(length.dtype)
    return lax.complex(length * jnp.cos(angle), length * jnp.sin(angle))
