"""The limit for dense networks: few weights are packed into one vector, so that the optimizer is one
fused operation; tiny products are sums of elementwise products, which XLA fuses; kernels are stored
(units, inputs), which makes their gradient a plain product.
"""

from typing import Any

import numpy as np
from jax import lax

from benchmarks.workloads import Workload

PACKED = 1 << 14  # up to so many weights lie in one vector
TINY = 1 << 14  # up to so many multiplications are no matrix product
Weights = tuple[Any, ...]


def initial(work: Workload, seed: int) -> Weights:
    """Glorot uniform kernels, as (units, inputs), and zero biases; one vector if they are few."""
    rng, parts, (width,) = np.random.default_rng(seed), [], work.shape
    for units, _ in work.layers:
        limit = np.sqrt(6 / (width + units))
        kernel = rng.uniform(-limit, limit, (units, width)).astype("float32")
        parts += [kernel, np.zeros(units, "float32")]
        width = units
    packed = np.concatenate([part.ravel() for part in parts])
    return (packed,) if packed.size <= PACKED else tuple(parts)


def unpacked(work: Workload, weights: Weights) -> Weights:
    """Kernel and bias of each layer in turn."""
    if len(weights) > 1:
        return weights
    parts, at, (width,) = [], 0, work.shape
    for units, _ in work.layers:
        middle, end = at + units * width, at + units * width + units
        kernel = lax.slice(weights[0], (at,), (middle,))
        parts += [lax.reshape(kernel, (units, width)), lax.slice(weights[0], (middle,), (end,))]
        at, width = end, units
    return tuple(parts)


def product(x: Any, kernel: Any) -> Any:
    """Rows times the transposed kernel."""
    if len(x) * kernel.size <= TINY:
        return lax.reduce_sum(x[:, None, :] * kernel[None], (2,))
    return lax.dot_general(x, kernel, (((1,), (1,)), ((), ())))


def relu(x: Any) -> Any:
    """Positive part; written so that its gradient is one selection."""
    return lax.select(x > 0, x, lax.full_like(x, 0))


def softmax(x: Any) -> Any:
    """Softmax over the classes."""
    e = lax.exp(x - lax.stop_gradient(lax.reduce_max(x, (1,)))[:, None])
    return e / lax.reduce_sum(e, (1,))[:, None]


def forward(work: Workload, weights: Weights, x: Any) -> Any:
    """The model's output: a probability per row, or per row and class."""
    parts = iter(unpacked(work, weights))
    for _, activation in work.layers:
        x = ACTIVATIONS[activation](product(x, next(parts)) + next(parts)[None])
    return x


ACTIVATIONS = {"relu": relu, "sigmoid": lax.logistic, "softmax": softmax, "linear": lambda x: x}
