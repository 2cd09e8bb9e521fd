"""Brightness and contrast of images, changed by chance while training."""

from __future__ import annotations

from typing import Any

from cornu.layers.preprocessing.base import Size, clip
from cornu.layers.preprocessing.color import PER_IMAGE, ColorLayer


class RandomBrightness(ColorLayer):
    """While training, adds a random number to each image: $y = x + d (v_1 - v_0)$.

    $d$ is drawn between the bounds of `factor`, $v_0$ and $v_1$ are the ends of `value_range`,
    which the result does not leave.

    Args:
        factor: two bounds within -1..1; a number f stands for (-f, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside -1..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomBrightness((0.2, 0.2), value_range=(0, 1))
        >>> layer(np.full((1, 1, 1), 0.5), training=True).item()
        0.699...
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(factor, value_range, seed=seed, **kwargs)

    def apply(self, images: Any, drawn: Any) -> Any:
        low, high = self.value_range
        return clip(images + (drawn * (high - low)).astype(images.dtype), self.value_range)


class RandomContrast(ColorLayer):
    """While training, spreads or narrows each channel around its mean: $y = m + c (x - m)$.

    $c$ is drawn from $1 - f_0$ to $1 + f_1$, with $f_0$ and $f_1$ the two numbers of `factor`.

    Args:
        factor: two numbers in 0..1; a number f stands for (0, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomContrast((0.5, 0.5), seed=1)
        >>> layer(np.full((2, 2, 1), 7.0), training=True)[..., 0].tolist()
        [[7.0, 7.0], [7.0, 7.0]]
    """

    factor_bounds = (0, 1)
    ordered = False

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(factor, value_range, seed=seed, **kwargs)

    def draw(self, size: Size, seed: Any) -> Any:
        low, high = 1.0 - self.factor[0], 1.0 + self.factor[1]
        return self.uniform(seed, (size.batch, *PER_IMAGE), low, high, computed=True)

    def apply(self, images: Any, drawn: Any) -> Any:
        mean = images.mean(axis=(1, 2), keepdims=True)
        return clip((images - mean) * drawn + mean, self.value_range)


__all__ = ["RandomBrightness", "RandomContrast"]
