"""Dtype policies: what a layer computes in, and what it keeps its weights in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core import dtypes
from cornu.core.config import Configurable
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean

MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
NAMES = (*MIXED, *dtypes.FLOATS)


class DTypePolicy(Configurable):
    """What a layer computes in (`compute_dtype`) and keeps its weights in (`variable_dtype`).

    Args:
        name: a dtype for both, such as 'float32'; 'mixed_bfloat16' or 'mixed_float16' to compute in
            the short float and keep the weights in float32. The default is that of `floatx`.

    Raises:
        ValueError: if the name is unknown, with the closest known one.

    Example:
        >>> policy = DTypePolicy("mixed_bfloat16")
        >>> policy.compute_dtype, policy.variable_dtype
        ('bfloat16', 'float32')

    Source: Micikevicius et al., Mixed precision training, 2018.
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = dtypes.floatx()
        if not isinstance(name, str):
            raise TypeError(f"DTypePolicy takes the name of a dtype or policy, got {describe(name)}.")
        if name.startswith(("int8", "int4", "float8", "gptq", "awq")) and "_from_" in name:
            raise NotBuiltYetError(f'dtype="{name}": quantization is not built yet.')
        if name not in MIXED and name not in dtypes.ALLOWED:
            raise ValueError(f'Unknown dtype "{name}". {did_you_mean(name, (*NAMES, *dtypes.ALLOWED))}')
        self.name = name
        self.compute_dtype = MIXED.get(name, name)
        self.variable_dtype = "float32" if name in MIXED else name
        self.quantization_mode = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


FloatDTypePolicy = DTypePolicy  # Keras has another class for each kind of number

_global: DTypePolicy | None = None


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given no dtype: 'float32' unless set.

    >>> dtype_policy()
    <DTypePolicy "float32">
    """
    return _global or get(dtypes.floatx())


def set_dtype_policy(policy: Any) -> None:
    """Sets the policy of layers that are given no dtype.

    Args:
        policy: a name such as 'mixed_bfloat16', or a DTypePolicy; None follows `floatx` again.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> set_dtype_policy("mixed_bfloat16")
        >>> dtype_policy().compute_dtype
        'bfloat16'
        >>> set_dtype_policy(None)
    """
    global _global
    _global = None if policy is None else get(policy)


_known: dict[str, DTypePolicy] = {}


def get(identifier: Any) -> DTypePolicy:
    """The policy that a name, dtype, configuration or object stands for; None is the global one.

    Raises:
        ValueError: if it stands for none.

    Example:
        >>> get("mixed_float16").compute_dtype
        'float16'
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, Mapping):
        known = ("DTypePolicy", "FloatDTypePolicy", "Policy")
        if identifier.get("class_name") not in known:
            kind = str(identifier.get("class_name"))
            raise ValueError(f'dtype: no policy "{kind}" is known. {did_you_mean(kind, known)}')
        return get(identifier["config"]["name"])
    is_name = isinstance(identifier, str) and "_" in identifier
    name = identifier if is_name else dtypes.standardize(identifier)
    if name not in _known:
        _known[name] = DTypePolicy(name)
    return _known[name]
