"""The area under a curve of rates over thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from cornu.core import config as configuration
from cornu.core.errors import did_you_mean, show_shape
from cornu.losses.shapes import divide_no_nan
from cornu.metrics.confusion import ConfusionMetric, Thresholds, checked_thresholds, evenly, ratio
from cornu.metrics.inputs import require_count

MARGIN = 1e-7  # the outer thresholds lie by this much outside of 0 and 1


class AUC(ConfusionMetric):
    """The area under the ROC or the precision-recall curve, from counts at thresholds.

    Σᵢ (xᵢ − xᵢ₊₁) heightᵢ over neighbouring thresholds; x is the false positive rate and y the recall
    (ROC), or x the recall and y the precision (PR), or both as gains (PRGAIN).

    Args:
        num_thresholds: how many thresholds at equal distances; more are more exact. Default: 200.
        curve: "ROC", "PR" or "PRGAIN". Default: "ROC".
        summation_method: what heightᵢ is: "interpolation" (the mean of yᵢ and yᵢ₊₁; for PR the counts
            are interpolated, not the precision), "minoring" (the smaller) or "majoring" (the larger).
        name, dtype: as for `Metric`.
        thresholds: numbers from 0 to 1 to use in place of `num_thresholds`; 0 and 1 are added.
        multi_label: whether each column of `y_pred` has a curve of its own, whose areas are averaged.
            Default: False, all are counted together.
        num_labels: the number of columns, if `multi_label`. Default: that of the first batch.
        label_weights: one weight per column: in the average if `multi_label`, else in the counts.
        from_logits: whether predictions are logits, to which the sigmoid is applied. Default: False.

    Inputs:
        y_true: labels 0 and 1, of the shape of `y_pred`.
        y_pred: probabilities, shape (batch, ...); if `multi_label`, (batch, labels).
        sample_weight: one per row or per value.

    Raises:
        ValueError: if an argument or a label is outside its range, or the shapes do not match.

    Example:
        >>> round(float(AUC()([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])), 2)
        0.75

    Source: J. Davis and M. Goadrich, The relationship between precision-recall and ROC curves, 2006;
    P. Flach and M. Kull, Precision-recall-gain curves, 2015.
    """

    samplewise = True
    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.curve = _choice("curve", curve, ("ROC", "PR", "PRGAIN"))
        methods = ("interpolation", "majoring", "minoring")
        self.summation_method = _choice("summation_method", summation_method, methods)
        if thresholds is None:
            require_count(self.name, "num_thresholds", num_thresholds, least=2)
            inner = evenly(num_thresholds)[1:-1]
        else:
            inner = sorted(checked_thresholds(self.name, list(thresholds)))
        even = thresholds is None or Thresholds([0.0, *inner, 1.0]).even
        self.thresholds = [-MARGIN, *inner, 1 + MARGIN]
        self.num_thresholds = len(self.thresholds)
        self._chosen = thresholds is not None
        self._even = even
        self.multi_label, self.num_labels, self.label_weights = multi_label, num_labels, label_weights
        self.from_logits = from_logits
        self.built = False
        if num_labels is not None and not multi_label:
            raise ValueError(f"{self.name}: num_labels is for multi_label=True. Leave it out.")
        if num_labels is not None or not multi_label:
            self._build((num_labels,) if multi_label else ())

    def _build(self, labels: tuple[Any, ...]) -> None:
        if self.label_weights is not None and labels and len(self.label_weights) != labels[0]:
            raise ValueError(
                f"{self.name}: label_weights has {len(self.label_weights)} entries, but y_pred has "
                f"{labels[0]} labels. Give one weight per label."
            )
        self.add_counts(Thresholds(self.thresholds, even=self._even), labels)
        self.built = True

    def make_variables(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Makes the variables, knowing what their shape depends on."""
        if not self.multi_label:
            return
        if len(y_pred_shape) != 2 or self.num_labels not in (None, y_pred_shape[1]):
            wanted = f"(batch, {self.num_labels or 'labels'})"
            raise ValueError(
                f"{self.name}: with multi_label=True y_pred has shape {wanted}, but here it has shape "
                f"{show_shape(y_pred_shape)}. Leave multi_label out to count all values together."
            )
        if not self.built:
            self._build((y_pred_shape[1],))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if self.multi_label:
            self.make_variables(jnp.shape(y_true), jnp.shape(y_pred))
        super().update_state(y_true, y_pred, sample_weight)

    def probabilities(self, y_pred: Any) -> Any:
        return jax.nn.sigmoid(jnp.asarray(y_pred)) if self.from_logits else y_pred

    def result(self) -> Any:
        if not self.built:
            return jnp.zeros(())
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = self._interpolated()
        else:
            x, y = getattr(self, f"_{self.curve.lower()}")()
            heights = _HEIGHTS[self.summation_method](y[:-1], y[1:])
            areas = jnp.sum((x[:-1] - x[1:]) * heights, axis=0)
        if not self.multi_label or self.label_weights is None:
            return jnp.mean(areas)
        weights = jnp.asarray(self.label_weights, dtype=areas.dtype)
        return divide_no_nan(jnp.sum(areas * weights), jnp.sum(weights))

    def _counts(self) -> tuple[Any, Any, Any, Any]:
        return tuple(getattr(self, name).value for name in self.counts)

    def _roc(self) -> tuple[Any, Any]:
        yes, false_yes, no, false_no = self._counts()
        return ratio(false_yes, no), ratio(yes, false_no)

    def _pr(self) -> tuple[Any, Any]:
        yes, false_yes, _, false_no = self._counts()
        return ratio(yes, false_no), ratio(yes, false_yes)

    def _prgain(self) -> tuple[Any, Any]:
        """Recall and precision, rescaled so that always saying yes is 0 and being right is 1."""
        yes, false_yes, no, false_no = self._counts()
        odds = divide_no_nan(yes + false_no, no + false_yes)
        recall, precision = (1 - odds * divide_no_nan(wrong, yes) for wrong in (false_no, false_yes))
        recall = jnp.maximum(jnp.where(yes == 0, 0.0, recall), 0.0)
        return recall, jnp.where(yes == 0, 1.0, precision)

    def _interpolated(self) -> Any:
        """The area under precision over recall, true and false positives being linear in between."""
        yes, false_yes, _, false_no = self._counts()
        both = yes + false_yes
        slope = divide_no_nan(yes[:-1] - yes[1:], jnp.maximum(both[:-1] - both[1:], 0))
        intercept = yes[1:] - slope * both[1:]
        some = (both[:-1] > 0) & (both[1:] > 0)
        growth = jnp.where(some, both[:-1] / jnp.where(some, both[1:], 1), 1)
        steps = slope * (yes[:-1] - yes[1:] + intercept * jnp.log(growth))
        return jnp.sum(divide_no_nan(steps, jnp.maximum(yes[1:] + false_no[1:], 0)), axis=0)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        thresholds = config.pop("thresholds")
        return {**config, "thresholds": thresholds[1:-1]} if self._chosen else config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        return cls(**configuration.deserialize(dict(config)))  # Keras writes label_weights as a tensor


_HEIGHTS: dict[str, Callable[[Any, Any], Any]] = {
    "interpolation": lambda left, right: (left + right) / 2,
    "majoring": jnp.maximum,
    "minoring": jnp.minimum,
}


def _choice(argument: str, value: Any, options: tuple[str, ...]) -> str:
    """The option that was meant, in whatever case it is written."""
    for option in options:
        if str(getattr(value, "value", value)).lower() == option.lower():
            return option
    raise ValueError(f'AUC: unknown {argument}="{value}". {did_you_mean(str(value), options)}')
