"""Layers that spread the values of images over their range: by their ends or by their histogram."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.arguments import bounds, interval
from cornu.layers.preprocessing.base import ImageLayer, RandomImageLayer, Size, clip, rescale

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


class ContrastLimitedAdaptiveHistogramEqualization(ImageLayer):
    """Equalizes the histogram of each neighbourhood, without exaggerating the noise of flat ones.

    The image is cut into tiles. In each, counts above `clip_limit` times their mean are cut off and
    handed out evenly to all values; the sums of the counts are a curve from old values to new
    ones. A pixel gets the mean of what the curves of the four nearest tiles say, weighted by
    nearness. Acts while training and afterwards.

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        clip_limit: 4 by default; 0 for no limit.
        tile_grid_size: the number of rows and columns of tiles, (8, 8) by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, of its dtype

    Raises:
        ValueError: if `tile_grid_size` is no pair of positive whole numbers, `clip_limit` is below
            0, or `value_range` no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2))
        >>> layer(np.ones((1, 8, 8, 1))).shape
        (1, 8, 8, 1)

    Source: Zuiderveld, Contrast limited adaptive histogram equalization, Graphics Gems IV, 1994.
    """

    only_training = False

    def __init__(
        self,
        value_range: Any = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Any = (8, 8),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = interval(self, value_range, ordered=False)
        if isinstance(clip_limit, bool) or not isinstance(clip_limit, (int, float)) or clip_limit < 0:
            raise ValueError(
                f"{self._who}: clip_limit must be a number from 0 (no limit), "
                f"got clip_limit={describe(clip_limit)}. Write for instance clip_limit=4.0."
            )
        self.clip_limit = clip_limit
        if not isinstance(tile_grid_size, (tuple, list)) or len(tile_grid_size) != 2:
            raise ValueError(
                f"{self._who}: tile_grid_size must be the number of rows and of columns of tiles, "
                f"got tile_grid_size={describe(tile_grid_size)}. Write for instance (8, 8)."
            )
        for number in tile_grid_size:
            positive_int(self, "tile_grid_size", number)
        self.tile_grid_size = tile_grid_size

    def transform_images(self, images: Any, transformation: Any = None, training: bool = True) -> Any:
        changed = super().transform_images(images, transformation, training)
        return changed.astype(jnp.asarray(images).dtype)

    def apply(self, images: Any, drawn: Any) -> Any:
        height, width = images.shape[1:3]
        rows, columns = self.tile_grid_size
        high, wide = -(-height // rows), -(-width // columns)  # of a tile
        borders = ((0, 0), (0, high * rows - height), (0, wide * columns - width), (0, 0))
        values = rescale(images.astype("float32"), self.value_range, BYTES)
        levels = jnp.clip(jnp.pad(values, borders, mode="symmetric"), 0, 255).astype("int32")

        def channel(levels: Any) -> Any:
            tiles = levels.reshape(rows, high, columns, wide).swapaxes(1, 2)
            curves = jax.vmap(jax.vmap(self._curve))(tiles.reshape(rows, columns, high * wide))
            return _blend(curves, levels)

        each_channel = jax.vmap(channel, in_axes=-1, out_axes=-1)
        changed = jax.vmap(each_channel)(levels)[:, :height, :width]
        return rescale(changed, BYTES, self.value_range)

    def _curve(self, levels: Any) -> Any:
        """The new value of each of the 256 levels, by the pixels of one tile."""
        pixels = levels.shape[0]
        counts = jnp.bincount(levels, length=256).astype("float32")
        if self.clip_limit > 0:
            kept = jnp.minimum(counts, self.clip_limit * pixels / 256)
            counts = kept + (counts - kept).sum() / 256
        upto = jnp.cumsum(counts)
        rest = pixels - upto[0]
        return jnp.clip((upto - upto[0]) * 255 / jnp.where(rest == 0, 1.0, rest), 0, 255)


def _blend(curves: Any, levels: Any) -> Any:
    """Each level's new value, interpolated between the curves (rows, columns, 256) of the nearest
    tiles."""

    def nearest(length: int, tiles: int) -> tuple[Any, Any, Any]:
        place = (jnp.arange(length) - length / tiles / 2) / (length / tiles)
        low = jnp.floor(place)
        at = [jnp.clip(low + step, 0, tiles - 1).astype("int32") for step in (0, 1)]
        return at[0], at[1], place - low

    top, bottom, down = (v[:, None] for v in nearest(levels.shape[0], curves.shape[0]))
    left, right, across = nearest(levels.shape[1], curves.shape[1])
    above = curves[top, left, levels] * (1 - across) + curves[top, right, levels] * across
    below = curves[bottom, left, levels] * (1 - across) + curves[bottom, right, levels] * across
    return above * (1 - down) + below * down


class Solarization(RandomImageLayer):
    """While training, adds a number to each image and turns what is bright into its negative.

    $$y = x + a; y' = y if y < t, else 255 - y$$

    with $a$ and $t$ drawn for each image, from the first number of a factor to 255 times the
    second, and $y$ kept within 0..255. Values in another range are mapped to 0..255 for it.

    Args:
        addition_factor: for $a$: two numbers in 0..1; a number f (0 by default) stands for (0, f).
        threshold_factor: for $t$, likewise.
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if a factor is outside 0..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Solarization()
        >>> layer(np.array([[[0.0, 55.0, 255.0]]]), training=True).tolist()
        [[[255.0, 200.0, 0.0]]]
    """

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        limits = (0, 1, True, 0)
        self.addition_factor = bounds(self, "addition_factor", addition_factor, *limits)
        self.threshold_factor = bounds(self, "threshold_factor", threshold_factor, *limits)
        self.value_range = interval(self, value_range)

    def draw(self, size: Size, seed: Any) -> Any:
        return [
            self.uniform(seed, (size.batch, 1, 1, 1), low, high * 255, computed=True)
            for low, high in (self.addition_factor, self.threshold_factor)
        ]

    def apply(self, images: Any, drawn: Any) -> Any:
        addition, threshold = drawn
        values = clip(rescale(images, self.value_range, BYTES) + addition, BYTES)
        turned = jnp.where(values < threshold, values, 255 - values)
        return rescale(turned, BYTES, self.value_range)


__all__ = [
    *("AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization"),
    "Solarization",
]
