"""What metrics are given: labels and predictions of one shape, and weights that fit them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.errors import describe, show_shape
from cornu.core.masks import mask_of
from cornu.losses.shapes import require_weights_fit, same_rank

CLASS_NUMBERS = (
    "{name}: y_true has shape {true} but y_pred has shape {pred}; they must be equal. y_true looks like "
    "class numbers: write cornu.utils.to_categorical(y_true, {classes})."
)
SHAPES = (
    "{name}: y_true has shape {true} but y_pred has shape {pred}; they must be equal. Pass a y_true of "
    "shape {pred}, or change the model's output."
)


def matched(name: str, y_true: Any, y_pred: Any, dtype: Any) -> tuple[Any, Any]:
    """Labels and predictions as arrays of this dtype and of one shape.

    Raises:
        ValueError: if their shapes differ by more than a last axis of size 1.
    """
    y_true, y_pred = same_rank(jnp.asarray(y_true, dtype=dtype), jnp.asarray(y_pred, dtype=dtype))
    true, pred = y_true.shape, y_pred.shape
    if true == pred:
        return y_true, y_pred
    numbers = bool(pred) and pred[-1] > 1 and true in (pred[:-1], (*pred[:-1], 1))
    text = CLASS_NUMBERS if numbers else SHAPES
    classes = pred[-1] if pred else 1
    raise ValueError(
        text.format(name=name, true=show_shape(true), pred=show_shape(pred), classes=classes)
    )


def masked_weight(weight: Any, mask: Any, dtype: str) -> Any:
    """Weights per row or per step, zero where the mask says that a step does not count."""
    mask = jnp.asarray(mask, dtype=dtype)
    if weight is None:
        return mask
    weight = jnp.asarray(weight, dtype=dtype)
    rank = max(weight.ndim, mask.ndim)
    weight, mask = (lax.expand_dims(a, tuple(range(a.ndim, rank))) for a in (weight, mask))
    return weight * mask


def weight_of(name: str, sample_weight: Any, y_pred: Any, values: Any, dtype: Any) -> Any:
    """Weights of rows, steps or values with the rank of `values`; None if all count alike.

    What the mask of `y_pred` hides weighs nothing.

    Raises:
        ValueError: if the weights do not fit the values.
    """
    mask = mask_of(y_pred)
    if mask is not None:
        sample_weight = masked_weight(sample_weight, mask, dtype)
    if sample_weight is None:
        return None
    weight = jnp.asarray(sample_weight, dtype=dtype)
    while weight.ndim > values.ndim and weight.shape[-1] == 1:
        weight = lax.squeeze(weight, (weight.ndim - 1,))
    require_weights_fit(name, values, weight, reducible=True)
    return lax.expand_dims(weight, tuple(range(weight.ndim, values.ndim)))


def known(value: Any) -> np.ndarray[Any, Any] | None:
    """The numbers, where they are known: not in a program that is being traced."""
    return None if isinstance(value, jax.core.Tracer) else np.asarray(value)


def require_yes_or_no(name: str, y_true: Any) -> None:
    """Raises a ValueError if labels are known to lie outside 0 to 1."""
    labels = known(y_true)
    if labels is None or not labels.size or (labels.min() >= 0 and labels.max() <= 1):
        return
    low, high = float(labels.min()), float(labels.max())
    advice = "Write cornu.utils.to_categorical(y_true) if they are class numbers."
    if (low, high) == (-1, 1):
        advice = "Write the two classes as 0 and 1: (y_true + 1) / 2."
    raise ValueError(
        f"{name}: y_true holds {low if low < 0 else high:g}, but its labels are 0 and 1. {advice}"
    )


def require_classes(name: str, what: str, numbers: Any, classes: int, ignored: Any = None) -> None:
    """Raises a ValueError if class numbers are known to lie outside 0 to classes - 1."""
    found = known(numbers)
    if found is None:
        return
    wrong = found[(found < 0) | (found >= classes)]
    wrong = wrong if ignored is None else wrong[wrong != ignored]
    if wrong.size:
        label = int(wrong.flat[0])
        advice = f"Write num_classes={label + 1}"
        if what == "y_true":
            advice += f", or ignore_class={label} for a label that does not count"
        if label < 0:
            advice = f"Write ignore_class={label} if it does not count, else number them from 0"
        raise ValueError(
            f"{name}: {what} holds the class {label}, but with num_classes={classes} classes are "
            f"0 to {classes - 1}. {advice}."
        )


def require_between_0_and_1(name: str, argument: str, value: Any) -> None:
    """Raises a ValueError unless the argument is a number from 0 to 1."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise ValueError(
            f"{name}: {argument} must be a number from 0 to 1, but is {describe(value)}. "
            f"Write for example {argument}=0.5."
        )


def require_count(name: str, argument: str, value: Any, least: int = 1) -> None:
    """Raises a ValueError unless the argument is a whole number of at least `least`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(
            f"{name}: {argument} must be a whole number from {least} on, but is {describe(value)}. "
            f"Write for example {argument}={max(least, 10)}."
        )
