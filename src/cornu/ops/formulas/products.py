"""Matrix products, whose gradients are formulated by shape: the one place where that choice is made."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from cornu.core.inlining import repeated

# The gradient of a kernel, x^T g, transposes x, which XLA's CPU product does badly. Two other
# ways, measured in a loop, in microseconds (rows, features, units):
#                        x^T g    (g^T x)^T    x transposed first
#   (10, 8, 12)           0.8         0.8            0.3
#   (32, 128, 128)        7.7        12.8            6.3
#   (64, 256, 256)         32          58             55
#   (128, 512, 10)        109          15             65
#   (512, 10000, 16)     1924        1414           1653
NARROW, TALL = 16, 4  # up to so many units, and so many times as many features: (g^T x)^T
SMALL = 4096  # up to so many numbers in x: x transposed first


def matmul(x: Any, kernel: Any) -> Any:
    """The product x W of inputs of shape (..., features) with a kernel of shape (features, units).

    >>> matmul(jnp.ones((2, 3)), jnp.ones((3, 4))).shape
    (2, 4)
    """
    if isinstance(kernel, jax.core.Tracer) and jax.default_backend() == "cpu":
        return repeated(_product, x, kernel)
    return jnp.matmul(x, kernel)


def way(shape: tuple[Any, ...], units: int) -> str:
    """How the gradient of the kernel is computed for inputs of this shape: 'narrow', 'small' or 'plain'.

    >>> way((128, 512), 10), way((32, 64), 64), way((128, 512), 512)
    ('narrow', 'small', 'plain')
    """
    if 1 < units <= NARROW and shape[-1] >= TALL * units:
        return "narrow"
    if len(shape) == 2 and isinstance(shape[0], int) and shape[0] * shape[1] <= SMALL:
        return "small"
    return "plain"


@jax.custom_jvp
def _product(x: Any, kernel: Any) -> Any:
    return lax.dot_general(x, kernel, (((x.ndim - 1,), (0,)), ((), ())))


@partial(_product.defjvp, symbolic_zeros=True)
def _tangent(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x, kernel), (dx, dkernel) = primals, tangents
    z = _product(x, kernel)
    parts = [
        *([] if isinstance(dx, SymbolicZero) else [_product(dx, kernel)]),
        *([] if isinstance(dkernel, SymbolicZero) else [_in_kernel(x, dkernel)]),
    ]
    return z, sum(parts[1:], parts[0]) if parts else jnp.zeros_like(z)


def _in_kernel(x: Any, kernel: Any) -> Any:
    """The product, written so that its transpose with respect to the kernel is the gradient in the
    best way.

    The barriers keep XLA from turning it into the plain product again.
    """
    chosen = way(x.shape, kernel.shape[1])
    if chosen == "narrow":
        return lax.dot_general(x, lax.optimization_barrier(kernel.T), (((x.ndim - 1,), (1,)), ((), ())))
    if chosen == "small":
        return lax.dot_general(lax.optimization_barrier(x.T), kernel, (((0,), (0,)), ((), ())))
    return lax.dot_general(x, kernel, (((x.ndim - 1,), (0,)), ((), ())))
