"""RandomRotation: images turned by chance while training."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from cornu.layers.preprocessing.arguments import bounds
from cornu.layers.preprocessing.base import Size
from cornu.layers.preprocessing.warping import Affine


class RandomRotation(Affine):
    """While training, turns each image around its middle by an angle, drawn between the bounds of
    `factor` times a full turn, counterclockwise.

    Args:
        factor: two bounds, in turns, within -1..1; a number f stands for (-f, f).
        fill_mode: what is outside the image: 'reflect' (default: d c b a | a b c d | d c b a), 'wrap'
            (a b c d | a b c d), 'nearest' (the border) or 'constant'.
        interpolation: 'bilinear' (default) or 'nearest'.
        seed: a whole number for the same changes in every run.
        fill_value: for 'constant', 0 by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside -1..1, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomRotation((0.25, 0.25), interpolation="nearest")
        >>> layer(np.array([[[1.0], [2.0]], [[3.0], [4.0]]]), training=True)[..., 0].tolist()
        [[2.0, 4.0], [1.0, 3.0]]
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.factor = bounds(self, "factor", factor, -1, 1)

    def draw(self, size: Size, seed: Any) -> Any:
        low, high = self.factor
        return self.uniform(seed, (size.batch,), low * 360.0, high * 360.0)

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        angle, x, y = drawn * (math.pi / 180.0), 0.5 * (width - 1), 0.5 * (height - 1)
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        return cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos


__all__ = ["RandomRotation"]
