"""Crossentropies: the surprise at labels, given predicted probabilities or their logits."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import describe, warn
from cornu.core.masks import set_mask
from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import class_numbers, paired, to_float
from cornu.ops.formulas import crossentropy


@loss_function
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Surprise at yes-or-no labels, given the predicted probability of yes.

    mean(−t log p − (1 − t) log(1 − p)) with t = y_true, p = y_pred; p = σ(y_pred) `from_logits`.
    Probabilities are clipped to [1e-7, 1 − 1e-7], but the gradient passes the clip, so that an output
    that is certain and wrong can still learn (Keras on JAX stops there; on TensorFlow it works on the
    logits).

    Args:
        y_true: labels 0 or 1 (or between), shape (batch, ..., d).
        y_pred: probabilities, or logits, of the same shape.
        from_logits: whether `y_pred` are logits. Default: False.
        label_smoothing: s in [0, 1] moves labels towards one half, t (1 − s) + s / 2. Default: 0.
        axis: the axis of the mean. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes do not match, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(binary_crossentropy([[1.0]], [[0.5]])[0]), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """
    check_label_smoothing(label_smoothing)
    t, x = paired("binary_crossentropy", y_true, y_pred)
    t = smoothed(t, label_smoothing, 2)
    return jnp.mean(crossentropy.binary(t, x, from_logits), axis=axis)


@loss_function
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Surprise at one-hot labels, given predicted probabilities of the classes.

    −Σ t log p with t = y_true, p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).
    Probabilities are clipped to [1e-7, 1 − 1e-7].

    Args:
        y_true: one-hot rows (or distributions), shape (batch, ..., classes).
        y_pred: probabilities, or logits, of the same shape.
        from_logits: whether `y_pred` are logits. Default: False.
        label_smoothing: s in [0, 1] mixes in equal labels, t (1 − s) + s / classes. Default: 0.
        axis: the axis of the classes. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(categorical_crossentropy([[0, 1]], [[0.5, 0.5]])[0]), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """
    check_label_smoothing(label_smoothing)
    check_axis("categorical_crossentropy", axis)
    t, y_pred = paired("categorical_crossentropy", y_true, y_pred)
    if y_pred.ndim == 0 or y_pred.shape[axis] == 1:
        warn(
            "categorical_crossentropy of a single class is always 0: with two classes and one "
            'output, write loss="binary_crossentropy".'
        )
    t = smoothed(t, label_smoothing, t.shape[-1])
    return crossentropy.categorical(t, y_pred, from_logits, axis)


@loss_function
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Surprise at class numbers, given predicted probabilities of the classes.

    −log p[y_true] with p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).
    Probabilities are clipped to [1e-7, 1 − 1e-7]. A label that is no class has loss 0.

    Args:
        y_true: class numbers 0, 1, ..., shape (batch, ...) or (batch, ..., 1).
        y_pred: probabilities, or logits, shape (batch, ..., classes).
        from_logits: whether `y_pred` are logits. Default: False.
        ignore_class: a label whose loss is 0. Default: None.
        axis: the axis of the classes. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its class axis.

    Example:
        >>> round(float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """
    check_axis("sparse_categorical_crossentropy", axis)
    y_pred = to_float(y_pred)
    labels = class_numbers("sparse_categorical_crossentropy", y_true, y_pred, axis)
    losses = crossentropy.sparse(labels, y_pred, from_logits, axis, ignore_class)
    if ignore_class is not None:
        set_mask(losses, labels != ignore_class)
    return losses


def smoothed(labels: Any, smoothing: float, classes: int) -> Any:
    """Labels moved by a share of `smoothing` towards equal ones for so many classes."""
    return labels * (1.0 - smoothing) + smoothing / classes if smoothing else labels


def check_label_smoothing(value: Any) -> None:
    """Raises a ValueError unless 0 <= label_smoothing <= 1."""
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f"label_smoothing must be a number from 0 to 1, but is {describe(value)}. "
            "Write for example label_smoothing=0.1."
        )


def check_axis(name: str, axis: Any) -> None:
    """Raises a ValueError unless the axis is a whole number."""
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ValueError(
            f"{name}: axis must be a whole number, but is {describe(axis)}. "
            "Write axis=-1 where the classes are on the last axis."
        )


class BinaryCrossentropy(Loss):
    """Surprise at yes-or-no labels, given the predicted probability of yes.

    mean(−t log p − (1 − t) log(1 − p)) with t = y_true, p = y_pred; p = σ(y_pred) `from_logits`.

    Args:
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
        >>> round(float(BinaryCrossentropy(from_logits=True)([[1.0]], [[0.0]])), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """

    samplewise = True

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        check_label_smoothing(label_smoothing)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return binary_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)


class CategoricalCrossentropy(Loss):
    """Surprise at one-hot labels, given predicted probabilities of the classes.

    −Σ t log p with t = y_true, p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).

    Args:
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
        >>> round(float(CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """

    samplewise = True

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        check_label_smoothing(label_smoothing)
        check_axis("CategoricalCrossentropy", axis)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class SparseCategoricalCrossentropy(Loss):
    """Surprise at class numbers, given predicted probabilities of the classes.

    −log p[y_true] with p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).

    Args:
        from_logits: whether predictions are logits, not probabilities. Default: False.
        ignore_class: a label that counts for nothing, not even as a sample. Default: None.
        axis: the axis of the classes. Default: the last.
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: class numbers, shape (batch, ...) or (batch, ..., 1).
        y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its class axis.

    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """

    samplewise = True

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        check_axis("SparseCategoricalCrossentropy", axis)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )
