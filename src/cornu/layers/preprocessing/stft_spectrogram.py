"""STFTSpectrogram: sound as its frequencies over time."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import describe, show_shape, warn
from cornu.core.settings import epsilon
from cornu.core.symbolic import known_shape
from cornu.core.variable import Variable
from cornu.initializers.constant import STFT
from cornu.layers.arguments import positive_int
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.layers.spatial import data_format_of
from cornu.ops.formulas.image import known
from cornu.ops.formulas.signal import extract_sequences, window_values


class STFTSpectrogram(Layer):
    r"""The short-time Fourier transform of a signal, as a convolution whose kernels can be trained.

    $$X_{tf} = \sum_n w_n x_{ts + n} e^{-2 \pi i n f / F}$$

    with the window $w$, the step $s$ and the length $F$ of the transform; cosines and sines are the
    weights.

    Args:
        mode: 'log' (default) of the magnitude $|X|$, 'magnitude', 'psd' (power, frequencies between
            the first and last counted twice), 'real', 'imag', 'angle', or 'stft' (real and imaginary
            part one after another).
        frame_length: length of the window, 256 by default.
        frame_step: $s$; half of the window by default.
        fft_length: $F$; the next power of two from `frame_length` by default.
        window: a name that scipy.signal.get_window knows, 'hann' by default, its values, or None.
        periodic: whether the window is periodic.
        scaling: 'density' (default) divides by $\sqrt{\sum w^2}$, 'spectrum' by $\sum |w|$.
        padding: 'valid' (default), or 'same' for a piece at every step.
        expand_dims: whether channels keep an axis of their own.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, time, channels), with channels first (batch, channels, time)

    Output shape:
        (batch, pieces, channels * frequencies), expanded (batch, pieces, frequencies, channels);
        with channels first (batch, channels * frequencies, pieces) and (batch, channels, pieces,
        frequencies). There are F / 2 + 1 frequencies, twice as many with 'stft'.

    Raises:
        ValueError: if a word is not known, or a length does not fit the others.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.STFTSpectrogram("magnitude", frame_length=16, frame_step=8)
        >>> layer(np.ones((1, 32, 1))).shape
        (1, 3, 9)
    """

    samplewise = True
    real_kernel: Variable
    imag_kernel: Variable
    MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        who = f'STFTSpectrogram "{self.name}"'
        self.mode = known(who, "mode", mode, self.MODES)
        self.frame_length = positive_int(self, "frame_length", frame_length)
        self.frame_step = frame_step
        self.fft_length = fft_length
        if frame_step is not None and positive_int(self, "frame_step", frame_step) > frame_length:
            raise ValueError(
                f"{who}: frame_step must be at most frame_length={frame_length}, or parts of the signal "
                f"would be left out; got frame_step={frame_step}."
            )
        if fft_length is not None and positive_int(self, "fft_length", fft_length) < frame_length:
            raise ValueError(
                f"{who}: fft_length must be at least frame_length={frame_length}, "
                f"got fft_length={fft_length}."
            )
        if fft_length is not None and fft_length & (fft_length - 1):
            warn(f"{who}: fft_length={fft_length} is no power of two, as is usual for the transform.")
        window_values(window, self.frame_length, self.frame_length)
        self.window = window
        self.periodic = periodic
        known(who, "scaling", scaling or "density", ("density", "spectrum"))
        self.scaling = scaling
        self.padding = known(who, "padding", padding, ("valid", "same"))
        self.expand_dims = expand_dims
        self.data_format = data_format_of(self, data_format)
        self.input_spec = InputSpec(ndim=3)

    @property
    def _step(self) -> int:
        return self.frame_step or max(self.frame_length // 2, 1)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        length = self.fft_length or 1 << (self.frame_length - 1).bit_length()
        shape = (self.frame_length, 1, length // 2 + 1)
        for side, other in (("real", "imag"), ("imag", "real")):
            if self.mode != other:
                kernel = STFT(side, self.window, self.scaling, self.periodic)
                setattr(self, f"{side}_kernel", self.add_weight(shape, kernel, name=f"{side}_kernel"))

    def call(self, inputs: jax.Array) -> jax.Array:
        if not jnp.issubdtype(inputs.dtype, jnp.floating):
            raise TypeError(
                f'STFTSpectrogram "{self.name}" takes a signal of floats, but got '
                f"{describe(inputs)}. Write x.astype('float32')."
            )
        signal = inputs if self.data_format == "channels_first" else jnp.swapaxes(inputs, 1, 2)
        pieces = self._pieces(signal)
        if self.mode == "real":
            return self._arranged(pieces @ self.real_kernel.value[:, 0])
        imag = pieces @ self.imag_kernel.value[:, 0]
        if self.mode == "imag":
            return self._arranged(imag)
        real = pieces @ self.real_kernel.value[:, 0]
        return self._arranged(self._combined(real, imag))

    def _combined(self, real: Any, imag: Any) -> Any:
        """What the mode asks for, from both parts (batch, channels, pieces, frequencies)."""
        if self.mode == "angle":
            return jnp.arctan2(imag, real)
        if self.mode == "stft":
            return jnp.concatenate([real, imag], axis=-1)
        power = real**2 + imag**2
        if self.mode == "psd":
            return power.at[..., 1:-1].multiply(2)
        magnitude = jnp.sqrt(jnp.maximum(power, epsilon()))
        return magnitude if self.mode == "magnitude" else jnp.log(jnp.maximum(magnitude, epsilon()))

    def _pieces(self, signal: Any) -> Any:
        """The windows of a signal (batch, channels, time), along a new axis before the last."""
        time = signal.shape[-1]
        if self.padding == "same":
            steps = (time + self._step - 1) // self._step - 1
            missing = max(steps * self._step + self.frame_length - time, 0)
            borders = ((0, 0), (0, 0), (missing // 2, missing - missing // 2))
            signal = jnp.pad(signal, borders)
        elif time < self.frame_length:
            raise ValueError(
                f'STFTSpectrogram "{self.name}": the signal has {time} values in time '
                f"({self.data_format}), fewer than frame_length={self.frame_length}: a batch of shape "
                f"{show_shape(known_shape(signal.shape))} as (batch, channels, time). Take a shorter "
                "frame_length, or padding='same'."
            )
        return extract_sequences(signal, self.frame_length, self._step)

    def _arranged(self, outputs: Any) -> Any:
        """(batch, channels, pieces, frequencies) in the order that is asked for."""
        batch, channels, pieces, frequencies = outputs.shape
        first = self.data_format == "channels_first"
        if self.expand_dims:
            return outputs if first else outputs.transpose(0, 2, 3, 1)
        together = outputs.transpose(0, 1, 3, 2).reshape(batch, channels * frequencies, pieces)
        return together if first else together.transpose(0, 2, 1)


__all__ = ["STFTSpectrogram"]
