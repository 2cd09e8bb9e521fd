"""What a model says of data: its outputs as plain arrays, and checks that they can be drawn."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.errors import describe
from cornu.explain.architecture import NOT_BUILT
from cornu.models.model import Model

NOT_FINITE = (
    "explain.{call}: {count:,} of {rows:,} rows of {what} hold NaN or infinity, the first of them row "
    "{first}. {advice}"
)
IN_DATA = "Leave those rows out, or fill them: numpy.nan_to_num(x)."
IN_OUTPUTS = (
    "Perhaps the weights are NaN since training diverged: try a smaller learning rate, which "
    "explain.learning_rates(model, x, y) finds."
)
NO_PREDICT = (
    "explain.{call} takes a model first, or anything with a method `predict`, got {given}.{instead}"
)
OR_PREDICTIONS = " Predictions go without data: explain.{call}(predictions, None, y)."
SEVERAL = (
    "explain.{call}: the model has {count} outputs. Give those of one, without data: "
    "explain.{call}(model.predict(x)[0], None, y)."
)


def as_rows(call: str, what: str, value: Any) -> Any:
    """An array with a row per example, of numbers or of labels.

    Raises:
        TypeError: if it is no array.
        ValueError: if it is empty, or holds NaN.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.ndim == 0 or (array.dtype == object and not _words(array)):
        raise TypeError(
            f"explain.{call}: {what} is {describe(value)}; an array with one row per example is needed."
        )
    if not len(array):
        raise ValueError(f"explain.{call}: {what} has no rows.")
    check_finite(call, what, array, IN_DATA)
    return array


def _words(array: Any) -> bool:
    return all(isinstance(each, str) for each in array.reshape(-1))


def check_finite(call: str, what: str, array: Any, advice: str) -> None:
    """Raises a ValueError if there is a NaN or an infinity."""
    if not np.issubdtype(array.dtype, np.inexact):
        return
    broken = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
    if len(broken):
        raise ValueError(
            NOT_FINITE.format(
                call=call, what=what, count=len(broken), rows=len(array), first=broken[0], advice=advice
            )
        )


def outputs_of(call: str, model: Any, x: Any) -> Any:
    """The outputs of a model for the rows of x, probabilities where it can give them; if x is None,
    `model` is what has been predicted.

    Raises:
        TypeError: if the model cannot predict.
        ValueError: if it is not built, has several outputs, or x or they hold NaN.
    """
    if x is None:
        if hasattr(model, "predict"):
            raise TypeError(
                f"explain.{call}: x=None is for predictions in the model's place. Give the data: "
                f"explain.{call}(model, x, y)."
            )
        return as_rows(call, "the predictions", model)
    if not hasattr(model, "predict"):
        instead = "" if call == "boundary" else OR_PREDICTIONS.format(call=call)
        raise TypeError(NO_PREDICT.format(call=call, given=describe(model), instead=instead))
    if isinstance(model, Model):
        if not model.built:
            raise ValueError(NOT_BUILT.format(name=model.name))
        for leaf in tree.tree_leaves(x):
            if np.ndim(leaf):
                check_finite(call, "x", np.asarray(leaf), IN_DATA)
        found = model.predict(x, verbose=0)
    else:
        found = getattr(model, "predict_proba", model.predict)(as_rows(call, "x", x))
    if isinstance(found, (list, tuple, dict)) and hasattr(model, "outputs"):
        raise ValueError(SEVERAL.format(call=call, count=len(found)))
    found = np.asarray(found)
    check_finite(call, "what the model predicts", found, IN_OUTPUTS)
    return found


__all__ = ["as_rows", "check_finite", "outputs_of"]
