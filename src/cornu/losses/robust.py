"""Losses of numbers that outliers do not dominate: quadratic near 0, linear far from it."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import paired


@loss_function
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Squares of small differences, absolute values of large ones, averaged over the last axis.

    mean(e² / 2 where |e| ≤ δ, else δ |e| − δ² / 2) with e = y_pred − y_true, δ = delta

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.
        delta: where the square ends and the straight line begins. Default: 1.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
        [1.5]

    Source: P. J. Huber, Robust estimation of a location parameter, 1964.
    """
    y_true, y_pred = paired("huber", y_true, y_pred)
    error = lax.abs(y_pred - y_true)
    line = delta * error - 0.5 * delta * delta
    return jnp.mean(lax.select(error <= delta, 0.5 * lax.square(error), line), axis=-1)


@loss_function
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Mean of the logarithms of the hyperbolic cosines of the differences, over the last axis.

    mean(log cosh(y_pred − y_true)): about e² / 2 for a small difference e, |e| − log 2 for a large one

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(log_cosh([[0.0]], [[1.0]])[0]), 4)
        0.4338
    """
    y_true, y_pred = paired("log_cosh", y_true, y_pred)
    error = y_pred - y_true
    return jnp.mean(error + jax.nn.softplus(-2.0 * error) - math.log(2.0), axis=-1)


class Huber(Loss):
    """Squares of small differences, absolute values of large ones.

    mean(e² / 2 where |e| ≤ δ, else δ |e| − δ² / 2) with e = y_pred − y_true, δ = delta

    Args:
        delta: where the square ends and the straight line begins. Default: 1.
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(Huber(delta=1.0)([[0.0], [0.0]], [[1.0], [3.0]]))
        1.5

    Source: P. J. Huber, Robust estimation of a location parameter, 1964.
    """

    samplewise = True

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.delta = delta

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return huber(y_true, y_pred, self.delta)


class LogCosh(Loss):
    """Mean of the logarithms of the hyperbolic cosines of the differences.

    mean(log cosh(y_pred − y_true)): about e² / 2 for a small difference e, |e| − log 2 for a large one

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> round(float(LogCosh()([[0.0]], [[1.0]])), 4)
        0.4338
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return log_cosh(y_true, y_pred)
