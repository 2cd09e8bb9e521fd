"""Values spread over their range by the histograms of parts of the image."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.arguments import interval
from cornu.layers.preprocessing.base import ImageLayer, rescale
from cornu.layers.preprocessing.contrast import BYTES


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


__all__ = ["ContrastLimitedAdaptiveHistogramEqualization"]
