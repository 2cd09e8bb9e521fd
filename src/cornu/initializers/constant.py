"""Initializers without chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean, show_shape
from cornu.initializers.base import Initializer, known, numpy_dtype


class Zeros(Initializer):
    """All weights 0.

    Example:
        >>> Zeros()((2,))
        array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return np.zeros(known(self, shape), numpy_dtype(dtype))


class Ones(Initializer):
    """All weights 1.

    Example:
        >>> Ones()((2,))
        array([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return np.ones(known(self, shape), numpy_dtype(dtype))


class Constant(Initializer):
    """All weights the same number.

    Args:
        value: the number, or an array that broadcasts to the weight's shape; 0 by default.

    Raises:
        ValueError: if an array does not broadcast to the shape.

    Example:
        >>> Constant(2.0)((2,))
        array([2., 2.], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        shape, value = known(self, shape), np.asarray(self.value)
        try:
            return np.broadcast_to(value.astype(numpy_dtype(dtype)), shape).copy()
        except ValueError:
            raise ValueError(
                f"Constant: value has shape {show_shape(value.shape)}, which does not fit the "
                f"weight's shape {show_shape(shape)}. Write one number, such as value=0.1."
            ) from None


class Identity(Initializer):
    """gain times the identity matrix.

    Args:
        gain: 1 by default.

    Raises:
        ValueError: if the shape has not two sizes.

    Example:
        >>> Identity(2.0)((2, 2)).tolist()
        [[2.0, 0.0], [0.0, 2.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        rows, columns = known(self, shape, rank=2)
        return (self.gain * np.eye(rows, columns)).astype(numpy_dtype(dtype))


class STFT(Initializer):
    """Kernels of a convolution that computes a short-time Fourier transform.

    w[t] cos(-2π t f / F) or w[t] sin(-2π t f / F), at time t and frequency f of F, for a window w.

    Args:
        side: 'real' (default, the cosines) or 'imag' (the sines).
        window: a window's name as `scipy.signal.get_window` knows it, its values, or None for
            none; 'hann' by default.
        scaling: 'density' (default) divides by √Σw², 'spectrum' by Σ|w|, None by nothing.
        periodic: whether the window is periodic; False by default.

    Shapes:
        (T, 1, F / 2 + 1), with T the length of the window.

    Raises:
        ValueError: if `side` or `scaling` is unknown, or the window's length is not T.

    Example:
        >>> STFT(window=None)((2, 1, 2)).round(1).tolist()
        [[[1.0, 1.0]], [[1.0, -1.0]]]
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        for name, value, options in (
            ("side", side, ("real", "imag")),
            ("scaling", scaling, ("density", "spectrum", None)),
        ):
            if value not in options:
                hint = did_you_mean(str(value), [option for option in options if option])
                raise ValueError(f"STFT: unknown {name}={value!r}. {hint}")
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        length, _, frequencies = known(self, shape, rank=3)
        floats = numpy_dtype(dtype)
        time = np.arange(length).astype(floats).reshape(-1, 1, 1)
        bands = np.arange(frequencies).astype(floats) / np.asarray(2 * (frequencies - 1), floats)
        angle = -2 * time * bands * np.asarray(np.pi, floats)
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        return (kernel * self._window(length, floats)).astype(floats)

    def _window(self, length: int, floats: np.dtype[Any]) -> Any:
        """The scaled window, as a column."""
        if self.window is None:
            return np.ones((), floats)
        values = self.window
        if isinstance(values, str):
            from scipy.signal import get_window  # a part of what JAX needs, slow to import

            values = get_window(values, length, self.periodic)
        values = np.asarray(values).astype(floats)
        if values.shape != (length,):
            raise ValueError(
                f"STFT: window has shape {show_shape(values.shape)}, but the kernel is {length} "
                f"long. Give {length} values, or a name such as window='hann'."
            )
        if self.scaling == "density":
            values = values / np.sqrt(np.sum(values**2))
        elif self.scaling == "spectrum":
            values = values / np.sum(np.abs(values))
        return values.reshape(length, 1, 1)
