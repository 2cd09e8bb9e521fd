"""How closely predictions follow labels up to shift and scale."""

from __future__ import annotations

from typing import Any

from cornu.losses.functions import check_axis
from cornu.metrics import functions
from cornu.metrics.reductions import MeanMetricWrapper


class PearsonCorrelation(MeanMetricWrapper):
    """Mean correlation of labels and predictions along an axis.

    cov(y_true, y_pred) / (σ(y_true) σ(y_pred)); not a number where one of them does not vary

    Args:
        name, dtype: as for `Metric`.
        axis: the axis along which they are correlated. Default: the last. With 0 it is the rows of each
            batch by themselves.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of 1, or `axis` is no whole number.

    Example:
        >>> round(float(PearsonCorrelation()([[1.0, 2.0, 4.0]], [[1.0, 3.0, 4.0]])), 4)
        0.9286

    Source: K. Pearson, Note on regression and inheritance in the case of two parents, 1895.
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        check_axis("PearsonCorrelation", axis)
        super().__init__(functions.pearson_correlation, name, dtype, axis=axis)
        self.axis = axis


class ConcordanceCorrelation(MeanMetricWrapper):
    """Mean concordance of labels and predictions along an axis: correlation that shift and scale lower.

    2 cov(y_true, y_pred) / (σ²(y_true) + σ²(y_pred) + (mean(y_true) − mean(y_pred))²)

    Args:
        name, dtype: as for `Metric`.
        axis: the axis along which they are compared. Default: the last. With 0 it is the rows of each
            batch by themselves.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of 1, or `axis` is no whole number.

    Example:
        >>> round(float(ConcordanceCorrelation()([[1.0, 2.0, 3.0]], [[2.0, 3.0, 4.0]])), 4)
        0.5714

    Source: L. I-K. Lin, A concordance correlation coefficient to evaluate reproducibility, 1989.
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        check_axis("ConcordanceCorrelation", axis)
        super().__init__(functions.concordance_correlation, name, dtype, axis=axis)
        self.axis = axis
