"""Number formats: the float that layers use unless told otherwise, and how names of dtypes are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean

FLOATS = ("float16", "bfloat16", "float32", "float64")
ALLOWED = (
    *FLOATS,
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    "bool",
    "complex64",
    "complex128",
    "string",
    "complex64",
    "complex128",
)
ALIASES = {"float": "float32", "int": "int32", "double": "float64", "half": "float16"}

_floatx = "float32"


def floatx() -> str:
    """The float that layers compute in and keep their weights in: 'float32' unless set.

    >>> floatx()
    'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Sets the default float: 'float16', 'bfloat16', 'float32' or 'float64'.

    'float64' also switches JAX to 64-bit arithmetic for the whole process.

    Raises:
        ValueError: if `value` names no float.

    Example:
        >>> set_floatx("bfloat16")
        >>> floatx()
        'bfloat16'
        >>> set_floatx("float32")
    """
    global _floatx
    if value not in FLOATS:
        raise ValueError(f'set_floatx("{value}"): {did_you_mean(str(value), FLOATS)}')
    if value == "float64":
        import jax

        jax.config.update("jax_enable_x64", True)
    _floatx = value


def standardize(dtype: Any) -> str:
    """The name of a dtype, whatever form it came in; None is `floatx()`.

    >>> standardize(np.float32), standardize(int), standardize(None)
    ('float32', 'int32', 'float32')
    """
    if dtype is None:
        return _floatx
    if isinstance(dtype, type) and dtype in (int, float, bool):  # np.dtype("float64") == float
        return {int: "int32", float: _floatx, bool: "bool"}[dtype]
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    name = ALIASES.get(name, name)
    if name.startswith("mixed_"):
        raise ValueError(
            f'"{name}" is a policy, not the dtype of an array. Pass it to a layer, as in '
            f'Dense(8, dtype="{name}"), or to all: cornu.config.set_dtype_policy("{name}").'
        )
    if name not in ALLOWED:
        raise ValueError(f'Unknown dtype "{name}". {did_you_mean(name, ALLOWED)}')
    return name


def is_float(dtype: Any) -> bool:
    """True for float16, bfloat16, float32 and float64.

    >>> is_float("bfloat16"), is_float("int32")
    (True, False)
    """
    return str(getattr(dtype, "name", dtype)) in FLOATS


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The NumPy dtype of a standard name, bfloat16 included."""
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)
