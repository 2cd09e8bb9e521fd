"""Cornu's stand-in for TensorFlow: `import tensorflow as tf` with `tf.keras`, `tf.data`, little else.

This is not TensorFlow. `__version__` says so: it names the release whose `tf.keras` is followed,
then Cornu and its own version. What is missing raises an AttributeError that says what to use.
"""

from __future__ import annotations

import importlib
from typing import Any

import cornu as keras
from cornu.compat.missing import missing_in_tensorflow

DTYPES = [
    "bool",
    "float16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "string",
    "bfloat16",
]
__all__ = ["TensorSpec", "cast", "data", "keras", *DTYPES]  # noqa: F822 (see __getattr__)
__version__ = f"2.21.0+cornu.{keras.__version__}"


def __getattr__(name: str) -> Any:
    if name in DTYPES:
        return name
    if name == "data":
        return importlib.import_module("cornu.compat.tensorflow_data")
    if name == "TensorSpec":
        from cornu.utils.dataset import TensorSpec

        return TensorSpec
    # `obj` keeps Python from adding a suggestion of its own to ours.
    raise AttributeError(missing_in_tensorflow(name), name=name, obj=object())


def cast(x: Any, dtype: Any) -> Any:
    """The tensor in another dtype, as `keras.ops.cast`."""
    return keras.ops.cast(x, dtype)
