"""Numbers with mean 0 and variance 1, and how they depend on what they were made from."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def normalized(x: Any, axes: tuple[int, ...], epsilon: float) -> Any:
    """(x - mean) / sqrt(variance + epsilon) over these axes.

    The derivative is a rule, z' = (x' - mean(x') - z mean(z x')) / sqrt(variance + epsilon): two sums of
    the slopes and one more pass, while autodiff goes through mean and variance apart.

    >>> normalized(jnp.array([[1.0, 3.0]]), (1,), 0.0).tolist()
    [[-1.0, 1.0]]
    """
    return _normalized(x, axes, epsilon)[0]


@normalized.defjvp
def _normalized_tangent(
    axes: tuple[int, ...], epsilon: float, primals: Any, tangents: Any
) -> tuple[Any, Any]:
    (x,), (dx,) = primals, tangents
    z, inverse = _normalized(x, axes, epsilon)
    along = z * jnp.mean(z * dx, axes, keepdims=True)
    return z, inverse * (dx - jnp.mean(dx, axes, keepdims=True) - along)


def _normalized(x: Any, axes: tuple[int, ...], epsilon: float) -> tuple[Any, Any]:
    deviations = x - jnp.mean(x, axes, keepdims=True)
    variance = jnp.mean(jnp.square(deviations), axes, keepdims=True)
    inverse = lax.rsqrt(variance + epsilon)
    return deviations * inverse, inverse


__all__ = ["normalized"]
