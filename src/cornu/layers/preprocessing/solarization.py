"""Solarization: what is bright turns into its negative."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.preprocessing.arguments import bounds, interval
from cornu.layers.preprocessing.base import RandomImageLayer, Size, clip, rescale
from cornu.layers.preprocessing.contrast import BYTES


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


__all__ = ["Solarization"]
