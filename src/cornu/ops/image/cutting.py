"""Windows, borders and patches of images."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.errors import describe
from cornu.core.symbolic import known_shape
from cornu.ops.arguments import fits, layout, of_rank, sizes, word
from cornu.ops.formulas.convolution import patches
from cornu.ops.formulas.image import spatial_axes
from cornu.ops.image.images import batch_apart, images_of
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = ["crop_images", "extract_patches", "extract_patches_3d", "pad_images"]


@op(samplewise=batch_apart)
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: Any = None,
) -> Any:
    """Cuts off the sides of images. Of top, bottom and height two are given, and of left, right and
    width.

    Args:
        images: (batch, height, width, channels), or one image.
        top_cropping, left_cropping, bottom_cropping, right_cropping: how much is cut off.
        target_height, target_width: of what is left.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if not two of three are given, or the image is too small.

    >>> crop_images([[[1], [2], [3]]], 0, 1, 0, target_width=1).tolist()
    [[[2]]]
    """
    rows = (top_cropping, bottom_cropping, target_height)
    columns = (left_cropping, right_cropping, target_width)
    return _framed("cropping", images, rows, columns, data_format, -1)


@op(samplewise=batch_apart)
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: Any = None,
) -> Any:
    """Adds borders of zeros to images. Of top, bottom and height two are given, and of left, right
    and width.

    Args:
        images: (batch, height, width, channels), or one image.
        top_padding, left_padding, bottom_padding, right_padding: how much is added.
        target_height, target_width: of what comes out.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if not two of three are given, or the image is too large.

    >>> pad_images([[[1], [2]]], 0, 1, 0, target_width=4).tolist()
    [[[0], [1], [2], [0]]]
    """
    rows = (top_padding, bottom_padding, target_height)
    columns = (left_padding, right_padding, target_width)
    return _framed("padding", images, rows, columns, data_format, 1)


def _framed(what: str, images: Any, rows: Any, columns: Any, data_format: Any, sign: int) -> Any:
    """The images with borders (sign 1), or without (sign -1)."""
    images, data_format = images_of(images, data_format)
    amounts = [(0, 0, 0)] * images.ndim
    sides = (("top", "bottom", "height"), ("left", "right", "width"))
    for axis, words, values in zip(spatial_axes(data_format), sides, (rows, columns), strict=True):
        names = (f"{words[0]}_{what}", f"{words[1]}_{what}", f"target_{words[2]}")
        given = dict(zip(names, values, strict=True))
        before, after = _sides(given, images.shape[axis], known_shape(images.shape)[axis], sign)
        amounts[axis] = (sign * before, sign * after, 0)
    return lax.pad(images, jnp.zeros((), images.dtype), amounts)


def _sides(given: dict[str, Any], size: Any, known: int | None, sign: int) -> tuple[Any, Any]:
    """How much is added or cut off before and after, where two of before, after and the new size
    are given."""
    names, (before, after, target) = tuple(given), given.values()
    if sum(value is None for value in given.values()) != 1 or any(
        value is not None and value < 0 for value in given.values()
    ):
        got = ", ".join(f"{name}={describe(value)}" for name, value in given.items())
        raise ValueError(f"two of {', '.join(names)} must be given, as whole numbers from 0, got {got}.")
    if target is not None:
        rest = sign * (target - size)
        before = rest - after if before is None else before
        after = rest - before if after is None else after
    impossible = target is not None and min(before, after) < 0
    if known is not None and (impossible or (sign < 0 and before + after > size)):
        raise ValueError(
            f"a size of {known} does not become {names[2]}={target} with {names[0]}={before} and "
            f"{names[1]}={after}."
        )
    return before, after


def _batch(images: Any, size: Any, *_: Any, **__: Any) -> bool:
    return len(images.shape) == _rank(size) + 2


def _rank(size: Any) -> int:
    return 3 if isinstance(size, (tuple, list)) and len(size) == 3 else 2


@op(samplewise=_batch)
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
) -> Any:
    """Takes patches out of images, each as the channels of one pixel.

    Args:
        images: (batch, height, width, channels), or one image; with three numbers for `size` (batch,
            depth, height, width, channels).
        size: height and width of a patch, one number or two.
        strides: steps from one patch to the next. Default: `size`.
        dilation_rate: steps between the pixels of a patch. Default: 1.
        padding: 'valid', or 'same' for patches that stand over the border, with zeros there.
            Default: 'valid'.
        data_format: 'channels_last' (default) or 'channels_first'.

    Returns:
        (batch, rows of patches, columns, pixels of a patch * channels).

    Raises:
        ValueError: if the rank is another, no patch fits, or a word is not known.

    >>> extract_patches([[[1], [2], [3], [4]]], (1, 2)).tolist()
    [[[1, 2], [3, 4]]]
    """
    return _patches(images, _rank(size), size, strides, dilation_rate, padding, data_format)


@op(samplewise=lambda volumes, *_, **__: len(volumes.shape) == 5)
def extract_patches_3d(
    volumes: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
) -> Any:
    """Takes patches out of volumes, each as the channels of one cell.

    Args:
        volumes: (batch, depth, height, width, channels), or one volume.
        size: depth, height and width of a patch, one number or three.
        strides, dilation_rate, padding, data_format: as in `extract_patches`.

    Returns:
        (batch, *patches along each axis, cells of a patch * channels).

    Raises:
        ValueError: if the rank is another, no patch fits, or a word is not known.

    >>> extract_patches_3d([[[[1], [2], [3], [4]]]], (1, 1, 2)).tolist()
    [[[[1, 2], [3, 4]]]]
    """
    return _patches(volumes, 3, size, strides, dilation_rate, padding, data_format)


def _patches(
    x: Any, rank: int, size: Any, strides: Any, dilation: Any, padding: Any, data_format: Any
) -> Any:
    x, first = tensor(x), layout(data_format) == "channels_first"
    of_rank("images" if rank == 2 else "volumes", x, (rank + 1, rank + 2), "those of space and channels")
    size, dilation = sizes("size", size, rank), sizes("dilation_rate", dilation, rank)
    strides = sizes("strides", strides, rank) if strides else size
    padding = word("padding", padding, ("valid", "same"))
    batch = x if x.ndim == rank + 2 else x[None]
    batch = jnp.moveaxis(batch, 1, -1) if first else batch
    if padding == "valid":
        spans = [(n - 1) * step + 1 for n, step in zip(size, dilation, strict=True)]
        fits("a patch", spans, batch.shape[1:-1], ", or write padding='same'")
    found = patches(batch, size, strides, padding, dilation)
    found = jnp.moveaxis(found, -1, 1) if first else found
    return found if x.ndim == rank + 2 else found[0]
