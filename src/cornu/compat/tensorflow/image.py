"""`tf.image`: images as tensors (height, width, channels), or batches of them.

What comes from files is computed with in NumPy, as it is element by element in a dataset, where JAX
would compile a program for each size of file; arrays of JAX stay what they are.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.compat.tensorflow import image_files
from cornu.compat.tensorflow import random as tf_random
from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.compat.tensorflow.image_files import as_result, convert_image_dtype, on_host, with_module
from cornu.compat.tensorflow.rows import named
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, show_shape
from cornu.ops import image as ops_image
from cornu.ops.image import warping
from cornu.utils import resizing

__all__ = [
    *image_files.__all__,
    *("ResizeMethod", "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue"),
    *("adjust_saturation", "central_crop", "crop_and_resize"),
    *("crop_to_bounding_box", "flip_left_right", "flip_up_down"),
    *("grayscale_to_rgb", "hsv_to_rgb", "image_gradients", "pad_to_bounding_box"),
    *("per_image_standardization", "psnr", "random_brightness", "random_contrast", "random_crop"),
    *("random_flip_left_right", "random_flip_up_down", "random_hue", "random_saturation"),
    *("resize", "resize_with_crop_or_pad", "resize_with_pad", "rgb_to_grayscale", "rgb_to_hsv"),
    *("rot90", "sobel_edges", "ssim", "total_variation", "transpose"),
]

globals().update({name: getattr(image_files, name) for name in image_files.__all__})


class ResizeMethod:
    """The ways to bring an image to another size."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, AREA = "bilinear", "nearest", "bicubic", "area"
    LANCZOS3, LANCZOS5, GAUSSIAN, MITCHELLCUBIC = "lanczos3", "lanczos5", "gaussian", "mitchellcubic"


# -- numbers -----------------------------------------------------------------------------------------


def _in_floats(image: Any, function: Any) -> Any:
    """A function of floats from 0 to 1, of an image of any dtype."""
    x = as_result(with_module(image)[0])
    if not np.issubdtype(x.dtype, np.integer):
        return as_result(function(x))
    return convert_image_dtype(function(convert_image_dtype(x, "float32")), str(x.dtype), saturate=True)


@named
def per_image_standardization(image: Any) -> Any:
    """Each image less its mean, divided by its deviation, or 1 / √pixels if that is more."""
    x, xp = with_module(image)
    x = x.astype("float32")
    axes = (-3, -2, -1)
    deviation = xp.maximum(x.std(axes, keepdims=True), 1 / np.sqrt(np.prod(x.shape[-3:])))
    return as_result((x - x.mean(axes, keepdims=True)) / deviation)


@named
def adjust_brightness(image: Any, delta: Any) -> Any:
    """`delta` is added to each number, on the scale from 0 to 1."""
    return _in_floats(image, lambda x: x + delta)


@named
def adjust_contrast(images: Any, contrast_factor: Any) -> Any:
    """Each channel's numbers, so many times as far from its mean."""

    def change(x: Any) -> Any:
        mean = x.mean((-3, -2), keepdims=True)
        return (x - mean) * contrast_factor + mean

    return _in_floats(images, change)


@named
def adjust_gamma(image: Any, gamma: float = 1, gain: float = 1) -> Any:
    """gain x^gamma.

    Raises:
        ValueError: if gamma is below 0.
    """
    if gamma < 0:
        raise ValueError(f"tf.image.adjust_gamma(gamma={gamma}): gamma must not be below 0.")
    return _in_floats(image, lambda x: gain * x**gamma)


def _colours(image: Any, change: Any) -> Any:
    """A change of hue, saturation and value."""

    def function(x: Any) -> Any:
        found = ops_image.hsv_to_rgb(change(ops_image.rgb_to_hsv(x)))
        return np.asarray(found) if on_host(image) else found

    return _in_floats(image, function)


@named
def adjust_hue(image: Any, delta: Any) -> Any:
    """Colours turned by `delta` of the circle."""
    return _colours(image, lambda x: x.at[..., 0].set((x[..., 0] + delta) % 1.0))


@named
def adjust_saturation(image: Any, saturation_factor: Any) -> Any:
    """Colours so many times as strong."""
    return _colours(image, lambda x: x.at[..., 1].set(jnp.clip(x[..., 1] * saturation_factor, 0, 1)))


