"""The metrics as objects that gather a mean over batches."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.losses import functions as losses
from cornu.losses.functions import check_axis, check_label_smoothing
from cornu.losses.shapes import class_numbers, same_rank, to_float
from cornu.metrics import functions
from cornu.metrics.reductions import MeanMetricWrapper


class Accuracy(MeanMetricWrapper):
    """How often predictions equal labels.

    mean(y_true = y_pred)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: any one shape (batch, ...).
        sample_weight: one per value or per row.

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> float(Accuracy()([1, 2, 3, 4], [1, 2, 3, 0]))
        0.75
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(functions.accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often predictions, cut at a threshold, equal labels 0 and 1.

    mean(y_true = [y_pred > threshold])

    Args:
        name, dtype: as for `Metric`.
        threshold: above it, a prediction means 1. Default: 0.5.

    Inputs:
        y_true, y_pred: any one shape (batch, ...).
        sample_weight: one per value or per row.

    Raises:
        ValueError: if the shapes differ by more than a last axis of 1, or `threshold` is no number.

    Example:
        >>> float(BinaryAccuracy()([1, 0, 1, 0], [0.9, 0.2, 0.3, 0.4]))
        0.75
    """

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        functions.check_threshold(threshold)
        super().__init__(functions.binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is at the largest label, for one-hot labels.

    mean(argmax y_true = argmax y_pred)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> float(CategoricalAccuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]]))
        0.5
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the label's class, for class numbers.

    mean(y_true = argmax y_pred)

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true: shape (batch, ...) or (batch, ..., 1).
        y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its last axis.

    Example:
        >>> float(SparseCategoricalAccuracy()([1, 0], [[0.1, 0.9], [0.2, 0.8]]))
        0.5
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.sparse_categorical_accuracy, name, dtype)


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

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """Mean surprise at yes-or-no labels, given the predicted probability of yes.

    mean(−t log p − (1 − t) log(1 − p)) with t = y_true, p = y_pred; p = σ(y_pred) `from_logits`.

    Args:
        name, dtype: as for `Metric`.
        from_logits: whether predictions are logits, not probabilities. Default: False.
        label_smoothing: s in [0, 1] moves labels towards one half, t (1 − s) + s / 2. Default: 0.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes do not match, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(BinaryCrossentropy(from_logits=True)([[1.0]], [[0.0]])), 4)
        0.6931
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        check_label_smoothing(label_smoothing)
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(losses.binary_crossentropy, name, dtype, **arguments)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing


class CategoricalCrossentropy(MeanMetricWrapper):
    """Mean surprise at one-hot labels, given predicted probabilities of the classes.

    −Σ t log p with t = y_true, p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).

    Args:
        name, dtype: as for `Metric`.
        from_logits: whether predictions are logits, not probabilities. Default: False.
        label_smoothing: s in [0, 1] mixes in equal labels, t (1 − s) + s / classes. Default: 0.
        axis: the axis of the classes. Default: the last.

    Inputs:
        y_true, y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])), 4)
        0.6931
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        check_label_smoothing(label_smoothing)
        check_axis("CategoricalCrossentropy", axis)
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(losses.categorical_crossentropy, name, dtype, **arguments)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Mean surprise at class numbers, given predicted probabilities of the classes.

    −log p[y_true] with p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).

    Args:
        name, dtype: as for `Metric`.
        from_logits: whether predictions are logits, not probabilities. Default: False.
        ignore_class: a label whose loss is 0; where weights are given, it is not counted either
            (as in Keras). Default: None.
        axis: the axis of the classes. Default: the last.

    Inputs:
        y_true: shape (batch, ...) or (batch, ..., 1).
        y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its class axis.

    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
        0.6931
    """

    samplewise = True

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        check_axis("SparseCategoricalCrossentropy", axis)
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(losses.sparse_categorical_crossentropy, name, dtype, **arguments)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis
        if ignore_class is not None:  # counted without weights, not counted with weights of 1
            self.samplewise = False

    def update_state(  # type: ignore[override]  # not the values that Mean takes
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        if sample_weight is not None and self.ignore_class is not None:
            labels = class_numbers(self.name, y_true, to_float(y_pred), self.axis)
            counted = (labels != self.ignore_class).astype(self.dtype)
            counted, weight = same_rank(counted, jnp.asarray(sample_weight, dtype=self.dtype))
            if 0 < weight.ndim < counted.ndim:
                weight = lax.expand_dims(weight, tuple(range(weight.ndim, counted.ndim)))
            sample_weight = counted * weight
        super().update_state(y_true, y_pred, sample_weight)


CLASSES = (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    MeanSquaredError,
    MeanAbsoluteError,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
