"""Sums and means over batches, and means of functions of labels and predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp

from cornu.core import config as configuration
from cornu.core.masks import mask_of
from cornu.losses.function import treats_rows_alone
from cornu.losses.shapes import divide_no_nan, require_weights_fit, same_rank
from cornu.metrics.functions import FUNCTIONS
from cornu.metrics.inputs import masked_weight
from cornu.metrics.metric import Metric


def weighted_rows(
    name: str, values: Any, weight: Any, reduce: Callable[..., Any], dtype: str
) -> tuple[Any, Any]:
    """One value and one weight per row: all other axes reduced, values multiplied by weights.

    As in Keras a mask that lies beside the values counts only where there are weights.
    """
    mask = mask_of(values)
    if mask is not None and weight is not None:
        weight = masked_weight(weight, mask, dtype)
    values = _vector(jnp.asarray(values, dtype=dtype))
    if weight is not None:
        values, weight = same_rank(values, _vector(jnp.asarray(weight, dtype=dtype)))
        require_weights_fit(name, values, weight, reducible=True)
        if values.ndim > weight.ndim:
            values = reduce(values, axis=tuple(range(weight.ndim, values.ndim)))
        weight = jnp.broadcast_to(weight, values.shape)
        values = values * weight
        if weight.ndim > 1:
            weight = reduce(weight, axis=tuple(range(1, weight.ndim)))
    if values.ndim > 1:
        values = reduce(values, axis=tuple(range(1, values.ndim)))
    return values, weight


def _vector(array: Any) -> Any:
    """A column as a vector, so that nothing is left to reduce; other arrays as they are."""
    column = array.ndim > 1 and all(size == 1 for size in array.shape[1:])
    return array.reshape(array.shape[0]) if column else array


class Sum(Metric):
    """Weighted sum of all values seen.

    Σ wᵢ xᵢ with x = values, w = sample_weight

    Args:
        name: shown in logs. Default: "sum".
        dtype: as for `Metric`.

    Inputs:
        values: any shape (batch, ...).
        sample_weight: one per value or per row; 1 by default.

    Raises:
        ValueError: if the weights do not fit the values.

    Example:
        >>> total = Sum()
        >>> total.update_state([1.0, 2.0])
        >>> total.update_state([3.0], sample_weight=[2.0])
        >>> float(total.result())
        9.0
    """

    samplewise = True

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), dtype=self.dtype, name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values, _ = weighted_rows(self.name, values, sample_weight, jnp.sum, self.dtype)
        self.total.assign_add(jnp.sum(values))

    def result(self) -> Any:
        return self.total.value


class Mean(Metric):
    """Weighted mean of all values seen.

    Σ wᵢ xᵢ / Σ wᵢ with x = values (first averaged over all axes but the batch's), w = sample_weight

    Args:
        name: shown in logs. Default: "mean".
        dtype: as for `Metric`.

    Inputs:
        values: any shape (batch, ...).
        sample_weight: one per value or per row; 1 by default.

    Raises:
        ValueError: if the weights do not fit the values.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1.0, 3.0])
        >>> mean.update_state([5.0], sample_weight=[2.0])
        >>> float(mean.result())
        3.5
    """

    samplewise = True

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), dtype=self.dtype, name="total")
        self.count = self.add_variable((), dtype=self.dtype, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values, weight = weighted_rows(self.name, values, sample_weight, jnp.mean, self.dtype)
        self.total.assign_add(jnp.sum(values))
        rows = values.shape[0] if values.ndim else 1
        self.count.assign(self.count.value + (rows if weight is None else jnp.sum(weight)))

    def result(self) -> Any:
        return divide_no_nan(self.total.value, self.count.value)


class MeanMetricWrapper(Mean):
    """Weighted mean of a function of labels and predictions.

    Σ wᵢ fn(y_true, y_pred)ᵢ / Σ wᵢ with w = sample_weight

    Args:
        fn: a function `(y_true, y_pred, **kwargs)` that gives one value per sample.
        name: shown in logs; "mean_metric_wrapper" by default.
        dtype: as for `Metric`.
        **kwargs: passed on to `fn`.

    Inputs:
        y_true, y_pred: as `fn` wants them.
        sample_weight: one per value or per row; 1 by default.

    Raises:
        TypeError: if `fn` cannot be called.
        ValueError: if the weights do not fit the values.

    Example:
        >>> metric = MeanMetricWrapper(lambda y_true, y_pred: abs(y_true - y_pred), name="distance")
        >>> import numpy as np
        >>> float(metric(np.array([1.0, 2.0]), np.array([2.0, 4.0])))
        1.5
    """

    samplewise = True

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        if not callable(fn):
            raise TypeError(
                f"{type(self).__name__} needs a function (y_true, y_pred) -> values, got "
                f"fn={fn!r}. For a name, write metrics.get(name)."
            )
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._kwargs = kwargs
        if fn not in FUNCTIONS:
            self.samplewise = False

    def update_state(  # type: ignore[override]  # not the values that Mean takes
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        mask = mask_of(y_pred)
        if mask is not None:
            sample_weight = masked_weight(sample_weight, mask, self.dtype)
        super().update_state(self._fn(y_true, y_pred, **self._kwargs), sample_weight)

    def treats_rows_alone(self, rank: int) -> bool:
        return self.samplewise and treats_rows_alone(self._fn, rank, self._kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if "fn" in config:  # a class of ours that fixes the function has no such argument
            config = {**config, "fn": configuration.serialize(self._fn)}
            config.update(configuration.serialize(self._kwargs))
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        if "fn" not in config:
            return cls(**config)
        table = {function.__name__: function for function in FUNCTIONS}
        fn = configuration.lookup(config["fn"], "metric function", table)
        return cls(**{**config, "fn": fn})
