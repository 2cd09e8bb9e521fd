"""Functions of images, under their names in keras.ops.image.

An image is an array (height, width, channels), or a batch of them; with
`data_format='channels_first'` the channels come before height and width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import did_you_mean, show_shape

INTERPOLATIONS = ("nearest", "bilinear")
RESIZE_INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")
FEW = 9  # neighbours that are summed up one by one

# Which pixel stands for index i outside 0..n-1, as in scipy.ndimage ('wrap' is its 'grid-wrap').
_OUTSIDE: dict[str, Callable[[Any, int], Any]] = {
    "constant": lambda i, n: jnp.clip(i, 0, n - 1),  # and the value is replaced
    "nearest": lambda i, n: jnp.clip(i, 0, n - 1),
    "wrap": lambda i, n: i % n,
    "mirror": lambda i, n: (n - 1) - jnp.abs(i % max(2 * n - 2, 1) - (n - 1)),
    "reflect": lambda i, n: jnp.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n)),
}
FILL_MODES = tuple(_OUTSIDE)


def known(function: str, argument: str, value: Any, options: tuple[str, ...]) -> Any:
    """`value`, if it is one of the options."""
    if value not in options:
        raise ValueError(
            f"{function}: {argument} must be one of {', '.join(map(repr, options))}, "
            f"got {argument}={value!r}. {did_you_mean(str(value), options)}"
        )
    return value


def like_integers(values: Any, dtype: Any, rounded: Callable[[Any], Any] = jnp.round) -> jax.Array:
    """Numbers as `dtype`; for integers rounded and kept within its bounds."""
    if values.dtype != dtype and jnp.issubdtype(dtype, jnp.integer):
        info = np.iinfo(dtype)
        values = jnp.clip(rounded(values), info.min, info.max)
    array: jax.Array = values.astype(dtype)
    return array


def spatial_axes(data_format: str | None) -> tuple[int, int]:
    """The axes of height and width, counted from the end."""
    return (-2, -1) if data_format == "channels_first" else (-3, -2)


def channel_axis(data_format: str | None) -> int:
    """The axis of the channels, counted from the end."""
    return -3 if data_format == "channels_first" else -1


def need_floats(function: str, images: Any) -> jax.Array:
    """The images as an array, if they are floats."""
    images = jnp.asarray(images)
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise TypeError(
            f"{function} computes with floats, but got images of dtype {images.dtype}. Write "
            "images.astype('float32')."
        )
    return images


# --------------------------------------------------------------------------------------- resizing


def resize(
    images: Any,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> jax.Array:
    """Images with another height and width; whole numbers are rounded.

    Args:
        images: (..., height, width, channels).
        size: the new height and width.
        interpolation: 'bilinear', 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'.
        antialias: whether to blur before making smaller.
        crop_to_aspect_ratio: whether to keep the proportions, by cutting off what is too long.
        pad_to_aspect_ratio: whether to keep them, by adding borders of `fill_value`.
        fill_mode: 'constant'.
        fill_value: of the borders.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if a word is not known, or both cropping and padding are asked for.

    >>> import numpy as np
    >>> resize(np.array([[[0.0], [4.0]]]), (1, 4))[..., 0].tolist()
    [[0.0, 1.0, 3.0, 4.0]]
    """
    known("resize", "interpolation", interpolation, RESIZE_INTERPOLATIONS)
    known("resize", "fill_mode", fill_mode, ("constant",))
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "resize: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other. Choose one."
        )
    images = jnp.asarray(images)
    rows, columns = (axis + images.ndim for axis in spatial_axes(data_format))
    height, width = images.shape[rows], images.shape[columns]
    if crop_to_aspect_ratio:
        images = crop(images, *centred_window(height, width, size), data_format)
    elif pad_to_aspect_ratio:
        borders = [(0, 0)] * images.ndim
        for axis, border in zip((rows, columns), aspect_borders(height, width, size), strict=True):
            borders[axis] = (border, border)
        images = jnp.pad(images, borders, constant_values=fill_value)
    shape = list(images.shape)
    shape[rows], shape[columns] = size
    return like_integers(jax.image.resize(images, shape, interpolation, antialias), images.dtype)


def centred_window(height: int, width: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Top, left, height and width of the largest window in the middle with the proportions of `size`."""
    rows = max(min(height, int(width * size[0] / size[1])), 1)
    columns = max(min(width, int(height * size[1] / size[0])), 1)
    return (height - rows) // 2, (width - columns) // 2, rows, columns


def aspect_borders(height: int, width: int, size: tuple[int, int]) -> tuple[int, int]:
    """How many rows above and below, and columns left and right, give the proportions of `size`."""
    rows, columns = int(width * size[0] / size[1]), int(height * size[1] / size[0])
    return max(rows - height, 0) // 2, max(columns - width, 0) // 2


def crop(
    images: Any, top: Any, left: Any, height: int, width: int, data_format: str | None
) -> jax.Array:
    """A window of the images."""
    rows, columns = (axis + images.ndim for axis in spatial_axes(data_format))
    images = jax.lax.dynamic_slice_in_dim(images, top, height, rows)
    return jax.lax.dynamic_slice_in_dim(images, left, width, columns)


