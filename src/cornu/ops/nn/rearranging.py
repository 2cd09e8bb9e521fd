"""The same numbers elsewhere: blocks and patches of images."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import show_shape
from cornu.core.symbolic import known_shape
from cornu.ops.arguments import fits, layout, of_rank, sizes, whole
from cornu.ops.formulas.convolution import laid_back, patches
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = ["depth_to_space", "fold", "space_to_depth", "unfold"]


@op(samplewise=True)
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Makes of the channels of each pixel a block of pixels.

    Args:
        x: (batch, height, width, channels).
        block_size: height and width of a block, 2 or more; its square divides the channels.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if the rank is not 4, or the channels do not make up blocks.

    >>> depth_to_space([[[[1, 2, 3, 4]]]], 2)[0, ..., 0].tolist()
    [[1, 2], [3, 4]]
    """
    x, block, first = _image(x, block_size, data_format)
    channels = x.shape[1 if first else 3]
    if channels % block**2:
        raise ValueError(
            f"{channels} channels do not make up blocks of {block} x {block} pixels: give a multiple "
            f"of {block**2}."
        )
    depth = channels // block**2
    if first:
        n, _, height, width = x.shape
        x = x.reshape(n, depth, block, block, height, width).transpose(0, 1, 4, 2, 5, 3)
        return x.reshape(n, depth, height * block, width * block)
    n, height, width, _ = x.shape
    x = x.reshape(n, height, width, block, block, depth).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, height * block, width * block, depth)


@op(samplewise=True)
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Makes of each block of pixels the channels of one: the inverse of `depth_to_space`.

    Args:
        x: (batch, height, width, channels).
        block_size: height and width of a block, 2 or more; divides those of the images.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if the rank is not 4, or blocks do not cover the images.

    >>> space_to_depth([[[[1], [2]], [[3], [4]]]], 2).tolist()
    [[[[1, 2, 3, 4]]]]
    """
    x, block, first = _image(x, block_size, data_format)
    height, width = x.shape[2:] if first else x.shape[1:3]
    if any(size is not None and size % block for size in known_shape((height, width))):
        raise ValueError(
            f"blocks of {block} x {block} pixels do not cover images of shape "
            f"{show_shape(known_shape(x.shape))}: height and width must be multiples of {block}."
        )
    rows, columns = height // block, width // block
    if first:
        n, depth = x.shape[:2]
        x = x.reshape(n, depth, rows, block, columns, block).transpose(0, 1, 3, 5, 2, 4)
        return x.reshape(n, depth * block**2, rows, columns)
    n, depth = x.shape[0], x.shape[3]
    x = x.reshape(n, rows, block, columns, block, depth).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, rows, columns, depth * block**2)


@op(samplewise=True)
def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Takes patches out of images, each as a column.

    Args:
        x: (batch, channels, height, width).
        kernel_size: height and width of a patch, one number or two.
        dilation: steps between the pixels of a patch. Default: 1.
        padding: zeros around the images. Default: 0.
        stride: steps from one patch to the next. Default: 1.

    Returns:
        (batch, channels * pixels of a patch, patches).

    Raises:
        ValueError: if the rank is not 4, or no patch fits.

    >>> unfold([[[[1, 2, 3]]]], (1, 2)).tolist()
    [[[1, 2], [2, 3]]]
    """
    x = tensor(x)
    of_rank("x", x, (4,), "(batch, channels, height, width)")
    size, step, border, stride = _geometry(kernel_size, dilation, padding, stride)
    pads = [(around, around) for around in border]
    spans = [(n - 1) * d + 1 for n, d in zip(size, step, strict=True)]
    fits("a patch", spans, [n + 2 * p for n, p in zip(x.shape[2:], border, strict=True)])
    found = patches(jnp.moveaxis(x, 1, -1), size, stride, pads, step)
    n, rows, columns, _ = found.shape
    columns_of = found.reshape(n, rows * columns, size[0] * size[1], x.shape[1]).transpose(0, 3, 2, 1)
    return columns_of.reshape(n, x.shape[1] * size[0] * size[1], rows * columns)


@op(samplewise=True)
def fold(
    x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """Lays patches back into images, and adds up where they overlap: the transpose of `unfold`.

    Args:
        x: (batch, channels * pixels of a patch, patches).
        output_size: height and width of the images, one number or two.
        kernel_size, dilation, padding, stride: as in `unfold`.

    Returns:
        (batch, channels, height, width).

    Raises:
        ValueError: if the rank is not 3, or the patches are not those of images of this size.

    >>> fold([[[1, 2], [2, 3]]], (1, 3), (1, 2)).tolist()
    [[[[1, 4, 3]]]]
    """
    x = tensor(x)
    of_rank("x", x, (3,), "(batch, channels * pixels of a patch, patches)")
    size, step, border, stride = _geometry(kernel_size, dilation, padding, stride)
    output = sizes("output_size", output_size, 2)
    spans = [(n - 1) * d + 1 for n, d in zip(size, step, strict=True)]
    rows, columns = (
        (n + 2 * p - span) // s + 1 for n, p, span, s in zip(output, border, spans, stride, strict=True)
    )
    area, count = size[0] * size[1], rows * columns
    _, numbers, given = known_shape(x.shape)
    if (numbers is not None and numbers % area) or given not in (None, count):
        raise ValueError(
            f"patches of {size[0]} x {size[1]} pixels that cover images of {output[0]} x {output[1]} "
            f"have shape (batch, channels * {area}, {count}), got {show_shape((_, numbers, given))}."
        )
    depth = x.shape[1] // area
    found = x.reshape(x.shape[0], depth, *size, rows, columns).transpose(0, 4, 5, 2, 3, 1)
    found = found.reshape(x.shape[0], rows, columns, area * depth)
    return jnp.moveaxis(laid_back(found, output, size, stride, border, step), -1, 1)


def _geometry(*given: Any) -> list[tuple[int, ...]]:
    names = ("kernel_size", "dilation", "padding", "stride")
    return [
        sizes(name, value, 2, least=0 if name == "padding" else 1)
        for name, value in zip(names, given, strict=True)
    ]


def _image(x: Any, block_size: Any, data_format: Any) -> tuple[Any, int, bool]:
    x, block = tensor(x), whole("block_size", block_size, least=2)
    of_rank("x", x, (4,), "those of batch, height, width and channels")
    return x, block, layout(data_format) == "channels_first"
