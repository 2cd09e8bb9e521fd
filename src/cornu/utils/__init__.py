"""Utilities: seeds, labels, names of classes of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.config import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    register_keras_serializable,
)
from cornu.core.names import clear_session
from cornu.random import set_random_seed

__all__ = [
    "FeatureSpace",
    "clear_session",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "normalize",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]


def __getattr__(name: str) -> Any:
    if name == "FeatureSpace":  # imported when first used: it brings the preprocessing layers with it
        from cornu.utils.feature_space import FeatureSpace

        return FeatureSpace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray[Any, Any]:
    """Whole-number classes as one-hot rows: class 2 of 4 becomes [0, 0, 1, 0].

    Args:
        x: classes, whole numbers from 0, of any shape; a last axis of size 1 is dropped.
        num_classes: number of columns, the largest class + 1 by default.

    Returns:
        an array of shape (..., num_classes) of floats.

    Raises:
        ValueError: if a class is negative or not below `num_classes`.

    Example:
        >>> to_categorical([0, 2, 1]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    classes = np.asarray(x).astype("int64")
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    count = int(classes.max()) + 1 if num_classes is None else int(num_classes)
    if classes.size and (classes.min() < 0 or classes.max() >= count):
        wrong = classes.min() if classes.min() < 0 else classes.max()
        raise ValueError(
            f"to_categorical: class {wrong} is not among the classes 0 to {count - 1}. "
            f"Number the classes from 0, or pass num_classes={max(int(classes.max()), 0) + 1}."
        )
    return (classes[..., None] == np.arange(count)).astype("float32")


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray[Any, Any]:
    """Scales rows to length 1: $x / \\lVert x \\rVert$; rows of zeros stay.

    Args:
        x: array.
        axis: along which the length is taken, the last by default.
        order: 2 for the Euclidean length, 1 for the sum of sizes.

    Example:
        >>> normalize([[3.0, 4.0]]).tolist()
        [[0.6, 0.8]]
    """
    array = np.atleast_1d(np.asarray(x, dtype="float64"))
    length = np.atleast_1d(np.linalg.norm(array, order, axis))
    length[length == 0] = 1
    return array / np.expand_dims(length, axis)
