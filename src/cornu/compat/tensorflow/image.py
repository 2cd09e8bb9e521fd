"""`tf.image`: images as tensors (height, width, channels), or batches of them.

What comes from files is computed with in NumPy, as it is element by element in a dataset, where JAX
would compile a program for each size of file; arrays of JAX stay what they are.
"""

from __future__ import annotations

import io
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu import ops
from cornu.compat.tensorflow import random as tf_random
from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.compat.tensorflow.rows import named
from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, show_shape
from cornu.core.variable import Variable
from cornu.utils import resizing
from cornu.utils.dataset.elements import as_tensor
from cornu.utils.images import pillow

__all__ = [
    *("ResizeMethod", "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue"),
    *("adjust_saturation", "central_crop", "convert_image_dtype", "crop_and_resize"),
    *("crop_to_bounding_box", "decode_bmp", "decode_gif", "decode_image", "decode_jpeg"),
    *("decode_png", "encode_jpeg", "encode_png", "flip_left_right", "flip_up_down"),
    *("grayscale_to_rgb", "hsv_to_rgb", "image_gradients", "pad_to_bounding_box"),
    *("per_image_standardization", "psnr", "random_brightness", "random_contrast", "random_crop"),
    *("random_flip_left_right", "random_flip_up_down", "random_hue", "random_saturation"),
    *("resize", "resize_with_crop_or_pad", "resize_with_pad", "rgb_to_grayscale", "rgb_to_hsv"),
    *("rot90", "sobel_edges", "ssim", "total_variation", "transpose"),
]
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


