"""Metrics: what is reported about a model, gathered over batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core import config
from cornu.core.names import snake_case
from cornu.losses.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
)
from cornu.metrics.classes import (
    CLASSES,
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
)
from cornu.metrics.functions import (
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
)
from cornu.metrics.metric import Metric
from cornu.metrics.reductions import Mean, MeanMetricWrapper, Sum

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "Mean",
    "MeanAbsoluteError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "Sum",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
]

_NAMED = (*CLASSES, Mean, Sum)
#: Every name that stands for a metric.
METRICS: dict[str, Any] = {
    **{snake_case(cls.__name__): cls for cls in _NAMED},
    **{cls.__name__: cls for cls in _NAMED},
    **dict.fromkeys(("mse", "MSE"), MeanSquaredError),
    **dict.fromkeys(("mae", "MAE"), MeanAbsoluteError),
    **dict.fromkeys(("bce", "BCE"), BinaryCrossentropy),
}


def get(identifier: Any) -> Any:
    """The metric that a name, configuration, class, object or function stands for; None for None.

    Raises:
        ValueError: if the name is unknown, with the closest known one.

    Example:
        >>> get("mse")
        <MeanSquaredError name=mean_squared_error>
    """
    return None if identifier is None else config.lookup(identifier, "metric", METRICS)


def serialize(metric: Any) -> Any:
    """A metric as plain numbers, strings, lists and dicts.

    Example:
        >>> serialize(Mean())["class_name"]
        'Mean'
    """
    return config.serialize(metric)


# `config`, as the module is called here, is also what Keras calls the argument.
def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The metric that `serialize` described, or that has this name.

    Raises:
        ValueError: if it names neither a metric of ours nor one in `custom_objects`.

    Example:
        >>> deserialize(serialize(BinaryAccuracy(threshold=0.3))).threshold
        0.3
    """
    return _deserialize(config, custom_objects)


def _deserialize(identifier: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    if isinstance(identifier, str):
        with config.custom_object_scope(custom_objects):
            return get(identifier)
    return config.deserialize(identifier, METRICS, custom_objects)
