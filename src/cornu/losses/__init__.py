"""Losses: what training minimizes, as functions and as objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core import config
from cornu.losses.classes import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from cornu.losses.functions import (
    FUNCTIONS,
    binary_crossentropy,
    categorical_crossentropy,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
)
from cornu.losses.loss import Loss, LossFunctionWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_crossentropy",
]

CLASSES = (
    MeanSquaredError,
    MeanAbsoluteError,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
#: Every name that stands for a loss.
LOSSES: dict[str, Any] = {
    **{function.__name__: function for function in FUNCTIONS},
    **{cls.__name__: cls for cls in CLASSES},
    **dict.fromkeys(("mse", "MSE"), mean_squared_error),
    **dict.fromkeys(("mae", "MAE"), mean_absolute_error),
    **dict.fromkeys(("bce", "BCE"), binary_crossentropy),
}


def get(identifier: Any) -> Any:
    """The loss that a name, configuration, class, object or function stands for; None for None.

    Raises:
        ValueError: if the name is unknown, with the closest known one.

    Example:
        >>> get("mse").__name__, get("MeanSquaredError")
        ('mean_squared_error', <MeanSquaredError name=mean_squared_error>)
    """
    return None if identifier is None else config.lookup(identifier, "loss", LOSSES)


def serialize(loss: Any) -> Any:
    """A loss as plain numbers, strings, lists and dicts.

    Example:
        >>> serialize(MeanSquaredError())["class_name"]
        'MeanSquaredError'
    """
    return config.serialize(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss that `serialize` described, or that has this name.

    Raises:
        ValueError: if it names neither a loss of ours nor one in `custom_objects`.

    Example:
        >>> deserialize(serialize(MeanSquaredError(reduction="sum"))).reduction
        'sum'
    """
    if isinstance(name, str):
        with config.custom_object_scope(custom_objects):
            return get(name)
    return config.deserialize(name, LOSSES, custom_objects)