class ResizeMethod:
    """The ways to bring an image to another size."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, AREA = "bilinear", "nearest", "bicubic", "area"
    LANCZOS3, LANCZOS5, GAUSSIAN, MITCHELLCUBIC = "lanczos3", "lanczos5", "gaussian", "mitchellcubic"


def _known(image: Any) -> bool:
    """Whether it is on the host, in NumPy."""
    return not isinstance(image, (jax.Array, Variable))


def _on(image: Any) -> Any:
    """The image, and the module that computes with it."""
    return (np.asarray(image), np) if _known(image) else (convert_to_tensor(image), jnp)


def _out(value: Any) -> Any:
    """A result of NumPy as a tensor of the host."""
    return as_tensor(value) if isinstance(value, (np.ndarray, np.generic)) else value


# -- files -------------------------------------------------------------------------------------------


def _decoded(name: str, contents: Any, channels: int, dtype: Any) -> Any:
    data = np.asarray(contents)
    if data.dtype != object or data.ndim:
        raise TypeError(
            f"tf.io.{name} takes the bytes of one file, as tf.io.read_file gives them, got {describe(contents)}."
        )
    if channels not in (0, *MODES):
        raise ValueError(f"tf.io.{name}(channels={channels}): 0 for those of the file, 1, 3 or 4.")
    try:
        image = pillow(f"tf.io.{name}").open(io.BytesIO(data.item()))
        image.load()
    except OSError as error:
        raise ValueError(
            f"tf.io.{name}: this is no image that Pillow can read, or it is cut off."
        ) from error
    mode = MODES[channels] if channels else image.mode if image.mode in MODES.values() else "RGB"
    pixels = np.asarray(image.convert(mode) if image.mode != mode else image)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return convert_image_dtype(pixels, dtype)


@named
def decode_image(
    contents: Any, channels: int = 0, dtype: Any = "uint8", expand_animations: bool = True
) -> Any:
    """The pixels in the bytes of a file: JPEG, PNG, BMP or GIF, of which the first image is read.

    Raises:
        NotBuiltYetError: for an animated GIF with `expand_animations`.
    """
    found = _decoded("decode_image", contents, channels, dtype)
    if expand_animations and np.asarray(contents).item()[:3] == b"GIF":
        raise NotBuiltYetError(
            "tf.io.decode_image gives the first image of a GIF: write expand_animations=False."
        )
    return found


@named
def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
) -> Any:
    """The pixels of a JPEG, as whole numbers from 0 to 255.

    Args:
        contents: bytes of the file.
        channels: 0 (those of the file, default), 1 or 3.
        ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: how TensorFlow decodes;
            as they are by default.

    Raises:
        NotBuiltYetError: if one of these is another.
    """
    others = (ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method)
    if others != (1, True, False, 1, ""):
        raise NotBuiltYetError("tf.io.decode_jpeg takes contents and channels: leave out the others.")
    return _decoded("decode_jpeg", contents, channels, "uint8")


@named
def decode_png(contents: Any, channels: int = 0, dtype: Any = "uint8") -> Any:
    """The pixels of a PNG."""
    return _decoded("decode_png", contents, channels, dtype)


@named
def decode_bmp(contents: Any, channels: int = 0) -> Any:
    """The pixels of a BMP."""
    return _decoded("decode_bmp", contents, channels, "uint8")


@named
def decode_gif(contents: Any) -> Any:
    """All images of a GIF: (images, height, width, 3)."""
    image = pillow("tf.io.decode_gif").open(io.BytesIO(np.asarray(contents).item()))
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(np.asarray(image.convert("RGB")))
    return as_tensor(np.stack(frames))


def _encoded(kind: str, image: Any, **how: Any) -> Any:
    pixels = np.asarray(image)
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise ValueError(f"tf.io.encode_{kind} takes uint8 pixels (height, width, channels).")
    target = io.BytesIO()
    picture = pillow(f"tf.io.encode_{kind}").fromarray(
        pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    )
    picture.save(target, kind, **how)
    return as_tensor(target.getvalue())


@named
def encode_jpeg(image: Any, quality: int = 95) -> Any:
    """The bytes of a JPEG file."""
    return _encoded("jpeg", image, quality=quality)


@named
def encode_png(image: Any) -> Any:
    """The bytes of a PNG file."""
    return _encoded("png", image)


# -- numbers -----------------------------------------------------------------------------------------


@named
def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False) -> Any:
    """Whole numbers from 0 to their largest become floats from 0 to 1, and the other way round.

    >>> convert_image_dtype(np.array([0, 255], "uint8"), "float32").tolist()
    [0.0, 1.0]
    """
    x, xp = _on(image)
    old, new = np.dtype(x.dtype), dtypes.numpy_dtype(dtypes.standardize(dtype))
    if old == new:
        return _out(x)
    of_floats, to_floats = not np.issubdtype(old, np.integer), not np.issubdtype(new, np.integer)
    if of_floats and to_floats:
        return _out(x.astype(new))
    if to_floats:
        return _out(x.astype(new) * np.asarray(1 / np.iinfo(old).max, new))
    if of_floats:
        most = np.iinfo(new).max
        scaled = x * (most + 0.5)
        return _out((xp.clip(scaled, np.iinfo(new).min, most) if saturate else scaled).astype(new))
    ratio = (int(np.iinfo(new).max) + 1) / (int(np.iinfo(old).max) + 1)
    if ratio < 1:
        return _out((x // int(1 / ratio)).astype(new))
    return _out(x.astype(new) * np.asarray(int(ratio), new))


def _in_floats(image: Any, function: Any) -> Any:
    """A function of floats from 0 to 1, of an image of any dtype."""
    x = _out(_on(image)[0])
    if not np.issubdtype(x.dtype, np.integer):
        return _out(function(x))
    return convert_image_dtype(function(convert_image_dtype(x, "float32")), str(x.dtype), saturate=True)


@named
def per_image_standardization(image: Any) -> Any:
    """Each image less its mean, divided by its deviation, or 1 / √pixels if that is more."""
    x, xp = _on(image)
    x = x.astype("float32")
    axes = (-3, -2, -1)
    deviation = xp.maximum(x.std(axes, keepdims=True), 1 / np.sqrt(np.prod(x.shape[-3:])))
    return _out((x - x.mean(axes, keepdims=True)) / deviation)


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
        found = ops.image.hsv_to_rgb(change(ops.image.rgb_to_hsv(x)))
        return np.asarray(found) if _known(image) else found

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
    x, xp = _on(images)
    if x.shape[-1] != 1:
        raise ValueError(f"tf.image.grayscale_to_rgb takes one channel, got {describe(x)}.")
    return _out(xp.concatenate([x] * 3, axis=-1))


@named
def rgb_to_hsv(images: Any) -> Any:
    """Hue, saturation and value of colours from 0 to 1."""
    return ops.image.rgb_to_hsv(convert_to_tensor(images))


@named
def hsv_to_rgb(images: Any) -> Any:
    """The inverse of `rgb_to_hsv`."""
    return ops.image.hsv_to_rgb(convert_to_tensor(images))


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
        antialias: whether smaller images are smoothed: for bilinear, bicubic and lanczos. Default: False.
    """
    if str(method) not in resizing.INTERPOLATIONS:
        raise ValueError(
            f"tf.image.resize(method={method!r}): {did_you_mean(str(method), resizing.INTERPOLATIONS)}"
        )
    x, _ = _on(images)
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
        found = ops.image.resize(convert_to_tensor(x), (height, width), method, antialias=True)
        return found if not _known(images) else _out(np.asarray(found))
    found = resizing.resize(x, (height, width), method)
    return _out(found.astype(x.dtype) if method == "nearest" else found)