@named
def rgb_to_grayscale(images: Any) -> Any:
    """One channel: how bright each pixel looks."""

    def change(x: Any) -> Any:
        red, green, blue = 0.2989, 0.5870, 0.1140
        return (x[..., 0] * red + x[..., 1] * green + x[..., 2] * blue)[..., None].astype(x.dtype)

    return _in_floats(images, change)


@named
def grayscale_to_rgb(images: Any) -> Any:
    """The one channel three times."""
    x, xp = with_module(images)
    if x.shape[-1] != 1:
        raise ValueError(f"tf.image.grayscale_to_rgb takes one channel, got {describe(x)}.")
    return as_result(xp.concatenate([x] * 3, axis=-1))


@named
def rgb_to_hsv(images: Any) -> Any:
    """Hue, saturation and value of colours from 0 to 1."""
    return ops_image.rgb_to_hsv(convert_to_tensor(images))


@named
def hsv_to_rgb(images: Any) -> Any:
    """The inverse of `rgb_to_hsv`."""
    return ops_image.hsv_to_rgb(convert_to_tensor(images))


# -- sizes -------------------------------------------------------------------------------------------


@named
def resize(
    images: Any,
    size: Any,
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
) -> Any:
    """Images in another size, as float32; with 'nearest' in their own dtype.

    Args:
        images: (height, width, channels) or a batch of them.
        size: new height and width.
        method: 'bilinear' (default), 'nearest', 'bicubic', 'area', 'lanczos3', 'lanczos5', 'gaussian' or
            'mitchellcubic'.
        preserve_aspect_ratio: whether the proportions stay, within that size. Default: False.
        antialias: whether smaller images are smoothed, unless by kernels that smooth anyway.
            Default: False.
    """
    if str(method) not in resizing.INTERPOLATIONS:
        raise ValueError(
            f"tf.image.resize(method={method!r}): {did_you_mean(str(method), resizing.INTERPOLATIONS)}"
        )
    x, _ = with_module(images)
    if x.ndim not in (3, 4):
        raise ValueError(
            f"tf.image.resize takes (height, width, channels) or a batch, got {describe(x)}."
        )
    height, width = (int(each) for each in size)
    if preserve_aspect_ratio:
        ratio = min(height / x.shape[-3], width / x.shape[-2])
        height, width = (max(round(each * ratio), 1) for each in x.shape[-3:-1])
    if antialias and method not in ("nearest", "area"):
        if method in ("gaussian", "mitchellcubic"):
            raise NotBuiltYetError(f"tf.image.resize(method={method!r}, antialias=True) is not built.")
        found = warping.resize(convert_to_tensor(x), (height, width), method, antialias=True)
        return found if not on_host(images) else as_result(np.asarray(found))
    found = resizing.resize(x, (height, width), method)
    return as_result(found.astype(x.dtype) if method == "nearest" else found)


