"""Resizing: images of another size."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.base import ImageLayer, Size
from cornu.ops.formulas.image import (
    RESIZE_INTERPOLATIONS,
    aspect_borders,
    centred_window,
    crop,
    known,
    resize,
)

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
        return resize(
            images,
            (self.height, self.width),
            interpolation,
            self.antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            self.fill_mode,
            self.fill_value,
        )

    def new_size(self, size: Size) -> tuple[int, int]:
        return self.height, self.width

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        target = (self.height, self.width)
        if self.crop_to_aspect_ratio:
            return through_window(points, centred_window(size.height, size.width, target), target)
        if self.pad_to_aspect_ratio:
            down, right = aspect_borders(size.height, size.width, target)
            window = (-down, -right, size.height + 2 * down, size.width + 2 * right)
            return through_window(points, window, target)
        return through_window(points, (0, 0, size.height, size.width), target)


def through_window(points: Any, window: Any, target: tuple[int, int]) -> Any:
    """Where points (x, y) are when a window (top, left, height, width) is brought to a size."""
    top, left, height, width = window
    scale = jnp.array([target[1] / width, target[0] / height], points.dtype)
    return (points - jnp.array([left, top], points.dtype)) * scale


def cut_and_resize(images: Any, size: tuple[int, int], interpolation: str = "bilinear") -> Any:
    """The largest window in the middle with the proportions of `size`, brought to that size."""
    window = crop(images, *centred_window(images.shape[1], images.shape[2], size), LAST)
    return resize(window, size, interpolation)


__all__ = ["Resizing"]