# ------------------------------------------------------------------------------------- resampling


def _taps(coordinates: Any, interpolation: str) -> list[tuple[Any, Any]]:
    """The pixels along one axis that a value between them is made of, and their weights."""
    if interpolation == "nearest":
        return [(jax.lax.round(coordinates).astype("int32"), None)]
    low = jnp.floor(coordinates)
    part = coordinates - low
    low = low.astype("int32")
    return [(low, 1.0 - part), (low + 1, part)]


def _sample(
    image: Any, rows: Any, columns: Any, interpolation: str, fill_mode: str, fill_value: Any
) -> Any:
    """An image (H, W, C) at real coordinates: one pixel or four for each, weighted."""
    height, width = image.shape[:2]
    outside, total = _OUTSIDE[fill_mode], 0
    for i, row_weight in _taps(rows, interpolation):
        for j, column_weight in _taps(columns, interpolation):
            pixels = image[outside(i, height), outside(j, width)]
            if fill_mode == "constant":
                inside = (i >= 0) & (i < height) & (j >= 0) & (j < width)
                pixels = jnp.where(inside[..., None], pixels, jnp.asarray(fill_value, image.dtype))
            if row_weight is None:
                return pixels
            total = total + (row_weight * column_weight)[..., None] * pixels
    return total


def resample(
    images: Any,
    coordinates: Callable[[Any, Any, Any], tuple[Any, Any]],
    parameters: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
) -> jax.Array:
    """A batch of images (channels last), each pixel (x, y) taken from elsewhere in its image.

    `coordinates(parameters[n], x, y)` says from where in image n: columns and rows, real numbers.
    """
    known("resample", "interpolation", interpolation, INTERPOLATIONS)
    known("resample", "fill_mode", fill_mode, FILL_MODES)
    y, x = jnp.meshgrid(jnp.arange(images.shape[1]), jnp.arange(images.shape[2]), indexing="ij")

    def one(image: Any, parameter: Any) -> Any:
        columns, rows = coordinates(parameter, x, y)
        return _sample(image, rows, columns, interpolation, fill_mode, fill_value)

    if isinstance(parameters, jax.Array):  # one for all images, or one for each
        parameters = jnp.broadcast_to(parameters, (images.shape[0], *parameters.shape[1:]))
    found = jax.vmap(one)(images, parameters)
    return like_integers(found, images.dtype, jax.lax.round)  # halves away from 0, as SciPy


