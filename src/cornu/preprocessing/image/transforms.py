"""Transformations of one image, as Keras 2 had them: turned, shifted, sheared, zoomed, coloured.

What is random is drawn from NumPy's global generator, so that `numpy.random.seed` decides it.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from cornu.core.errors import describe, show_shape
from cornu.utils.images import array_to_img, img_to_array, pillow

Array = np.ndarray[Any, Any]


def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Any:
    """An image turned, then shifted, sheared and zoomed, about its middle.

    Args:
        x: image with three axes.
        theta: angle in degrees.
        tx, ty: shift along rows and columns, in pixels.
        shear: angle in degrees.
        zx, zy: zoom along rows and columns; above 1 the image becomes smaller.
        row_axis, col_axis, channel_axis: which axis is which. Default: channels first.
        fill_mode: what stands beyond the edges: 'nearest' (default), 'constant', 'reflect' or 'wrap'.
        cval: the constant.
        order: of the splines between pixels, 1 by default: linear.

    Raises:
        ValueError: if the image has other axes.
        ImportError: without SciPy.

    Example:
        >>> apply_affine_transform(np.arange(4.0).reshape(1, 2, 2), theta=90).round().tolist()
        [[[1.0, 3.0], [0.0, 2.0]]]
    """
    _check(x, row_axis, col_axis, channel_axis)
    steps = []
    if theta:
        steps.append(_turn(np.deg2rad(theta)))
    if tx or ty:
        steps.append(np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]]))
    if shear:
        angle = np.deg2rad(shear)
        steps.append(np.array([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]]))
    if zx != 1 or zy != 1:
        steps.append(np.diag([zx, zy, 1]))
    if not steps:
        return x
    matrix = _about_middle(reduce(np.dot, steps), x.shape[row_axis], x.shape[col_axis])
    if col_axis > row_axis:  # the matrix is of (x, y), the array of (row, column)
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    try:
        from scipy.ndimage import affine_transform
    except ImportError:
        raise ImportError("Transformations of images need SciPy: pip install scipy") from None
    moved = [
        affine_transform(channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval)
        for channel in np.moveaxis(x, channel_axis, 0)
    ]
    return np.stack(moved, axis=channel_axis)


def _turn(angle: float) -> Array:
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])


def _about_middle(matrix: Array, height: int, width: int) -> Array:
    """The transformation with the middle of the image, not its corner, as the fixed point."""
    there, back = np.eye(3), np.eye(3)
    there[:2, 2] = (height / 2 - 0.5, width / 2 - 0.5)
    back[:2, 2] = -there[:2, 2]
    return there @ matrix @ back


def _check(x: Any, row_axis: int, col_axis: int, channel_axis: int) -> None:
    axes = (row_axis, col_axis, channel_axis)
    if sorted(axes) != [0, 1, 2] or channel_axis == 1:
        raise ValueError(
            "row_axis, col_axis and channel_axis must be 0, 1 and 2, in any order with the channels "
            f"first or last, got {axes}."
        )
    if np.ndim(x) != 3:
        raise ValueError(
            f"Transformations take one image with three axes, got shape {show_shape(np.shape(x))}."
        )


def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """An image turned by up to `rg` degrees.

    x and the others are arguments of `apply_affine_transform`.

    Example:
        >>> np.random.seed(0)
        >>> random_rotation(np.ones((1, 4, 4)), 30).shape
        (1, 4, 4)
    """
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x, theta, 0, 0, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """An image shifted by up to the parts `wrg` of its width and `hrg` of its height.

    x and the others are arguments of `apply_affine_transform`.

    Example:
        >>> np.random.seed(0)
        >>> random_shift(np.ones((1, 4, 4)), 0.5, 0.5).shape
        (1, 4, 4)
    """
    height, width = x.shape[row_axis], x.shape[col_axis]
    tx = np.random.uniform(-hrg, hrg) * height
    ty = np.random.uniform(-wrg, wrg) * width
    return apply_affine_transform(
        x, 0, tx, ty, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def random_shear(
    x: Any,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """An image sheared by up to `intensity` degrees.

    x and the others are arguments of `apply_affine_transform`.

    Example:
        >>> np.random.seed(0)
        >>> random_shear(np.ones((1, 4, 4)), 20).shape
        (1, 4, 4)
    """
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x, 0, 0, 0, shear, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def random_zoom(
    x: Any,
    zoom_range: Any,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """An image zoomed along rows and columns by factors between the two of `zoom_range`.

    x and the others are arguments of `apply_affine_transform`.

    Example:
        >>> np.random.seed(0)
        >>> random_zoom(np.ones((1, 4, 4)), (0.5, 1.5)).shape
        (1, 4, 4)
    """
    low, high = pair_of("zoom_range", zoom_range)
    zx, zy = (1, 1) if low == high == 1 else np.random.uniform(low, high, 2)
    return apply_affine_transform(
        x, 0, 0, 0, 0, zx, zy, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def pair_of(argument: str, value: Any) -> tuple[float, float]:
    if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != 2:
        raise ValueError(
            f"{argument} must be a pair of numbers, the least and the largest, got {describe(value)}."
        )
    return value[0], value[1]


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> Any:
    """An image with `intensity` added, within the smallest and the largest value that it had.

    Example:
        >>> apply_channel_shift(np.array([0.0, 5.0, 9.0]), 2).tolist()
        [2.0, 7.0, 9.0]
    """
    return np.clip(np.asarray(x) + intensity, np.min(x), np.max(x))


def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> Any:
    """An image with a number of up to `intensity_range` added or subtracted.

    Example:
        >>> np.random.seed(0)
        >>> random_channel_shift(np.array([0.0, 5.0, 9.0]), 2).round(2).tolist()
        [0.2, 5.2, 9.0]
    """
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x: Any, brightness: float, scale: bool = True) -> Any:
    """An image with all values times `brightness`, as Pillow does it, in bytes.

    Args:
        x: image (height, width, channels).
        brightness: the factor.
        scale: whether to bring the values to 0 to 255 first (default). Without it that is done, and
            undone again, if they are not within these.

    Example:
        >>> apply_brightness_shift(np.full((1, 1, 3), 100.0), 1.5, scale=False).ravel().tolist()
        [150.0, 150.0, 150.0]
    """
    pillow("apply_brightness_shift")
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    outside = bool(low < 0 or high > 255)
    image = array_to_img(x, scale=outside or scale)
    result = img_to_array(ImageEnhance.Brightness(image).enhance(brightness))
    return result / 255 * (high - low) + low if outside and not scale else result


def random_brightness(x: Any, brightness_range: Any, scale: bool = True) -> Any:
    """An image times a factor between the two of `brightness_range`.

    Example:
        >>> np.random.seed(0)
        >>> random_brightness(np.full((1, 1, 3), 100.0), (1.5, 1.5), scale=False).ravel().tolist()
        [150.0, 150.0, 150.0]
    """
    return apply_brightness_shift(
        x, np.random.uniform(*pair_of("brightness_range", brightness_range)), scale
    )


def flip_axis(x: Any, axis: int) -> Any:
    """The image mirrored along an axis."""
    return np.flip(np.asarray(x), axis)
