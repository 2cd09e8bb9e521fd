"""The coefficient of determination."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.context import context
from cornu.core.dtypes import floatx
from cornu.core.errors import did_you_mean, show_shape, warn
from cornu.metrics.inputs import known, matched, require_count, weight_of
from cornu.metrics.metric import Metric

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """The share of the variance of the labels that predictions explain.

    1 − Σ wᵢ (y_trueᵢ − y_predᵢ)² / Σ wᵢ (y_trueᵢ − mean)², per column; 1 is perfect, 0 as good as
    the mean. With p = num_regressors above 0 it is adjusted: 1 − (1 − R²) (n − 1) / (n − p − 1).

    Args:
        class_aggregation: what is made of the scores of the columns: "uniform_average" (default) their
            mean, "variance_weighted_average" the mean weighted by the variances, None nothing.
        num_regressors: p, the number of independent inputs. Default: 0, no adjustment.
        name, dtype: as for `Metric`.

    Inputs:
        y_true, y_pred: shape (batch, columns).
        sample_weight: w, one per row or per value.

    Raises:
        ValueError: if an argument is outside its range, or the shapes do not match.

    Example:
        >>> round(float(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])), 4)
        0.5714

    Source: S. Wright, Correlation and causation, 1921.
    """

    samplewise = True
    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in AGGREGATIONS:
            raise ValueError(
                f'{self.name}: unknown class_aggregation="{class_aggregation}". '
                + did_you_mean(str(class_aggregation), filter(None, AGGREGATIONS))
                + " None gives a score per column."
            )
        require_count(self.name, "num_regressors", num_regressors, least=0)
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), name="num_samples")
        self.built = False

    def make_variables(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Makes the variables, knowing how many columns there are."""
        if len(y_pred_shape) != 2:
            raise ValueError(
                f"{self.name}: y_pred must have shape (batch, columns), but has shape "
                f"{show_shape(y_pred_shape)}. For a vector write y_pred[:, None]."
            )
        if not self.built:
            shape = (y_pred_shape[-1],)
            self.squared_sum = self.add_variable(shape, name="squared_sum")
            self.sum = self.add_variable(shape, name="sum")
            self.total_mse = self.add_variable(shape, name="residual")
            self.count = self.add_variable(shape, name="count")
            self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        given = y_pred
        y_true, y_pred = matched(self.name, y_true, y_pred, self.dtype)
        self.make_variables(y_true.shape, y_pred.shape)
        weight = weight_of(self.name, sample_weight, given, y_pred, self.dtype)
        weight = jnp.broadcast_to(jnp.ones((), y_true.dtype) if weight is None else weight, y_true.shape)
        self.sum.assign_add(jnp.sum(y_true * weight, axis=0))
        self.squared_sum.assign_add(jnp.sum(y_true * (y_true * weight), axis=0))
        self.total_mse.assign_add(jnp.sum((y_true - y_pred) ** 2 * weight, axis=0))
        self.count.assign_add(jnp.sum(weight, axis=0))
        rows = y_true.shape[0] if context.rows is None else context.rows.count  # not those that fill up
        self.num_samples.assign_add(rows * y_true.shape[1])

    def result(self) -> Any:
        if not self.built:
            return jnp.zeros((), floatx())
        total = self.squared_sum.value - self.sum.value * (self.sum.value / self.count.value)
        residual = self.total_mse.value
        # Labels that do not vary: 1 if all are met, else 0, as scikit-learn.
        scores = jnp.where(total == 0, jnp.where(residual == 0, 1.0, 0.0), 1 - residual / total)
        if self.class_aggregation == "uniform_average":
            scores = jnp.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = jnp.sum(total * scores) / jnp.sum(total)
        return self._adjusted(scores) if self.num_regressors else scores

    def _adjusted(self, score: Any) -> Any:
        """The score corrected for the number of inputs; as it is where there are too few samples."""
        samples = self.num_samples.value
        left = samples - self.num_regressors - 1
        seen = known(left)
        if seen is not None and seen <= 0:
            warn(
                f"{self.name}: {int(known(samples))} samples are too few for "  # type: ignore[arg-type]
                f"num_regressors={self.num_regressors}, so the score is not adjusted."
            )
        return jnp.where(left > 0, 1 - (1 - score) * (samples - 1) / jnp.where(left > 0, left, 1), score)