@named
def resize_with_pad(
    image: Any, target_height: int, target_width: int, method: str = "bilinear", antialias: bool = False
) -> Any:
    """The image as large as it fits with its proportions, in the middle of zeros."""
    size = (int(target_height), int(target_width))
    x, _ = _on(image)
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
    x, _ = _on(image)
    bottom, right = int(offset_height) + int(target_height), int(offset_width) + int(target_width)
    if offset_height < 0 or offset_width < 0 or bottom > x.shape[-3] or right > x.shape[-2]:
        raise ValueError(
            f"tf.image.crop_to_bounding_box: rows {offset_height} to {bottom} and columns {offset_width} to "
            f"{right} are not all in an image of shape {show_shape(x.shape)}."
        )
    return _out(x[..., int(offset_height) : bottom, int(offset_width) : right, :])


@named
def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """The image at this place of a larger one of zeros.

    Raises:
        ValueError: if it does not fit.
    """
    x, xp = _on(image)
    after = (target_height - offset_height - x.shape[-3], target_width - offset_width - x.shape[-2])
    if min(*after, offset_height, offset_width) < 0:
        raise ValueError(
            f"tf.image.pad_to_bounding_box: an image of shape {show_shape(x.shape)} at "
            f"({offset_height}, {offset_width}) does not fit into ({target_height}, {target_width})."
        )
    pairs = [(offset_height, after[0]), (offset_width, after[1]), (0, 0)]
    return _out(xp.pad(x, [(0, 0)] * (x.ndim - 3) + pairs))


@named
def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of the image, or the image in the middle of zeros, in this size."""
    found = _out(_on(image)[0])
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
    """Parts of images, (top, left, bottom, right) from 0 to 1, each of the image with this number, all in
    one size."""
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
        found = jax.vmap(lambda layer: ops.image.map_coordinates(layer, grid, order, "nearest"))(layers)
        return jnp.where(outside[..., None], extrapolation_value, jnp.moveaxis(found, 0, -1))

    return jax.vmap(one)(boxes, convert_to_tensor(box_indices))


@named
def flip_left_right(image: Any) -> Any:
    """The image seen in a mirror."""
    return _out(_on(image)[0][..., ::-1, :])


@named
def flip_up_down(image: Any) -> Any:
    """The image upside down."""
    return _out(_on(image)[0][..., ::-1, :, :])


@named
def rot90(image: Any, k: int = 1) -> Any:
    """The image turned k times by a quarter, against the clock."""
    x, xp = _on(image)
    return _out(xp.rot90(x, k, (-3, -2)))


@named
def transpose(image: Any) -> Any:
    """Rows and columns changed."""
    x, xp = _on(image)
    return _out(xp.swapaxes(x, -3, -2))


# -- at random ---------------------------------------------------------------------------------------


def _drawn(low: float, high: float, seed: Any) -> Any:
    return tf_random.uniform((), low, high, seed=seed)


def _flipped(image: Any, seed: Any, flip: Any) -> Any:
    """Each image, or its mirror image with the probability 1/2."""
    x, _ = _on(image)
    if _known(image):
        turned = np.asarray(tf_random.uniform(x.shape[:-3] or (1,), seed=seed)) < 0.5
        if x.ndim == 3:
            return flip(image) if turned[0] else _out(x)
        return _out(np.where(turned.reshape(-1, 1, 1, 1), flip(x), x))
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
    return np.asarray(number) if _known(image) and not isinstance(number, jax.core.Tracer) else number


@named
def random_crop(value: Any, size: Any, seed: Any = None) -> Any:
    """A part of this size of a tensor, at a random place; all axes count, also that of the channels.

    Raises:
        ValueError: if the tensor is smaller.
    """
    x, _ = _on(value)
    sizes = tuple(int(each) for each in size)
    if len(sizes) != x.ndim or any(new > old for new, old in zip(sizes, x.shape, strict=True)):
        raise ValueError(f"tf.image.random_crop: no part of size {sizes} in {describe(x)}.")
    share = tf_random.uniform((x.ndim,), seed=seed)
    room = np.array(x.shape) - np.array(sizes) + 1
    start = jnp.minimum((share * room).astype("int32"), room - 1)
    if not _known(value):
        return jax.lax.dynamic_slice(x, start, sizes)
    place: Any = tuple(slice(s, s + n) for s, n in zip(np.asarray(start), sizes, strict=True))
    return _out(x[place])


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
    return ops.image.ssim(one, other, max_val, filter_size, filter_sigma, k1, k2)
