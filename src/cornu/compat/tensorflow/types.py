"""Tensors and their dtypes and shapes, as programs for TensorFlow speak of them.

A tensor is an array of JAX, which learns the method `numpy()` when the stand-in is imported. So what
layers, losses and ops give is a tensor, too, inside and outside of compiled functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import ml_dtypes
import numpy as np

from cornu.core import dtypes
from cornu.core.errors import describe
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import Variable
from cornu.utils.dataset import Tensor as HostTensor
from cornu.utils.dataset import TensorSpec

__all__ = ["DType", "Tensor", "TensorShape", "TensorSpec", "as_dtype"]

NO_RANK = "tf.TensorShape: shapes of unknown rank are not supported. Give a size or None for each axis."


class DType(str):
    """The dtype of a tensor: a word such as 'float32' that also answers TensorFlow's questions.

    Example:
        >>> float32 = DType("float32")
        >>> float32, float32.name, float32.is_floating, float32 == np.dtype("float32")
        (tf.float32, 'float32', True, True)
    """

    @property
    def name(self) -> str:
        return str(self)

    @property
    def as_numpy_dtype(self) -> Any:
        """The class of NumPy's numbers of this dtype."""
        return np.dtype(object).type if self == "string" else dtypes.numpy_dtype(str(self)).type

    @property
    def is_floating(self) -> bool:
        return dtypes.is_float(str(self))

    @property
    def is_integer(self) -> bool:
        return self.startswith(("int", "uint"))

    @property
    def is_bool(self) -> bool:
        return self == "bool"

    @property
    def is_complex(self) -> bool:
        return self.startswith("complex")

    @property
    def size(self) -> int:
        """Bytes of a number."""
        return dtypes.numpy_dtype(str(self)).itemsize

    @property
    def max(self) -> Any:
        """The largest number."""
        return self._range().max

    @property
    def min(self) -> Any:
        """The smallest number."""
        return self._range().min

    def _range(self) -> Any:
        if self.is_floating:
            return ml_dtypes.finfo(dtypes.numpy_dtype(str(self)))  # type: ignore[no-untyped-call]
        if self.is_integer:
            return np.iinfo(str(self))
        raise TypeError(f"{self!r} has no smallest or largest number.")

    def __repr__(self) -> str:
        return f"tf.{self}"


def as_dtype(type_value: Any) -> DType:
    """A dtype in any form as tf.float32 and the like.

    >>> as_dtype(np.int32)
    tf.int32
    """
    return DType(dtypes.standardize(type_value))


class TensorShape(tuple[Any, ...]):
    """A shape: a tuple of sizes, None where not known, that is also made into a list by `as_list`.

    Example:
        >>> shape = TensorShape([None, 3])
        >>> shape.as_list(), shape.rank, shape[1]
        ([None, 3], 2, 3)
    """

    __slots__ = ()

    def __new__(cls, dims: Any) -> TensorShape:
        if dims is None:
            raise ValueError(NO_RANK)
        sizes = (dims,) if isinstance(dims, int) else dims
        return super().__new__(cls, (None if size is None else int(size) for size in sizes))

    @property
    def rank(self) -> int:
        return len(self)

    ndims = rank
    dims = property(list)

    def as_list(self) -> list[int | None]:
        """The sizes in a list."""
        return list(self)

    def num_elements(self) -> int | None:
        """The product of the sizes; None if one is not known."""
        return None if None in self else int(np.prod(self))

    def is_fully_defined(self) -> bool:
        """Whether all sizes are known."""
        return None not in self

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor could have both shapes."""
        other = TensorShape(other)
        return len(self) == len(other) and all(
            None in (ours, theirs) or ours == theirs for ours, theirs in zip(self, other, strict=True)
        )

    def concatenate(self, other: Any) -> TensorShape:
        """The sizes of both, one after the other."""
        return TensorShape([*self, *TensorShape(other)])

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return TensorShape(found) if isinstance(key, slice) else found

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"


class _TensorKind(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, (jax.Array, HostTensor, KerasTensor))


class Tensor(metaclass=_TensorKind):
    """For `isinstance(x, tf.Tensor)`; tensors are made by `tf.constant`.

    Raises:
        TypeError: when it is called.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        given = ", ".join(map(describe, (*args, *kwargs.values())))
        raise TypeError(f"tf.Tensor({given}): tensors are made by tf.constant or tf.convert_to_tensor.")


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor or a variable."""
    return isinstance(x, (Tensor, Variable))


def _numpy(self: Any) -> Any:
    """The plain array; of no axes, the number."""
    return np.asarray(self)[()]


def _get_shape(self: Any) -> TensorShape:
    """The shape, with `as_list()`."""
    return TensorShape(self.shape)


def teach_arrays(classes: Iterable[type] | None = None) -> None:
    """Gives arrays the methods of tensors that they lack; what they have stays as it is."""
    arrays = [each for each in jax.Array.__subclasses__() if each.__name__ == "ArrayImpl"]
    for each in arrays if classes is None else classes:
        for name, method in (("numpy", _numpy), ("get_shape", _get_shape)):
            if not hasattr(each, name):
                setattr(each, name, method)
