"""Windows cut out of images: in the middle, or by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.base import ImageLayer, RandomImageLayer, Size, Transformation
from cornu.layers.preprocessing.resizing import LAST, cut_and_resize, through_window
from cornu.ops.formulas.image import centred_window, crop
from cornu.random import default_seed


class CenterCrop(ImageLayer):
    """Cuts the middle out of images.

    An image that is smaller than the window is cut to its proportions and made larger. Acts while
    training and afterwards.

    Args:
        height, width: size of the window.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        the same with the height and width of the window, floats

    Raises:
        ValueError: if a size is no positive whole number.

    Example:
        >>> import cornu, numpy as np
        >>> image = np.arange(9.0).reshape(3, 3, 1)
        >>> cornu.layers.CenterCrop(1, 1)(image).item()
        4.0
    """

    only_training = False
    moves = True

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.height = positive_int(self, "height", height)
        self.width = positive_int(self, "width", width)

    def apply(self, images: Any, drawn: Any) -> Any:
        return self._cut(images, "bilinear")

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self._cut(masks, "nearest")

    def _cut(self, images: Any, interpolation: str) -> Any:
        down, right = images.shape[1] - self.height, images.shape[2] - self.width
        if down < 0 or right < 0:
            return cut_and_resize(images, (self.height, self.width), interpolation)
        return crop(images, down // 2, right // 2, self.height, self.width, LAST)

    def new_size(self, size: Size) -> tuple[int, int]:
        return self.height, self.width

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        target = (self.height, self.width)
        down, right = size.height - self.height, size.width - self.width
        window = (down // 2, right // 2, *target)
        if down < 0 or right < 0:
            window = centred_window(size.height, size.width, target)
        return through_window(points, window, target)


class RandomCrop(RandomImageLayer):
    """Cuts a window out of images: while training at a random place, else in the middle.

    The whole batch is cut at the same place. Where the window is not smaller than the image in both
    directions, and when not training, the largest middle part with the proportions of the window
    is brought to its size. (Keras 3.15 leaves images as they are when not training, so that a
    model would see other sizes than it was trained with. Of images that are too small it stretches
    another part, without keeping the proportions.)

    Args:
        height, width: size of the window.
        seed: a whole number for the same places in every run; drawn if None.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        the same with the height and width of the window, floats

    Raises:
        ValueError: if a size is no positive whole number.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RandomCrop(2, 2)(np.ones((5, 8, 6, 3)), training=True).shape
        (5, 2, 2, 3)
    """

    moves = True
    only_training = False

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        seed = default_seed() if seed is None else seed  # so that the configuration repeats it
        super().__init__(seed, data_format=data_format, **kwargs)
        self.height = positive_int(self, "height", height)
        self.width = positive_int(self, "width", width)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        if training:
            return super().get_random_transformation(data, training, seed)
        return Transformation(self._size(data["images"] if isinstance(data, dict) else data), None)

    def draw(self, size: Size, seed: Any) -> Any:
        if size.height <= self.height or size.width <= self.width:
            return None
        return [
            self.uniform(seed, (), 0.0, float(free + 1)).astype("int32")
            for free in (size.height - self.height, size.width - self.width)
        ]

    def apply(self, images: Any, drawn: Any) -> Any:
        return self._cut(images, drawn, "bilinear")

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self._cut(masks, drawn, "nearest")

    def _cut(self, images: Any, drawn: Any, interpolation: str) -> Any:
        if drawn is None:
            return cut_and_resize(images, (self.height, self.width), interpolation)
        return crop(images, drawn[0], drawn[1], self.height, self.width, LAST)

    def new_size(self, size: Size) -> tuple[int, int]:
        return self.height, self.width

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        if drawn is not None:
            return points - jnp.stack([drawn[1], drawn[0]])
        target = (self.height, self.width)
        return through_window(points, centred_window(size.height, size.width, target), target)


__all__ = ["CenterCrop", "RandomCrop"]
