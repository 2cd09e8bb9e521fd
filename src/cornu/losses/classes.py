"""The losses as objects, which remember their arguments."""

from __future__ import annotations

from typing import Any

from cornu.losses import functions
from cornu.losses.loss import Loss
from cornu.losses.shapes import class_numbers


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
        return functions.mean_squared_error(y_true, y_pred)


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
        return functions.mean_absolute_error(y_true, y_pred)


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
        functions.check_label_smoothing(label_smoothing)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return functions.binary_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


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
        functions.check_label_smoothing(label_smoothing)
        functions.check_axis("CategoricalCrossentropy", axis)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return functions.categorical_crossentropy(
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
        functions.check_axis("SparseCategoricalCrossentropy", axis)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return functions.sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )

    def counted(self, y_true: Any, y_pred: Any) -> Any:
        if self.ignore_class is None:
            return None
        return class_numbers(self.name, y_true, y_pred, self.axis) != self.ignore_class
