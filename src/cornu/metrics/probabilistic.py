"""How surprising labels are, given what was predicted."""

from __future__ import annotations

from typing import Any

from cornu import losses
from cornu.losses.functions import check_axis, check_label_smoothing
from cornu.metrics.reductions import MeanMetricWrapper


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

    _direction = "down"

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

    _direction = "down"

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

    _direction = "down"

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


class KLDivergence(MeanMetricWrapper):
    """Mean divergence of Kullback and Leibler of predicted distributions from those of the labels.

    Σ y_true log(y_true / y_pred), both clipped to [1e-7, 1]

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., classes).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
        0.1438
    """

    _direction = "down"

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """Mean of the negative log-likelihood of counts, less what predictions do not change.

    mean(y_pred − y_true log(y_pred + 1e-7))

    Args:
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch,) or (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(Poisson()([[0.0, 1.0]], [[1.0, 1.0]])), 4)
        1.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name, dtype)
