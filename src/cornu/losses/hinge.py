"""Hinge losses: nothing to pay beyond a margin of 1 on the right side."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.context import context
from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import at_least, paired


@loss_function
def hinge(y_true: Any, y_pred: Any) -> Any:
    """What a score lacks to a margin of 1 on the side of its label, averaged over the last axis.

    mean(max(1 − y_true y_pred, 0))

    Args:
        y_true: labels −1 or 1, shape (batch, ..., d); where all are 0 or 1, 0 counts as −1.
        y_pred: scores, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> hinge([[-1.0, 1.0]], [[0.5, 3.0]]).tolist()
        [0.75]

    Source: V. Vapnik, The nature of statistical learning theory, 1995.
    """
    return jnp.mean(_lack("hinge", y_true, y_pred), axis=-1)


@loss_function
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The square of what a score lacks to a margin of 1 on the side of its label, averaged.

    mean(max(1 − y_true y_pred, 0)²)

    Args:
        y_true: labels −1 or 1, shape (batch, ..., d); where all are 0 or 1, 0 counts as −1.
        y_pred: scores, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> squared_hinge([[-1.0, 1.0]], [[0.5, 3.0]]).tolist()
        [1.125]

    Source: V. Vapnik, The nature of statistical learning theory, 1995.
    """
    return jnp.mean(lax.square(_lack("squared_hinge", y_true, y_pred)), axis=-1)


@loss_function
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """What the score of the right class lacks to a margin of 1 above the best of the others.

    max(1 + max((1 − y_true) y_pred) − Σ y_true y_pred, 0)

    Args:
        y_true: one-hot rows, shape (batch, ..., classes).
        y_pred: scores, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> categorical_hinge([[0.0, 1.0]], [[0.25, 0.5]]).tolist()
        [0.75]

    Source: K. Crammer and Y. Singer, On the algorithmic implementation of multiclass kernel-based
    vector machines, 2001.
    """
    y_true, y_pred = paired("categorical_hinge", y_true, y_pred)
    right = jnp.sum(y_true * y_pred, axis=-1)
    wrong = jnp.max((1.0 - y_true) * y_pred, axis=-1)
    return at_least(wrong - right + 1.0, 0.0)


def _lack(name: str, y_true: Any, y_pred: Any) -> Any:
    """max(1 − y_true y_pred, 0), with signs for labels."""
    y_true, y_pred = paired(name, y_true, y_pred)
    return at_least(1.0 - _signs(y_true) * y_pred, 0.0)


def _signs(labels: Any) -> Any:
    """Labels −1 and 1 in place of 0 and 1, if there are no others in the whole batch."""
    bits = (labels == 0) | (labels == 1)
    if context.rows is not None:  # rows that only fill up the batch have no say
        filling = lax.expand_dims(context.rows.mask == 0, tuple(range(1, labels.ndim)))
        bits = bits | filling
    return lax.select(lax.broadcast(jnp.all(bits), labels.shape), 2.0 * labels - 1.0, labels)


class Hinge(Loss):
    """What a score lacks to a margin of 1 on the side of its label.

    mean(max(1 − y_true y_pred, 0))

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: labels −1 or 1, shape (batch, ..., d); where all are 0 or 1, 0 counts as −1.
        y_pred: scores, the same shape.
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(Hinge()([[-1.0], [1.0]], [[0.5], [3.0]]))
        0.75

    Source: V. Vapnik, The nature of statistical learning theory, 1995.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return hinge(y_true, y_pred)


class SquaredHinge(Loss):
    """The square of what a score lacks to a margin of 1 on the side of its label.

    mean(max(1 − y_true y_pred, 0)²)

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: labels −1 or 1, shape (batch, ..., d); where all are 0 or 1, 0 counts as −1.
        y_pred: scores, the same shape.
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(SquaredHinge()([[-1.0], [1.0]], [[0.5], [3.0]]))
        1.125

    Source: V. Vapnik, The nature of statistical learning theory, 1995.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return squared_hinge(y_true, y_pred)


class CategoricalHinge(Loss):
    """What the score of the right class lacks to a margin of 1 above the best of the others.

    max(1 + max((1 − y_true) y_pred) − Σ y_true y_pred, 0)

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: one-hot rows, shape (batch, ..., classes).
        y_pred: scores, the same shape.
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.25, 0.5]]))
        0.75

    Source: K. Crammer and Y. Singer, On the algorithmic implementation of multiclass kernel-based
    vector machines, 2001.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return categorical_hinge(y_true, y_pred)
