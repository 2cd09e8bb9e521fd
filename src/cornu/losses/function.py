"""What a loss function is: a function of labels and predictions that gives one loss per sample."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from cornu.ops.op import op

Function = TypeVar("Function", bound=Callable[..., Any])


def loss_function(function: Function) -> Function:
    """Lets a loss function take symbolic tensors, too, as in `model.add_loss(mse(inputs, outputs))`."""

    def samplewise(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> bool:
        given = inspect.signature(function).bind(y_true, y_pred, *args, **kwargs).arguments
        return treats_rows_alone(function, len(y_pred.shape), given)

    return cast(Function, op(samplewise=samplewise, explain=False, face="losses")(function))


def mixing(function: Function) -> Function:
    """The same for a function whose losses of single samples depend on the other samples."""
    function.mixes_rows = True  # type: ignore[attr-defined]
    return cast(Function, op(explain=False, face="losses")(function))


def treats_rows_alone(function: Callable[..., Any], rank: int, arguments: Mapping[str, Any]) -> bool:
    """Whether each loss that one of our functions gives depends on one row alone, for predictions of
    so many axes."""
    axis = inspect.signature(function).parameters.get("axis")
    chosen = arguments.get("axis", -1 if axis is None else axis.default)
    return not hasattr(function, "mixes_rows") and rows_stay_apart(chosen, rank)


def rows_stay_apart(axis: Any, rank: int) -> bool:
    """Whether a sum along these axes, None for all, leaves the first one, that of the rows."""
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    return rank > 0 and all(each is not None and each % rank != 0 for each in axes)
