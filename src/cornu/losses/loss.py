"""Loss: losses per sample, weighted and reduced to the number that training minimizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core import config as configuration
from cornu.core import masks
from cornu.core.config import Configurable
from cornu.core.dtypes import standardize
from cornu.core.errors import did_you_mean
from cornu.core.masks import mask_of
from cornu.core.names import auto_name, snake_case
from cornu.losses.functions import FUNCTIONS
from cornu.losses.shapes import divide_no_nan, require_weights_fit, same_rank, to_arrays

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Loss(Configurable):
    """Base of all losses; a subclass says what the loss of each sample is.

    L = reduction(weightᵢ · call(y_true, y_pred)ᵢ)

    Args:
        name: shown in logs; the class name in snake case by default.
        reduction: "sum_over_batch_size" (default) and "mean" divide the weighted sum by the number
            of losses, "mean_with_sample_weight" by the sum of the weights; "sum" does not
            divide; "none" or None gives the weighted losses themselves.
        dtype: what labels and predictions are converted to; by default what `floatx` says.

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

    #: Whether row i of what `call` gives depends on row i of its inputs alone.
    samplewise: bool = False

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.reduction = check_reduction(reduction)
        self.dtype = standardize(dtype)

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

    def counted(self, y_true: Any, y_pred: Any) -> Any:
        """Which of the losses count, as booleans of their shape; None: all."""
        return None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, *, mask: Any = None) -> Any:
        """The reduced loss; what `mask` says not to count counts for nothing, not even as samples.

        By default that is the mask of `y_pred`, if it has one.
        """
        mask = mask_of(y_pred) if mask is None and masks.alive else mask
        y_pred = to_arrays(y_pred, self.dtype)
        y_true = to_arrays(y_true, self.dtype)
        losses = jnp.asarray(self.call(y_true, y_pred), dtype=self.dtype)
        counted = self.counted(y_true, y_pred)
        if sample_weight is not None:
            sample_weight = jnp.asarray(sample_weight, dtype=self.dtype)
            losses, sample_weight = same_rank(losses, sample_weight)
            require_weights_fit(self.name, losses, sample_weight)
        counting = [fit_mask(each, losses) for each in (mask, counted) if each is not None]
        return reduce(losses, sample_weight, counting, self.reduction)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class LossFunctionWrapper(Loss):
    """A loss made of a function `(y_true, y_pred, **kwargs) -> losses`.

    Args:
        fn: the function.
        reduction: as for `Loss`. Default: "sum_over_batch_size".
        name: shown in logs; "loss_function_wrapper" by default.
        dtype: as for `Loss`.
        **kwargs: passed on to `fn`.

    Raises:
        TypeError: if `fn` cannot be called.

    Example:
        >>> loss = LossFunctionWrapper(lambda y_true, y_pred: (y_true - y_pred) ** 2, name="mine")
        >>> float(loss([1.0, 2.0], [1.0, 4.0]))
        2.0
    """

    samplewise = True

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not callable(fn):
            raise TypeError(
                f"LossFunctionWrapper needs a function (y_true, y_pred) -> losses, got fn={fn!r}. "
                "For a name, write losses.get(name)."
            )
        self.fn = fn
        if fn not in FUNCTIONS:
            self.samplewise = False
        self._kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if hasattr(y_true, "ndim") and hasattr(y_pred, "ndim"):
            y_true, y_pred = same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **configuration.serialize(self._kwargs)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        table = {function.__name__: function for function in FUNCTIONS}
        return cls(**{**config, "fn": configuration.lookup(config["fn"], "loss function", table)})


def check_reduction(reduction: Any) -> Any:
    """The reduction, if it is one."""
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
        weight = mask if weight is None else weight * mask
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
