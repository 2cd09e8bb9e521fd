"""`tf.signal`: Fourier transforms, and signals in pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.compat.tensorflow.rows import named
from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError, describe

_PLAIN = {"fft": jnp.fft.fft, "ifft": jnp.fft.ifft, "fft2d": jnp.fft.fft2, "ifft2d": jnp.fft.ifft2}
_WINDOWS = {"hann_window": 0.5, "hamming_window": 0.54}
__all__ = [
    *(*_PLAIN, *_WINDOWS, "dct", "fftshift", "frame", "ifftshift", "inverse_stft", "irfft"),
    *(
        "linear_to_mel_weight_matrix",
        "mfccs_from_log_mel_spectrograms",
        "overlap_and_add",
        "rfft",
        "stft",
    ),
]


def _transform(name: str, function: Any) -> Callable[[Any], Any]:
    @named
    def call(input: Any) -> Any:
        return function(convert_to_tensor(input))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The transform `{name}` of complex numbers along the last axes."
    return call


def _window(name: str, mean: float) -> Callable[..., Any]:
    @named
    def call(window_length: int, periodic: bool = True, dtype: Any = "float32") -> Any:
        length = int(window_length)
        if length == 1:
            return jnp.ones(1, dtypes.standardize(dtype))
        turns = np.arange(length) / (length if periodic else length - 1)
        return jnp.asarray(mean - (1 - mean) * np.cos(2 * np.pi * turns), dtypes.standardize(dtype))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{mean} - {1 - mean:.2f} cos(2πn/N): a window that is small at both ends."
    return call


globals().update({name: _transform(name, function) for name, function in _PLAIN.items()})
globals().update({name: _window(name, mean) for name, mean in _WINDOWS.items()})
_hann: Any = globals()["hann_window"]


@named
def rfft(input_tensor: Any, fft_length: Any = None) -> Any:
    """The half of the transform of real numbers that is not mirrored, as complex numbers."""
    return jnp.fft.rfft(convert_to_tensor(input_tensor), _length(fft_length))


@named
def irfft(input_tensor: Any, fft_length: Any = None) -> Any:
    """The inverse of `rfft`."""
    return jnp.fft.irfft(convert_to_tensor(input_tensor), _length(fft_length))


def _length(given: Any) -> int | None:
    return None if given is None else int(np.asarray(given).item())


@named
def fftshift(x: Any, axes: Any = None) -> Any:
    """The frequency 0 in the middle."""
    return jnp.fft.fftshift(convert_to_tensor(x), axes)


@named
def ifftshift(x: Any, axes: Any = None) -> Any:
    """The inverse of `fftshift`."""
    return jnp.fft.ifftshift(convert_to_tensor(x), axes)


@named
def frame(
    signal: Any,
    frame_length: int,
    frame_step: int,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
) -> Any:
    """Pieces of an axis, each beginning `frame_step` after the one before.

    >>> frame([0, 1, 2, 3], 2, 1).tolist()
    [[0, 1], [1, 2], [2, 3]]
    """
    x = jnp.moveaxis(convert_to_tensor(signal), axis, -1)
    total, length, step = x.shape[-1], int(frame_length), int(frame_step)
    count = -(-total // step) if pad_end else max(total - length, -step) // step + 1
    if pad_end:
        room = max((count - 1) * step + length - total, 0)
        x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, room)], constant_values=pad_value)
    found = x[..., np.arange(count)[:, None] * step + np.arange(length)]
    place = axis % np.ndim(signal)
    return jnp.moveaxis(found, (-2, -1), (place, place + 1))


@named
def overlap_and_add(signal: Any, frame_step: int) -> Any:
    """Pieces added up, each `frame_step` behind the one before."""
    x = convert_to_tensor(signal)
    count, length = x.shape[-2:]
    places = np.arange(count)[:, None] * int(frame_step) + np.arange(length)
    total = jnp.zeros((*x.shape[:-2], (count - 1) * int(frame_step) + length), x.dtype)
    return total.at[..., places].add(x)


def _values(window_fn: Any, length: int, dtype: Any) -> Any:
    return jnp.ones(length, dtype) if window_fn is None else window_fn(length, dtype=str(dtype))


@named
def stft(
    signals: Any,
    frame_length: int,
    frame_step: int,
    fft_length: int | None = None,
    window_fn: Any = _hann,
    pad_end: bool = False,
) -> Any:
    """`rfft` of each piece of a signal, times a window; by default `fft_length` is a
    power of two."""
    x = convert_to_tensor(signals)
    length = int(frame_length)
    size = 2 ** max(length - 1, 0).bit_length() if fft_length is None else int(fft_length)
    pieces = frame(x, length, frame_step, pad_end) * _values(window_fn, length, x.dtype)
    return jnp.fft.rfft(pieces, size)


@named
def inverse_stft(
    stfts: Any, frame_length: int, frame_step: int, fft_length: int | None = None, window_fn: Any = _hann
) -> Any:
    """The pieces transformed back, times the window, and added up."""
    x = convert_to_tensor(stfts)
    length = int(frame_length)
    size = 2 ** max(length - 1, 0).bit_length() if fft_length is None else int(fft_length)
    pieces = jnp.fft.irfft(x, size)[..., :length]
    return overlap_and_add(pieces * _values(window_fn, length, pieces.dtype), frame_step)


@named
def dct(input: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The cosine transform, of type 2.

    Raises:
        NotBuiltYetError: for another type, `n` or axis.
    """
    if (type, n, axis) != (2, None, -1):
        raise NotBuiltYetError("tf.signal.dct is built for type=2 along the last axis, without n.")
    if norm not in (None, "ortho"):
        raise ValueError(f"tf.signal.dct: norm must be None or 'ortho', got {describe(norm)}.")
    return jax.scipy.fft.dct(convert_to_tensor(input), norm=norm)


def _mel(hertz: Any) -> Any:
    return 1127.0 * np.log1p(hertz / 700.0)


@named
def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: int = 129,
    sample_rate: float = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: Any = "float32",
) -> Any:
    """The weights that make mel bands of frequencies: (num_spectrogram_bins, num_mel_bins).

    Source: HTK, The HTK Book, 2006.
    """
    frequencies = np.linspace(0, sample_rate / 2, num_spectrogram_bins)[1:]
    mels = _mel(frequencies)[:, None]
    edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), num_mel_bins + 2)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    weights = np.maximum(0, np.minimum((mels - low) / (middle - low), (high - mels) / (high - middle)))
    return jnp.asarray(np.pad(weights, ((1, 0), (0, 0))), dtypes.standardize(dtype))


@named
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any) -> Any:
    """The cepstrum of mel bands: their cosine transform, divided by √(2 bands)."""
    x = convert_to_tensor(log_mel_spectrograms)
    return dct(x) / np.sqrt(2.0 * x.shape[-1])
