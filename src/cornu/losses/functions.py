"""The losses as functions of labels and predictions: one number per sample (and position)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.errors import describe, warn
from cornu.losses.shapes import class_numbers, paired, to_float
from cornu.ops.formulas import crossentropy


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences over the last axis.

    mean((y_true − y_pred)²)

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> mean_squared_error([[0.0, 1.0]], [[1.0, 1.0]]).tolist()
        [0.5]

    Source: A.-M. Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805.
    """
    y_true, y_pred = paired("mean_squared_error", y_true, y_pred)
    return jnp.mean(lax.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences over the last axis.

    mean(|y_true − y_pred|)

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> mean_absolute_error([[0.0, 1.0]], [[3.0, 1.0]]).tolist()
        [1.5]

    Source: R. J. Boscovich, De litteraria expeditione per pontificiam ditionem, 1757.
    """
    y_true, y_pred = paired("mean_absolute_error", y_true, y_pred)
    return jnp.mean(lax.abs(y_true - y_pred), axis=-1)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Surprise at yes-or-no labels, given the predicted probability of yes.

    mean(−t log p − (1 − t) log(1 − p)) with t = y_true, p = y_pred; p = σ(y_pred) `from_logits`.
    Probabilities are clipped to [1e-7, 1 − 1e-7], but the gradient passes the clip, so that an
    output that is
    certain and wrong can still learn (Keras on JAX stops there; on TensorFlow it works on the logits).

    Args:
        y_true: labels 0 or 1 (or between), shape (batch, ..., d).
        y_pred: probabilities, or logits, of the same shape.
        from_logits: whether `y_pred` are logits. Default: False.
        label_smoothing: s in [0, 1] moves labels towards one half, t (1 − s) + s / 2. Default: 0.
        axis: the axis of the mean. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes do not match, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(binary_crossentropy([[1.0]], [[0.5]])[0]), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """
    check_label_smoothing(label_smoothing)
    t, x = paired("binary_crossentropy", y_true, y_pred)
    if label_smoothing:
        t = t * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return jnp.mean(crossentropy.binary(t, x, from_logits), axis=axis)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Surprise at one-hot labels, given predicted probabilities of the classes.

    −Σ t log p with t = y_true, p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).
    Probabilities are clipped to [1e-7, 1 − 1e-7].

    Args:
        y_true: one-hot rows (or distributions), shape (batch, ..., classes).
        y_pred: probabilities, or logits, of the same shape.
        from_logits: whether `y_pred` are logits. Default: False.
        label_smoothing: s in [0, 1] mixes in equal labels, t (1 − s) + s / classes. Default: 0.
        axis: the axis of the classes. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ, or `label_smoothing` is outside [0, 1].

    Example:
        >>> round(float(categorical_crossentropy([[0, 1]], [[0.5, 0.5]])[0]), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """
    check_label_smoothing(label_smoothing)
    check_axis("categorical_crossentropy", axis)
    t, y_pred = paired("categorical_crossentropy", y_true, y_pred)
    if y_pred.ndim == 0 or y_pred.shape[axis] == 1:
        warn(
            "categorical_crossentropy of a single class is always 0: with two classes and one "
            'output, write loss="binary_crossentropy".'
        )
    if label_smoothing:
        t = t * (1.0 - label_smoothing) + label_smoothing / t.shape[-1]
    return crossentropy.categorical(t, y_pred, from_logits, axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Surprise at class numbers, given predicted probabilities of the classes.

    −log p[y_true] with p = y_pred / Σ y_pred; with `from_logits`, p = softmax(y_pred).
    Probabilities are clipped to [1e-7, 1 − 1e-7]. A label that is no class has loss 0.

    Args:
        y_true: class numbers 0, 1, ..., shape (batch, ...) or (batch, ..., 1).
        y_pred: probabilities, or logits, shape (batch, ..., classes).
        from_logits: whether `y_pred` are logits. Default: False.
        ignore_class: a label whose loss is 0. Default: None.
        axis: the axis of the classes. Default: the last.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if `y_true` has not the shape of `y_pred` without its class axis.

    Example:
        >>> round(float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 4)
        0.6931

    Source: I. J. Good, Rational decisions, 1952.
    """
    check_axis("sparse_categorical_crossentropy", axis)
    y_pred = to_float(y_pred)
    labels = class_numbers("sparse_categorical_crossentropy", y_true, y_pred, axis)
    return crossentropy.sparse(labels, y_pred, from_logits, axis, ignore_class)


def check_label_smoothing(value: Any) -> None:
    """Raises a ValueError unless 0 <= label_smoothing <= 1."""
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f"label_smoothing must be a number from 0 to 1, but is {describe(value)}. "
            "Write for example label_smoothing=0.1."
        )


def check_axis(name: str, axis: Any) -> None:
    """Raises a ValueError unless the axis is a whole number."""
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ValueError(
            f"{name}: axis must be a whole number, but is {describe(axis)}. "
            "Write axis=-1 where the classes are on the last axis."
        )


FUNCTIONS = (
    mean_squared_error,
    mean_absolute_error,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
