"""Models: networks that can be trained."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cornu.core import engine

engine.start()  # before anything below imports JAX

from cornu.models.cloning import clone_model
from cornu.models.model import Model
from cornu.models.sequential import Sequential

if TYPE_CHECKING:
    from cornu.storage import load_model, model_from_json, save_model

_FILES = ("load_model", "model_from_json", "save_model")  # files are read and written below, in storage

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module("cornu.storage"), name)
    return found


def __dir__() -> list[str]:
    return [*globals(), *_FILES]
