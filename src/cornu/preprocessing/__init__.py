"""Preprocessing: folders and arrays as batches, and Keras 2's tools for images, texts, sequences."""

from __future__ import annotations

import importlib
from typing import Any

from cornu.utils.image_dataset import image_dataset_from_directory
from cornu.utils.text_dataset import text_dataset_from_directory
from cornu.utils.timeseries import timeseries_dataset_from_array

_MODULES = ("image", "sequence", "text")
__all__ = [
    *_MODULES,
    "image_dataset_from_directory",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
