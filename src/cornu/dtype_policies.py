"""Dtype policies: what layers compute in and keep their weights in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core.config import custom_object_scope
from cornu.core.config import serialize as _serialize
from cornu.core.errors import NotBuiltYetError, describe
from cornu.core.policies import DTypePolicy, FloatDTypePolicy, get

__all__ = [
    "AWQDTypePolicy",
    "DTypePolicy",
    "DTypePolicyMap",
    "FloatDTypePolicy",
    "GPTQDTypePolicy",
    "Int4DTypePolicy",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
    "deserialize",
    "get",
    "serialize",
]

NOT_BUILT = (
    "{name} is not built yet: layers compute in floats. Use DTypePolicy('mixed_bfloat16') or the like."
)


class DTypePolicyMap:
    """A policy for each layer by its path; not built yet: give each layer its own `dtype`.

    Example:
        >>> DTypePolicyMap()
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: DTypePolicyMap is not built yet. ...
    """

    def __init__(self, default_policy: Any = None, policy_map: Mapping[str, Any] | None = None) -> None:
        raise NotBuiltYetError(
            "DTypePolicyMap is not built yet. Give each layer its own policy: Dense(8, "
            "dtype='mixed_bfloat16')."
        )


class QuantizedDTypePolicy:
    """A policy of layers with weights in whole numbers; not built yet.

    Example:
        >>> QuantizedDTypePolicy("int8")
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: QuantizedDTypePolicy is not built yet: ...
    """

    def __init__(self, mode: str, source_name: str | None = None) -> None:
        raise NotBuiltYetError(NOT_BUILT.format(name=type(self).__name__))


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """A policy of layers that compute in 8 bits; not built yet.

    Args:
        mode, source_name, amax_history_length: as in Keras; none is used.

    Example:
        >>> QuantizedFloat8DTypePolicy("float8")
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: QuantizedFloat8DTypePolicy is not built yet: ...
    """

    def __init__(
        self, mode: str, source_name: str | None = None, amax_history_length: int = 1024
    ) -> None:
        super().__init__(mode, source_name)


class Int4DTypePolicy(QuantizedDTypePolicy):
    """A policy of layers with weights in 4 bits; not built yet.

    Example:
        >>> Int4DTypePolicy("int4")
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: Int4DTypePolicy is not built yet: ...
    """


class GPTQDTypePolicy(QuantizedDTypePolicy):
    """A policy of layers quantized by GPTQ; not built yet.

    Example:
        >>> GPTQDTypePolicy("gptq/4/128")
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: GPTQDTypePolicy is not built yet: ...
    """


class AWQDTypePolicy(QuantizedDTypePolicy):
    """A policy of layers quantized by AWQ; not built yet.

    Example:
        >>> AWQDTypePolicy("awq/4/128")
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: AWQDTypePolicy is not built yet: ...
    """


def serialize(dtype_policy: DTypePolicy) -> Any:
    """A policy as plain values.

    Example:
        >>> serialize(DTypePolicy("float32"))["config"]
        {'name': 'float32'}
    """
    if not isinstance(dtype_policy, DTypePolicy):
        raise TypeError(f"dtype_policies.serialize takes a DTypePolicy, got {describe(dtype_policy)}.")
    return _serialize(dtype_policy)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> DTypePolicy:
    """The policy that `serialize` described.

    Example:
        >>> deserialize(serialize(DTypePolicy("mixed_bfloat16")))
        <DTypePolicy "mixed_bfloat16">
    """
    with custom_object_scope(custom_objects):
        return get(config)
