"""RandomTranslation: images shifted by chance while training."""

from __future__ import annotations

from typing import Any

from cornu.layers.preprocessing.arguments import bounds
from cornu.layers.preprocessing.base import Size
from cornu.layers.preprocessing.warping import Affine


class RandomTranslation(Affine):
    """While training, shifts each image down and to the right, by a part of its size.

    Args:
        height_factor: two bounds within -1..1 of the shift down, in heights; a number f stands for
            (-f, f).
        width_factor: of the shift to the right, in widths, likewise.
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
        ValueError: if a factor is outside -1..1, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomTranslation(0, (0.5, 0.5), fill_mode="constant")
        >>> layer(np.array([[[1.0], [2.0]]]), training=True)[..., 0].tolist()
        [[0.0, 1.0]]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
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
        self._bounds = [
            bounds(self, name, getattr(self, name), -1, 1, strict=True)
            for name in ("height_factor", "width_factor")
        ]

    def draw(self, size: Size, seed: Any) -> Any:
        down, right = (self.uniform(seed, (size.batch, 1), *pair)[:, 0] for pair in self._bounds)
        return down * size.height, right * size.width

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        down, right = drawn
        return 1.0, 0.0, -right, 0.0, 1.0, -down


__all__ = ["RandomTranslation"]
