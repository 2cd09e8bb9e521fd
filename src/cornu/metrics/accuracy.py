"""How often predictions are right."""

from __future__ import annotations

from typing import Any

from cornu.metrics import functions
from cornu.metrics.inputs import require_count
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

    _direction = "up"

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

    _direction = "up"

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

    _direction = "up"

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

    _direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest label is among the k largest predictions, for one-hot labels.

    mean([fewer than k predictions of the row are larger than that of the label])

    Args:
        k: how many predictions count. Default: 5.
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ, or `k` is no whole number above 0.

    Example:
        >>> float(TopKCategoricalAccuracy(k=2)([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0, 1]]))
        0.5
    """

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        require_count(type(self).__name__, "k", k)
        super().__init__(functions.top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the label's class is among the k largest predictions, for class numbers.

    mean([fewer than k predictions of the row are larger than that of the label])

    Args:
        k: how many predictions count. Default: 5.
        name, dtype: as for `Metric`.
        from_sorted_ids: whether `y_pred` holds class numbers, the best first, not scores.
            Default: False.

    Inputs:
        y_true: class numbers, shape (batch, ...) or (batch, ..., 1).
        y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its last axis, or `k` is no whole
            number above 0.

    Example:
        >>> float(SparseTopKCategoricalAccuracy(k=2)([2, 1], [[0.1, 0.9, 0.8], [0.05, 0, 1]]))
        0.5
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        require_count(type(self).__name__, "k", k)
        arguments = {"k": k, "from_sorted_ids": from_sorted_ids}
        super().__init__(functions.sparse_top_k_categorical_accuracy, name, dtype, **arguments)
        self.k, self.from_sorted_ids = k, from_sorted_ids

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if not self.from_sorted_ids:  # as Keras, whose earlier versions do not know it
            del config["from_sorted_ids"]
        return config
