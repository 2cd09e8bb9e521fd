"""Images that by chance lose some of their color, or all of it, while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.preprocessing.arguments import fraction, need_rgb
from cornu.layers.preprocessing.base import RandomImageLayer, Size, clip
from cornu.layers.preprocessing.color import PER_IMAGE, ColorLayer
from cornu.ops.formulas.colors import rgb_to_grayscale


class RandomColorDegeneration(ColorLayer):
    """While training, mixes each image with its gray version: $y = x + f (g - x)$.

    $f$ is drawn between the bounds of `factor`.

    Args:
        factor: two bounds within -1..1; a number f stands for (-f, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside -1..1, or there are neither 3 channels nor 1.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomColorDegeneration((1.0, 1.0))
        >>> layer(np.array([[[0.0, 100.0, 0.0]]]), training=True).round(1).tolist()
        [[[58.7..., 58.7..., 58.7...]]]
    """

    draws_always = True

    def apply(self, images: Any, drawn: Any) -> Any:
        need_rgb(self, images, gray=True)
        gray = rgb_to_grayscale(images)
        return clip(images + drawn.astype(images.dtype) * (gray - images), self.value_range)


class RandomGrayscale(RandomImageLayer):
    """While training, makes each image gray with probability `factor`.

    Args:
        factor: the probability, 0.5 by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input; the channels of gray images are equal

    Raises:
        ValueError: if `factor` is outside 0..1, or there are neither 3 channels nor 1.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RandomGrayscale(1.0)(np.ones((2, 2, 3)), training=True).shape
        (2, 2, 3)
    """

    draws_always = True

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.factor = fraction(self, "factor", factor)

    def draw(self, size: Size, seed: Any) -> Any:
        return (self.uniform(seed, (size.batch,), 0, 1) < self.factor).reshape(-1, *PER_IMAGE)

    def apply(self, images: Any, drawn: Any) -> Any:
        need_rgb(self, images, gray=True)
        return jnp.where(drawn, rgb_to_grayscale(images), images)


__all__ = ["RandomColorDegeneration", "RandomGrayscale"]
