"""LossFunctionWrapper: a loss made of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cornu.core import config as configuration
from cornu.losses.function import treats_rows_alone
from cornu.losses.functions import ALL_FUNCTIONS
from cornu.losses.loss import Loss
from cornu.losses.shapes import same_rank


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
        self._kwargs = kwargs

    def treats_rows_alone(self, rank: int) -> bool:
        return self.fn in ALL_FUNCTIONS and treats_rows_alone(self.fn, rank, self._kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if hasattr(y_true, "ndim") and hasattr(y_pred, "ndim"):
            y_true, y_pred = same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **configuration.serialize(self._kwargs)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        table = {function.__name__: function for function in ALL_FUNCTIONS}
        return cls(**{**config, "fn": configuration.lookup(config["fn"], "loss function", table)})
