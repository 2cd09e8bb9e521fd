"""What the limit's networks are made of: functions of arrays, with the gradients one would write by
hand where automatic ones do more work than needed. Images lie channels last; kernels (units, inputs).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from benchmarks.networks.jax_dense import product, softmax

Weights = Any
Noted = tuple[Any, ...]  # running means and variances
PART = 2**21  # bytes of an image's patches that are laid out at a time: about what caches hold


def uniform(rng: Any, limit: float, *shape: int) -> Any:
    """Uniform numbers between -limit and limit."""
    return rng.uniform(-limit, limit, shape).astype("float32")


def glorot(rng: Any, units: int, inputs: int, taps: int = 1) -> Any:
    """A kernel (units, taps x inputs)."""
    return uniform(rng, np.sqrt(6 / (taps * (inputs + units))), units, taps * inputs)


def zeros(*shape: int) -> Any:
    """Zeros."""
    return np.zeros(shape, "float32")


def dense(x: Any, kernel: Any, bias: Any) -> Any:
    """Rows, or words of rows, times the transposed kernel, plus the bias."""
    flat = lax.reshape(x, (x.size // x.shape[-1], x.shape[-1]))
    return lax.reshape(product(flat, kernel), (*x.shape[:-1], len(kernel))) + bias


def seen(x: Any, taps: int, stride: int, axis: int) -> list[Any]:
    """What each tap of a kernel sees along an axis."""
    count = (x.shape[axis] - taps) // stride + 1
    return [
        lax.slice_in_dim(x, tap, tap + (count - 1) * stride + 1, stride, axis) for tap in range(taps)
    ]


def conv(x: Any, kernel: Any, taps: int, stride: int = 1, same: bool = True) -> Any:
    """A convolution over all axes but the first and last, as one product with what the kernel sees.

    In a loop on the CPU the engine's own takes up to 40 times as long. A few images at a time, so
    that what is laid out, which backward lays out anew, stays in the cache.
    """
    axes = range(1, x.ndim - 1)
    if same:
        needs = [max((-(-x.shape[i] // stride) - 1) * stride + taps - x.shape[i], 0) for i in axes]
        x = jnp.pad(x, [(0, 0), *((n // 2, n - n // 2) for n in needs), (0, 0)])

    def some(x: Any) -> Any:
        parts = [x]
        for axis in axes:
            parts = [one for part in parts for one in seen(part, taps, stride, axis)]
        x = jnp.concatenate(parts, -1)
        flat = lax.reshape(x, (x.size // x.shape[-1], x.shape[-1]))
        return product(flat, kernel).reshape(*x.shape[:-1], len(kernel))

    sizes = [(x.shape[axis] - taps) // stride + 1 for axis in axes]
    each = 4 * int(np.prod(sizes)) * kernel.shape[1]
    count = max(n for n in range(1, len(x) + 1) if len(x) % n == 0 and n * each <= max(PART, each))
    if count == len(x):
        return some(x)
    z = lax.map(jax.checkpoint(some, prevent_cse=False), x.reshape(-1, count, *x.shape[1:]))
    return z.reshape(-1, *z.shape[2:])


def larger(a: Any, b: Any) -> Any:
    """The larger of two; written so that its gradient is one selection."""
    return lax.select(a >= b, a, b)


def pool(x: Any, size: int, axes: Sequence[int]) -> Any:
    """The largest of windows that lie side by side, one axis after the other."""
    for axis in axes:
        first, *others = seen(x, size, size, axis)
        for other in others:
            first = larger(first, other)
        x = first
    return x


def hashed(key: Any, shape: tuple[int, ...]) -> Any:
    """A random word for each place (the mixing of MurmurHash3, twice): as random as dropout needs, and
    one expression, where the engine's generators are loops through memory."""
    first, second = jax.random.key_data(key).ravel()[:2]
    x = lax.reshape(lax.iota("uint32", int(np.prod(shape))), shape) + first
    for word in (0, second):
        x = (x ^ word ^ (x >> 16)) * np.uint32(0x85EBCA6B)
        x = (x ^ (x >> 13)) * np.uint32(0xC2B2AE35)
        x = x ^ (x >> 16)
    return x


def dropped(x: Any, rate: float, key: Any, part: int = 0) -> Any:
    """Dropout with the key of a part of the network; without keys, nothing."""
    if key is None:
        return x
    kept = lax.optimization_barrier(hashed(key(part), x.shape) >= np.uint32(rate * 2**32))
    return lax.select(kept, x / (1 - rate), lax.full_like(x, 0))


def moments(x: Any, axes: tuple[int, ...], epsilon: float) -> tuple[Any, Any, Any, Any]:
    """x with mean 0 and variance 1 along axes; mean, variance, and one over the deviation."""
    mean = x.mean(axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axes, keepdims=True)
    inverse = lax.rsqrt(variance + epsilon)
    return (x - mean) * inverse, mean, variance, inverse


