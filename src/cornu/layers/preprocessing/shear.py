"""RandomShear: images made slanting by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.preprocessing.arguments import bounds
from cornu.layers.preprocessing.base import Size
from cornu.layers.preprocessing.warping import Affine


class RandomShear(Affine):
    """While training, slants each image: rows slide along each other, and columns.

    A pixel comes from $(x + s y, y + t x)$, with $s$ drawn between the bounds of `x_factor` and $t$
    between those of `y_factor`, both with the other sign in half of the images.

    Args:
        x_factor, y_factor: two bounds within 0..1; a number f (0 by default) stands for (-f, f).
        interpolation: 'bilinear' (default) or 'nearest'.
        fill_mode: what is outside the image: 'reflect' (default: d c b a | a b c d | d c b a), 'wrap'
            (a b c d | a b c d), 'nearest' (the border) or 'constant'.
        fill_value: for 'constant', 0 by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if a factor is outside 0..1, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomShear(x_factor=0.2, seed=1)
        >>> layer(np.ones((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.x_factor = self._factor("x_factor", x_factor)
        self.y_factor = self._factor("y_factor", y_factor)

    def _factor(self, name: str, value: Any) -> tuple[float, float]:
        if isinstance(value, (tuple, list)) and len(value) == 2 and value[0] == -value[1]:
            return bounds(self, name, value, -1, 1, strict=True)  # of a configuration
        low, high = bounds(self, name, value, 0, 1, strict=True)
        return (low, high) if isinstance(value, (tuple, list)) else (0.0 - high, high)

    def draw(self, size: Size, seed: Any) -> Any:
        def each(low: float, high: float) -> Any:
            return self.uniform(seed, (size.batch, 1), low, high, computed=True)[:, 0]

        sign = jnp.where(each(0.0, 1.0) > 0.5, -1.0, 1.0)
        downward = each(*self.y_factor) * sign
        return each(*self.x_factor) * sign, downward

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        across, down = (part.astype("float32") for part in drawn)
        return 1.0, across, 0.0, down, 1.0, 0.0


__all__ = ["RandomShear"]
