"""Convolution, pooling, padding and sizes of images."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu import ops
from cornu.backend.products import checked_format
from cornu.core.errors import describe, did_you_mean
from cornu.ops.formulas import image
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = [
    *("conv1d", "conv2d", "conv2d_transpose", "conv3d", "depthwise_conv2d", "local_conv1d"),
    *("local_conv2d", "pool2d", "pool3d", "resize_images", "resize_volumes", "separable_conv2d"),
    *("spatial_2d_padding", "spatial_3d_padding", "temporal_padding"),
]

MODES = {"max": "max_pool", "avg": "average_pool"}


def conv1d(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """The convolution of sequences (batch, time, channels) with a kernel (size, channels, filters).

    Args:
        padding: 'valid' (default), 'same', or 'causal': zeros before the start alone.
        strides, data_format, dilation_rate: as for `conv2d`.

    Example:
        >>> conv1d(jnp.ones((1, 4, 1)), jnp.ones((2, 1, 1)), padding="causal").ravel().tolist()
        [1.0, 2.0, 2.0, 2.0]
    """
    data_format = checked_format("conv1d", data_format)
    if padding == "causal":
        step = dilation_rate if isinstance(dilation_rate, int) else dilation_rate[0]
        zeros = (step * (ops.shape(kernel)[0] - 1), 0)
        rest = [(0, 0), zeros] if data_format == "channels_last" else [(0, 0), (0, 0)]
        x = ops.pad(x, [*rest, (0, 0) if data_format == "channels_last" else zeros])
        padding = "valid"
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """The convolution of images with a kernel (height, width, channels, filters).

    Args:
        x: (batch, height, width, channels), or channels first.
        kernel: the weights.
        strides: steps along the axes, 1 by default.
        padding: 'valid' (default) or 'same'.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        dilation_rate: distances within the kernel, 1 by default.

    Example:
        >>> conv2d(jnp.ones((1, 2, 2, 1)), jnp.ones((2, 2, 1, 1))).ravel().tolist()
        [4.0]
    """
    return ops.conv(x, kernel, strides, padding, checked_format("conv2d", data_format), dilation_rate)


def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Any:
    """The convolution of volumes with a kernel (depth, height, width, channels, filters).

    Args:
        x: (batch, depth, height, width, channels), or channels first.
        kernel: the weights.
        strides: steps along the axes, 1 by default.
        padding: 'valid' (default) or 'same'.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        dilation_rate: distances within the kernel, 1 by default.

    Example:
        >>> conv3d(jnp.ones((1, 2, 2, 2, 1)), jnp.ones((2, 2, 2, 1, 1))).ravel().tolist()
        [8.0]
    """
    return ops.conv(x, kernel, strides, padding, checked_format("conv3d", data_format), dilation_rate)


def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """The convolution of each channel with kernels of its own.

    Args:
        x: (batch, height, width, channels), or channels first.
        depthwise_kernel: (height, width, channels, kernels for each).
        strides: steps along the axes, 1 by default.
        padding: 'valid' (default) or 'same'.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        dilation_rate: distances within the kernel, 1 by default.

    Example:
        >>> depthwise_conv2d(jnp.ones((1, 2, 2, 2)), jnp.ones((2, 2, 2, 1))).ravel().tolist()
        [4.0, 4.0]
    """
    data_format = checked_format("depthwise_conv2d", data_format)
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """`depthwise_conv2d`, and then a convolution of 1 x 1.

    Args:
        depthwise_kernel: (height, width, channels, kernels for each).
        pointwise_kernel: (1, 1, channels times kernels for each, filters).
        x, strides, padding, data_format, dilation_rate: as for `conv2d`.

    Example:
        >>> kernels = jnp.ones((2, 2, 2, 1)), jnp.ones((1, 1, 2, 1))
        >>> separable_conv2d(jnp.ones((1, 2, 2, 2)), *kernels).ravel().tolist()
        [8.0]
    """
    data_format = checked_format("separable_conv2d", data_format)
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """The transpose of a convolution: an image of `output_shape`, whose convolution has the size of x.

    Args:
        x: (batch, height, width, channels).
        kernel: (height, width, filters, channels).
        output_shape: with the batch axis, whose size is not read; None for sizes that follow.
        strides, padding, data_format, dilation_rate: as for `conv2d`.

    Example:
        >>> conv2d_transpose(
        ...     jnp.ones((1, 1, 1, 1)), jnp.ones((2, 2, 1, 1)), (1, 2, 2, 1)
        ... ).ravel().tolist()
        [1.0, 1.0, 1.0, 1.0]
    """
    data_format = checked_format("conv2d_transpose", data_format)
    axes = (1, 2) if data_format == "channels_last" else (2, 3)
    dilation = (dilation_rate,) * 2 if isinstance(dilation_rate, int) else tuple(dilation_rate)
    steps = (strides,) * 2 if isinstance(strides, int) else tuple(strides)
    wanted = [output_shape[axis] for axis in axes]
    extra = None
    if None not in wanted:
        extra = []
        for n, axis, k, step, rate in zip(
            wanted, axes, ops.shape(kernel), steps, dilation, strict=False
        ):
            reach = rate * (k - 1) + 1
            least = (ops.shape(x)[axis] - 1) * step + reach
            extra.append(n - least + (2 * (reach // 2) if padding == "same" else 0))
    return ops.conv_transpose(
        x, kernel, steps, padding, None if extra is None else tuple(extra), data_format, dilation
    )


def _pool(name: str, x: Any, pool_size: Any, strides: Any, padding: str, form: Any, mode: str) -> Any:
    if mode not in MODES:
        raise ValueError(f"K.{name}: unknown pool_mode={mode!r}. {did_you_mean(str(mode), MODES)}")
    return getattr(ops, MODES[mode])(x, pool_size, strides, padding, checked_format(name, form))


def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """The largest number, or for 'avg' the mean, of each window of images.

    Args:
        x: (batch, height, width, channels), or channels first.
        pool_size: height and width of the window.
        strides: steps between windows, 1 by default.
        padding: 'valid' (default) or 'same'.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        pool_mode: 'max' (default) or 'avg'.

    Example:
        >>> image = jnp.array([[1.0, 2.0], [3.0, 6.0]]).reshape(1, 2, 2, 1)
        >>> pool2d(image, (2, 2)).item(), pool2d(image, (2, 2), pool_mode="avg").item()
        (6.0, 3.0)
    """
    return _pool("pool2d", x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """The largest number, or for 'avg' the mean, of each window of volumes.

    Args:
        x: (batch, depth, height, width, channels), or channels first.
        pool_size: depth, height and width of the window.
        strides, padding, data_format, pool_mode: as for `pool2d`.

    Example:
        >>> pool3d(jnp.arange(8.0).reshape(1, 2, 2, 2, 1), (2, 2, 2)).item()
        7.0
    """
    return _pool("pool3d", x, pool_size, strides, padding, data_format, pool_mode)


@op(samplewise=True, face="K")
def local_conv1d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None
) -> Any:
    """A convolution with a kernel of its own for each place.

    Args:
        inputs: (batch, time, channels).
        kernel: (places, size * channels, filters).
        kernel_size, strides: a number each, or a tuple of one.
        data_format: 'channels_last' by default, or 'channels_first'.

    Returns:
        (batch, places, filters), or (batch, filters, places).

    Example:
        >>> local_conv1d(jnp.ones((1, 3, 1)), jnp.ones((2, 2, 1)), 2, 1).tolist()
        [[[2.0], [2.0]]]
    """
    x, kernel = tensor(inputs), tensor(kernel)
    data_format = checked_format("local_conv1d", data_format)
    size, step = int(np.ravel(kernel_size)[0]), int(np.ravel(strides)[0])
    x = jnp.swapaxes(x, 1, 2) if data_format == "channels_first" else x
    places = kernel.shape[0]
    if x.ndim != 3 or (places - 1) * step + size > x.shape[1]:
        raise ValueError(f"K.local_conv1d: {places} places of {size} do not lie in {describe(inputs)}.")
    windows = x[:, np.arange(places)[:, None] * step + np.arange(size)]
    found = jnp.einsum("bpk,pkf->bpf", windows.reshape(*windows.shape[:2], -1), kernel)
    return jnp.swapaxes(found, 1, 2) if data_format == "channels_first" else found


@op(samplewise=True, face="K")
def local_conv2d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    output_shape: Any,
    data_format: str | None = None,
) -> Any:
    """A convolution with a kernel of its own for each place.

    Args:
        inputs: (batch, height, width, channels), or channels first.
        kernel: (places, height * width * channels, filters); with channels first, these are first in
            the middle axis, too.
        kernel_size, strides: pairs.
        output_shape: height and width of the result, whose product is the number of places.
        data_format: 'channels_last' by default, or 'channels_first'.

    Returns:
        (batch, *output_shape, filters), or (batch, filters, *output_shape).

    Example:
        >>> local_conv2d(jnp.ones((1, 2, 2, 1)), jnp.ones((2, 2, 1)), (1, 2), (1, 1), (2, 1)).shape
        (1, 2, 1, 1)
    """
    x, kernel = tensor(inputs), tensor(kernel)
    first = checked_format("local_conv2d", data_format) == "channels_first"
    x = jnp.moveaxis(x, 1, -1) if first else x
    high, wide = output_shape
    (k, m), (s, t) = kernel_size, strides
    fits = x.ndim == 4 and (high - 1) * s + k <= x.shape[1] and (wide - 1) * t + m <= x.shape[2]
    if not fits or kernel.shape[0] != high * wide:
        raise ValueError(
            f"K.local_conv2d: {high} x {wide} places of {k} x {m} need as many kernels and a large "
            f"enough image, but kernel is {describe(kernel)} and the image {describe(inputs)}."
        )
    rows = np.arange(high)[:, None] * s + np.arange(k)
    columns = np.arange(wide)[:, None] * t + np.arange(m)
    windows = x[
        :, rows[:, None, :, None], columns[None, :, None, :]
    ]  # (batch, high, wide, k, l, channels)
    windows = jnp.moveaxis(windows, -1, 3) if first else windows
    flat = windows.reshape(x.shape[0], high * wide, -1)
    found = jnp.einsum("bpk,pkf->bpf", flat, kernel).reshape(x.shape[0], high, wide, -1)
    return jnp.moveaxis(found, -1, 1) if first else found


@op(samplewise=True, face="K")
def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest"
) -> Any:
    """Images made larger by whole factors.

    Args:
        x: (batch, height, width, channels), or channels first.
        height_factor, width_factor: whole numbers.
        data_format: 'channels_last' or 'channels_first'.
        interpolation: 'nearest' (default), 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'.

    Example:
        >>> resize_images(jnp.ones((1, 2, 2, 1)), 2, 3, "channels_last").shape
        (1, 4, 6, 1)
    """
    x = tensor(x)
    axes = (1, 2) if checked_format("resize_images", data_format) == "channels_last" else (2, 3)
    if interpolation == "nearest":
        return jnp.repeat(jnp.repeat(x, height_factor, axes[0]), width_factor, axes[1])
    size = (x.shape[axes[0]] * height_factor, x.shape[axes[1]] * width_factor)
    return image.resize(x, size, interpolation, data_format=data_format)


def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str
) -> Any:
    """Volumes made larger by whole factors, each number repeated.

    Args:
        x: (batch, depth, height, width, channels), or channels first.
        depth_factor, height_factor, width_factor: whole numbers.
        data_format: 'channels_last' or 'channels_first'.

    Example:
        >>> resize_volumes(jnp.ones((1, 1, 1, 1, 1)), 2, 3, 4, "channels_last").shape
        (1, 2, 3, 4, 1)
    """
    start = 1 if checked_format("resize_volumes", data_format) == "channels_last" else 2
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start):
        x = ops.repeat(x, factor, axis=axis)
    return x


def _padded(name: str, x: Any, padding: Any, data_format: str | None) -> Any:
    last = checked_format(name, data_format) == "channels_last"
    count = len(ops.shape(x)) - 2
    pairs = [tuple(pair) if isinstance(pair, (tuple, list)) else () for pair in padding]
    if len(pairs) != count or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"K.{name}: padding needs {count} pairs (before, after), one for each axis of x but those "
            f"of the batch and the channels, got {padding!r}."
        )
    return ops.pad(x, [(0, 0), *pairs, (0, 0)] if last else [(0, 0), (0, 0), *pairs])


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Sequences (batch, time, channels) with zeros before and after.

    Args:
        x: the sequences.
        padding: how many before and after, (1, 1) by default.

    Example:
        >>> temporal_padding(jnp.ones((1, 1, 1)), (1, 2)).ravel().tolist()
        [0.0, 1.0, 0.0, 0.0]
    """
    return _padded("temporal_padding", x, (padding,), None)


def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None) -> Any:
    """Images with zeros around them.

    Args:
        x: (batch, height, width, channels), or channels first.
        padding: how many, ((above, below), (left, right)), 1 by default.
        data_format: 'channels_last' or 'channels_first', the global setting by default.

    Example:
        >>> spatial_2d_padding(jnp.ones((1, 2, 2, 1)), ((0, 1), (1, 1))).shape
        (1, 3, 4, 1)
    """
    return _padded("spatial_2d_padding", x, padding, data_format)


def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Volumes with zeros around them.

    Args:
        x: (batch, depth, height, width, channels), or channels first.
        padding: how many before and after each axis, 1 by default.
        data_format: 'channels_last' or 'channels_first', the global setting by default.

    Example:
        >>> spatial_3d_padding(jnp.ones((1, 2, 2, 2, 1))).shape
        (1, 4, 4, 4, 1)
    """
    return _padded("spatial_3d_padding", x, padding, data_format)
