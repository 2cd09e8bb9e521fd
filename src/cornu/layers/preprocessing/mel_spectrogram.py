"""MelSpectrogram: sound as its energy over time and pitch, as the ear hears it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.layers.arguments import positive_int
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.ops.formulas.signal import linear_to_mel_weight_matrix, stft, window_values


class MelSpectrogram(Layer):
    r"""The loudness of a sound in bands of pitch, as it changes with time.

    The short-time Fourier transform gives magnitudes $|X|$, their power $|X|^p$ is summed up in bands
    that are equally wide in mel, and told in decibels: $10 \log_{10} \max(S, \epsilon)$ less that of
    `ref_power`, nothing more than `top_db` below the loudest value of the batch.

    Args:
        fft_length: length of the transform, 2048 by default.
        sequence_stride: from one piece of the sound to the next, 512 by default.
        sequence_length: length of the window; `fft_length` by default.
        window: 'hann' (default) or another name, its values, or None.
        sampling_rate: of the sound, in Hz; 16000 by default.
        num_mel_bins: number of bands, 128 by default.
        min_freq: where the first band begins, 20 Hz by default.
        max_freq: where the last one ends; half of the sampling rate by default.
        power_to_db: whether to tell it in decibels.
        top_db: the range of decibels, 80 by default.
        mag_exp: $p$, 2 by default.
        min_power: $\epsilon$, 1e-10 by default.
        ref_power: what 0 dB are, 1 by default.

    Input shape:
        (time,) or (batch, time)

    Output shape:
        (num_mel_bins, pieces) or (batch, num_mel_bins, pieces), pieces = 1 + time // stride

    Raises:
        ValueError: if a number is not positive, or the window is longer than the transform.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.MelSpectrogram(num_mel_bins=8, fft_length=64, sequence_stride=32)
        >>> layer(np.ones((2, 320))).shape
        (2, 8, 11)
    """

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.fft_length = positive_int(self, "fft_length", fft_length)
        self.sequence_stride = positive_int(self, "sequence_stride", sequence_stride)
        length = fft_length if sequence_length is None else sequence_length
        self.sequence_length = positive_int(self, "sequence_length", length)
        if self.sequence_length > self.fft_length:
            raise ValueError(
                f'MelSpectrogram "{self.name}": fft_length must be at least sequence_length, the length '
                f"of the window, got fft_length={fft_length} and sequence_length={sequence_length}."
            )
        self.window = window
        window_values(window, self.sequence_length, self.fft_length)
        numbers = {"sampling_rate": sampling_rate, "mag_exp": mag_exp, "min_power": min_power}
        for name, value in {**numbers, "top_db": top_db}.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(
                    f'MelSpectrogram "{self.name}": {name} must be a number above 0, '
                    f"got {name}={describe(value)}."
                )
        self.sampling_rate = sampling_rate
        self.num_mel_bins = positive_int(self, "num_mel_bins", num_mel_bins)
        self.min_freq = min_freq
        self.max_freq = int(sampling_rate / 2) if max_freq is None else max_freq
        if not 0 <= self.min_freq < self.max_freq:
            raise ValueError(
                f'MelSpectrogram "{self.name}": min_freq must be below max_freq, and not below 0; got '
                f"min_freq={min_freq} and max_freq={self.max_freq} (Hz)."
            )
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: jax.Array) -> jax.Array:
        floats = self.compute_dtype if self.compute_dtype == "float64" else "float32"
        real, imag = stft(
            inputs.astype(floats),
            self.sequence_length,
            self.sequence_stride,
            self.fft_length,
            self.window,
        )
        power = jnp.sqrt(real**2 + imag**2) ** self.mag_exp
        bands = linear_to_mel_weight_matrix(
            self.num_mel_bins,
            self.fft_length // 2 + 1,
            self.sampling_rate,
            self.min_freq,
            self.max_freq,
        )
        spectrogram = power @ jnp.asarray(bands, floats)
        if self.power_to_db:
            spectrogram = self._decibels(spectrogram)
        return jnp.swapaxes(spectrogram, -1, -2).astype(self.compute_dtype)

    def _decibels(self, power: Any) -> Any:
        def bels(power: Any) -> Any:
            return jnp.log10(jnp.maximum(power, self.min_power))

        loud = 10.0 * (bels(power) - bels(abs(self.ref_power)))
        return jnp.maximum(loud, jnp.max(loud, initial=-jnp.inf) - self.top_db)


__all__ = ["MelSpectrogram"]
