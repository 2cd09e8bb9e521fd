"""Settings of the process, names and dtypes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import jax.numpy as jnp

from cornu.core.context import name_scope
from cornu.core.dtypes import floatx, is_float, numpy_dtype, set_floatx, standardize
from cornu.core.names import clear_session
from cornu.core.settings import epsilon, image_data_format, set_epsilon, set_image_data_format

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "manual_variable_initialization",
    "name_scope",
    "reset_uids",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]

_uids: defaultdict[str, int] = defaultdict(int)


def backend() -> str:
    """The name of the engine: always 'jax'.

    Example:
        >>> backend()
        'jax'
    """
    return "jax"


def get_uid(prefix: str = "") -> int:
    """1, 2, 3, ... for each prefix.

    Example:
        >>> reset_uids()
        >>> get_uid("dense"), get_uid("dense")
        (1, 2)
    """
    _uids[prefix] += 1
    return _uids[prefix]


def reset_uids() -> None:
    """Starts the numbers of `get_uid` afresh.

    Example:
        >>> reset_uids()
        >>> get_uid("dense")
        1
    """
    _uids.clear()


def standardize_dtype(dtype: Any) -> str:
    """The name of a dtype, whatever form it came in.

    Example:
        >>> standardize_dtype(int)
        'int32'
    """
    return standardize(dtype)


def is_float_dtype(dtype: Any) -> bool:
    """Whether it is a float.

    Example:
        >>> is_float_dtype("bfloat16")
        True
    """
    return is_float(standardize(dtype))


def is_int_dtype(dtype: Any) -> bool:
    """Whether it is a whole number, with or without sign.

    Example:
        >>> is_int_dtype("uint8"), is_int_dtype("bool")
        (True, False)
    """
    return standardize(dtype).startswith(("int", "uint"))


def result_type(*dtypes: Any) -> str:
    """The dtype of what these dtypes give together; `int` and `float` give way to any other.

    Example:
        >>> result_type("int32", "float16"), result_type("int32", float)
        ('float16', 'float32')
    """
    kinds = [
        kind if kind in (int, float, bool) else numpy_dtype(standardize(kind))
        for kind in dtypes or ("float32",)
    ]
    return str(jnp.result_type(*kinds))


def manual_variable_initialization(value: bool) -> None:
    """There is nothing to be initialized by hand: variables have values from the start.

    Raises:
        ValueError: if that is asked for.

    Example:
        >>> manual_variable_initialization(False)
    """
    if value:
        raise ValueError(
            "K.manual_variable_initialization(True): variables have their values from the start, there "
            "is no session to initialize them in. Leave the line out."
        )
