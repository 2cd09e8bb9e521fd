"""The limit's losses and optimizers, as Keras computes them."""

from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

from benchmarks.workloads import BINARY, CLASSES, LOGITS, SQUARES

EPSILON = 1e-7  # Keras's, in the optimizers and where a probability is clipped
RATE = 1e-3


def mean_of_row(x: Any) -> Any:
    """The mean over all axes but the first."""
    axes = tuple(range(1, x.ndim))
    return lax.reduce_sum(x, axes) / (x.size // len(x)) if axes else x


def binary_scores(output: Any, y: Any) -> tuple[Any, Any]:
    """Cross-entropy of each row, and hit if it has one probability."""
    if y.ndim == 1:
        output = lax.squeeze(output, (1,))
        clipped = lax.clamp(EPSILON, output, 1 - EPSILON)
        return -lax.log(lax.select(y > 0.5, clipped, 1 - clipped)), (output > 0.5) == (y > 0.5)
    output = lax.clamp(EPSILON, output, 1 - EPSILON)
    return -mean_of_row(y * lax.log(output) + (1 - y) * lax.log(1 - output)), output[:, 0] > 1


def chosen(output: Any, y: Any) -> Any:
    """The output of each row, or each word, for its class."""
    mine = lax.broadcasted_iota("int32", output.shape, output.ndim - 1) == y[..., None]
    return lax.reduce_sum(lax.select(mine, output, lax.full_like(output, 0)), (output.ndim - 1,))


def class_scores(output: Any, y: Any) -> tuple[Any, Any]:
    """Cross-entropy and hit of each row, for one probability a class."""
    found = lax.clamp(EPSILON, chosen(output, y), 1 - EPSILON)
    return -lax.log(found), lax.argmax(output, 1, "int32") == y


@jax.custom_vjp
def surprise(output: Any, y: Any) -> Any:
    """-log softmax at y; backward one pass over the exponentials."""
    return surprise_forward(output, y)[0]


def surprise_forward(output: Any, y: Any) -> Any:
    last = output.ndim - 1
    top = lax.reduce_max(output, (last,))[..., None]
    powers = lax.exp(output - top)
    sums = lax.reduce_sum(powers, (last,))[..., None]
    there = jnp.take_along_axis(output, y[..., None], last, mode="promise_in_bounds")
    return (lax.log(sums) + top - there)[..., 0], (powers, sums, y)


def surprise_backward(kept: Any, slope: Any) -> Any:
    powers, sums, y = kept
    mine = lax.broadcasted_iota("int32", powers.shape, powers.ndim - 1) == y[..., None]
    slope = slope[..., None]
    return powers * (slope / sums) - mine * slope, None


surprise.defvjp(surprise_forward, surprise_backward)


def first_largest(x: Any) -> Any:
    """The place of the largest; `lax.argmax` looks at one number after the other."""
    places = lax.broadcasted_iota("float32", x.shape, x.ndim - 1)
    top = lax.reduce_max(x, (x.ndim - 1,))[..., None]
    here = lax.select(x == top, places, lax.full_like(x, x.shape[-1]))
    return lax.convert_element_type(lax.reduce_min(here, (x.ndim - 1,)), "int32")


def logit_scores(output: Any, y: Any) -> tuple[Any, Any]:
    """Cross-entropy and part of hits of each row of words, for one logit a class."""
    hits = lax.convert_element_type(first_largest(lax.stop_gradient(output)) == y, "float32")
    return mean_of_row(surprise(output, y)), mean_of_row(hits)


def square_scores(output: Any, y: Any) -> tuple[Any, Any]:
    """Squared error of each row; no hits."""
    return mean_of_row((output - y.reshape(output.shape)) ** 2), y > y


def adam(weight: Any, slots: Any, gradient: Any, step: Any) -> tuple[Any, Any]:
    """Adam, as Keras computes it."""
    mean, square = slots
    alpha = RATE * lax.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    mean = mean + (gradient - mean) * (1 - 0.9)
    square = square + (gradient * gradient - square) * (1 - 0.999)
    return weight - mean * alpha / (lax.sqrt(square) + EPSILON), (mean, square)


def rmsprop(weight: Any, slots: Any, gradient: Any, step: Any) -> tuple[Any, Any]:
    """RMSprop, as Keras computes it."""
    square = 0.9 * slots[0] + (1 - 0.9) * gradient * gradient
    return weight - RATE * gradient / lax.sqrt(square + EPSILON), (square,)


def sgd(weight: Any, slots: Any, gradient: Any, step: Any) -> tuple[Any, Any]:
    """Plain descent, at Keras's rate."""
    return weight - 0.01 * gradient, ()


SCORES = {
    BINARY: binary_scores, CLASSES: class_scores, LOGITS: logit_scores, SQUARES: square_scores,
}  # fmt: skip
OPTIMIZERS = {"adam": (adam, 2), "rmsprop": (rmsprop, 1), "sgd": (sgd, 0)}
