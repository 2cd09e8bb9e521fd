"""F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.errors import describe, did_you_mean, show_shape
from cornu.core.variable import Variable
from cornu.metrics.inputs import matched, require_yes_or_no, weight_of
from cornu.metrics.metric import Metric

TINY = 1e-7
AVERAGES = (None, "micro", "macro", "weighted")


class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall.

    (1 + β²) precision · recall / (β² precision + recall)

    Args:
        average: None gives the scores of all classes; "macro" their mean, "weighted" their mean weighted
            by how often each class is a label; "micro" counts all classes together. Default: None.
        beta: β, above 0: how many times as much recall counts as precision. Default: 1.
        threshold: above it, a prediction means yes; above 0, at most 1. Default: None, where the largest
            of each row does.
        name, dtype: as for `Metric`.

    Inputs:
        y_true: labels 0 and 1, shape (batch, classes).
        y_pred: probabilities, of the same shape.
        sample_weight: one per row or per value.

    Raises:
        ValueError: if an argument or a label is outside its range, or the shapes do not match.

    Example:
        >>> metric = FBetaScore(beta=2.0, threshold=0.5)
        >>> metric([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.8]]).tolist()
        [0.555..., 0.833...]

    Source: C. J. van Rijsbergen, Information retrieval, 1979.
    """

    samplewise = True
    _direction = "up"
    true_positives: Variable
    false_positives: Variable
    false_negatives: Variable
    intermediate_weights: Variable

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if average not in AVERAGES:
            raise ValueError(
                f'{self.name}: unknown average="{average}". '
                f"{did_you_mean(str(average), AVERAGES[1:])} None gives a score per class."
            )
        self._require_above_0("beta", beta, most=None)
        if threshold is not None:
            self._require_above_0("threshold", threshold, most=1)
        self.average, self.beta, self.threshold = average, float(beta), threshold
        self.built = False

    def _require_above_0(self, argument: str, value: Any, most: float | None) -> None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or value <= 0 or (most is not None and value > most):
            until = "" if most is None else f", at most {most}"
            raise ValueError(
                f"{self.name}: {argument} must be a number above 0{until}, but is {describe(value)}. "
                f"Write for example {argument}=0.5."
            )

    def make_variables(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Makes the variables, knowing how many classes there are."""
        if len(y_pred_shape) != 2:
            raise ValueError(
                f"{self.name}: y_pred must have shape (batch, classes), but has shape "
                f"{show_shape(y_pred_shape)}. Bring it into that shape with cornu.ops.reshape."
            )
        if not self.built:
            shape = () if self.average == "micro" else (y_pred_shape[-1],)
            for name in ("true_positives", "false_positives", "false_negatives", "intermediate_weights"):
                setattr(self, name, self.add_variable(shape, dtype=self.dtype, name=name))
            self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        given = y_pred
        y_true, y_pred = matched(self.name, y_true, y_pred, self.dtype)
        self.make_variables(y_true.shape, y_pred.shape)
        require_yes_or_no(self.name, y_true)
        weight = weight_of(self.name, sample_weight, given, y_pred, self.dtype)
        if self.threshold is None:
            largest = jnp.max(y_pred, axis=-1, keepdims=True)
            yes = (y_pred >= largest) & (lax.abs(y_pred) > 1e-9)
        else:
            yes = y_pred > self.threshold
        yes = yes.astype(self.dtype)
        axis = None if self.average == "micro" else 0
        for variable, hits in (
            (self.true_positives, yes * y_true),
            (self.false_positives, yes * (1 - y_true)),
            (self.false_negatives, (1 - yes) * y_true),
            (self.intermediate_weights, y_true),
        ):
            variable.assign_add(jnp.sum(hits if weight is None else hits * weight, axis=axis))

    def result(self) -> Any:
        if not self.built:
            return jnp.zeros(())
        right = self.true_positives.value
        precision = right / (right + self.false_positives.value + TINY)
        recall = right / (right + self.false_negatives.value + TINY)
        square = self.beta**2
        scores = precision * recall / (square * precision + recall + TINY) * (1 + square)
        if self.average == "weighted":
            often = self.intermediate_weights.value
            return jnp.sum(scores * (often / (jnp.sum(often) + TINY)))
        return scores if self.average is None else jnp.mean(scores)


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall.

    2 precision · recall / (precision + recall)

    Args:
        average: None gives the scores of all classes; "macro" their mean, "weighted" their mean weighted
            by how often each class is a label; "micro" counts all classes together. Default: None.
        threshold: above it, a prediction means yes; above 0, at most 1. Default: None, where the largest
            of each row does.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `FBetaScore`.

    Example:
        >>> metric = F1Score(threshold=0.5)
        >>> metric([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.8]]).tolist()
        [0.666..., 0.666...]

    Source: C. J. van Rijsbergen, Information retrieval, 1979.
    """

    samplewise = True

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average=average, threshold=threshold, name=name, dtype=dtype)
