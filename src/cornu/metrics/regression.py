"""How far predicted numbers are off."""

from __future__ import annotations

from typing import Any

from jax import lax

from cornu import losses
from cornu.core.masks import mask_of
from cornu.losses.functions import check_axis
from cornu.metrics import functions
from cornu.metrics.inputs import masked_weight, matched
from cornu.metrics.reductions import Mean, MeanMetricWrapper


class MeanSquaredError(MeanMetricWrapper):
    """Mean of the squared differences between labels and predictions.

    mean((y_true − y_pred)²)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> float(MeanSquaredError()([[0.0], [1.0]], [[2.0], [1.0]]))
        2.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """Mean of the absolute differences between labels and predictions.

    mean(|y_true − y_pred|)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> float(MeanAbsoluteError()([[0.0], [1.0]], [[2.0], [1.0]]))
        1.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """Mean of the absolute differences in percent of the labels.

    100 mean(|y_true − y_pred| / max(|y_true|, 1e-7))

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [3.0]]))
        37.5
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """Mean of the squared differences of logarithms.

    mean((log(y_true + 1) − log(y_pred + 1))²)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(MeanSquaredLogarithmicError()([[0.0], [1.0]], [[1.0], [1.0]])), 4)
        0.2402
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype)


class LogCoshError(MeanMetricWrapper):
    """Mean logarithm of the hyperbolic cosine of the error: squared where small, absolute where large.

    mean(log cosh(y_pred − y_true))

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(LogCoshError()([[0.0, 1.0]], [[1.0, 1.0]])), 4)
        0.2169
    """

    _direction = "down"

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.log_cosh, name, dtype)


class RootMeanSquaredError(Mean):
    """Root of the mean of the squared differences between labels and predictions.

    √mean((y_true − y_pred)²)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ...).
        sample_weight: one per row or per value.

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> float(RootMeanSquaredError()([[0.0], [1.0]], [[3.0], [5.0]]))
        3.535...
    """

    samplewise = True
    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]  # not the values that Mean takes
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        mask = mask_of(y_pred)
        if mask is not None:
            sample_weight = masked_weight(sample_weight, mask, self.dtype)
        y_true, y_pred = matched(self.name, y_true, y_pred, self.dtype)
        super().update_state(lax.square(y_true - y_pred), sample_weight)

    def result(self) -> Any:
        return lax.sqrt(super().result())


class CosineSimilarity(MeanMetricWrapper):
    """Cosine of the angle between labels and predictions: 1 for one direction, −1 for opposite ones.

    Σ y_true · y_pred / (‖y_true‖ ‖y_pred‖) along the axis

    Args:
        name, dtype: as for `Metric`.
        axis: the axis of the vectors. Default: the last.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of 1, or `axis` is no whole number.

    Example:
        >>> round(float(CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]])), 4)
        0.5
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        check_axis("CosineSimilarity", axis)
        super().__init__(functions.cosine_similarity, name, dtype, axis=axis)
        self.axis = axis
