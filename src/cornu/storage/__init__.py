"""Storage: models as files, in the formats of Keras 3.

What builds models is imported when it is first used: looking into a file needs none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cornu.storage.archive import load_model, save_model
    from cornu.storage.description import model_from_json
    from cornu.storage.weights import load_weights, save_weights

_HOME = {
    "load_model": "archive",
    "save_model": "archive",
    "model_from_json": "description",
    "load_weights": "weights",
    "save_weights": "weights",
}
__all__ = ["load_model", "load_weights", "model_from_json", "save_model", "save_weights"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    value = getattr(importlib.import_module(f"cornu.storage.{_HOME[name]}"), name)
    globals()[name] = value
    return value
