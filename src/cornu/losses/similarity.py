"""Losses of directions: how far embeddings point away from where they should."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.errors import show_shape
from cornu.core.masks import set_mask
from cornu.core.settings import epsilon
from cornu.losses.function import loss_function, mixing
from cornu.losses.loss import Loss
from cornu.losses.shapes import at_least, paired, to_float


@loss_function
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Minus the cosine of the angle between labels and predictions: −1 for the same direction.

    −Σ t p / (|t| |p|) with t = y_true, p = y_pred; 0 where one of them is 0

    Args:
        y_true: labels, shape (batch, ..., d).
        y_pred: predictions, the same shape.
        axis: the axis of the vectors. Default: the last.

    Returns:
        Losses from −1 to 1, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> cosine_similarity([[0.0, 1.0], [1.0, 0.0]], [[0.0, 4.0], [0.0, 1.0]]).tolist()
        [-1.0, -0.0]
    """
    t, p = paired("cosine_similarity", y_true, y_pred)
    return -jnp.sum(_direction(t, axis) * _direction(p, axis), axis=axis)


def _direction(x: Any, axis: int) -> Any:
    """x / |x|; at most x / ε, and no gradient where x is 0."""
    squares = jnp.sum(lax.square(x), axis=axis, keepdims=True)
    zero = squares == 0
    inverse = lax.rsqrt(lax.select(zero, lax.full_like(squares, 1), squares))
    return x * lax.min(inverse, lax.full_like(inverse, 1 / epsilon()))


@mixing
def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """How far embeddings of one class are apart, and those of different classes together.

    log(1 + Σₙ exp(γ [1 + m − dₙ]₊ (1 − m − dₙ)) Σₚ exp(−γ [m + dₚ]₊ (m − dₚ))), with the cosine
    distance d = max(1 − y_pred · ref, 0) to each reference of the same class, p, and of another, n;
    γ = gamma, m = margin

    A sample without a reference of its class, or without one of another class, has the loss 0. Losses
    of 0 do not count in a mean.

    Args:
        y_true: class numbers, shape (batch,) or (batch, 1).
        y_pred: embeddings of length 1, shape (batch, d).
        ref_labels, ref_embeddings: what they are compared with. Default: the batch itself.
        remove_diagonal: whether reference i is left out for sample i. Default: True.
        gamma: how much the hardest pairs count. Default: 80.
        margin: how small a distance within a class should be. Default: 0.4.

    Returns:
        Losses, shape (batch,).

    Raises:
        ValueError: if the shapes are others.

    Example:
        >>> labels, angles = [0, 0, 1], [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]
        >>> [round(loss, 2) for loss in circle(labels, angles, gamma=1).tolist()]
        [0.62, 0.96, 0.0]

    Source: Y. Sun et al., Circle loss: a unified perspective of pair similarity optimization, 2020.
    """
    y_pred = to_float(y_pred)
    others = y_pred if ref_embeddings is None else jnp.asarray(ref_embeddings, y_pred.dtype)
    labels = _classes("y_true", y_true, y_pred)
    other_labels = labels if ref_labels is None else _classes("ref_labels", ref_labels, others)
    distance = at_least(1.0 - y_pred @ others.T, 0.0)
    same = labels[:, None] == other_labels
    differs = ~same
    if remove_diagonal:
        same &= ~jnp.eye(same.shape[0], same.shape[1], dtype=bool)
    pulled = -gamma * at_least(margin + distance, 0.0) * (margin - distance)
    pushed = gamma * at_least(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    compared = jnp.any(same, axis=1) & jnp.any(differs, axis=1)
    total = _log_sum_exp(pulled, same) + _log_sum_exp(pushed, differs)
    losses = jnp.where(compared, jax.nn.softplus(total), 0)
    set_mask(losses, losses > 0)
    return losses


def _classes(argument: str, labels: Any, embeddings: Any) -> Any:
    labels = jnp.asarray(labels)
    rows = embeddings.shape[:1]
    if embeddings.ndim != 2 or labels.shape not in (rows, (*rows, 1)):
        raise ValueError(
            "circle compares embeddings of shape (batch, d), each with a class number, but "
            f"{argument} has shape {show_shape(labels.shape)} and the embeddings "
            f"{show_shape(embeddings.shape)}. Pass one class number per row; of one-hot rows take "
            "argmax(axis=-1)."
        )
    return labels.reshape(-1).astype("int32")


def _log_sum_exp(x: Any, chosen: Any) -> Any:
    """log Σ exp(x) over the chosen of each row, with gradients also where there is none."""
    largest = jnp.max(jnp.where(chosen, x, -jnp.inf), axis=1, keepdims=True)
    largest = lax.stop_gradient(jnp.where(jnp.isfinite(largest), largest, 0))
    total = jnp.sum(jnp.where(chosen, jnp.exp(jnp.where(chosen, x - largest, 0)), 0), axis=1)
    return jnp.log(jnp.where(total == 0, 1, total)) + largest[:, 0]


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between labels and predictions: −1 for the same direction.

    −Σ t p / (|t| |p|) with t = y_true, p = y_pred; 0 where one of them is 0

    Args:
        axis: the axis of the vectors. Default: the last.
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: shape (batch, ..., d).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> float(CosineSimilarity()([[0.0, 1.0], [1.0, 0.0]], [[0.0, 4.0], [0.0, 1.0]]))
        -0.5
    """

    samplewise = True

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return cosine_similarity(y_true, y_pred, self.axis)


class Circle(Loss):
    """How far embeddings of one class are apart, and those of different classes together.

    log(1 + Σₙ exp(γ [1 + m − dₙ]₊ (1 − m − dₙ)) Σₚ exp(−γ [m + dₚ]₊ (m − dₚ))), with the cosine
    distance d to each other sample of the batch of the same class, p, and of another, n;
    γ = gamma, m = margin. Losses of 0 do not count in a mean.

    Args:
        gamma: how much the hardest pairs count. Default: 80.
        margin: how small a distance within a class should be. Default: 0.4.
        remove_diagonal: whether a sample is not compared with itself. Default: True.
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: class numbers, shape (batch,) or (batch, 1).
        y_pred: embeddings of length 1, shape (batch, d), for instance from `UnitNormalization`.
        sample_weight: shape (batch,).

    Raises:
        ValueError: if the shapes are others.

    Example:
        >>> labels, angles = [0, 0, 1], [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]
        >>> round(float(Circle(gamma=1)(labels, angles)), 2)
        0.79

    Source: Y. Sun et al., Circle loss: a unified perspective of pair similarity optimization, 2020.
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.gamma = gamma
        self.margin = margin
        self.remove_diagonal = remove_diagonal

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return circle(
            y_true,
            y_pred,
            gamma=self.gamma,
            margin=self.margin,
            remove_diagonal=self.remove_diagonal,
        )
