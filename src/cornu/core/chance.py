"""Random masks within a compiled program: the choices of `jax.random.bernoulli`, in one pass.

For the CPU JAX writes threefry, its generator, as a loop whose every turn goes through memory. Written
out it is one expression of the place of a number: masks of 80,000 numbers take a third of the time
(docs/performance.md).
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.threefry import PARITY, ROTATIONS

MANY = 2**14  # from so many numbers on; for fewer the loop is quicker to compile


def chosen(key: Any, probability: float, shape: tuple[int, ...]) -> jax.Array:
    """True with this probability at each place, as `jax.random.bernoulli(key, probability, shape)`.

    >>> key = jax.random.key(3)
    >>> written_out = chosen(key, 0.7, (100,))
    >>> bool(jnp.all(written_out == jax.random.bernoulli(key, 0.7, (100,))))
    True
    """
    if not _is_ours(key, shape):
        return jax.random.bernoulli(key, probability, shape)
    words = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
    place = lax.reshape(lax.iota(np.uint32, math.prod(shape)), shape)
    # JAX makes u in [0, 1) of the first 23 bits and compares it with p in single precision
    least = np.uint32(math.ceil(float(np.float32(probability)) * 2**23))
    words = hashed(words[0], words[1], place)
    drawn = lax.shift_right_logical(words, lax.full_like(words, 9)) < least
    return lax.optimization_barrier(drawn)  # one byte each; else hashed anew, backward as well


def _is_ours(key: Any, shape: tuple[Any, ...]) -> bool:
    """Whether it pays, in a program for the CPU, and the generator is JAX's by default."""
    compiled = isinstance(key, jax.core.Tracer) and jax.default_backend() == "cpu"
    if not compiled or not all(isinstance(size, int) for size in shape):
        return False
    typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    settings: Any = jax.config
    kind = str(jax.random.key_impl(key)) if typed else settings.jax_default_prng_impl
    fits = MANY <= math.prod(shape) < 2**32
    return fits and kind in ("fry", "threefry2x32") and settings.jax_threefry_partitionable


def hashed(first: Any, second: Any, place: Any) -> Any:
    """The random 32-bit word at each place below 2^32, under a key of two words: threefry-2x32."""
    words = first, second, first ^ second ^ np.uint32(PARITY)
    x0, x1 = lax.full_like(place, 0) + words[0], place + words[1]
    for group in range(5):
        for distance in ROTATIONS[group % 2]:
            x0 = x0 + x1
            left = lax.shift_left(x1, lax.full_like(x1, distance))
            x1 = (left | lax.shift_right_logical(x1, lax.full_like(x1, 32 - distance))) ^ x0
        x0 = x0 + words[(group + 1) % 3]
        x1 = x1 + words[(group + 2) % 3] + np.uint32(group + 1)
    return x0 ^ x1


__all__ = ["chosen", "hashed"]
