"""Loss: losses per sample, weighted and reduced to the number that training minimizes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core import masks, policies
from cornu.core.config import Configurable
from cornu.core.dtypes import floatx
from cornu.core.errors import did_you_mean
from cornu.core.masks import mask_of
from cornu.core.names import auto_name, snake_case
from cornu.losses.function import rows_stay_apart
from cornu.losses.shapes import divide_no_nan, require_weights_fit, same_rank, to_arrays

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
OF_KERAS_2 = "auto"  # the first of them


class Loss(Configurable):
    """Base of all losses; a subclass says what the loss of each sample is.

    L = reduction(weightᵢ · call(y_true, y_pred)ᵢ)

    Args:
        name: shown in logs; the class name in snake case by default.
        reduction: "sum_over_batch_size" (default) and "mean" divide the weighted sum by the number
            of losses, "mean_with_sample_weight" by the sum of the weights; "sum" does not
            divide; "none" or None gives the weighted losses themselves.
        dtype: what labels and predictions are converted to; by default what `floatx` says. Of a
            policy it is the dtype to compute in.

    Raises:
        ValueError: if `reduction` is unknown, or the weights do not fit the losses.

    Example:
        >>> import jax.numpy as jnp
        >>> class MeanCubedError(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return jnp.mean(jnp.abs(y_true - y_pred) ** 3, axis=-1)
        >>> float(MeanCubedError()([[1.0], [2.0]], [[3.0], [2.0]]))
        4.0
    """

    #: Whether row i of what `call` gives depends on row i of its inputs alone, unless `self.axis`
    #: names the axis of the rows.
    samplewise: bool = False

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.reduction = check_reduction(reduction)
        self.dtype = policies.get(floatx() if dtype is None else dtype).compute_dtype

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in vars(cls) and "samplewise" not in vars(cls):
            cls.samplewise = False

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample; a subclass must define it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what its losses are. "
            "Define call(self, y_true, y_pred) and return one loss per sample."
        )

    def treats_rows_alone(self, rank: int) -> bool:
        """Whether the losses of rows do not depend on other rows, for predictions of so many axes."""
        return self.samplewise and rows_stay_apart(getattr(self, "axis", -1), rank)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, *, mask: Any = None) -> Any:
        """The reduced loss; what `mask` says not to count counts for nothing, not even as samples.

        By default that is the mask of `y_pred`, if it has one; and what the losses have as a mask does
        not count, either.
        """
        mask = mask_of(y_pred) if mask is None and masks.alive else mask
        y_pred = to_arrays(y_pred, self.dtype)
        y_true = to_arrays(y_true, self.dtype)
        losses = self.call(y_true, y_pred)
        counted = mask_of(losses) if masks.alive else None
        losses = jnp.asarray(losses, dtype=self.dtype)
        if sample_weight is not None:
            sample_weight = jnp.asarray(sample_weight, dtype=self.dtype)
            losses, sample_weight = same_rank(losses, sample_weight)
            require_weights_fit(self.name, losses, sample_weight)
        chosen = (mask, counted) if losses.ndim else ()  # one number for a batch has nothing to mask
        counting = [fit_mask(each, losses) for each in chosen if each is not None]
        return reduce(losses, sample_weight, counting, self.reduction)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def check_reduction(reduction: Any) -> Any:
    """The reduction, if it is one."""
    if isinstance(reduction, str) and reduction == OF_KERAS_2:
        return REDUCTIONS[0]
    if reduction is None or (isinstance(reduction, str) and reduction in REDUCTIONS):
        return reduction
    raise ValueError(
        f'Unknown reduction "{reduction}". {did_you_mean(str(reduction), filter(None, REDUCTIONS))}'
    )


def fit_mask(mask: Any, losses: Any) -> Any:
    """A mask of rows or of single losses as numbers 0 and 1 of the losses' rank."""
    mask = jnp.asarray(mask, dtype=losses.dtype)
    if mask.shape != losses.shape[: mask.ndim] and mask.size == losses.size:
        mask = mask.reshape(losses.shape)  # losses that gained or lost an axis to fit their weights
    if mask.shape != losses.shape[: mask.ndim]:
        raise ValueError(
            f"A mask of shape {mask.shape} does not fit losses of shape {losses.shape}: "
            "pass one value per row."
        )
    return lax.expand_dims(mask, tuple(range(mask.ndim, losses.ndim)))


def reduce(losses: Any, weight: Any, masks: list[Any], reduction: str | None) -> Any:
    """The weighted losses, summed and divided as `reduction` says; masked ones are not counted."""
    mask = None
    for each in masks:
        mask = each if mask is None else mask * each
    if mask is not None:
        weight = jnp.broadcast_to(mask, losses.shape) if weight is None else weight * mask
    if weight is not None:
        losses = losses * weight
    if reduction in (None, "none") or losses.ndim == 0:
        return losses
    total = jnp.sum(losses)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weight is not None:
        return divide_no_nan(total, jnp.sum(weight))
    if mask is not None:
        return divide_no_nan(total, jnp.sum(jnp.broadcast_to(mask, losses.shape)))
    return total / max(losses.size, 1)
