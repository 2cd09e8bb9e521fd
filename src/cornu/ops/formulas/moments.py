"""Mean and variance, and numbers standardized by them, in few passes over the data."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def moments(x: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Mean and variance over these axes, which stay with size 1.

    The variance does not change to first order with the mean inside it, since the deviations sum to
    0. Autodiff cannot know that, and would sum them once more over the whole array. The barrier
    keeps XLA from computing them once for forward and backward, and storing them in between.

    >>> moments(jnp.array([[1.0, 3.0]]), (1,))
    (Array([[2.]], dtype=float32), Array([[1.]], dtype=float32))
    """
    mean = jnp.mean(x, axes, keepdims=True)
    return mean, jnp.mean(jnp.square(x - mean), axes, keepdims=True)


@moments.defjvp
def _tangent(axes: tuple[int, ...], primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (dx,) = primals, tangents
    mean, variance = moments(x, axes)
    deviations = x - lax.optimization_barrier(mean)
    dvariance = 2 * jnp.mean(deviations * dx, axes, keepdims=True)
    return (mean, variance), (jnp.mean(dx, axes, keepdims=True), dvariance)


def standardized(
    x: Any, mean: Any, variance: Any, epsilon: float, scale: Any = 1, offset: Any = 0
) -> Any:
    """scale (x - mean) / sqrt(variance + epsilon) + offset.

    Written as a x + b: then XLA computes x - mean, which the variance needs too, within each loop
    and does not keep it as an array.

    >>> standardized(jnp.array([1.0, 3.0]), 2.0, 4.0, 0.0, offset=10.0).tolist()
    [9.5, 10.5]
    """
    a = lax.rsqrt(variance + epsilon) * scale
    return x * a + (offset - mean * a)
