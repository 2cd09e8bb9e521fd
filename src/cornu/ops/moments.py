"""Mean and variance, with a derivative that passes over the data once."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def moments(x: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Mean and variance over these axes, which stay with size 1.

    The variance does not change to first order with the mean inside it, since the deviations sum to
    0. Autodiff cannot know that, and would sum them once more over the whole array.

    >>> moments(jnp.array([[1.0, 3.0]]), (1,))
    (Array([[2.]], dtype=float32), Array([[1.]], dtype=float32))
    """
    mean = jnp.mean(x, axes, keepdims=True)
    return mean, jnp.mean(jnp.square(x - mean), axes, keepdims=True)


@moments.defjvp
def _tangent(axes: tuple[int, ...], primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (dx,) = primals, tangents
    mean, variance = moments(x, axes)
    turn = 2 * jnp.mean((x - mean) * dx, axes, keepdims=True)
    return (mean, variance), (jnp.mean(dx, axes, keepdims=True), turn)
