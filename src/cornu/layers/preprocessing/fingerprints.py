"""Hash functions of byte strings, the same on every machine: FarmHash Fingerprint64 and SipHash-2-4.

Both work on all strings of one length at once: a matrix of bytes with a row per string. Numbers are
unsigned, of 64 bits, and wrap around.

Sources: Pike and Alakuijala, FarmHash, 2014 (its `farmhashna` variety for 64 bits); Aumasson and
Bernstein, SipHash: a fast short-input PRF, 2012.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

Words: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]
Pair: TypeAlias = tuple[Words, Words]

U = np.uint64
K0, K1, K2 = U(0xC3A5C85C97CB3127), U(0xB492B66FBE98F273), U(0x9AE16A3B2F90404F)


def fingerprint64(strings: Sequence[bytes]) -> Words:
    """FarmHash's Fingerprint64 of each string.

    >>> [int(x) for x in fingerprint64([b"", b"a"])]
    [11160318154034397263, 12917804110809363939]
    """
    return _by_length(strings, _farmhash)


def siphash64(strings: Sequence[bytes], key: Sequence[int]) -> Words:
    """SipHash-2-4 of each string under a key of two numbers.

    >>> [hex(x) for x in siphash64([bytes(range(15))], (0x0706050403020100, 0x0F0E0D0C0B0A0908))]
    ['0xa129ca6149be45e5']
    """
    return _by_length(strings, lambda rows: _siphash(rows, U(key[0] % 2**64), U(key[1] % 2**64)))


def combine(first: Words, second: Words) -> Words:
    """TensorFlow's hash of two hashes, by which crossed features are numbered."""
    mul = U(0xC6A4A7935BD1E995)
    mixed = (first ^ mul ^ (_fold(second * mul) * mul)) * mul
    return _fold(_fold(mixed) * mul)


def _by_length(strings: Sequence[bytes], function: Callable[[Any], Words]) -> Words:
    """Applies a function of a matrix of bytes to the strings of each length."""
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    hashes = np.zeros(len(strings), np.uint64)
    for length in np.unique(lengths):
        places = np.flatnonzero(lengths == length)
        joined = b"".join([strings[place] for place in places.tolist()])
        rows = np.frombuffer(joined, np.uint8).reshape(len(places), length)
        hashes[places] = function(rows)
    return hashes


# -- FarmHash ---------------------------------------------------------------------------------------


def _farmhash(rows: Any) -> Words:
    length = rows.shape[1]
    if length <= 16:
        return _up_to_16(rows)
    if length <= 32:
        return _up_to_32(rows)
    return _up_to_64(rows) if length <= 64 else _longer(rows)


