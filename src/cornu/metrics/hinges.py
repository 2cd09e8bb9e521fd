"""How far predictions are from a safe distance to the boundary."""

from __future__ import annotations

from typing import Any

from cornu import losses
from cornu.metrics.reductions import MeanMetricWrapper


class Hinge(MeanMetricWrapper):
    """Mean of how far predictions are from being right by 1, for labels −1 and 1.

    mean(max(1 − y_true y_pred, 0)); labels 0 and 1 become −1 and 1

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(Hinge()([[0, 1]], [[0.5, 0.5]])), 4)
        1.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """Mean of the squares of how far predictions are from being right by 1, for labels −1 and 1.

    mean(max(1 − y_true y_pred, 0)²); labels 0 and 1 become −1 and 1

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(SquaredHinge()([[0, 1]], [[0.5, 0.5]])), 4)
        1.25
    """

    _direction = "down"

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """Mean of how far the right class is from being ahead of all others by 1, for one-hot labels.

    max(max over wrong classes of y_pred − y_pred of the right class + 1, 0)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(CategoricalHinge()([[0, 1]], [[0.6, 0.4]])), 4)
        1.2
    """

    _direction = "down"

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype)
