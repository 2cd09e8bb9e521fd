"""Fourier transforms, with real and imaginary parts as tensors of their own, as in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.errors import describe
from cornu.ops.formulas import signal
from cornu.ops.op import op
from cornu.ops.tensors import floating, tensor

__all__ = [*("extract_sequences", "fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft")]


def _complex(name: str, x: Any) -> jax.Array:
    """A pair of tensors, real and imaginary part, as one of complex numbers."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"ops.{name} takes a pair of tensors, real and imaginary part: ops.{name}((real, imag)), "
            f"but got {describe(x)}. For real numbers write (x, ops.zeros_like(x))."
        )
    real, imag = floating(x[0]), floating(x[1])
    if real.shape != imag.shape:
        raise ValueError(
            f"ops.{name}: real and imaginary part must have one shape, but they are {describe(real)} "
            f"and {describe(imag)}."
        )
    return lax.complex(real, imag)


def _parts(x: Any) -> tuple[jax.Array, jax.Array]:
    return jnp.real(x), jnp.imag(x)


def _transform(name: str, function: Callable[..., Any], axes: int, says: str) -> Callable[..., Any]:
    """The op that transforms pairs (real, imag) along the last axes."""

    def row(x: Any) -> Any:
        numbers = _complex(name, x)
        if numbers.ndim < axes:
            raise ValueError(f"ops.{name} needs at least {axes} axes, but got {describe(x[0])}.")
        return _parts(function(numbers))

    zeros, ones = ([[0.0, 0.0]], [[1.0, 1.0]]) if axes == 2 else ([0.0, 0.0], [1.0, 1.0])
    result = {"fft": [2.0, 0.0], "fft2": [[2.0, 0.0]], "ifft2": [[1.0, 0.0]]}[name]
    row.__name__ = row.__qualname__ = name
    row.__doc__ = (
        f"{says}\n\nArgs:\n    x: pair of tensors, real and imaginary part. The result is one, too.\n\n"
        "Raises:\n    ValueError: if x is no pair of one shape.\n\n"
        f">>> real, imag = {name}(({ones}, {zeros}))\n>>> real.tolist()\n{result}\n"
    )
    return op(samplewise=lambda x: len(getattr(x[0], "shape", ())) > axes)(row)


fft = _transform("fft", jnp.fft.fft, 1, "Σₙ xₙ exp(-2πi kn/N) for each k, along the last axis.")
fft2 = _transform("fft2", jnp.fft.fft2, 2, "The Fourier transform along the last two axes.")
ifft2 = _transform("ifft2", jnp.fft.ifft2, 2, "The inverse of `fft2`.")


@op(samplewise=lambda x, *_, **__: len(x.shape) > 1)
def rfft(x: Any, fft_length: int | None = None) -> tuple[Any, Any]:
    """The Fourier transform of real numbers along the last axis: the half that is not mirrored.

    Args:
        x: (..., time).
        fft_length: x is cut, or filled up with zeros, to this length. Default: that of x.

    Returns:
        Real and imaginary part, each (..., fft_length // 2 + 1).

    >>> real, imag = rfft([1.0, 1.0])
    >>> real.tolist()
    [2.0, 0.0]
    """
    return _parts(jnp.fft.rfft(floating(x), n=fft_length))


@op(samplewise=lambda x, *_, **__: len(getattr(x[0], "shape", ())) > 1)
def irfft(x: Any, fft_length: int | None = None) -> Any:
    """The inverse of `rfft`.

    Args:
        x: pair of tensors (..., frequencies), real and imaginary part.
        fft_length: of the result. Default: 2 (frequencies - 1).

    Raises:
        ValueError: if x is no pair of one shape.

    >>> irfft(([2.0, 0.0], [0.0, 0.0])).tolist()
    [1.0, 1.0]
    """
    return jnp.fft.irfft(_complex("irfft", x), n=fft_length)


@op(samplewise=lambda x, *_, **__: len(x.shape) > 1)
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    """Pieces of the last axis, each beginning a stride after the one before.

    Args:
        x: (..., time). The result is (..., pieces, sequence_length).
        sequence_length: of a piece.
        sequence_stride: from the start of one to that of the next.

    Raises:
        ValueError: if x is shorter than one piece.

    >>> extract_sequences([0, 1, 2, 3, 4], 3, 2).tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    return signal.extract_sequences(tensor(x), sequence_length, sequence_stride)


@op(samplewise=lambda x, *_, **__: len(x.shape) > 1)
def stft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> tuple[Any, Any]:
    """The short-time Fourier transform: `rfft` of each piece of a signal, times a window.

    Args:
        x: (..., time), floats.
        sequence_length: of the window.
        sequence_stride: from one piece to the next.
        fft_length: length of the transform, at least that of the window.
        window: 'hann' (default), another of scipy.signal.get_window, values, or None for ones.
        center: whether piece i is around the time i * sequence_stride. Default: True.

    Returns:
        Real and imaginary part, each (..., pieces, fft_length // 2 + 1).

    Raises:
        ValueError: if the transform is shorter than the window, or the window unknown.

    >>> real, imag = stft([1.0] * 8, 4, 4, 4, window=None)
    >>> real[0].tolist()
    [4.0, 0.0, 0.0]
    """
    x = floating(x)
    _check_lengths("stft", sequence_length, fft_length)
    return signal.stft(x, sequence_length, sequence_stride, fft_length, window, center)


def _check_lengths(name: str, sequence_length: int, fft_length: int) -> None:
    if fft_length < sequence_length:
        raise ValueError(
            f"ops.{name}: fft_length={fft_length} must be at least sequence_length={sequence_length}."
        )


@op(samplewise=lambda x, *_, **__: len(getattr(x[0], "shape", ())) > 2)
def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """The signal whose `stft` with the same arguments is closest to x.

    The pieces are transformed back, times the window, and added up where they overlap, divided by the
    sum of the squares of the window there.

    Args:
        x: pair of tensors (..., pieces, fft_length // 2 + 1), real and imaginary part.
        sequence_length, sequence_stride, fft_length, window, center: those of `stft`.
        length: of the signal. Default: as far as the pieces reach.

    Raises:
        ValueError: if x is no pair of tensors with pieces and frequencies.

    >>> istft(stft([1.0, 2.0, 3.0, 4.0], 2, 1, 2), 2, 1, 2, length=4).round().tolist()
    [1.0, 2.0, 3.0, 4.0]

    Source: Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984.
    """
    numbers = _complex("istft", x)
    _check_lengths("istft", sequence_length, fft_length)
    if numbers.ndim < 2:
        raise ValueError(f"ops.istft needs (..., pieces, frequencies), but got {describe(x[0])}.")
    values = signal.window_values(window, sequence_length, fft_length)
    pieces = jnp.fft.irfft(numbers, n=fft_length)
    weights = jnp.asarray(values, pieces.dtype)
    count = pieces.shape[-2]
    places = jnp.arange(count)[:, None] * sequence_stride + jnp.arange(fft_length)
    total = fft_length + sequence_stride * (count - 1)
    added = jnp.zeros((*pieces.shape[:-2], total), pieces.dtype).at[..., places].add(pieces * weights)
    squares = jnp.zeros(total, pieces.dtype).at[places].add(jnp.square(weights))
    result = added / jnp.where(squares > 1e-10, squares, 1)
    start = fft_length // 2 if center else 0
    stop = total - start if length is None else start + length
    return result[..., start:stop]
