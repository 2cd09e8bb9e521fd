"""Metrics: what is reported about a model, gathered over batches.

A family is imported when one of its metrics is first used.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cornu.core import config
from cornu.core.errors import did_you_mean
from cornu.core.names import snake_case

if TYPE_CHECKING:
    from cornu.metrics.metric import Metric as Metric
    from cornu.metrics.reductions import Mean as Mean
    from cornu.metrics.reductions import MeanMetricWrapper as MeanMetricWrapper

# The classes of each family.
_FAMILIES = {
    "metric": ("Metric",),
    "reductions": ("Mean", "MeanMetricWrapper", "Sum"),
    "accuracy": (
        *("Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy"),
        *("SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy"),
    ),
    "confusion": (
        *("FalseNegatives", "FalsePositives", "Precision", "Recall", "TrueNegatives", "TruePositives"),
    ),
    "operating_points": (
        *("PrecisionAtRecall", "RecallAtPrecision"),
        *("SensitivityAtSpecificity", "SpecificityAtSensitivity"),
    ),
    "auc": ("AUC",),
    "iou": ("BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"),
    "f_score": ("F1Score", "FBetaScore"),
    "r2_score": ("R2Score",),
    "regression": (
        *("CosineSimilarity", "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError"),
        *("MeanSquaredError", "MeanSquaredLogarithmicError", "RootMeanSquaredError"),
    ),
    "correlation": ("ConcordanceCorrelation", "PearsonCorrelation"),
    "hinges": ("CategoricalHinge", "Hinge", "SquaredHinge"),
    "probabilistic": (
        *("BinaryCrossentropy", "CategoricalCrossentropy", "KLDivergence", "Poisson"),
        "SparseCategoricalCrossentropy",
    ),
}
# The functions, of labels and predictions: those that are losses, too, and the others.
_LOSSES = (
    *("binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy"),
    *("categorical_focal_crossentropy", "categorical_hinge", "hinge", "huber", "kl_divergence"),
    *("log_cosh", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error"),
    *("mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy"),
    *("squared_hinge",),
)
_FUNCTIONS = (
    *("binary_accuracy", "categorical_accuracy", "concordance_correlation", "pearson_correlation"),
    *("sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"),
    *("top_k_categorical_accuracy",),
)
_ROOM = {
    **{name: f"cornu.metrics.{family}" for family, names in _FAMILIES.items() for name in names},
    **dict.fromkeys(_FUNCTIONS, "cornu.metrics.functions"),
    **dict.fromkeys(_LOSSES, "cornu.losses.functions"),
}
# Other names by which `compile` knows them; those of Keras 1 and 2 are the second half.
_ALIASES = {
    **dict.fromkeys(("bce", "BCE"), "BinaryCrossentropy"),
    **dict.fromkeys(("mae", "MAE"), "MeanAbsoluteError"),
    **dict.fromkeys(("mape", "MAPE"), "MeanAbsolutePercentageError"),
    **dict.fromkeys(("mse", "MSE"), "MeanSquaredError"),
    **dict.fromkeys(("msle", "MSLE"), "MeanSquaredLogarithmicError"),
    **dict.fromkeys(("kld", "KLD", "kullback_leibler_divergence"), "KLDivergence"),
    "logcosh": "LogCoshError",
}
# Keras 1 and 2 had these with the sign of the loss.
_NEGATIVE_COSINE = ("cosine", "cosine_proximity")

_BASES = ("Metric", "MeanMetricWrapper")
_CLASSES = [name for names in _FAMILIES.values() for name in names if name not in _BASES]

__all__ = sorted([*_ROOM, "deserialize", "get", "serialize"])


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(
            f"cornu.metrics has no {name!r}. {did_you_mean(name, __all__)}", name=name, obj=object()
        )
    value = getattr(importlib.import_module(_ROOM[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


class _Table(Mapping[str, Any]):
    """Every name that stands for a metric, and the class or function, imported when it is looked up."""

    def __init__(self) -> None:
        classes = {spelt: name for name in _CLASSES for spelt in (name, snake_case(name))}
        functions = {name: name for name in (*_LOSSES, *_FUNCTIONS)}
        self._names = {**functions, **classes, **_ALIASES}
        self._names.update(dict.fromkeys(_NEGATIVE_COSINE, "cosine_similarity"))

    def __getitem__(self, name: str) -> Any:
        if name in _NEGATIVE_COSINE:
            return getattr(importlib.import_module("cornu.losses.functions"), self._names[name])
        target = self._names[name]
        return globals()[target] if target in globals() else __getattr__(target)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


#: Every name that stands for a metric.
METRICS = _Table()


def get(identifier: Any) -> Any:
    """The metric that a name, configuration, class, object or function stands for; None for None.

    Raises:
        ValueError: if the name is unknown, with the closest known one; or if the metric that it names
            cannot be made without arguments.

    Example:
        >>> get("mse"), get("AUC")
        (<MeanSquaredError name=mean_squared_error>, <AUC name=auc...>)
    """
    if identifier is None:
        return None
    named = METRICS.get(identifier) if isinstance(identifier, str) else identifier
    if inspect.isclass(named):
        _require_no_arguments(named)
    return config.lookup(identifier, "metric", METRICS)


def _require_no_arguments(cls: Any) -> None:
    """Raises a ValueError if a class cannot be made from its name alone."""
    found = list(inspect.signature(cls).parameters.values())
    needed = [p.name for p in found if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    if needed:
        arguments = ", ".join(f"{name}=..." for name in needed)
        raise ValueError(
            f"The metric {cls.__name__} cannot be made from its name alone: it needs "
            f"{' and '.join(needed)}. Write {cls.__name__}({arguments})."
        )


def serialize(metric: Any) -> Any:
    """A metric as plain numbers, strings, lists and dicts.

    Example:
        >>> from cornu.metrics import Mean
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
        >>> from cornu.metrics import BinaryAccuracy
        >>> deserialize(serialize(BinaryAccuracy(threshold=0.3))).threshold
        0.3
    """
    return _deserialize(config, custom_objects)


def _deserialize(identifier: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    if isinstance(identifier, str):
        with config.custom_object_scope(custom_objects):
            return get(identifier)
    return config.deserialize(identifier, METRICS, custom_objects)
