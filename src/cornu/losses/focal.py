"""Crossentropies with other weights: focal ones, for which easy samples count less, and one that
wrong labels do not dominate."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.activations import sigmoid
from cornu.core.errors import describe
from cornu.core.settings import epsilon
from cornu.losses.crossentropy import check_axis, check_label_smoothing, smoothed
from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import class_numbers, paired, to_float
from cornu.ops.formulas import crossentropy


@loss_function
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Surprise at yes-or-no labels, less of it for those that are nearly right already.

    mean(−w (1 − q)^γ log q), where q = t p + (1 − t)(1 − p) is what the label was given, t = y_true,
    p = y_pred or σ(y_pred) `from_logits`, γ = gamma; w = 1, or t α + (1 − t)(1 − α) with class balancing

    Probabilities are clipped to [1e-7, 1 − 1e-7] in the logarithm, but the gradient passes the clip.

    Args:
        y_true: labels 0 or 1 (or between), shape (batch, ..., d).
        y_pred: probabilities, or logits, of the same shape.
        apply_class_balancing: whether labels 1 weigh α and labels 0 weigh 1 − α. Default: False.
        alpha: α. Default: 0.25.
        gamma: how much less what is nearly right counts; 0 is the crossentropy. Default: 2.
        from_logits: whether `y_pred` are logits. Default: False.
        label_smoothing: s in [0, 1] moves labels towards one half, t (1 − s) + s / 2. Default: 0.
        axis: the axis of the mean. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes do not match, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(binary_focal_crossentropy([[1.0]], [[0.5]])[0]), 4)
        0.1733

    Source: T.-Y. Lin et al., Focal loss for dense object detection, 2017.
    """
    check_label_smoothing(label_smoothing)
    t, p = paired("binary_focal_crossentropy", y_true, y_pred)
    t = smoothed(t, label_smoothing, 2)
    p = sigmoid(p) if from_logits else p
    loss = crossentropy.binary(t, p, False)
    given = t * p + (1.0 - t) * (1.0 - p)
    loss = _power(1.0 - given, gamma) * loss
    if apply_class_balancing:
        loss = (t * alpha + (1.0 - t) * (1.0 - alpha)) * loss
    return jnp.mean(loss, axis=axis)


