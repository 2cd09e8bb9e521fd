"""Crossentropies: the surprise at labels, given predicted probabilities or their logits."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.settings import epsilon


def binary(t: Any, x: Any, from_logits: bool) -> Any:
    """-t log p - (1 - t) log(1 - p) for each label t, with p = x, or p = σ(x) `from_logits`.

    >>> binary(jnp.array([1.0, 0.0]), jnp.array([0.0, 0.0]), True).tolist()
    [0.693..., 0.693...]
    """
    if from_logits:
        # log(1 + e^-|x|), and |x| where the sign of x contradicts the label: nothing overflows or
        # cancels. |x| is a choice here, as the slope of `abs` at 0 would be 0.
        above = x > 0
        size = lax.select(above, x, -x)
        return lax.log1p(lax.exp(-size)) + size * lax.select(above, 1.0 - t, t)
    p = clip_but_learn(x)
    return -(t * lax.log(p) + (1.0 - t) * lax.log(1.0 - p))


def categorical(t: Any, x: Any, from_logits: bool, axis: int) -> Any:
    """-Σ t log p along an axis of classes, for labels t that are probabilities.

    >>> categorical(jnp.array([0.0, 1.0]), jnp.array([0.5, 0.5]), False, -1).item()
    0.693...
    """
    return -jnp.sum(t * log_probability(x, from_logits, axis), axis=axis)


def sparse(labels: Any, x: Any, from_logits: bool, axis: int, ignored: int | None = None) -> Any:
    """-log p of the class that each label numbers; 0 for a label that is no class.

    >>> sparse(jnp.array([1, 7]), jnp.array([[0.5, 0.5], [0.5, 0.5]]), False, -1).tolist()
    [0.693..., -0.0]
    """
    labels = lax.expand_dims(labels.astype("int32"), (axis % x.ndim,))
    hit = labels == lax.broadcasted_iota("int32", x.shape, axis % x.ndim)
    if ignored is not None:
        hit &= labels != ignored
    log_p = log_probability(x, from_logits, axis)
    return -jnp.sum(lax.select(hit, log_p, lax.full_like(log_p, 0)), axis=axis)


def log_probability(x: Any, from_logits: bool, axis: int) -> Any:
    """log p of each class, from logits or from positive numbers that are first made to sum to 1."""
    if not from_logits:
        return lax.log(clip_probability(x / jnp.sum(x, axis=axis, keepdims=True)))
    shifted = x - lax.stop_gradient(jnp.max(x, axis=axis, keepdims=True))
    return shifted - lax.log(jnp.sum(lax.exp(shifted), axis=axis, keepdims=True))


def clip_but_learn(p: Any) -> Any:
    """p within [ε, 1 − ε], ε being `config.epsilon()`; the gradient passes for all probabilities, 0
    and 1 included, and for nothing outside."""
    number = p.dtype.type
    inside = lax.clamp(number(-epsilon()), p, number(1.0 + 2 * epsilon()))
    return inside + lax.stop_gradient(clip_probability(p) - inside)


def clip_probability(p: Any) -> Any:
    """p within [ε, 1 − ε]; no gradient at the ends."""
    number = p.dtype.type
    return lax.clamp(number(epsilon()), p, number(1.0 - epsilon()))
