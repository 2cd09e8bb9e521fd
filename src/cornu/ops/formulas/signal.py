"""Functions of signals: frames, the short-time Fourier transform, and the mel scale."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape

MEL_BREAK, MEL_SCALE = 700.0, 1127.0  # Hz, mel; O'Shaughnessy, Speech communication, 1987


def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> jax.Array:
    """Pieces of a signal, each beginning a stride after the one before.

    Args:
        x: (..., time).
        sequence_length: of a piece.
        sequence_stride: from the start of one to that of the next.

    Raises:
        ValueError: if the signal is shorter than one piece.

    >>> import numpy as np
    >>> extract_sequences(np.arange(5), 3, 2).tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    x = jnp.asarray(x)
    if x.shape[-1] < sequence_length:
        raise ValueError(
            f"The signal has {x.shape[-1]} values (shape {show_shape(known_shape(x.shape))}), too few "
            f"for a single piece of {sequence_length}. Give a longer signal, or take shorter pieces."
        )
    count = (x.shape[-1] - sequence_length) // sequence_stride + 1
    starts = jnp.arange(count)[:, None] * sequence_stride
    return x[..., starts + jnp.arange(sequence_length)]


def window_values(window: Any, length: int, size: int) -> Any:
    """A window by name or values, in the middle of `size` values; ones for None."""
    if window is None:
        return np.ones(size)
    if isinstance(window, str):
        from scipy.signal import get_window  # a part of what JAX needs, slow to import

        try:
            window = get_window(window, length)
        except ValueError:
            raise ValueError(
                f"Unknown window {window!r}. Write the name of one that scipy.signal.get_window knows, "
                "such as 'hann' or 'hamming', or give its values."
            ) from None
    values = np.asarray(window)
    if values.shape != (length,):
        raise ValueError(
            f"window must have sequence_length={length} values, but it is {describe(values)}. "
            "Give as many, or a name such as 'hann'."
        )
    before = (size - length) // 2
    return np.pad(values, (before, size - length - before))


def stft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> tuple[jax.Array, jax.Array]:
    """The short-time Fourier transform: the frequencies in each piece of a signal.

    Args:
        x: (..., time), floats.
        sequence_length: of the window.
        sequence_stride: from one piece to the next.
        fft_length: length of the transform, at least that of the window.
        window: a name such as 'hann', `sequence_length` values, or None for ones.
        center: whether piece i is around the time i * sequence_stride: then the signal is continued
            on both sides by its mirror image.

    Returns:
        Real and imaginary part, each (..., pieces, fft_length // 2 + 1).

    >>> import numpy as np
    >>> real, imag = stft(np.ones(8, "float32"), 4, 4, 4, window=None)
    >>> real.shape, real[0].tolist()
    ((3, 3), [4.0, 0.0, 0.0])
    """
    x = jnp.asarray(x)
    if center:
        borders = [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)]
        x = jnp.pad(x, borders, mode="reflect")
    pieces = extract_sequences(x, fft_length, sequence_stride)
    weights = jnp.asarray(window_values(window, sequence_length, fft_length), x.dtype)
    transformed = jnp.fft.rfft(pieces * weights, fft_length)
    return jnp.real(transformed), jnp.imag(transformed)


def linear_to_mel_weight_matrix(
    num_mel_bins: int,
    num_spectrogram_bins: int,
    sampling_rate: float,
    lower_edge_hertz: float,
    upper_edge_hertz: float,
) -> np.ndarray[Any, Any]:
    """What each frequency of a spectrum adds to each mel band: triangles that are equally wide in mel.

    mel(f) = 1127 ln(1 + f / 700), as loudness of pitch is heard.

    Args:
        num_mel_bins: number of bands.
        num_spectrogram_bins: number of frequencies, evenly from 0 to half of the sampling rate.
        sampling_rate: in Hz.
        lower_edge_hertz, upper_edge_hertz: where the first band begins and the last one ends.

    Returns:
        (num_spectrogram_bins, num_mel_bins).

    >>> linear_to_mel_weight_matrix(2, 5, 8000, 100, 4000).round(2).tolist()
    [[0.0, 0.0], [0.72, 0.28], [0.0, 0.94], [0.0, 0.41], [0.0, 0.0]]
    """

    def mel(hertz: Any) -> Any:
        return MEL_SCALE * np.log(1.0 + np.asarray(hertz, "float64") / MEL_BREAK)

    edges = np.linspace(mel(lower_edge_hertz), mel(upper_edge_hertz), num_mel_bins + 2)
    frequencies = mel(np.linspace(0, sampling_rate / 2, num_spectrogram_bins))[:, None]
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    matrix = np.maximum(0.0, np.minimum(rising, falling))
    matrix[0] = 0.0  # the constant part of the signal is in no band
    return matrix