@named
def resize_with_pad(
    image: Any, target_height: int, target_width: int, method: str = "bilinear", antialias: bool = False
) -> Any:
    """The image as large as it fits with its proportions, in the middle of zeros."""
    size = (int(target_height), int(target_width))
    x, _ = with_module(image)
    ratio = max(x.shape[-3] / size[0], x.shape[-2] / size[1])
    inner = tuple(max(int(each / ratio), 1) for each in x.shape[-3:-1])
    top, left = ((size[i] - inner[i]) // 2 for i in (0, 1))
    return pad_to_bounding_box(resize(image, inner, method, antialias=antialias), top, left, *size)


@named
def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """The part of the image from this place on, of this size.

    Raises:
        ValueError: if it reaches beyond the image.
    """
    x, _ = with_module(image)
    bottom, right = int(offset_height) + int(target_height), int(offset_width) + int(target_width)
    if offset_height < 0 or offset_width < 0 or bottom > x.shape[-3] or right > x.shape[-2]:
        raise ValueError(
            f"tf.image.crop_to_bounding_box: rows {offset_height} to {bottom} and columns "
            f"{offset_width} to {right} are not all in an image of shape {show_shape(x.shape)}."
        )
    return as_result(x[..., int(offset_height) : bottom, int(offset_width) : right, :])


@named
def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """The image at this place of a larger one of zeros.

    Raises:
        ValueError: if it does not fit.
    """
    x, xp = with_module(image)
    after = (target_height - offset_height - x.shape[-3], target_width - offset_width - x.shape[-2])
    if min(*after, offset_height, offset_width) < 0:
        raise ValueError(
            f"tf.image.pad_to_bounding_box: an image of shape {show_shape(x.shape)} at "
            f"({offset_height}, {offset_width}) does not fit into ({target_height}, {target_width})."
        )
    pairs = [(offset_height, after[0]), (offset_width, after[1]), (0, 0)]
    return as_result(xp.pad(x, [(0, 0)] * (x.ndim - 3) + pairs))


@named
def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of the image, or the image in the middle of zeros, in this size."""
    found = as_result(with_module(image)[0])
    height, width = found.shape[-3:-1]
    inner = min(height, target_height), min(width, target_width)
    top, left = max(height - target_height, 0) // 2, max(width - target_width, 0) // 2
    found = crop_to_bounding_box(found, top, left, *inner)
    top, left = max(target_height - height, 0) // 2, max(target_width - width, 0) // 2
    return pad_to_bounding_box(found, top, left, target_height, target_width)


@named
def central_crop(image: Any, central_fraction: float) -> Any:
    """The middle of the image, this share of its height and width.

    Raises:
        ValueError: unless the share is above 0, up to 1.
    """
    if not 0 < central_fraction <= 1:
        raise ValueError(f"tf.image.central_crop({central_fraction}): the share is above 0, up to 1.")
    height, width = np.shape(image)[-3:-1]
    top, left = (int((each - each * central_fraction) / 2) for each in (height, width))
    return crop_to_bounding_box(image, top, left, height - 2 * top, width - 2 * left)


@named
def crop_and_resize(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0,
) -> Any:
    """Parts of images, (top, left, bottom, right) from 0 to 1, each of the image with this number, all
    in one size."""
    if method not in ("bilinear", "nearest"):
        raise ValueError(f"tf.image.crop_and_resize(method={method!r}): 'bilinear' or 'nearest'.")
    x, boxes = convert_to_tensor(image).astype("float32"), convert_to_tensor(boxes)
    height, width = x.shape[1:3]

    def places(low: Any, high: Any, size: int, new: int) -> Any:
        if new == 1:
            return jnp.reshape(0.5 * (low + high) * (size - 1), (1,))
        return low * (size - 1) + jnp.arange(new) * (high - low) * (size - 1) / (new - 1)

    def one(box: Any, number: Any) -> Any:
        rows = places(box[0], box[2], height, int(crop_size[0]))
        columns = places(box[1], box[3], width, int(crop_size[1]))
        grid = jnp.stack(jnp.meshgrid(rows, columns, indexing="ij"))
        outside = (grid[0] < 0) | (grid[0] > height - 1) | (grid[1] < 0) | (grid[1] > width - 1)
        layers = jnp.moveaxis(x[number], -1, 0)
        order = 1 if method == "bilinear" else 0
        found = jax.vmap(lambda layer: warping.map_coordinates(layer, grid, order, "nearest"))(layers)
        return jnp.where(outside[..., None], extrapolation_value, jnp.moveaxis(found, 0, -1))

    return jax.vmap(one)(boxes, convert_to_tensor(box_indices))


@named
def flip_left_right(image: Any) -> Any:
    """The image seen in a mirror."""
    return as_result(with_module(image)[0][..., ::-1, :])


@named
def flip_up_down(image: Any) -> Any:
    """The image upside down."""
    return as_result(with_module(image)[0][..., ::-1, :, :])


@named
def rot90(image: Any, k: int = 1) -> Any:
    """The image turned k times by a quarter, against the clock."""
    x, xp = with_module(image)
    return as_result(xp.rot90(x, k, (-3, -2)))


@named
def transpose(image: Any) -> Any:
    """Rows and columns changed."""
    x, xp = with_module(image)
    return as_result(xp.swapaxes(x, -3, -2))


# -- at random ---------------------------------------------------------------------------------------


def _drawn(low: float, high: float, seed: Any) -> Any:
    return tf_random.uniform((), low, high, seed=seed)


def _flipped(image: Any, seed: Any, flip: Any) -> Any:
    """Each image, or its mirror image with the probability 1/2."""
    x, _ = with_module(image)
    if on_host(image):
        turned = np.asarray(tf_random.uniform(x.shape[:-3] or (1,), seed=seed)) < 0.5
        if x.ndim == 3:
            return flip(image) if turned[0] else as_result(x)
        return as_result(np.where(turned.reshape(-1, 1, 1, 1), flip(x), x))
    turned = tf_random.uniform((*x.shape[:-3], 1, 1, 1), seed=seed) < 0.5
    return jnp.where(turned, flip(x), x)


@named
def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """`flip_left_right` with the probability 1/2, for each image of a batch."""
    return _flipped(image, seed, flip_left_right)


@named
def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """`flip_up_down` with the probability 1/2, for each image of a batch."""
    return _flipped(image, seed, flip_up_down)


@named
def random_brightness(image: Any, max_delta: float, seed: Any = None) -> Any:
    """`adjust_brightness` by a number from -max_delta to max_delta."""
    return adjust_brightness(image, _host(image, _drawn(-max_delta, max_delta, seed)))


@named
def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """`adjust_contrast` by a number from lower to upper."""
    return adjust_contrast(image, _host(image, _drawn(lower, upper, seed)))


@named
def random_hue(image: Any, max_delta: float, seed: Any = None) -> Any:
    """`adjust_hue` by a number from -max_delta to max_delta, which is at most 0.5."""
    if not 0 <= max_delta <= 0.5:
        raise ValueError(f"tf.image.random_hue(max_delta={max_delta}): it is from 0 to 0.5.")
    return adjust_hue(image, _drawn(-max_delta, max_delta, seed))


@named
def random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """`adjust_saturation` by a number from lower to upper."""
    return adjust_saturation(image, _drawn(lower, upper, seed))


def _host(image: Any, number: Any) -> Any:
    return np.asarray(number) if on_host(image) and not isinstance(number, jax.core.Tracer) else number


@named
def random_crop(value: Any, size: Any, seed: Any = None) -> Any:
    """A part of this size of a tensor, at a random place; all axes count, also that of the channels.

    Raises:
        ValueError: if the tensor is smaller.
    """
    x, _ = with_module(value)
    sizes = tuple(int(each) for each in size)
    if len(sizes) != x.ndim or any(new > old for new, old in zip(sizes, x.shape, strict=True)):
        raise ValueError(f"tf.image.random_crop: no part of size {sizes} in {describe(x)}.")
    share = tf_random.uniform((x.ndim,), seed=seed)
    room = np.array(x.shape) - np.array(sizes) + 1
    start = jnp.minimum((share * room).astype("int32"), room - 1)
    if not on_host(value):
        return jax.lax.dynamic_slice(x, start, sizes)
    place: Any = tuple(slice(s, s + n) for s, n in zip(np.asarray(start), sizes, strict=True))
    return as_result(x[place])


# -- what images are like ----------------------------------------------------------------------------


@named
def total_variation(images: Any) -> Any:
    """The sum of the differences of neighbouring pixels, of each image."""
    x = convert_to_tensor(images)
    down, right = jnp.diff(x, axis=-3), jnp.diff(x, axis=-2)
    return abs(down).sum((-3, -2, -1)) + abs(right).sum((-3, -2, -1))


@named
def image_gradients(image: Any) -> Any:
    """How much larger the pixel below is, and the one on the right; 0 at the ends. Of a batch."""
    x = convert_to_tensor(image)
    down = jnp.pad(jnp.diff(x, axis=1), ((0, 0), (0, 1), (0, 0), (0, 0)))
    return down, jnp.pad(jnp.diff(x, axis=2), ((0, 0), (0, 0), (0, 1), (0, 0)))


@named
def sobel_edges(image: Any) -> Any:
    """How steep each channel is downwards and to the right: (batch, height, width, channels, 2)."""
    x = convert_to_tensor(image)
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    height, width = x.shape[1:3]
    steep = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    found = []
    for kernel in (steep, steep.T):
        parts = [
            kernel[i, j] * padded[:, i : i + height, j : j + width]
            for i in range(3)
            for j in range(3)
            if kernel[i, j]
        ]
        found.append(sum(parts))
    return jnp.stack(found, axis=-1)


@named
def psnr(a: Any, b: Any, max_val: Any) -> Any:
    """How close images are, in decibels: 10 log10(max_val² / mean squared difference), of each image."""
    a, b = convert_to_tensor(a).astype("float32"), convert_to_tensor(b).astype("float32")
    error = jnp.square(a - b).mean((-3, -2, -1))
    return 20 * jnp.log10(jnp.asarray(max_val, "float32")) - 10 * jnp.log10(error)


@named
def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Any:
    """How alike the structure of images is, 1 at most."""
    one, other = convert_to_tensor(img1), convert_to_tensor(img2)
    return ops_image.ssim(one, other, max_val, filter_size, filter_sigma, k1, k2)
