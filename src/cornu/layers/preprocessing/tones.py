"""Images that by chance keep fewer tones, or get the opposite ones, while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu import random
from cornu.layers.preprocessing.base import Size, rescale
from cornu.layers.preprocessing.color import PER_IMAGE, ColorLayer


class RandomPosterization(ColorLayer):
    """While training, keeps only the highest bits of each value: $y = ⌊x / 2^{8-n}⌋ 2^{8-n}$.

    $n$ is the number of bits: drawn from the first number of `factor` to the one before the
    second.

    Args:
        factor: two numbers of bits within 1..8, or one number n for (1, n).
        value_range: the smallest and largest value of a pixel, (0, 255) by default; for the
            formula it is mapped to 0..255.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 1..8 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomPosterization((2, 2))
        >>> layer(np.array([[[10.0, 70.0, 200.0]]]), training=True).tolist()
        [[[0.0, 64.0, 192.0]]]
    """

    factor_bounds = (1, 8)
    draws_always = True

    def draw(self, size: Size, seed: Any) -> Any:
        low, high = self.factor
        if low == high:
            return jnp.full((size.batch, *PER_IMAGE), 8 - low, "uint8")
        bits = random.randint((size.batch,), low, high, "uint8", seed.next())
        return (8 - bits).reshape(-1, *PER_IMAGE)

    def apply(self, images: Any, drawn: Any) -> Any:
        values = rescale(images, self.value_range, (0, 255)).astype("uint8")
        kept = (values >> drawn << drawn).astype(images.dtype)
        return rescale(kept, (0, 255), self.value_range)


class RandomInvert(ColorLayer):
    """While training, turns some images into their negatives: $y = v_0 + v_1 - x$.

    Each image with a probability that is drawn between the bounds of `factor`.

    Args:
        factor: two probabilities; a number p (1 by default) stands for (0, p).
        value_range: $v_0$ and $v_1$, the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomInvert((1.0, 1.0))
        >>> layer(np.full((1, 1, 1), 55.0), training=True).item()
        200.0
    """

    factor_bounds = (0, 1)
    ordered = False

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def draw(self, size: Size, seed: Any) -> Any:
        return self.chosen(size, seed)

    def apply(self, images: Any, drawn: Any) -> Any:
        low, high = self.value_range
        return jnp.where(drawn, low + high - images, images)


__all__ = ["RandomInvert", "RandomPosterization"]
