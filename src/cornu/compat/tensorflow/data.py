"""`tf.data` of the stand-in: datasets of Cornu under TensorFlow's names."""

from __future__ import annotations

import sys
from typing import Any

from cornu.utils.dataset import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset

__all__ = [
    "AUTOTUNE",
    "Dataset",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "cardinality",
    "choose_from_datasets",
    "experimental",
    "get_single_element",
    "sample_from_datasets",
]

experimental = sys.modules[__name__]  # where these were before
choose_from_datasets = Dataset.choose_from_datasets
sample_from_datasets = Dataset.sample_from_datasets


def cardinality(dataset: Dataset) -> Any:
    """The number of elements, as `Dataset.cardinality`."""
    return dataset.cardinality()


def get_single_element(dataset: Dataset) -> Any:
    """The one element, as `Dataset.get_single_element`."""
    return dataset.get_single_element()
