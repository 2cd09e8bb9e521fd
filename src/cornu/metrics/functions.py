"""Metrics as functions of labels and predictions: one number per sample (and position)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.dtypes import floatx
from cornu.core.errors import describe
from cornu.losses.functions import FUNCTIONS as LOSS_FUNCTIONS
from cornu.losses.shapes import class_numbers, paired, require_same_shape, same_rank


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
    return (jnp.argmax(y_true, axis=-1) == jnp.argmax(y_pred, axis=-1)).astype(floatx())


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
    best = jnp.argmax(y_pred, axis=-1)
    if jnp.issubdtype(labels.dtype, jnp.floating):
        best = best.astype(labels.dtype)
    matches = (labels == best).astype(floatx())
    if matches.ndim > 1 and matches.shape[-1] == 1:
        matches = lax.squeeze(matches, (matches.ndim - 1,))
    return matches


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
    *LOSS_FUNCTIONS,
)
