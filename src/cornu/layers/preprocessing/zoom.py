"""RandomZoom: images made larger or smaller by chance while training."""

from __future__ import annotations

from typing import Any

from cornu.core.errors import describe
from cornu.layers.preprocessing.arguments import bounds
from cornu.layers.preprocessing.base import Size
from cornu.layers.preprocessing.warping import Affine


class RandomZoom(Affine):
    """While training, makes what is in each image smaller or larger, around its middle.

    A drawn number above 0 shows more of the surroundings (zooming out), below 0 less (zooming in):
    0.2 makes things 1 / 1.2 times as large.

    Args:
        height_factor: two bounds above -1 and up to 1; a number f stands for (-f, f).
        width_factor: likewise; None (default) for that of the height, which keeps the proportions.
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
        ValueError: if a factor is outside its bounds, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomZoom((1.0, 1.0), fill_mode="constant")
        >>> layer(np.ones((1, 4, 1)), training=True)[..., 0].round(2).tolist()
        [[0.0, 1.0, 1.0, 0.0]]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
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
        self.height_factor = height_factor
        self.width_factor = width_factor
        factors = {"height_factor": height_factor}
        if width_factor is not None:
            factors["width_factor"] = width_factor
        self._bounds = [bounds(self, name, f, -1, 1, strict=True) for name, f in factors.items()]
        for name, (low, _) in zip(factors, self._bounds, strict=True):
            if low <= -1:
                raise ValueError(
                    f"{self._who}: {name} must be above -1, where the image would be enlarged without "
                    f"end; got {name}={describe(factors[name])}. Write for instance {name}=0.2."
                )

    def draw(self, size: Size, seed: Any) -> Any:
        zooms = [
            self.uniform(seed, (size.batch, 1), 1.0 + low, 1.0 + high)[:, 0]
            for low, high in self._bounds
        ]
        return zooms[0], zooms[-1]

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        tall, wide = drawn
        x, y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
        return wide, 0.0, x * (1.0 - wide), 0.0, tall, y * (1.0 - tall)


__all__ = ["RandomZoom"]
