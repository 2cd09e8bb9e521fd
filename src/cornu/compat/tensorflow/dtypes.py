"""`tf.dtypes`: the dtypes by name."""

from __future__ import annotations

from cornu.compat.tensorflow.arrays import cast, complex, saturate_cast  # type: ignore[attr-defined]
from cornu.compat.tensorflow.types import DType, as_dtype

_NAMES = (
    *("bfloat16", "bool", "complex64", "complex128", "float16", "float32", "float64", "int8", "int16"),
    *("int32", "int64", "string", "uint8", "uint16", "uint32", "uint64"),
)
globals().update({name: DType(name) for name in _NAMES})
half, double = DType("float16"), DType("float64")
__all__ = [*_NAMES, "DType", "as_dtype", "cast", "complex", "double", "half", "saturate_cast"]
