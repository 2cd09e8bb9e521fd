"""RandomColorJitter: brightness, contrast, saturation and hue, changed one after the other."""

from __future__ import annotations

from typing import Any

from cornu.layers.preprocessing.arguments import interval
from cornu.layers.preprocessing.base import ImageLayer, RandomImageLayer, Size
from cornu.layers.preprocessing.brightness import RandomBrightness, RandomContrast
from cornu.layers.preprocessing.hue import RandomHue, RandomSaturation


class RandomColorJitter(RandomImageLayer):
    """While training, changes brightness, contrast, saturation and hue, in this order.

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        brightness_factor: as in RandomBrightness, None (default) to leave it out.
        contrast_factor: as in RandomContrast, None (default) to leave it out.
        saturation_factor: as in RandomSaturation, None (default) to leave it out.
        hue_factor: as in RandomHue, None (default) to leave it out.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if a factor is outside its bounds, or hue and saturation meet other than 3
            channels.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomColorJitter(brightness_factor=0.1, hue_factor=0.1, seed=1)
        >>> layer(np.ones((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)
    """

    STEPS = {  # noqa: RUF012  (a table)
        "random_brightness": RandomBrightness,
        "random_contrast": RandomContrast,
        "random_saturation": RandomSaturation,
        "random_hue": RandomHue,
    }

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.value_range = interval(self, value_range, ordered=False)
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        for attribute, step in self.STEPS.items():
            factor = getattr(self, attribute.replace("random_", "") + "_factor")
            made = None if factor is None else step(factor, value_range=value_range, seed=seed)
            setattr(self, attribute, made)

    def _steps(self) -> list[ImageLayer]:
        return [step for name in self.STEPS if (step := getattr(self, name)) is not None]

    def draw(self, size: Size, seed: Any) -> Any:
        return [step.draw(size, seed) for step in self._steps()]

    def apply(self, images: Any, drawn: Any) -> Any:
        for step, its in zip(self._steps(), drawn, strict=True):
            images = step.apply(images, its).astype(images.dtype)
        return images


__all__ = ["RandomColorJitter"]
