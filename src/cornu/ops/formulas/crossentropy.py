"""Crossentropies: the surprise at labels, given predicted probabilities or their logits."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.settings import epsilon

MANY = 32  # from so many classes on passes over the logits cost more than operations


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
    if from_logits and isinstance(x.shape[axis], int) and x.shape[axis] >= MANY:
        if ignored is not None:
            labels = jnp.where(labels == ignored, -1, labels)
        return -jnp.squeeze(log_of_class(x, labels, axis), axis)
    hit = _hit(x, labels, axis)
    if ignored is not None:
        hit &= labels != ignored
    log_p = log_probability(x, from_logits, axis)
    return -jnp.sum(lax.select(hit, log_p, lax.full_like(log_p, 0)), axis=axis)


def _hit(x: Any, labels: Any, axis: int) -> Any:
    """Which number of x is the one of its label's class."""
    return labels == lax.broadcasted_iota("int32", x.shape, axis % x.ndim)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def log_of_class(x: Any, labels: Any, axis: int) -> Any:
    """log p of the class that each label numbers, from logits; 0 for a label that is no class. Labels
    have a size of 1 along the axis of the classes.

    It reads the logits at the labels alone. The slope, 1 or 0 less p, is a rule, of which a
    program makes one pass over the logits, with the exponentials at hand (docs/performance.md).

    >>> log_of_class(jnp.array([[0.0, 0.0], [1.0, 1.0]]), jnp.array([[1], [7]]), 1).tolist()
    [[-0.693...], [0.0]]
    """
    _, top, sums = _powers(x, axis)
    known = (labels >= 0) & (labels < x.shape[axis])
    there = jnp.take_along_axis(x, jnp.where(known, labels, 0), axis, mode="promise_in_bounds")
    return jnp.where(known, there - top - lax.log(sums), 0)


@log_of_class.defjvp
def _slope_of_class(axis: int, primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x, labels), dx = primals, tangents[0]
    powers, _, sums = _powers(x, axis)
    mine = lax.select(_hit(x, labels, axis), dx, lax.full_like(dx, 0))
    mean = jnp.sum(powers * dx, axis=axis, keepdims=True) / sums
    known = (labels >= 0) & (labels < x.shape[axis])
    slope = jnp.where(known, jnp.sum(mine, axis=axis, keepdims=True) - mean, 0)
    return log_of_class(x, labels, axis), slope


def _powers(x: Any, axis: int) -> tuple[Any, Any, Any]:
    """Exponentials of logits less their largest, the largest, and the sums of the exponentials."""
    top = lax.stop_gradient(jnp.max(x, axis=axis, keepdims=True))
    powers = lax.exp(x - top)
    return powers, top, jnp.sum(powers, axis=axis, keepdims=True)


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
