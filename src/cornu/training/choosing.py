"""Which loss or metric a name stands for, by the shapes of target and prediction."""

from __future__ import annotations

from typing import Any

from cornu import losses, metrics
from cornu.core.names import snake_case

_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")


def _kind(target: Any, prediction: Any) -> str:
    """Which of the three classifications the shapes speak of."""
    if target is None or prediction.shape[-1] == 1:
        return "binary"
    if len(target.shape) < len(prediction.shape) or target.shape[-1] == 1:
        return "sparse_categorical"
    return "categorical"


def loss_for(identifier: Any, target: Any, prediction: Any) -> Any:
    """The loss that was asked for, for an output of this shape; None if there is none."""
    if identifier is None:
        return None
    name = identifier if isinstance(identifier, str) else None
    if isinstance(identifier, str) and identifier.lower() in _CROSSENTROPY:
        identifier = f"{_kind(target, prediction)}_crossentropy"
    found = losses.get(identifier)
    if isinstance(found, losses.Loss):
        return found
    return losses.LossFunctionWrapper(
        found, name=name or getattr(found, "__name__", type(found).__name__)
    )


def metric_for(identifier: Any, target: Any, prediction: Any) -> Any:
    """The metric that was asked for, for an output of this shape."""
    name = identifier if isinstance(identifier, str) else None
    if isinstance(identifier, str) and identifier.lower() in _ACCURACY:
        identifier = f"{_kind(target, prediction)}_accuracy"
    found = metrics.get(identifier)
    if not isinstance(found, metrics.Metric):
        named = getattr(found, "name", None) or getattr(found, "__name__", type(found).__name__)
        found = metrics.MeanMetricWrapper(found, name=name or snake_case(str(named)))
    if name:
        found.name = name
    return found
