"""`tf.data` of the stand-in: datasets of Cornu under TensorFlow's names."""

from __future__ import annotations

import sys
from typing import Any

from cornu.utils.dataset import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "cardinality",
    "experimental",
]

experimental = sys.modules[__name__]  # where AUTOTUNE and cardinality were before


def cardinality(dataset: Dataset) -> Any:
    """The number of elements, as `Dataset.cardinality`."""
    return dataset.cardinality()