def _up_to_16(rows: Any) -> Words:
    count, length = rows.shape
    mul = K2 + U(2 * length)
    if length >= 8:
        a, b = _word(rows, 0) + K2, _word(rows, length - 8)
        return _mix(_rotate(b, 37) * mul + a, (_rotate(a, 25) + b) * mul, mul)
    if length >= 4:
        return _mix(U(length) + (_word(rows, 0, 4) << U(3)), _word(rows, length - 4, 4), mul)
    if length == 0:
        return np.full(count, K2)
    first, middle, last = (rows[:, place].astype(np.uint64) for place in (0, length // 2, length - 1))
    y, z = first + (middle << U(8)), U(length) + (last << U(2))
    return _fold(y * K2 ^ z * K0) * K2


def _up_to_32(rows: Any) -> Words:
    length = rows.shape[1]
    mul = K2 + U(2 * length)
    a, b = _word(rows, 0) * K1, _word(rows, 8)
    c, d = _word(rows, length - 8) * mul, _word(rows, length - 16) * K2
    return _mix(_rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + K2, 18) + c, mul)


def _up_to_64(rows: Any) -> Words:
    length = rows.shape[1]
    mul = K2 + U(2 * length)
    a, b = _word(rows, 0) * K2, _word(rows, 8)
    c, d = _word(rows, length - 8) * mul, _word(rows, length - 16) * K2
    y = _rotate(a + b, 43) + _rotate(c, 30) + d
    z = _mix(y, a + _rotate(b + K2, 18) + c, mul)
    e, f = _word(rows, 16) * mul, _word(rows, 24)
    g, h = (y + _word(rows, length - 32)) * mul, (z + _word(rows, length - 24)) * mul
    return _mix(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, mul)


def _longer(rows: Any) -> Words:
    """Strings of more than 64 bytes: a state of seven words takes in 64 bytes at a time."""
    count, length = rows.shape
    seed = np.full(count, U(81))
    x, y = seed * K2 + _word(rows, 0), seed * K1 + U(113)
    z = _fold(y * K2 + U(113)) * K2
    zero = np.zeros(count, np.uint64)
    v, w = (zero, zero), (zero, zero)
    for at in range(0, (length - 1) // 64 * 64, 64):
        x, y, z, v, w = _block(rows, at, K1, U(1), x, y, z, v, w)
    mul = K1 + ((z & U(0xFF)) << U(1))
    w = (w[0] + U((length - 1) % 64), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = _block(rows, length - 64, mul, U(9), x, y, z, v, w)
    left = _mix(v[0], w[0], mul) + _fold(y) * K0 + z
    return _mix(left, _mix(v[1], w[1], mul) + x, mul)


def _block(
    rows: Any, at: int, mul: Any, weight: Any, x: Words, y: Words, z: Words, v: Pair, w: Pair
) -> tuple[Words, Words, Words, Pair, Pair]:
    """The state after the 64 bytes that start at `at`; all blocks but the last have weight 1."""
    x = _rotate(x + y + v[0] + _word(rows, at + 8), 37) * mul ^ w[1] * weight
    y = _rotate(y + v[1] + _word(rows, at + 48), 42) * mul + v[0] * weight + _word(rows, at + 40)
    z = _rotate(z + w[0], 33) * mul
    v = _weak(rows, at, v[1] * mul, x + w[0])
    w = _weak(rows, at + 32, z + w[1], y + _word(rows, at + 16))
    return z, y, x, v, w


def _weak(rows: Any, at: int, a: Words, b: Words) -> Pair:
    """Takes 32 bytes into two words."""
    first, second, third, fourth = (_word(rows, at + 8 * i) for i in range(4))
    start = a + first
    total = start + second + third
    return total + fourth, _rotate(b + start + fourth, 21) + _rotate(total, 44) + start


def _mix(u: Any, v: Any, mul: Any) -> Words:
    """Two words into one, as in Murmur."""
    a = _fold((u ^ v) * mul)
    return _fold((v ^ a) * mul) * mul


def _fold(word: Any) -> Words:
    return word ^ (word >> U(47))


def _rotate(word: Words, right: int) -> Words:
    return (word >> U(right)) | (word << U(64 - right))


def _word(rows: Any, at: int, size: int = 8) -> Words:
    """The bytes from `at` on as one number of each row, the lowest first."""
    part = np.ascontiguousarray(rows[:, at : at + size])
    return part.view(f"<u{size}")[:, 0].astype(np.uint64)


# -- SipHash ----------------------------------------------------------------------------------------


def _siphash(rows: Any, k0: Any, k1: Any) -> Words:
    """Two rounds for each word of 8 bytes, the last of which ends with the length; four at the end."""
    count, length = rows.shape
    padded = np.zeros((count, length // 8 * 8 + 8), np.uint8)
    padded[:, :length] = rows
    padded[:, -1] = length % 256
    constants = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    state = [np.full(count, U(c) ^ key) for c, key in zip(constants, (k0, k1, k0, k1), strict=True)]
    for at in range(0, padded.shape[1], 8):
        message = _word(padded, at)
        state[3] ^= message
        _rounds(state, 2)
        state[0] ^= message
    state[2] ^= U(0xFF)
    _rounds(state, 4)
    return np.bitwise_xor.reduce(state)


def _rounds(state: list[Words], times: int) -> None:
    """Additions, rotations and exclusive ors; rotations to the left by n are to the right by 64 - n."""
    for _ in range(times):
        a, b, c, d = state
        a, c = a + b, c + d
        b, d = _rotate(b, 64 - 13) ^ a, _rotate(d, 64 - 16) ^ c
        a, c = _rotate(a, 32) + d, c + b
        b, d = _rotate(b, 64 - 17) ^ c, _rotate(d, 64 - 21) ^ a
        state[:] = a, b, _rotate(c, 32), d
