"""Layers that spread the values of images over their range: by their ends or by their histogram."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.arguments import interval
from cornu.layers.preprocessing.base import ImageLayer, clip, rescale

BYTES = (0, 255)


class AutoContrast(ImageLayer):
    r"""Stretches each channel so that it fills the range: $y = (x - \min x) / (\max x - \min x)$.

    The result is mapped to `value_range`. A channel whose values are all equal stays as it is. Acts
    while training and afterwards.

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.AutoContrast()(np.array([[[10.0], [20.0], [30.0]]])).ravel().tolist()
        [0.0, 127.5, 255.0]
    """

    only_training = False

    def __init__(self, value_range: Any = (0, 255), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value_range = interval(self, value_range)

    def apply(self, images: Any, drawn: Any) -> Any:
        values = rescale(images, self.value_range, BYTES)
        low = values.min(axis=(1, 2), keepdims=True)
        spread = values.max(axis=(1, 2), keepdims=True) - low
        scale = 255.0 / jnp.where(spread > 0, spread, 1.0)
        stretched = clip(values * scale - low * scale, BYTES)
        return jnp.where(spread > 0, rescale(stretched, BYTES, self.value_range), images)


class Equalization(ImageLayer):
    r"""While training, makes the values of each channel equally frequent.

    $$y = 255 \frac{c(x) - c_{\min}}{n - c_{\min}}$$

    where $c(x)$ counts the pixels of the channel up to the value $x$, and $n$ all of them. Every
    image has its own histogram. (Keras 3.15 takes one over the whole batch, so that an image's
    result depends on its neighbours.)

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        bins: the number of values that are told apart, 256 by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `bins` is no positive whole number or `value_range` no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> image = np.array([[[10.0], [11.0], [12.0]]])
        >>> cornu.layers.Equalization()(image, training=True).ravel().tolist()
        [0.0, 128.0, 255.0]
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.bins = positive_int(self, "bins", bins)
        self.value_range = interval(self, value_range)

    def apply(self, images: Any, drawn: Any) -> Any:
        values = rescale(images, self.value_range, BYTES)
        bins = jnp.clip(values * (self.bins - 1) / 255.0, 0, self.bins - 1).astype("int32")

        def channel(bins: Any, values: Any) -> Any:
            counts = jnp.bincount(bins.ravel(), length=self.bins)
            upto = jnp.cumsum(counts)
            first = jnp.min(jnp.where(counts > 0, upto, upto[-1]))
            table = jnp.round((upto - first) * 255 / jnp.maximum(upto[-1] - first, 1))
            return jnp.where((counts > 0).sum() > 1, table[bins], values)

        each_channel = jax.vmap(channel, in_axes=-1, out_axes=-1)
        return rescale(jax.vmap(each_channel)(bins, values), BYTES, self.value_range)


__all__ = ["AutoContrast", "Equalization"]
