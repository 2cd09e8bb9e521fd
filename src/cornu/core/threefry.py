"""Random numbers on the host: what `jax.random` draws, by NumPy, with nothing to compile.

The first call of a `jax.random` function costs 30 to 500 ms for every new shape, because it is
traced and compiled. A small model draws a few weights of a few shapes, and would spend more time on
that than on its training. NumPy gives the same numbers at once. The generator is threefry-2x32
(Salmon et al., Parallel random numbers: as easy as 1, 2, 3; 2011): a hash of a counter under a key.
Element i of an array hashes the 64-bit number i, as JAX does with `jax_threefry_partitionable`, its
default.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
Words: TypeAlias = np.ndarray[Any, np.dtype[np.uint32]]

LARGEST = 2**20  # elements; beyond this, compiling pays off
_BLOCK = 2**14  # elements worked on at a time, so that they stay in the processor's cache
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
_SQRT2 = np.float32(math.sqrt(2))

# Polynomials for the inverse of erf in single precision, highest power first (Giles, Approximating
# the erfinv function, 2012): in w - 2.5 for w < 5, in sqrt(w) - 3 beyond, with w = -log(1 - x²).
_CENTRE = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
_TAIL = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)


def bits(key: Any, start: int, stop: int) -> Words:
    """The random 32-bit words number `start` to `stop - 1` of a key (two 32-bit words).

    >>> bits((0, 42), 0, 2)
    array([2098992034, 2919706841], dtype=uint32)
    """
    first, second = int(key[0]), int(key[1])
    words = np.array((first, second, first ^ second ^ PARITY), np.uint32)
    x0 = np.full(stop - start, words[0])
    x1 = np.arange(start, stop, dtype=np.uint32) + words[1]
    rotated = np.empty_like(x1)
    for group in range(5):
        for distance in ROTATIONS[group % 2]:
            x0 += x1
            np.left_shift(x1, distance, out=rotated)
            x1 >>= 32 - distance
            x1 |= rotated
            x1 ^= x0
        x0 += words[(group + 1) % 3]
        x1 += words[(group + 2) % 3 : (group + 2) % 3 + 1] + np.uint32(group + 1)
    x0 ^= x1
    return x0


def uniform(key: Any, shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Floats:
    """Evenly distributed over [low, high), in float32."""
    return _fill(key, shape, lambda words: _between(words, np.float32(low), np.float32(high)))


def normal(key: Any, shape: tuple[int, ...]) -> Floats:
    """Standard normal, in float32: sqrt(2) erf⁻¹(u) of u uniform over (-1, 1)."""
    low = np.nextafter(np.float32(-1), np.float32(0))
    return _fill(key, shape, lambda words: _SQRT2 * erf_inv(_between(words, low, np.float32(1))))


def truncated_normal(key: Any, shape: tuple[int, ...], bound: float = 2.0) -> Floats:
    """Standard normal within (-bound, bound), in float32."""
    edge = np.float32(math.erf(np.float32(bound) / _SQRT2))
    largest = np.nextafter(np.float32(bound), np.float32(0))

    def transform(words: Words) -> Floats:
        drawn: Floats = _SQRT2 * erf_inv(_between(words, -edge, edge))
        return np.clip(drawn, -largest, largest, out=drawn)

    return _fill(key, shape, transform)


def erf_inv(x: Floats) -> Floats:
    """The inverse of the error function, for |x| < 1.

    >>> from math import erf
    >>> round(erf(erf_inv(np.float32([0.5]))[0]), 6)
    0.5
    """
    w = -np.log1p(-x * x)
    result = _polynomial(_CENTRE, w - np.float32(2.5))
    tail = w >= 5
    if tail.any():
        result[tail] = _polynomial(_TAIL, np.sqrt(w[tail]) - np.float32(3))
    result *= x
    return result


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Horner's rule."""
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += np.float32(coefficient)
    return result


def _between(words: Words, low: np.float32, high: np.float32) -> Floats:
    """Words as floats in [low, high): the upper 23 bits are the mantissa of a number in [1, 2)."""
    unit = (words >> 9 | 0x3F800000).view(np.float32) - np.float32(1)
    if low == 0 and high == 1:
        return unit
    # XLA rounds once, after the sum: a fused multiply-add, which float64 gives here.
    return np.maximum(low, (unit * np.float64(high - low) + low).astype(np.float32))


def _fill(key: Any, shape: tuple[int, ...], transform: Callable[[Words], Floats]) -> Floats:
    """An array of this shape, block by block."""
    size = math.prod(shape)
    result = np.empty(size, np.float32)
    for start in range(0, size, _BLOCK):
        stop = min(start + _BLOCK, size)
        result[start:stop] = transform(bits(key, start, stop))
    return result.reshape(shape)