@loss_function
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Surprise at one-hot labels, less of it for those that are nearly right already.

    −Σ α t (1 − p)^γ log p with t = y_true, p = y_pred / Σ y_pred or softmax(y_pred) `from_logits`,
    α = alpha, γ = gamma. Probabilities are clipped to [1e-7, 1 − 1e-7].

    Args:
        y_true: one-hot rows (or distributions), shape (batch, ..., classes).
        y_pred: probabilities, or logits, of the same shape.
        alpha: weight of all classes, or a list of one for each. Default: 0.25.
        gamma: how much less what is nearly right counts. Default: 2.
        from_logits: whether `y_pred` are logits. Default: False.
        label_smoothing: s in [0, 1] mixes in equal labels, t (1 − s) + s / classes. Default: 0.
        axis: the axis of the classes. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(categorical_focal_crossentropy([[0, 1]], [[0.5, 0.5]])[0]), 4)
        0.0433

    Source: T.-Y. Lin et al., Focal loss for dense object detection, 2017.
    """
    check_label_smoothing(label_smoothing)
    check_axis("categorical_focal_crossentropy", axis)
    t, p = paired("categorical_focal_crossentropy", y_true, y_pred)
    t = smoothed(t, label_smoothing, t.shape[-1])
    p = jax.nn.softmax(p, axis=axis) if from_logits else p
    p = crossentropy.clip_probability(p / jnp.sum(p, axis=axis, keepdims=True))
    weight = jnp.asarray(alpha, p.dtype) * _power(1.0 - p, gamma)
    return -jnp.sum(weight * t * lax.log(p), axis=axis)


@loss_function
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """Surprise at class numbers that wrong labels do not dominate.

    (1 − p[y_true]^q) / q with p = y_pred: near q = 0 the crossentropy, at q = 1 the absolute error

    Probabilities below 1e-7, whose gradient would be infinite, have none.

    Args:
        y_true: class numbers, shape (batch, ...) or (batch, ..., 1); one that is no class has p = 0.
        y_pred: probabilities, shape (batch, ..., classes).
        q: between 0 and 1.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if `q` is outside (0, 1), or `y_true` has not the shape of `y_pred` without its
            last axis.

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).tolist()
        [1.0]

    Source: Z. Zhang and M. Sabuncu, Generalized cross entropy loss for training deep neural networks
    with noisy labels, 2018.
    """
    check_q(q)
    y_pred = to_float(y_pred)
    labels = class_numbers("categorical_generalized_cross_entropy", y_true, y_pred)
    labels = lax.expand_dims(labels.astype("int32"), (labels.ndim,))
    hit = labels == lax.broadcasted_iota("int32", y_pred.shape, y_pred.ndim - 1)
    p = jnp.sum(lax.select(hit, y_pred, lax.full_like(y_pred, 0)), axis=-1)
    tiny = p < epsilon()
    power = lax.select(tiny, lax.stop_gradient(p), lax.select(tiny, lax.full_like(p, 1), p))
    return (1.0 - _power(power, q)) / q


def _power(base: Any, exponent: float) -> Any:
    return lax.pow(base, base.dtype.type(exponent))


def check_q(q: Any) -> None:
    """Raises a ValueError unless 0 < q < 1."""
    if isinstance(q, bool) or not isinstance(q, (int, float)) or not 0 < q < 1:
        raise ValueError(
            f"q must be a number between 0 and 1, but is {describe(q)}. Write for example q=0.5; "
            "its limits are the crossentropy, at 0, and the mean absolute error, at 1."
        )


class BinaryFocalCrossentropy(Loss):
    """Surprise at yes-or-no labels, less of it for those that are nearly right already.

    mean(−w (1 − q)^γ log q), where q = t p + (1 − t)(1 − p) is what the label was given, t = y_true,
    p = y_pred or σ(y_pred) `from_logits`, γ = gamma; w = 1, or t α + (1 − t)(1 − α) with class balancing

    Args:
        apply_class_balancing: whether labels 1 weigh α and labels 0 weigh 1 − α. Default: False.
        alpha: α. Default: 0.25.
        gamma: how much less what is nearly right counts; 0 is the crossentropy. Default: 2.
        from_logits: whether predictions are logits, not probabilities. Default: False.
        label_smoothing: s in [0, 1] moves labels towards one half, t (1 − s) + s / 2. Default: 0.
        axis: the axis of the mean. Default: the last.
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes do not match, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
        0.1733

    Source: T.-Y. Lin et al., Focal loss for dense object detection, 2017.
    """

    samplewise = True

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        check_label_smoothing(label_smoothing)
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return binary_focal_crossentropy(
            y_true,
            y_pred,
            self.apply_class_balancing,
            self.alpha,
            self.gamma,
            self.from_logits,
            self.label_smoothing,
            self.axis,
        )


class CategoricalFocalCrossentropy(Loss):
    """Surprise at one-hot labels, less of it for those that are nearly right already.

    −Σ α t (1 − p)^γ log p with t = y_true, p = y_pred / Σ y_pred or softmax(y_pred) `from_logits`,
    α = alpha, γ = gamma

    Args:
        alpha: weight of all classes, or a list of one for each. Default: 0.25.
        gamma: how much less what is nearly right counts. Default: 2.
        from_logits: whether predictions are logits, not probabilities. Default: False.
        label_smoothing: s in [0, 1] mixes in equal labels, t (1 − s) + s / classes. Default: 0.
        axis: the axis of the classes. Default: the last.
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes differ, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(CategoricalFocalCrossentropy()([[0, 1]], [[0.5, 0.5]])), 4)
        0.0433

    Source: T.-Y. Lin et al., Focal loss for dense object detection, 2017.
    """

    samplewise = True

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        check_label_smoothing(label_smoothing)
        check_axis("CategoricalFocalCrossentropy", axis)
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return categorical_focal_crossentropy(
            y_true, y_pred, self.alpha, self.gamma, self.from_logits, self.label_smoothing, self.axis
        )


class CategoricalGeneralizedCrossEntropy(Loss):
    """Surprise at class numbers that wrong labels do not dominate.

    (1 − p[y_true]^q) / q with p = y_pred: near q = 0 the crossentropy, at q = 1 the absolute error

    Args:
        q: between 0 and 1. Default: 0.5.
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: class numbers, shape (batch, ...) or (batch, ..., 1).
        y_pred: probabilities, shape (batch, ..., classes).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if `q` is outside (0, 1), or the shapes do not match.

    Example:
        >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
        1.0

    Source: Z. Zhang and M. Sabuncu, Generalized cross entropy loss for training deep neural networks
    with noisy labels, 2018.
    """

    samplewise = True

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        check_q(q)
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.q = q

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return categorical_generalized_cross_entropy(y_true, y_pred, self.q)
