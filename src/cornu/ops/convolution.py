"""Convolutions, formulated by device and shape: the one place where that choice is made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.ops.products import matmul

Sizes = Sequence[int]
Pairs = Sequence[tuple[int, int]]  # before and after, for each axis of the image


def convolve(
    x: Any,
    kernel: Any,
    strides: Sizes,
    padding: str | Pairs,
    dilation: Sizes,
    groups: int = 1,
    channels_last: bool = True,
) -> Any:
    """The cross-correlation of images with a kernel, over any number of axes.

    Args:
        x: (batch, *sizes, channels), or (batch, channels, *sizes).
        kernel: (*kernel sizes, channels / groups, filters).
        strides, dilation: for each axis, the steps between outputs and between the kernel's taps.
        padding: 'valid', 'same', or zeros before and after for each axis.
        groups: parts of the channels that are convolved each with its own part of the filters.
        channels_last: where the channels are.

    >>> convolve(jnp.ones((2, 5, 5, 3)), jnp.ones((3, 3, 3, 4)), (1, 1), "valid", (1, 1)).shape
    (2, 3, 3, 4)
    """
    x = x.astype(kernel.dtype)
    image = x.shape[1:-1] if channels_last else x.shape[2:]
    chosen = way(x, kernel, image, strides, groups)
    if chosen == "engine":
        return _by_engine(x, kernel, padding, strides, dilation, groups, channels_last)
    x = x if channels_last else jnp.moveaxis(x, 1, -1)
    pads = pairs(padding, image, kernel.shape, strides, dilation)
    if chosen == "scatter":
        spans = [(size - 1) * step for size, step in zip(kernel.shape, dilation, strict=False)]
        cuts = [(span - low, span - high) for span, (low, high) in zip(spans, pads, strict=True)]
        z = _scatter(x, _turned(kernel), strides, cuts, dilation)
    else:
        x = lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *((*pair, 0) for pair in pads), (0, 0, 0)])
        if chosen == "taps":
            z = _by_taps(x, kernel, strides, dilation)
        else:
            z = _gather(x, kernel, strides, dilation, groups)
    return z if channels_last else jnp.moveaxis(z, -1, 1)


def convolve_transposed(
    x: Any, kernel: Any, strides: Sizes, cuts: Pairs, dilation: Sizes, channels_last: bool = True
) -> Any:
    """The transpose of a convolution: each input lays the kernel, scaled, onto the output.

    Args:
        x: (batch, *sizes, channels), or (batch, channels, *sizes).
        kernel: (*kernel sizes, filters, channels).
        strides, dilation: for each axis, the steps between the places of inputs and between taps.
        cuts: how much of the whole output, (size - 1) stride + (kernel size - 1) dilation + 1 on
            each axis, is cut off before and after; below zero: how many zeros are added.
        channels_last: where the channels are.

    >>> z = convolve_transposed(jnp.ones((2, 5, 3)), jnp.ones((2, 4, 3)), (2,), [(0, 1)], (1,))
    >>> z.shape
    (2, 9, 4)
    """
    x = x.astype(kernel.dtype)
    if _composed(kernel):
        z = _scatter(x if channels_last else jnp.moveaxis(x, 1, -1), kernel, strides, cuts, dilation)
        return z if channels_last else jnp.moveaxis(z, -1, 1)
    spans = [(size - 1) * step for size, step in zip(kernel.shape, dilation, strict=False)]
    pads = [(span - low, span - high) for span, (low, high) in zip(spans, cuts, strict=True)]
    ones = (1,) * len(pads)
    return _by_engine(x, _turned(kernel), pads, ones, dilation, 1, channels_last, strides)


def way(x: Any, kernel: Any, image: Any, strides: Sizes, groups: int) -> str:
    """How a convolution is computed: 'engine', 'gather', 'scatter' or 'taps'."""
    if not (_composed(kernel) and all(isinstance(size, int) for size in image)):
        return "engine"
    if groups > 1 and kernel.shape[-2] == 1:
        return "taps"
    if groups == 1 and math.prod(strides) == 1 and kernel.shape[-1] < kernel.shape[-2]:
        return "scatter"
    return "gather"


def pairs(
    padding: str | Pairs, image: Sizes, kernel: Sizes, strides: Sizes, dilation: Sizes
) -> list[tuple[int, int]]:
    """The zeros before and after each axis. 'same' adds so many that ceil(size / stride) outputs
    come out, of an odd number the larger half after.

    >>> pairs("same", (5, 4), (3, 3), (1, 2), (1, 1))
    [(1, 1), (0, 1)]
    """
    if not isinstance(padding, str):
        return list(padding)
    if padding == "valid":
        return [(0, 0)] * len(image)
    found = []
    for size, taps, stride, step in zip(image, kernel, strides, dilation, strict=False):
        total = max((-(-size // stride) - 1) * stride + (taps - 1) * step + 1 - size, 0)
        found.append((total // 2, total - total // 2))
    return found


def _composed(kernel: Any) -> bool:
    """Whether convolutions are put together from other operations here."""
    single = kernel.dtype in (jnp.float32, jnp.float64)
    return single and isinstance(kernel, jax.core.Tracer) and jax.default_backend() == "cpu"


def _turned(kernel: Any) -> Any:
    """The kernel of the transposed convolution: turned around, its channels and filters exchanged."""
    return jnp.flip(kernel, tuple(range(kernel.ndim - 2))).swapaxes(-1, -2)


def _by_engine(
    x: Any,
    kernel: Any,
    padding: str | Pairs,
    strides: Sizes,
    dilation: Sizes,
    groups: int,
    channels_last: bool,
    spread: Sizes | None = None,
) -> Any:
    axes = "DHW"[3 - len(strides) :]
    layout = f"N{axes}C" if channels_last else f"NC{axes}"
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding.upper() if isinstance(padding, str) else padding,
        lhs_dilation=spread,
        rhs_dilation=dilation,
        dimension_numbers=(layout, f"{axes}IO", layout),
        feature_group_count=groups,
    )


def _shifted(x: Any, axis: int, taps: int, stride: int, step: int) -> list[Any]:
    """What each tap of a kernel sees along an axis."""
    count = (x.shape[axis] - (taps - 1) * step - 1) // stride + 1
    return [
        lax.slice_in_dim(x, tap * step, tap * step + (count - 1) * stride + 1, stride, axis)
        for tap in range(taps)
    ]


def _gather(x: Any, kernel: Any, strides: Sizes, dilation: Sizes, groups: int) -> Any:
    """Lays what each output sees side by side, then takes one matrix product."""
    *taps, channels, filters = kernel.shape
    for axis in reversed(range(len(taps))):
        seen = _shifted(x, axis + 1, taps[axis], strides[axis], dilation[axis])
        x = jnp.concatenate(seen, axis=-1) if len(seen) > 1 else seen[0]
    if groups == 1:
        return matmul(x, kernel.reshape(-1, filters))
    x = x.reshape(*x.shape[:-1], -1, groups, channels)
    kernel = kernel.reshape(-1, channels, groups, filters // groups)
    z = jnp.einsum("...tgc,tcgf->...gf", x, kernel)
    return z.reshape(*z.shape[:-2], filters)


def _scatter(x: Any, kernel: Any, strides: Sizes, cuts: Pairs, dilation: Sizes) -> Any:
    """Takes one matrix product, then adds up what falls on the same output: the transpose of
    `_gather`."""
    taps = kernel.shape[:-2]
    z = matmul(x, jnp.moveaxis(kernel, -1, 0).reshape(kernel.shape[-1], -1))
    zero = jnp.zeros((), x.dtype)
    for axis, (count, stride, step, (low, high)) in enumerate(
        zip(taps, strides, dilation, cuts, strict=True)
    ):
        parts = lax.split(z, (z.shape[-1] // count,) * count, axis=z.ndim - 1)
        pads = [(0, 0, 0)] * z.ndim
        z = 0
        for tap, part in enumerate(parts):
            pads[axis + 1] = (tap * step - low, (count - 1 - tap) * step - high, stride - 1)
            z = z + lax.pad(part, zero, pads)
    return z


def _by_taps(x: Any, kernel: Any, strides: Sizes, dilation: Sizes) -> Any:
    """Multiplies each channel by its own kernel, a tap at a time."""
    *taps, _, filters = kernel.shape
    x = jnp.repeat(x, filters // x.shape[-1], axis=-1) if filters != x.shape[-1] else x
    seen = [x]
    for axis, count in enumerate(taps):
        seen = [
            part
            for image in seen
            for part in _shifted(image, axis + 1, count, strides[axis], dilation[axis])
        ]
    weights = kernel.reshape(-1, filters)
    return sum(part * weights[tap] for tap, part in enumerate(seen))
