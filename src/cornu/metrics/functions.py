"""Metrics as functions of labels and predictions: one number per sample (and position)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.dtypes import floatx
from cornu.core.errors import describe, show_shape
from cornu.losses.functions import FUNCTIONS as LOSS_FUNCTIONS
from cornu.losses.functions import cosine_similarity as negative_cosine
from cornu.losses.shapes import class_numbers, paired, require_same_shape, same_rank
from cornu.metrics.inputs import require_count
from cornu.metrics.places import place_of_largest
from cornu.ops.math import in_top_k


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the prediction equals the label, else 0.

    Args:
        y_true: labels, any shape.
        y_pred: predictions, the same shape.

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> accuracy([1, 2, 3], [1, 2, 4]).tolist()
        [1.0, 1.0, 0.0]
    """
    y_true, y_pred = paired("accuracy", y_true, y_pred)
    return (y_true == y_pred).astype(floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 where a prediction above the threshold has label 1, or another has label 0; else 0.

    Args:
        y_true: labels 0 or 1, any shape.
        y_pred: predictions, the same shape.
        threshold: above it, a prediction means 1. Default: 0.5.

    Raises:
        ValueError: if the shapes differ by more than a last axis of 1, or `threshold` is no number.

    Example:
        >>> binary_accuracy([1, 0, 1], [0.9, 0.2, 0.3]).tolist()
        [1.0, 1.0, 0.0]
    """
    check_threshold(threshold)
    y_true, y_pred = same_rank(jnp.asarray(y_true), jnp.asarray(y_pred))
    require_same_shape("binary_accuracy", y_true, y_pred)
    return ((y_pred > threshold).astype(y_true.dtype) == y_true).astype(floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest prediction is at the largest label, else 0.

    argmax y_true = argmax y_pred, over the last axis

    Args:
        y_true: one-hot rows, shape (batch, ..., classes).
        y_pred: scores, the same shape.

    Returns:
        Shape (batch, ...).

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> categorical_accuracy([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]]).tolist()
        [1.0, 0.0]
    """
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    require_same_shape("categorical_accuracy", y_true, y_pred)
    return (place_of_largest(y_true) == place_of_largest(y_pred)).astype(floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest prediction is that of the label's class, else 0.

    y_true = argmax y_pred, over the last axis

    Args:
        y_true: class numbers, shape (batch, ...) or (batch, ..., 1).
        y_pred: scores, shape (batch, ..., classes).

    Returns:
        Shape (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its last axis.

    Example:
        >>> sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.2, 0.8]]).tolist()
        [1.0, 0.0]
    """
    y_pred = jnp.asarray(y_pred)
    labels = class_numbers("sparse_categorical_accuracy", y_true, y_pred)
    best = place_of_largest(y_pred)
    if jnp.issubdtype(labels.dtype, jnp.floating):
        best = best.astype(labels.dtype)
    matches = (labels == best).astype(floatx())
    if matches.ndim > 1 and matches.shape[-1] == 1:
        matches = lax.squeeze(matches, (matches.ndim - 1,))
    return matches


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where fewer than k predictions are larger than that at the largest label, else 0.

    Args:
        y_true: one-hot rows, shape (batch, ..., classes).
        y_pred: scores, the same shape.
        k: how many predictions count. Default: 5.

    Returns:
        Shape (batch, ...).

    Raises:
        ValueError: if the shapes differ, or `k` is no whole number above 0.

    Example:
        >>> top_k_categorical_accuracy(
        ...     [[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0, 1]], k=2
        ... ).tolist()
        [1.0, 0.0]
    """
    require_count("top_k_categorical_accuracy", "k", k)
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    require_same_shape("top_k_categorical_accuracy", y_true, y_pred)
    return in_top_k(jnp.argmax(y_true, axis=-1), y_pred, k).astype(floatx())


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """1 where fewer than k predictions are larger than that of the label's class, else 0.

    Args:
        y_true: class numbers, shape (batch, ...) or (batch, ..., 1).
        y_pred: scores, shape (batch, ..., classes).
        k: how many predictions count. Default: 5.
        from_sorted_ids: whether `y_pred` holds class numbers, the best first, not scores.
            Default: False.

    Returns:
        Shape (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its last axis, or `k` is no whole
            number above 0.

    Example:
        >>> sparse_top_k_categorical_accuracy([2, 1], [[0.1, 0.9, 0.8], [0.05, 0, 1]], k=2).tolist()
        [1.0, 0.0]
    """
    require_count("sparse_top_k_categorical_accuracy", "k", k)
    y_pred = jnp.asarray(y_pred)
    labels = class_numbers("sparse_top_k_categorical_accuracy", y_true, y_pred)
    if from_sorted_ids:
        return jnp.any(labels[..., None] == y_pred[..., :k], axis=-1).astype(floatx())
    return in_top_k(labels.astype(jnp.int32), y_pred, k).astype(floatx())


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between labels and predictions: the loss of this name, not negated."""
    return -negative_cosine(y_true, y_pred, axis=axis)


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The correlation of labels and predictions along an axis.

    mean((y_true − m(y_true)) (y_pred − m(y_pred))) / (σ(y_true) σ(y_pred)); not a number where one
    of them does not vary

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.
        axis: the axis along which they are correlated. Default: the last.

    Returns:
        The shape without that axis.

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> pearson_correlation([[1.0, 2.0, 4.0]], [[1.0, 3.0, 4.0]]).round(4).tolist()
        [0.9285...]

    Source: K. Pearson, Note on regression and inheritance in the case of two parents, 1895.
    """
    y_true, y_pred = _correlated("pearson_correlation", y_true, y_pred, axis)
    y_true, y_pred = (array - jnp.mean(array, axis, keepdims=True) for array in (y_true, y_pred))
    y_true, y_pred = (array / jnp.std(array, axis, keepdims=True) for array in (y_true, y_pred))
    return jnp.mean(y_true * y_pred, axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """How closely predictions meet labels along an axis: correlation that shift and scale lower.

    2 cov(y_true, y_pred) / (σ²(y_true) + σ²(y_pred) + (m(y_true) − m(y_pred))²)

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.
        axis: the axis along which they are compared. Default: the last.

    Returns:
        The shape without that axis.

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> concordance_correlation([[1.0, 2.0, 3.0]], [[2.0, 3.0, 4.0]]).round(4).tolist()
        [0.5713...]

    Source: L. I-K. Lin, A concordance correlation coefficient to evaluate reproducibility, 1989.
    """
    y_true, y_pred = _correlated("concordance_correlation", y_true, y_pred, axis)
    mean_true, mean_pred = (jnp.mean(array, axis, keepdims=True) for array in (y_true, y_pred))
    spread = jnp.var(y_true, axis, keepdims=True) + jnp.var(y_pred, axis, keepdims=True)
    product = (y_true - mean_pred) * (y_pred - mean_pred)
    return jnp.mean(2 * product / (spread + lax.square(mean_true - mean_pred) + 1e-7), axis)


def _correlated(name: str, y_true: Any, y_pred: Any, axis: int) -> tuple[Any, Any]:
    """Labels and predictions of one shape, which has this axis."""
    y_true, y_pred = paired(name, y_true, y_pred)
    if not -y_pred.ndim <= axis < y_pred.ndim:
        raise ValueError(
            f"{name}: y_pred has shape {show_shape(y_pred.shape)}, which has no axis={axis}. "
            "Write axis=-1 for the last."
        )
    return y_true, y_pred


def check_threshold(threshold: Any) -> None:
    """Raises a ValueError unless the threshold is a number."""
    if isinstance(threshold, (bool, str)) or threshold is None:
        raise ValueError(
            f"threshold must be a number, but is {describe(threshold)}. Write threshold=0.5."
        )


FUNCTIONS = (
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    top_k_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    cosine_similarity,
    pearson_correlation,
    concordance_correlation,
    *LOSS_FUNCTIONS,
)
