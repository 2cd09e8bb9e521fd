"""Convolutions with kernels that are given."""

from __future__ import annotations

from typing import Any

from cornu.core.errors import show_shape
from cornu.ops.arguments import alone, fits, layout, of_rank, sizes, word
from cornu.ops.formulas.convolution import convolve, convolve_transposed, transposed_cuts
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = ["conv", "conv_transpose", "depthwise_conv", "separable_conv"]


@op(samplewise=alone("inputs"))
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Any:
    """Slides a kernel over images: z[t] = Σₖ x[t stride + k dilation] W[k].

    Args:
        inputs: (batch, *sizes, channels), with one, two or three sizes.
        kernel: (*kernel sizes, channels / groups, filters); its channels say how many groups there
            are, each of which has its part of the filters.
        strides: steps from one output to the next. Default: 1.
        padding: 'valid', or 'same' for as many outputs as inputs, divided by the strides. Default:
            'valid'.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: steps between the numbers that a kernel sees. Default: 1.

    Raises:
        ValueError: if the shapes do not go together, or a word is not known.

    >>> conv([[[1.0], [3.0], [2.0]]], [[[1.0]], [[-1.0]]]).tolist()
    [[[-2.0], [1.0]]]
    """
    x, kernel = tensor(inputs), tensor(kernel)
    steps, dilation, padding, last = _checked(x, kernel, strides, dilation_rate, padding, data_format)
    channels, seen = x.shape[-1 if last else 1], kernel.shape[-2]
    if channels % seen or kernel.shape[-1] % (channels // seen):
        raise ValueError(
            f"a kernel of shape {show_shape(kernel.shape)}, (*sizes, channels / groups, filters), does "
            f"not go with {channels} channels: {seen} must divide them, and their quotient, the number "
            f"of groups, the {kernel.shape[-1]} filters."
        )
    return convolve(x, kernel, steps, padding, dilation, channels // seen, last)


@op(samplewise=alone("inputs"))
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Any:
    """Slides kernels over each channel apart from the others.

    Args:
        inputs: (batch, *sizes, channels), with one, two or three sizes.
        kernel: (*kernel sizes, channels, kernels for each channel).
        strides, padding, data_format, dilation_rate: as in `conv`.

    Returns:
        (batch, *new sizes, channels * kernels for each).

    Raises:
        ValueError: if the shapes do not go together, or a word is not known.

    >>> depthwise_conv([[[1.0, 2.0]]], [[[3.0], [4.0]]]).tolist()
    [[[3.0, 8.0]]]
    """
    x, kernel = tensor(inputs), tensor(kernel)
    steps, dilation, padding, last = _checked(x, kernel, strides, dilation_rate, padding, data_format)
    groups = x.shape[-1 if last else 1]
    _same_channels(kernel, groups, kernel.shape[-2], "(*sizes, channels, kernels for each)")
    kernel = kernel.reshape(*kernel.shape[:-2], 1, groups * kernel.shape[-1])
    return convolve(x, kernel, steps, padding, dilation, groups, last)


@op(samplewise=alone("inputs"))
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Any:
    """A convolution of each channel by itself, then one that mixes the channels of each pixel.

    Args:
        inputs: (batch, *sizes, channels), with one, two or three sizes.
        depthwise_kernel: (*kernel sizes, channels, kernels for each channel).
        pointwise_kernel: (1, ..., 1, channels * kernels for each, filters).
        strides, padding, data_format, dilation_rate: as in `conv`, of the first of the two.

    Raises:
        ValueError: if the shapes do not go together, or a word is not known.

    >>> separable_conv([[[1.0, 2.0]]], [[[3.0], [4.0]]], [[[1.0], [1.0]]]).tolist()
    [[[11.0]]]
    """
    x = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(x, pointwise_kernel, 1, "valid", data_format)


@op(samplewise=alone("inputs"))
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Any:
    """Lays a kernel onto the output once for each input: the transpose of `conv`.

    Args:
        inputs: (batch, *sizes, channels), with one, two or three sizes.
        kernel: (*kernel sizes, filters, channels).
        strides: steps between the places where the kernel is laid. Default: 1.
        padding: 'valid', or 'same' for as many outputs as inputs, times the strides. Default: 'valid'.
        output_padding: more outputs at the end, fewer than strides. Default: as many as fit.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: steps between the numbers of the kernel. Default: 1.

    Raises:
        ValueError: if the shapes do not go together, a word is not known, or `output_padding` is not
            below `strides`.

    >>> conv_transpose([[[1.0], [2.0]]], [[[1.0]], [[3.0]]], strides=2).tolist()
    [[[1.0], [3.0], [2.0], [6.0]]]
    """
    x, kernel = tensor(inputs), tensor(kernel)
    steps, dilation, padding, last = _checked(
        x, kernel, strides, dilation_rate, padding, data_format, fitting=False
    )
    _same_channels(kernel, x.shape[-1 if last else 1], kernel.shape[-1], "(*sizes, filters, channels)")
    more = None
    if output_padding is not None:
        more = sizes("output_padding", output_padding, len(steps), least=0)
        if any(extra >= step for extra, step in zip(more, steps, strict=True)):
            raise ValueError(
                f"output_padding must be below strides on each axis, got {more} and {steps}."
            )
    cuts = transposed_cuts(kernel.shape, steps, dilation, padding, more)
    return convolve_transposed(x, kernel, steps, cuts, dilation, last)


def _checked(
    x: Any,
    kernel: Any,
    strides: Any,
    dilation: Any,
    padding: Any,
    data_format: Any,
    fitting: bool = True,
) -> tuple[tuple[int, ...], tuple[int, ...], str, bool]:
    """Strides, dilation, padding and whether channels come last, if a kernel goes with the inputs."""
    of_rank("inputs", x, (3, 4, 5), "those of batch, space and channels")
    if kernel.ndim != x.ndim:
        raise ValueError(
            f"the kernel must have {x.ndim} axes, as the inputs have: {x.ndim - 2} of space and two of "
            f"channels; its shape is {show_shape(kernel.shape)}."
        )
    rank, last = x.ndim - 2, layout(data_format) == "channels_last"
    strides, dilation = sizes("strides", strides, rank), sizes("dilation_rate", dilation, rank)
    padding = word("padding", padding, ("valid", "same"))
    if fitting and padding == "valid":
        image = x.shape[1:-1] if last else x.shape[2:]
        spans = [(n - 1) * step + 1 for n, step in zip(kernel.shape, dilation, strict=False)]
        fits("a kernel", spans, image, ", or write padding='same'")
    return strides, dilation, padding, last


def _same_channels(kernel: Any, given: int, taken: int, axes: str) -> None:
    if given != taken:
        raise ValueError(
            f"the inputs have {given} channels, but the kernel is for {taken}: its shape "
            f"{show_shape(kernel.shape)} is {axes}."
        )
