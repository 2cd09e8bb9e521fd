"""`tf.compat`: `tf.compat.v1`, of which little is left, and strings as bytes."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["as_bytes", "as_str", "as_text", "v1", "v2"]


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """A text as bytes."""
    return bytes_or_text.encode(encoding) if isinstance(bytes_or_text, str) else bytes(bytes_or_text)


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Bytes as a text."""
    return bytes_or_text if isinstance(bytes_or_text, str) else bytes(bytes_or_text).decode(encoding)


as_str = as_text


def __getattr__(name: str) -> Any:
    if name == "v1":
        return importlib.import_module(f"{__name__}.v1")
    if name == "v2":
        return importlib.import_module("cornu.compat.tensorflow")
    raise AttributeError(f'"tensorflow.compat.{name}" is not built. There are compat.v1 and compat.v2.')