def projected(coefficients: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """(x, y) under the projective map with coefficients a0, a1, a2, b0, b1, b2, c0, c1."""
    a0, a1, a2, b0, b1, b2, c0, c1 = coefficients
    scale = c0 * x + c1 * y + 1.0
    return (a0 * x + a1 * y + a2) / scale, (b0 * x + b1 * y + b2) / scale


def _affine(coefficients: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """(x, y) under the affine map with coefficients a0, a1, a2, b0, b1, b2."""
    a0, a1, a2, b0, b1, b2 = coefficients[:6]
    return a0 * x + a1 * y + a2, b0 * x + b1 * y + b2


def on_batch(function: Callable[[Any], Any], images: Any, data_format: str | None) -> Any:
    """Applies a function of batches with channels last to images of either kind."""
    images = jnp.asarray(images)
    single = images.ndim == 3
    batch = images[None] if single else images
    first = data_format == "channels_first"
    result = function(jnp.moveaxis(batch, 1, -1) if first else batch)
    result = jnp.moveaxis(result, -1, 1) if first else result
    return result[0] if single else result


def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> jax.Array:
    """Images whose pixel (x, y) comes from (a0 x + a1 y + a2, b0 x + b1 y + b2) of the original.

    Args:
        images: (batch, height, width, channels) or one image.
        transform: (batch, 8), or (8,) for all images: a0, a1, a2, b0, b1, b2, 0, 0.
        interpolation: 'bilinear' or 'nearest'.
        fill_mode: 'constant', 'nearest', 'wrap', 'mirror' or 'reflect': what is outside the image.
        fill_value: for 'constant'.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if a word is not known, or there are not 8 numbers for each image or for all.

    >>> import numpy as np
    >>> image = np.array([[[1.0], [2.0], [3.0]]])
    >>> affine_transform(image, np.array([1, 0, 1, 0, 1, 0, 0, 0.0]))[..., 0].tolist()
    [[2.0, 3.0, 0.0]]
    """
    table = jnp.atleast_2d(jnp.asarray(transform))
    _one_or_each("affine_transform", "transform", images, table, (8,))
    return on_batch(
        lambda batch: resample(batch, _affine, table, interpolation, fill_mode, fill_value),
        images,
        data_format,
    )


def _one_or_each(function: str, argument: str, images: Any, table: Any, shape: tuple[int, ...]) -> None:
    """Raises a ValueError unless a table has a row for each image, or one for all."""
    images = jnp.asarray(images)
    count = 1 if images.ndim == 3 else images.shape[0]
    if table.shape[1:] != shape or table.shape[0] not in (1, count):
        raise ValueError(
            f"{function}: {argument} must have a row of {shape[0]} numbers for each image, or one for "
            f"all {count}, got shape {show_shape(table.shape)}."
        )


def compute_homography_matrix(start_points: Any, end_points: Any) -> jax.Array:
    """The 8 coefficients of the projective maps that take four end points each to the start points.

    The eight equations are linear in them (Hartley and Zisserman, Multiple view geometry, 4.1).
    """
    x, y = start_points[..., 0], start_points[..., 1]
    u, v = end_points[..., 0], end_points[..., 1]
    zero, one = jnp.zeros_like(u), jnp.ones_like(u)
    of_x = jnp.stack([u, v, one, zero, zero, zero, -x * u, -x * v], axis=-1)
    of_y = jnp.stack([zero, zero, zero, u, v, one, -y * u, -y * v], axis=-1)
    equations = jnp.concatenate([of_x, of_y], axis=-2)
    return jnp.linalg.solve(equations, jnp.concatenate([x, y], axis=-1)[..., None])[..., 0]


def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> jax.Array:
    """Images seen from elsewhere, so that four start points come to lie at the end points.

    Args:
        images: (batch, height, width, channels) or one image.
        start_points, end_points: (batch, 4, 2) or (4, 2), each point as (x, y).
        interpolation: 'bilinear' or 'nearest'.
        fill_value: of what was outside the image.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if the points are not four.

    >>> import numpy as np
    >>> corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1.0]])
    >>> image = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    >>> mirrored = perspective_transform(image, corners, corners[[1, 0, 3, 2]])
    >>> np.round(mirrored[..., 0]).tolist()
    [[2.0, 1.0], [4.0, 3.0]]
    """
    start, end = (jnp.asarray(points, "float32") for points in (start_points, end_points))
    if start.shape[-2:] != (4, 2) or end.shape != start.shape:
        raise ValueError(
            "perspective_transform: start_points and end_points must both have shape (4, 2) or "
            f"(batch, 4, 2), got {show_shape(start.shape)} and {show_shape(end.shape)}."
        )
    table = jnp.atleast_2d(compute_homography_matrix(start, end))
    _one_or_each("perspective_transform", "start_points", images, table, (8,))
    return on_batch(
        lambda batch: resample(batch, projected, table, interpolation, "constant", fill_value),
        images,
        data_format,
    )


# ---------------------------------------------------------------------------------------- filters


def gaussian_weights(size: int, sigma: Any, dtype: Any, reach: Any = None) -> jax.Array:
    """The weights exp(-x² / 2 sigma²) of a row of `size` pixels, those further than `reach` from the
    middle being 0."""
    x = jnp.arange(size, dtype=dtype) - (size - 1) / 2
    weights = jnp.exp(-0.5 * (x / sigma) ** 2)
    if reach is not None:
        weights = jnp.where(jnp.abs(x) <= reach, weights, 0.0)
    return (weights / weights.sum()).astype(dtype)


def smooth(images: Any, weights: Any, axis: int) -> jax.Array:
    """Weighted sums along one axis; what is outside counts as 0."""
    size, length = weights.shape[0], images.shape[axis]
    before = (size - 1) // 2
    if size > FEW:  # as one matrix product
        at = jnp.arange(length)[:, None] - jnp.arange(length) + before
        matrix = jnp.where((at >= 0) & (at < size), weights[jnp.clip(at, 0, size - 1)], 0)
        return jnp.moveaxis(jnp.tensordot(images, matrix, axes=(axis, 0)), -1, axis)
    borders = [(0, 0)] * images.ndim
    borders[axis] = (before, size // 2)
    padded = jnp.pad(images, borders)
    shifted = (jax.lax.slice_in_dim(padded, i, i + length, axis=axis) for i in range(size))
    total: jax.Array = sum(weight * part for weight, part in zip(weights, shifted, strict=True))
    return total


def gaussian_blur(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> jax.Array:
    """Images whose pixels are means of their neighbours, weighted by a bell curve; 0 outside.

    Args:
        images: (..., height, width, channels).
        kernel_size: how many neighbours, along the width and along the height.
        sigma: width of the bell curve, likewise.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        TypeError: if the images are not floats.

    >>> import numpy as np
    >>> image = np.zeros((1, 3, 1), "float32")
    >>> image[0, 1] = 4.0
    >>> gaussian_blur(image, (3, 1), (1e6, 1.0))[0, :, 0].round(3).tolist()
    [1.333..., 1.333..., 1.333...]
    """
    images = need_floats("gaussian_blur", images)
    height, width = (axis + images.ndim for axis in spatial_axes(data_format))
    images = smooth(images, gaussian_weights(kernel_size[0], sigma[0], images.dtype), width)
    return smooth(images, gaussian_weights(kernel_size[1], sigma[1], images.dtype), height)
