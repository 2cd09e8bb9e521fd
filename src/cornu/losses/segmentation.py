"""Losses of segmentations: how little two sets overlap, as a whole or image by image."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.settings import epsilon
from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import paired

Axes = int | tuple[int, ...] | list[int] | None


@loss_function
def dice(y_true: Any, y_pred: Any, axis: Axes = None) -> Any:
    """How little prediction and label overlap: 1 less the Dice coefficient.

    1 − 2 Σ t p / (Σ t + Σ p + ε) with t = y_true, p = y_pred, ε = `config.epsilon()`, 1e-7

    Args:
        y_true: labels 0 or 1, or between; any shape.
        y_pred: probabilities, the same shape.
        axis: axes of the sums. Default: all, the batch's included, which gives one number for the
            batch; axis=(1, 2, 3) gives one for each image.

    Returns:
        Losses, of the shape that the sums leave.

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(dice([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.5

    Source: L. R. Dice, Measures of the amount of ecologic association between species, 1945; as a loss:
    F. Milletari et al., V-Net, 2016.
    """
    t, p = paired("dice", y_true, y_pred)
    axes = _axes(axis)
    overlap = 2.0 * jnp.sum(t * p, axis=axes)
    return 1.0 - overlap / (jnp.sum(t, axis=axes) + jnp.sum(p, axis=axes) + epsilon())


@loss_function
def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Axes = None) -> Any:
    """How little prediction and label overlap, with a price for each kind of error.

    1 − Σ t p / (Σ t p + α Σ t (1 − p) + β Σ (1 − t) p + ε), with t = y_true, p = y_pred,
    ε = `config.epsilon()`, 1e-7; α = β = 1/2 is the Dice loss, α = β = 1 the Jaccard loss

    Args:
        y_true: labels 0 or 1, or between; any shape.
        y_pred: probabilities, the same shape.
        alpha: price of what is missed. Default: 0.5.
        beta: price of what is found and is not there. Default: 0.5.
        axis: axes of the sums. Default: all, the batch's included; axis=(1, 2, 3) gives one loss for
            each image.

    Returns:
        Losses, of the shape that the sums leave.

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(tversky([[1.0, 0.0]], [[0.5, 0.5]], alpha=1.0, beta=1.0)), 4)
        0.6667

    Source: S. S. M. Salehi et al., Tversky loss function for image segmentation, 2017.
    """
    t, p = paired("tversky", y_true, y_pred)
    axes = _axes(axis)
    overlap = jnp.sum(t * p, axis=axes)
    missed, invented = jnp.sum((1.0 - p) * t, axis=axes), jnp.sum(p * (1.0 - t), axis=axes)
    return 1.0 - overlap / (overlap + missed * alpha + invented * beta + epsilon())


def _axes(axis: Axes) -> int | tuple[int, ...] | None:
    return tuple(axis) if isinstance(axis, list) else axis


class Dice(Loss):
    """How little prediction and label overlap: 1 less the Dice coefficient.

    1 − 2 Σ t p / (Σ t + Σ p + ε) with t = y_true, p = y_pred, ε = `config.epsilon()`, 1e-7

    Args:
        reduction, name, dtype: as for `Loss`.
        axis: axes of the sums. Default: all, the batch's included, which gives one number for the
            batch; axis=(1, 2, 3) gives one for each image.

    Inputs:
        y_true, y_pred: labels from 0 to 1 and probabilities, any shape.
        sample_weight: of the shape that the sums leave.

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> round(float(Dice()([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.5

    Source: L. R. Dice, Measures of the amount of ecologic association between species, 1945; as a loss:
    F. Milletari et al., V-Net, 2016.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Axes = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return dice(y_true, y_pred, self.axis)


class Tversky(Loss):
    """How little prediction and label overlap, with a price for each kind of error.

    1 − Σ t p / (Σ t p + α Σ t (1 − p) + β Σ (1 − t) p + ε), with t = y_true, p = y_pred,
    ε = `config.epsilon()`, 1e-7; α = β = 1/2 is the Dice loss, α = β = 1 the Jaccard loss

    Args:
        alpha: price of what is missed. Default: 0.5.
        beta: price of what is found and is not there. Default: 0.5.
        reduction, name, dtype: as for `Loss`.
        axis: axes of the sums. Default: all, the batch's included; axis=(1, 2, 3) gives one loss for
            each image.

    Inputs:
        y_true, y_pred: labels from 0 to 1 and probabilities, any shape.
        sample_weight: of the shape that the sums leave.

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> round(float(Tversky(alpha=1.0, beta=1.0)([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.6667

    Source: S. S. M. Salehi et al., Tversky loss function for image segmentation, 2017.
    """

    samplewise = True

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Axes = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.alpha = alpha
        self.beta = beta
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return tversky(y_true, y_pred, self.alpha, self.beta, self.axis)
