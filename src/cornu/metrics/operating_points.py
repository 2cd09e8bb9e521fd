"""The best of one measure where another is good enough: one point of a curve."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.metrics.confusion import ConfusionMetric, Thresholds, evenly, ratio
from cornu.metrics.inputs import require_between_0_and_1, require_count

# What each measure is a ratio of: a / (a + b).
MEASURES = {
    "sensitivity": ("true_positives", "false_negatives"),
    "recall": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
    "precision": ("true_positives", "false_positives"),
}


class _OperatingPoint(ConfusionMetric):
    """The largest value of one measure over the thresholds at which another has at least some value."""

    samplewise = True
    _direction = "up"
    #: What is made large, and what has to be large enough.
    measures: tuple[str, str]

    def __init__(
        self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        require_between_0_and_1(self.name, self.measures[1], value)
        require_count(self.name, "num_thresholds", num_thresholds)
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id
        self.thresholds = evenly(num_thresholds)
        self.add_counts(Thresholds(self.thresholds, even=num_thresholds > 1))

    def result(self) -> Any:
        wanted, bounded = (
            ratio(*(getattr(self, count).value for count in MEASURES[name])) for name in self.measures
        )
        return jnp.max(jnp.where(bounded >= self.value, wanted, 0))


class SensitivityAtSpecificity(_OperatingPoint):
    """The best sensitivity at a threshold where the specificity is at least as given; else 0.

    max TP / (TP + FN) over thresholds with TN / (TN + FP) ≥ specificity

    Args:
        specificity: from 0 to 1.
        num_thresholds: how many thresholds from 0 to 1 are tried. Default: 200.
        class_id: the one class, a column of `y_pred`, that counts. Default: all.
        name, dtype: as for `Metric`.

    Inputs:
        y_true: labels 0 and 1, of the shape of `y_pred`.
        y_pred: probabilities, any shape (batch, ...).
        sample_weight: one per row or per value.

    Raises:
        ValueError: if an argument or a label is outside its range, or the shapes do not match.

    Example:
        >>> float(SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
        0.5
    """

    measures = ("sensitivity", "specificity")

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.specificity = specificity
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_OperatingPoint):
    """The best specificity at a threshold where the sensitivity is at least as given; else 0.

    max TN / (TN + FP) over thresholds with TP / (TP + FN) ≥ sensitivity

    Args:
        sensitivity: from 0 to 1.
        num_thresholds: how many thresholds from 0 to 1 are tried. Default: 200.
        class_id: the one class, a column of `y_pred`, that counts. Default: all.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `SensitivityAtSpecificity`.

    Example:
        >>> float(SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
        0.666...
    """

    measures = ("specificity", "sensitivity")

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.sensitivity = sensitivity
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(_OperatingPoint):
    """The best precision at a threshold where the recall is at least as given; else 0.

    max TP / (TP + FP) over thresholds with TP / (TP + FN) ≥ recall

    Args:
        recall: from 0 to 1.
        num_thresholds: how many thresholds from 0 to 1 are tried. Default: 200.
        class_id: the one class, a column of `y_pred`, that counts. Default: all.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `SensitivityAtSpecificity`.

    Example:
        >>> float(PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
        0.5
    """

    measures = ("precision", "recall")

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.recall = recall
        super().__init__(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_OperatingPoint):
    """The best recall at a threshold where the precision is at least as given; else 0.

    max TP / (TP + FN) over thresholds with TP / (TP + FP) ≥ precision

    Args:
        precision: from 0 to 1.
        num_thresholds: how many thresholds from 0 to 1 are tried. Default: 200.
        class_id: the one class, a column of `y_pred`, that counts. Default: all.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `SensitivityAtSpecificity`.

    Example:
        >>> float(RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
        0.5
    """

    measures = ("recall", "precision")

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.precision = precision
        super().__init__(precision, num_thresholds, class_id, name, dtype)
