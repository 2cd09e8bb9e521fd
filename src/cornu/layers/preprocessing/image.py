"""Layers that give images another size, cut windows out of them, and mirror them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.base import (
    ImageLayer,
    RandomImageLayer,
    Size,
    Transformation,
    like_integers,
)
from cornu.ops.image import RESIZE_INTERPOLATIONS, aspect_borders, centred_window, crop, known, resize
from cornu.random import default_seed

LAST = "channels_last"  # what `apply` gets


class Resizing(ImageLayer):
    """Gives images another height and width.

    Each new pixel is interpolated at the place that it has in the old image. Acts while training
    and afterwards.

    Args:
        height, width: the new size.
        interpolation: 'bilinear' (default), 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'.
        crop_to_aspect_ratio: whether to keep the proportions, by cutting off what is too long.
        pad_to_aspect_ratio: whether to keep them, by adding borders of `fill_value`.
        fill_mode: 'constant'.
        fill_value: of the borders, 0 by default.
        antialias: whether to blur before making smaller.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        the same with the new height and width; integers stay integers, rounded

    Raises:
        ValueError: if a size is no positive whole number, a word is not known, or both cropping
            and padding are asked for.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Resizing(2, 2)(np.ones((1, 8, 6, 3))).shape
        (1, 2, 2, 3)
    """

    only_training = False
    moves = True

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.height = positive_int(self, "height", height)
        self.width = positive_int(self, "width", width)
        self.interpolation = known(self._who, "interpolation", interpolation, RESIZE_INTERPOLATIONS)
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = known(self._who, "fill_mode", fill_mode, ("constant",))
        self.fill_value = fill_value
        self.antialias = bool(antialias)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError(
                f"{self._who}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other: either "
                "cut off what is too long, or add borders. Choose one."
            )

    def as_floats(self, images: Any) -> Any:
        return jnp.asarray(images)  # integers stay integers

    def apply(self, images: Any, drawn: Any) -> Any:
        return self._resized(images, self.interpolation)

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self._resized(masks, "nearest")

    def _resized(self, images: Any, interpolation: str) -> Any:
        resized = resize(
            images,
            (self.height, self.width),
            interpolation,
            self.antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            self.fill_mode,
            self.fill_value,
        )
        return like_integers(resized, images.dtype)

    def new_size(self, size: Size) -> tuple[int, int]:
        return self.height, self.width

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        target = (self.height, self.width)
        if self.crop_to_aspect_ratio:
            return _through_window(points, centred_window(size.height, size.width, target), target)
        if self.pad_to_aspect_ratio:
            down, right = aspect_borders(size.height, size.width, target)
            window = (-down, -right, size.height + 2 * down, size.width + 2 * right)
            return _through_window(points, window, target)
        return _through_window(points, (0, 0, size.height, size.width), target)


def _through_window(points: Any, window: Any, target: tuple[int, int]) -> Any:
    """Where points (x, y) are when a window (top, left, height, width) is brought to a size."""
    top, left, height, width = window
    scale = jnp.array([target[1] / width, target[0] / height], points.dtype)
    return (points - jnp.array([left, top], points.dtype)) * scale


def cut_and_resize(images: Any, size: tuple[int, int], interpolation: str = "bilinear") -> Any:
    """The largest window in the middle with the proportions of `size`, brought to that size."""
    window = crop(images, *centred_window(images.shape[1], images.shape[2], size), LAST)
    return resize(window, size, interpolation).astype(images.dtype)


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
        return _through_window(points, window, target)


class RandomCrop(RandomImageLayer):
    """Cuts a window out of images: while training at a random place, else in the middle.

    The whole batch is cut at the same place. Where the window is not smaller than the image in both
    directions, and when not training, the largest middle part with the proportions of the window
    is brought to its size. (Keras 3.15 leaves images as they are when not training, so that a
    model would see other sizes than it was trained with.)

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
        return _through_window(points, centred_window(size.height, size.width, target), target)


class RandomFlip(RandomImageLayer):
    """While training, mirrors each image with probability 1/2.

    Args:
        mode: 'horizontal' swaps left and right, 'vertical' top and bottom,
            'horizontal_and_vertical' (default) both at once.
        seed: a whole number for the same choices in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `mode` is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomFlip("horizontal", seed=1)
        >>> images = np.array([[[[1.0], [2.0]]]] * 8)
        >>> layer(images, training=True)[:, 0, 0, 0].tolist()
        [2.0, 1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0]
    """

    moves = True
    AXES = {  # noqa: RUF012  (a table)
        "horizontal": (2,),
        "vertical": (1,),
        "horizontal_and_vertical": (1, 2),
    }

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.mode = known(self._who, "mode", mode, tuple(self.AXES))

    def draw(self, size: Size, seed: Any) -> Any:
        return self.uniform(seed, (size.batch, 1, 1, 1), 0.0, 1.0) <= 0.5

    def apply(self, images: Any, drawn: Any) -> Any:
        return jnp.where(drawn, jnp.flip(images, self.AXES[self.mode]), images)

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        x = size.width - points[..., 0] if 2 in self.AXES[self.mode] else points[..., 0]
        y = size.height - points[..., 1] if 1 in self.AXES[self.mode] else points[..., 1]
        return jnp.where(drawn[:, 0], jnp.stack([x, y], axis=-1), points)


__all__ = ["CenterCrop", "RandomCrop", "RandomFlip", "Resizing"]
