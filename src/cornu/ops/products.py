"""Matrix products, formulated by shape: the one place where that choice is made."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

# A kernel of up to so many columns, and so many times as many rows, is multiplied by way of its
# transpose.
# Its gradient x^T g is then computed as (g^T x)^T, in which the small factor is the transposed
# one. Forward and backward
# together take, of the plain product's time on a CPU (batch, features, units): 0.25 (128, 512, 10),
# 0.59 (512, 10000, 16), 0.39 (32, 256, 2), but 1.1 (128, 784, 32).
NARROW, TALL = 16, 4


def matmul(x: Any, kernel: Any) -> Any:
    """The product x W of inputs of shape (..., features) with a kernel of shape (features, units).

    >>> matmul(jnp.ones((2, 3)), jnp.ones((3, 4))).shape
    (2, 4)
    """
    if isinstance(kernel, jax.core.Tracer) and is_narrow(kernel.shape):
        transposed = lax.optimization_barrier(
            kernel.T
        )  # keeps XLA from turning it into the plain product
        return lax.dot_general(x, transposed, (((x.ndim - 1,), (1,)), ((), ())))
    return jnp.matmul(x, kernel)


def is_narrow(shape: tuple[int, ...]) -> bool:
    """Whether a kernel of this shape is faster by way of its transpose.

    >>> is_narrow((512, 10)), is_narrow((512, 512))
    (True, False)
    """
    features, units = shape
    return 1 < units <= NARROW and features >= TALL * units and jax.default_backend() == "cpu"
