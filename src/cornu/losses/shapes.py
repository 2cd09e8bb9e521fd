"""Shapes of labels, predictions and weights: what fits, what is made to fit, what is an error."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.dtypes import floatx, is_float
from cornu.core.errors import show_shape

WANTS_CLASS_NUMBERS = {
    "categorical_crossentropy": "sparse_categorical_crossentropy",
    "categorical_accuracy": "sparse_categorical_accuracy",
    "top_k_categorical_accuracy": "sparse_top_k_categorical_accuracy",
    "accuracy": "sparse_categorical_accuracy",
}
WANTS_ONE_HOT = {
    "sparse_categorical_crossentropy": "categorical_crossentropy",
    "sparse_categorical_accuracy": "categorical_accuracy",
    "sparse_top_k_categorical_accuracy": "top_k_categorical_accuracy",
}


def to_arrays(values: Any, dtype: str) -> Any:
    """Arrays of this dtype in the structure of `values`; a nested list of numbers is one array."""
    if isinstance(values, dict):
        return {key: to_arrays(value, dtype) for key, value in values.items()}
    if isinstance(values, (list, tuple)) and any(map(_is_structure_or_array, values)):
        return type(values)(to_arrays(value, dtype) for value in values)
    return jnp.asarray(values, dtype=dtype)


def _is_structure_or_array(value: Any) -> bool:
    return isinstance(value, dict) or (hasattr(value, "shape") and value.shape != ())


def to_float(values: Any) -> jax.Array:
    """An array of floats; floats of any width keep theirs."""
    array = jnp.asarray(values)
    return array if is_float(array.dtype) else array.astype(floatx())


def same_rank(first: Any, second: Any) -> tuple[Any, Any]:
    """Both arrays with one rank, where they differ by a last axis of size 1; otherwise as they are.

    A vector gains that axis; anything larger loses it.
    """
    if first.ndim == second.ndim + 1 and first.shape[-1] == 1:
        if second.ndim == 1:
            return first, lax.expand_dims(second, (1,))
        return lax.squeeze(first, (-1,)), second
    if second.ndim == first.ndim + 1 and second.shape[-1] == 1:
        second, first = same_rank(second, first)
    return first, second


def at_least(x: Any, least: float) -> Any:
    """The larger of x and a number."""
    return lax.max(x, lax.full_like(x, least))


def paired(name: str, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Labels and predictions as float arrays of one shape.

    Raises:
        ValueError: if their shapes differ by more than a last axis of size 1.
    """
    y_pred = to_float(y_pred)
    y_true, y_pred = same_rank(jnp.asarray(y_true, dtype=y_pred.dtype), y_pred)
    require_same_shape(name, y_true, y_pred)
    return y_true, y_pred


def require_same_shape(name: str, y_true: Any, y_pred: Any) -> None:
    """Raises a ValueError that says what to write, unless the shapes are equal."""
    true, pred = y_true.shape, y_pred.shape
    if true == pred:
        return
    classes = pred[-1] if pred else 1
    if name in WANTS_CLASS_NUMBERS and classes != 1 and true in (pred[:-1], (*pred[:-1], 1)):
        advice = (
            f'y_true looks like class numbers: write "{WANTS_CLASS_NUMBERS[name]}" instead, '
            f"or turn y_true into one-hot rows with to_categorical(y_true, {classes})."
        )
    elif len(true) == len(pred) and true[:-1] == pred[:-1]:
        advice = (
            f"Give the last layer {true[-1]} units, or pass a y_true "
            f"with {classes} value{'s' if classes != 1 else ''} per row."
        )
    else:
        advice = f"Pass a y_true of shape {show_shape(pred)}, or change the model's output."
    raise ValueError(
        f"{name}: y_true has shape {show_shape(true)} but y_pred has shape {show_shape(pred)}; "
        f"they must be equal. {advice}"
    )


def class_numbers(name: str, y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Class numbers of the shape of `y_pred` without its class axis, in their own dtype.

    Raises:
        ValueError: if they have another shape.
    """
    y_true = jnp.asarray(y_true)
    if y_pred.ndim == 0:
        raise ValueError(
            f"{name}: y_pred is a single number; it needs an axis of classes: (batch, classes)."
        )
    axis %= y_pred.ndim
    expected = y_pred.shape[:axis] + y_pred.shape[axis + 1 :]
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
        y_true = lax.squeeze(y_true, (axis,))
    if y_true.shape == expected:
        return y_true
    if y_true.shape == y_pred.shape:
        other = WANTS_ONE_HOT.get(name)
        instead = f'write "{other}" instead' if other else "pass y_true.argmax(axis=-1)"
        advice = f"y_true looks one-hot: {instead}."
    else:
        advice = "Pass one class number for each row of y_pred."
    raise ValueError(
        f"{name}: y_true must hold class numbers of shape {show_shape(expected)} where y_pred has "
        f"shape {show_shape(y_pred.shape)}, but it has shape {show_shape(y_true.shape)}. {advice}"
    )


def require_weights_fit(name: str, values: Any, weight: Any, reducible: bool = False) -> None:
    """Raises a ValueError unless each value, or (`reducible`) each row, has a weight."""
    shape, target = weight.shape, values.shape[: weight.ndim] if reducible else values.shape
    fits = weight.ndim == len(target) and all(
        size in (1, full) for size, full in zip(shape, target, strict=True)
    )
    if fits or weight.ndim == 0 or values.ndim == 0:
        return
    head = (
        f"{name}: sample_weight has shape {show_shape(shape)}, "
        f"which does not fit values of shape {show_shape(values.shape)}. "
    )
    if shape == values.shape[: weight.ndim]:
        colons = ", ".join([":"] * weight.ndim + ["None"] * (values.ndim - weight.ndim))
        raise ValueError(f"{head}To weight whole samples, write sample_weight[{colons}].")
    raise ValueError(
        f"{head}Pass one weight per sample, shape {show_shape(values.shape[:1])}, "
        f"or one per value, shape {show_shape(values.shape)}."
    )


def divide_no_nan(numerator: Any, denominator: Any) -> Any:
    """The quotient; 0 where the denominator is 0."""
    empty = denominator == 0
    quotient = numerator / lax.select(empty, lax.full_like(denominator, 1), denominator)
    return lax.select(empty, lax.full_like(quotient, 0), quotient)
