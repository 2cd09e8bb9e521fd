"""Up-sampling: more steps, larger images and volumes, by repeating numbers or drawing curves through
them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.layers.spatial import Spatial, one_of, sizes

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class UpSampling(Spatial):
    """What the layers of this file share."""

    samplewise = True
    size: Any

    def call(self, inputs: jax.Array) -> jax.Array:
        factors = (self.size,) if isinstance(self.size, int) else self.size
        for axis, times in zip(self.axes, factors, strict=True):
            inputs = jnp.repeat(inputs, times, axis) if times > 1 else inputs
        return inputs


class UpSampling1D(UpSampling):
    """Repeats each step of a sequence.

    Args:
        size: how often, 2 by default.

    Input shape:
        (batch, steps, channels)

    Output shape:
        (batch, size * steps, channels)

    Raises:
        TypeError: if `size` is no whole number.
        ValueError: if it is below 1.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.UpSampling1D(2)(np.array([[[1.0], [2.0]]])).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0]
    """

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        (self.size,) = sizes(self, "size", size, wrong_type=TypeError)
        self._over("channels_last")


class UpSampling2D(UpSampling):
    """Makes images larger by whole factors.

    Args:
        size: factors for (height, width), or one for both; (2, 2) by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        interpolation: 'nearest' (default), which repeats rows and columns; 'bilinear', 'bicubic',
            'lanczos3' or 'lanczos5', which draw curves through the pixels.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        the same rank, with height and width times their factors

    Raises:
        ValueError: if a factor is no whole number above 0, or the interpolation is unknown.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[0.0, 1.0]]).reshape(1, 1, 2, 1)
        >>> cornu.layers.UpSampling2D((1, 2))(x).ravel().tolist()
        [0.0, 0.0, 1.0, 1.0]
        >>> cornu.layers.UpSampling2D((1, 2), interpolation="bilinear")(x).ravel().tolist()
        [0.0, 0.25, 0.75, 1.0]

    Source: Keys, Cubic convolution interpolation for digital image processing, 1981; Duchon,
    Lanczos filtering in one and two dimensions, 1979.
    """

    rank = 2
    samplewise = True

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.size = sizes(self, "size", size)
        self.interpolation = one_of(self, "interpolation", interpolation, INTERPOLATIONS)
        self._over(data_format)

    def call(self, inputs: jax.Array) -> jax.Array:
        if self.interpolation == "nearest":
            return super().call(inputs)
        shape = list(inputs.shape)
        for axis, times in zip(self.axes, self.size, strict=True):
            shape[axis] = shape[axis] * times
        return jax.image.resize(inputs, shape, self.interpolation, antialias=False)


class UpSampling3D(UpSampling):
    """Makes volumes larger by whole factors: each number is repeated along the axes of space.

    Args:
        size: factors for (depth, height, width), or one for all; (2, 2, 2) by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        the same rank, with the sizes of space times their factors

    Raises:
        ValueError: if a factor is no whole number above 0.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.UpSampling3D((1, 2, 3))(np.ones((1, 2, 2, 2, 5))).shape
        (1, 2, 4, 6, 5)
    """

    rank = 3

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = sizes(self, "size", size)
        self._over(data_format)


__all__ = ["UpSampling1D", "UpSampling2D", "UpSampling3D"]
