"""Matrix products, whose gradients are formulated by shape: the one place where that choice is made."""

from __future__ import annotations

import math
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
# and of many rows, with a fourth way, where also g serves another product (two runs of a busy machine):
#                        x^T g    (g^T x)^T    x transposed first    g transposed first
#   (2048, 128, 2000)   10770       11290           11040                 20340
#   (2048, 128, 512)     1710        2170            1460                  2310
#   (2048, 512, 128)     3020        2490            2890                  2180
#   (2560, 32, 32)        300         310             230                   230
#   (25088, 288, 64)    27880       24360           36940                 28990
# The last two are the form that XLA's library of products takes as it is. Left to itself XLA copies
# g the other way round, which in a loop with 2,000 units took longer than the product.
NARROW, TALL = 16, 4  # up to so many units, and so many times as many features: (g^T x)^T
SMALL = 4096  # up to so many numbers in x: x transposed first
MANY = 512  # from so many rows on the narrower of x and g is transposed first,
CACHED = 2**20  # if it has no more numbers than a cache holds


def matmul(x: Any, kernel: Any) -> Any:
    """The product x W of inputs of shape (..., features) with a kernel of shape (features, units).

    >>> matmul(jnp.ones((2, 3)), jnp.ones((3, 4))).shape
    (2, 4)
    """
    if isinstance(kernel, jax.core.Tracer) and jax.default_backend() == "cpu":
        return repeated(_product, x, kernel)
    return jnp.matmul(x, kernel)


def way(shape: tuple[Any, ...], units: int) -> str:
    """How the gradient of the kernel is computed for inputs of this shape: 'narrow', 'inputs' or
    'slopes' transposed first, or 'plain'.

    >>> way((128, 512), 10), way((32, 64), 64), way((128, 512), 512)
    ('narrow', 'inputs', 'plain')
    >>> way((32, 64, 128), 512), way((32, 64, 512), 128)
    ('inputs', 'slopes')
    """
    features = shape[-1]
    if 1 < units <= NARROW and features >= TALL * units:
        return "narrow"
    if not all(isinstance(size, int) for size in shape):
        return "plain"
    rows = math.prod(shape[:-1])
    if len(shape) == 2 and rows * features <= SMALL:
        return "inputs"
    if rows >= MANY and 1 < min(features, units) <= CACHED // rows:
        return "inputs" if features <= units else "slopes"
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
    if chosen == "plain":
        return lax.dot_general(x, kernel, (((x.ndim - 1,), (0,)), ((), ())))
    rows = lax.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
    if chosen == "inputs":
        z = lax.dot_general(lax.optimization_barrier(rows.T), kernel, (((0,), (0,)), ((), ())))
    else:
        z = lax.dot_general(lax.optimization_barrier(kernel.T), rows, (((1,), (1,)), ((), ())))
        z = lax.optimization_barrier(z).T
    return lax.reshape(z, (*x.shape[:-1], kernel.shape[1]))
