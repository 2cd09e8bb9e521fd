"""Images in another size, in NumPy: an engine's program for every size of file would cost its compiling.

Along each axis an element of the result is a weighted sum of some elements of the image.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def _cubic(x: Array) -> Array:
    """Keys's cubic, a = -0.5."""
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _mitchell(x: Array) -> Array:
    near = ((7 * x - 12) * x * x + 16 / 3) / 6
    far = (((-7 / 3 * x + 12) * x - 20) * x + 32 / 3) / 6
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _lanczos(radius: int) -> Callable[[Array], Array]:
    return lambda x: np.where(x < radius, np.sinc(x) * np.sinc(x / radius), 0)


def _gaussian(x: Array) -> Array:
    return np.where(x < 1.5, np.exp(-(x * x) / (2 * 0.5**2)), 0)


# For each way the radius of the kernel and the kernel, of the distance from the centre.
KERNELS: dict[str, tuple[float, Callable[[Array], Array]]] = {
    "bilinear": (1, lambda x: np.clip(1 - x, 0, None)),
    "bicubic": (2, _cubic),
    "lanczos3": (3, _lanczos(3)),
    "lanczos5": (5, _lanczos(5)),
    "gaussian": (1.5, _gaussian),
    "mitchellcubic": (2, _mitchell),
}
CUBIC_TABLE = 1024
INTERPOLATIONS = (*KERNELS, "nearest", "area")


@lru_cache(maxsize=256)
def weights(size: int, new: int, interpolation: str) -> tuple[Array, Array]:
    """For each of `new` elements the places it is a sum of, and their weights, as two tables."""
    scale = size / new
    if interpolation == "nearest":
        places = np.minimum(((np.arange(new) + 0.5) * scale).astype(int), size - 1)[:, None]
        return places, np.ones_like(places, "float32")
    if interpolation == "area":
        begin, end = np.arange(new) * scale, np.arange(1, new + 1) * scale
        places = np.floor(begin).astype(int)[:, None] + np.arange(int(np.ceil(scale)) + 1)
        amounts = np.minimum(places + 1, end[:, None]) - np.maximum(places, begin[:, None])
        amounts = np.clip(amounts, 0, None) / scale
    else:
        radius, kernel = KERNELS[interpolation]
        centres = (np.arange(new) + 0.5) * scale
        if interpolation == "bicubic":  # TensorFlow looks the kernel up in a table of this many places
            centres = np.round((centres - 0.5) * CUBIC_TABLE) / CUBIC_TABLE + 0.5
        first = np.ceil(centres - radius - 0.5).astype(int)
        places = first[:, None] + np.arange(int(np.ceil(2 * radius)))
        amounts = kernel(abs(places + 0.5 - centres[:, None]))
        outside = (places < 0) | (places >= size)
        if interpolation != "bilinear":  # which repeats the edge instead
            amounts = np.where(outside, 0, amounts)
        amounts = amounts / amounts.sum(1, keepdims=True)
    return np.clip(places, 0, size - 1), amounts.astype("float32")


def resize(image: Array, size: tuple[int, int], interpolation: str = "bilinear") -> Array:
    """An image (height, width, channels), or a batch of them, in another size, as float32.

    Half a pixel is added to every place, and nothing is smoothed where the image becomes smaller, as in
    `tf.image.resize`.
    """
    for axis, new in ((-3, size[0]), (-2, size[1])):
        if image.shape[axis] == new:
            continue
        places, amounts = weights(image.shape[axis], new, interpolation)
        shape = (new,) + (1,) * (-axis - 1)
        total: Any = 0
        for place, amount in zip(places.T, amounts.T, strict=True):
            total = total + image.take(place, axis) * amount.reshape(shape)
        image = total
    return image.astype("float32", copy=False)


def resize_with_pad(image: Array, size: tuple[int, int], interpolation: str = "bilinear") -> Array:
    """The image as large as it fits with its proportions, in the middle of zeros."""
    height, width = image.shape[-3:-1]
    ratio = max(height / size[0], width / size[1])
    inner = tuple(max(int(whole), 1) for whole in (height / ratio, width / ratio))
    resized = resize(image, (inner[0], inner[1]), interpolation)
    before = [(size[i] - inner[i]) // 2 for i in (0, 1)]
    result = np.zeros((*size, image.shape[-1]), "float32")
    result[before[0] : before[0] + inner[0], before[1] : before[1] + inner[1]] = resized
    return result


def crop_window(height: int, width: int, size: Any) -> tuple[slice, slice]:
    """Rows and columns of the largest middle part of an image that has the proportions of `size`."""
    inner = (
        max(min(height, int(width * size[0] / size[1])), 1),
        max(min(width, int(height * size[1] / size[0])), 1),
    )
    top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
    return slice(top, top + inner[0]), slice(left, left + inner[1])