def normalizer(axes: tuple[int, ...], epsilon: float) -> Callable[[Any], tuple[Any, Any, Any]]:
    """x with mean 0 and variance 1, its mean and variance; the gradient by its formula."""

    @jax.custom_vjp
    def normalize(x: Any) -> tuple[Any, Any, Any]:
        return moments(x, axes, epsilon)[:3]

    def forward(x: Any) -> Any:
        *found, inverse = moments(x, axes, epsilon)
        return tuple(found), (found[0], inverse)

    def backward(kept: Any, slopes: Any) -> Any:
        z, inverse = kept
        slope = slopes[0]  # nobody asks how the moments that are noted depend on x
        mean, along = slope.mean(axes, keepdims=True), (slope * z).mean(axes, keepdims=True)
        return (inverse * (slope - mean - z * along),)

    normalize.defvjp(forward, backward)
    return normalize


by_batch = normalizer((0, 1, 2), 1e-3)


def batch_norm(x: Any, scale: Any, shift: Any, noted: Any, training: bool) -> tuple[Any, Any]:
    """Batch normalization, and the running mean and variance after it."""
    if not training:
        return (x - noted[0]) * (scale * lax.rsqrt(noted[1] + 1e-3)) + shift, noted
    z, *found = by_batch(x)
    after = tuple(old * 0.99 + new.ravel() * 0.01 for old, new in zip(noted, found, strict=True))
    return z * scale + shift, after


def layer_norm(x: Any, scale: Any, shift: Any, epsilon: float) -> Any:
    """Layer normalization over the last axis."""
    return normalizer((x.ndim - 1,), epsilon)(x)[0] * scale + shift


def recurrence(
    step: Callable[[Any, Any, Any], Any], start: Any, added: bool
) -> Callable[[Any, Any, Any], Any]:
    """A recurrent layer's last output: `step(carry, x_t, h_t)`, where h_t = h kernel + bias; the
    start is zeros, and `added` says that only x_t + h_t is used.

    The gradient of the recurrent kernel is one product over all steps, after the loop backward; kept
    for the way back are the states and what sigmoids and tanhs gave.
    """

    def run(kernel: Any, bias: Any, x: Any, more: Any) -> tuple[Any, Any]:
        @partial(jax.checkpoint, prevent_cse=False, policy=of_curves)
        def one(carry: Any, now: Any) -> Any:
            h = carry[0] @ kernel + bias
            return step(carry, now[0], h if added else moved(h, now[1])), carry[0]

        (last, *_), before = lax.scan(one, start, (x, more))
        return last, before

    @jax.custom_vjp
    def output(x: Any, kernel: Any, bias: Any) -> Any:
        return run(kernel, bias, x, None if added else jnp.zeros((len(x), 1, 1)))[0]

    def forward(x: Any, kernel: Any, bias: Any) -> Any:
        several = (x,) if added else (x, jnp.zeros((*x.shape[:2], len(bias))))
        last, pull, before = jax.vjp(
            lambda x, more=None: run(kernel, bias, x, more), *several, has_aux=True
        )
        return last, (before, pull)

    def backward(kept: Any, slope: Any) -> Any:
        before, pull = kept
        slopes = pull(slope)
        dx, dh = slopes[0], slopes[-1]
        flat = [part.reshape(-1, part.shape[-1]) for part in (before, dh)]
        return dx, lax.dot_general(*flat, (((0,), (0,)), ((), ()))), dh.sum((0, 1))

    output.defvjp(forward, backward)
    return output


@jax.custom_jvp
def moved(h: Any, more: Any) -> Any:
    """h, as if something were added to it that is zero."""
    return h


moved.defjvp(lambda primals, tangents: (primals[0], tangents[0] + tangents[1]))


def of_curves(primitive: Any, *_: Any, **__: Any) -> bool:
    """Whether a value is worth keeping: it takes longer to compute than to read."""
    return primitive in (lax.logistic_p, lax.tanh_p)


def attend(x: Any, heads: int, weights: Any, causal: bool = False) -> Any:
    """Attention of words to each other; one product for query, key and value, and the sums of the
    exponentials divided after the product with the values, when there is less to divide."""
    inward, inward_bias, outward, outward_bias = weights
    rows, length, width = x.shape
    parts = jnp.split(dense(x, inward, inward_bias), 3, -1)
    query, key, value = (
        lax.transpose(part.reshape(rows, length, heads, width // heads), (0, 2, 1, 3)) for part in parts
    )
    query = query * (1 / np.sqrt(width // heads))
    scores = jnp.einsum("bhqd,bhkd->bhqk", query, key)
    if causal:
        scores = jnp.where(np.tri(length, dtype=bool), scores, -1e9)
    powers = jnp.exp(scores - lax.stop_gradient(scores.max(-1, keepdims=True)))
    z = jnp.einsum("bhqk,bhkd->bhqd", powers, value) / powers.sum(-1, keepdims=True)
    return dense(lax.transpose(z, (0, 2, 1, 3)).reshape(x.shape), outward, outward_bias)


def read(table: Any, words: Any) -> Any:
    """The rows of a table; every index is known to be one of them."""
    return table.at[words].get(mode="promise_in_bounds")


def head(rng: Any, units: int, inputs: int) -> dict[str, Any]:
    """The weights of the last layer."""
    return {"last": glorot(rng, units, inputs), "last_bias": zeros(units)}


def classes(weights: Weights, x: Any) -> Any:
    """Probabilities of ten classes."""
    return softmax(dense(x, weights["last"], weights["last_bias"]))


def probability(weights: Weights, x: Any) -> Any:
    """One probability a row."""
    return lax.logistic(dense(x, weights["last"], weights["last_bias"]))
