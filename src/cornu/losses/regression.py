"""Losses of numbers: how far predictions are from labels, in absolute and in relative terms."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.settings import epsilon
from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import at_least, paired


@loss_function
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences over the last axis.

    mean((y_true − y_pred)²)

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> mean_squared_error([[0.0, 1.0]], [[1.0, 1.0]]).tolist()
        [0.5]

    Source: A.-M. Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805.
    """
    y_true, y_pred = paired("mean_squared_error", y_true, y_pred)
    return jnp.mean(lax.square(y_true - y_pred), axis=-1)


@loss_function
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences over the last axis.

    mean(|y_true − y_pred|)

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> mean_absolute_error([[0.0, 1.0]], [[3.0, 1.0]]).tolist()
        [1.5]

    Source: R. J. Boscovich, De litteraria expeditione per pontificiam ditionem, 1757.
    """
    y_true, y_pred = paired("mean_absolute_error", y_true, y_pred)
    return jnp.mean(lax.abs(y_true - y_pred), axis=-1)


@loss_function
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences in percent of the labels, over the last axis.

    100 mean(|y_true − y_pred| / max(|y_true|, ε)), with ε = `config.epsilon()`, 1e-7

    Args:
        y_true: labels, shape (batch, ..., d); near 0 they make the loss very large.
        y_pred: predictions, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).tolist()
        [25.0]
    """
    y_true, y_pred = paired("mean_absolute_percentage_error", y_true, y_pred)
    size = at_least(lax.abs(y_true), epsilon())
    return 100.0 * jnp.mean(lax.abs((y_true - y_pred) / size), axis=-1)


@loss_function
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences of logarithms, over the last axis: relative errors count.

    mean((log(1 + y_true) − log(1 + y_pred))²), with both at least ε = `config.epsilon()`, 1e-7

    Args:
        y_true: labels from 0 on, shape (batch, ..., d).
        y_pred: predictions, the same shape; those below ε have no gradient.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(mean_squared_logarithmic_error([[0.0]], [[1.0]])[0]), 4)
        0.4805
    """
    y_true, y_pred = paired("mean_squared_logarithmic_error", y_true, y_pred)
    logs = [lax.log(at_least(y, epsilon()) + 1.0) for y in (y_pred, y_true)]
    return jnp.mean(lax.square(logs[0] - logs[1]), axis=-1)


class MeanSquaredError(Loss):
    """Mean of the squared differences between labels and predictions.

    mean((y_true − y_pred)²)

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(MeanSquaredError()([[0.0], [1.0]], [[2.0], [1.0]]))
        2.0

    Source: A.-M. Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(Loss):
    """Mean of the absolute differences between labels and predictions.

    mean(|y_true − y_pred|)

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(MeanAbsoluteError()([[0.0], [1.0]], [[2.0], [1.0]]))
        1.0

    Source: R. J. Boscovich, De litteraria expeditione per pontificiam ditionem, 1757.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return mean_absolute_error(y_true, y_pred)


class MeanAbsolutePercentageError(Loss):
    """Mean of the absolute differences, in percent of the labels.

    100 mean(|y_true − y_pred| / max(|y_true|, ε)), with ε = `config.epsilon()`, 1e-7

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [4.0]]))
        25.0
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return mean_absolute_percentage_error(y_true, y_pred)


class MeanSquaredLogarithmicError(Loss):
    """Mean of the squared differences of logarithms: relative errors count.

    mean((log(1 + y_true) − log(1 + y_pred))²), with both at least ε = `config.epsilon()`, 1e-7

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d), from 0 on.
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> round(float(MeanSquaredLogarithmicError()([[0.0]], [[1.0]])), 4)
        0.4805
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return mean_squared_logarithmic_error(y_true, y_pred)
