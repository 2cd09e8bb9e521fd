"""Convolutions, formulated by device and shape: the one place where that choice is made."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core import placement
from cornu.core.inlining import rolled
from cornu.core.products import matmul
from cornu.native import convolution as native

# On a GPU or TPU the engine's convolution is best; on the CPU oneDNN's, where it is installed and the
# work is not tiny. Else, since inside of a loop, where training runs, the engine takes 10 to 60 times as
# long as outside, it is put together from slices, one matrix product and sums, a few images at a time
# (docs/performance.md has the figures).
CACHE = 2**20 * (os.cpu_count() or 1)  # bytes that are at hand quickly, about
# Many operands take long to compile: 200 slices 30 s. So many are made at once, for so many taps.
MANY, MOST_TAPS = 16, 64

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
    if not native.for_cpu(kernel, image):
        return _by_engine(x, kernel, padding, strides, dilation, groups, channels_last)
    pads = pairs(padding, image, kernel.shape, strides, dilation)
    if native.takes(x, kernel, pads, dilation, image):
        return native.convolve(x, kernel, strides, pads, dilation, groups, channels_last)
    spans = [(taps - 1) * step + 1 for taps, step in zip(kernel.shape, dilation, strict=False)]
    none = any(n + sum(pad) < span for n, pad, span in zip(image, pads, spans, strict=True))
    alone = groups > 1 and kernel.shape[-2] == 1  # each channel has its own kernels
    if none or not _composed(kernel, MOST_TAPS if alone else MOST_TAPS**2):
        return _by_engine(x, kernel, padding, strides, dilation, groups, channels_last)
    if alone:
        laid_out = groups + kernel.shape[-1]

        def one_part(x: Any) -> Any:
            return _by_taps(x, kernel, strides, dilation, pads)

    else:
        gathered = way(kernel.shape, strides, groups)
        laid_out = _laid_out(kernel.shape, gathered)

        def one_part(x: Any) -> Any:
            return _by_product(x, kernel, strides, dilation, pads, gathered, groups)

    pixels = math.prod(-(-size // stride) for size, stride in zip(image, strides, strict=True))
    return _in_parts(one_part, x, pixels * laid_out, channels_last)


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
    image = x.shape[1:-1] if channels_last else x.shape[2:]
    compiled = native.for_cpu(kernel, image)
    if compiled and native.takes(x, kernel, cuts, dilation, image, True):
        return native.convolve_transposed(x, kernel, strides, cuts, dilation, channels_last)
    if compiled and _composed(kernel, MOST_TAPS):
        laid_out = kernel.shape[-1] + math.prod(kernel.shape[:-1])

        def one_part(x: Any) -> Any:
            z = matmul(x, jnp.moveaxis(kernel, -1, 0).reshape(kernel.shape[-1], -1))
            for axis, cut in enumerate(cuts):
                z = _added_up(z, axis + 1, kernel.shape[axis], strides[axis], dilation[axis], cut)
            return z

        return _in_parts(one_part, x, math.prod(image) * laid_out, channels_last)
    spans = [(size - 1) * step for size, step in zip(kernel.shape, dilation, strict=False)]
    pads = [(span - low, span - high) for span, (low, high) in zip(spans, cuts, strict=True)]
    ones = (1,) * len(pads)
    return _by_engine(x, _turned(kernel), pads, ones, dilation, 1, channels_last, strides)


def transposed_cuts(
    kernel: Sizes, strides: Sizes, dilation: Sizes, padding: str, more: Sizes | None = None
) -> list[tuple[int, int]]:
    """What `convolve_transposed` cuts off: nothing for 'valid', for 'same' so much that
    size * stride outputs stay; or such that `more` outputs come after those of whole strides.

    >>> transposed_cuts((3,), (2,), (1,), "same"), transposed_cuts((1,), (2,), (1,), "valid")
    ([(0, 1)], [(0, -1)])
    """
    found = []
    for axis, stride in enumerate(strides):
        span = (kernel[axis] - 1) * dilation[axis] + 1
        if padding == "valid":
            excess = -(max(stride - span, 0) if more is None else more[axis])
        else:
            excess = span - stride if more is None else span - span % 2 - more[axis]
        before = max(excess // 2, 0)
        found.append((before, excess - before))
    return found


def patches(x: Any, size: Sizes, strides: Sizes, padding: str | Pairs, dilation: Sizes) -> Any:
    """What a kernel of this size sees at each of its places, laid out on the last axis: its taps in
    order, the channels of each.

    >>> patches(jnp.arange(4).reshape(1, 4, 1), (2,), (1,), "valid", (2,)).tolist()
    [[[0, 2], [1, 3]]]
    """
    pads = pairs(padding, x.shape[1:-1], size, strides, dilation)
    x = _surrounded(x, pads, range(len(size)))
    for axis in reversed(range(len(size))):
        x = _side_by_side(x, axis + 1, size[axis], strides[axis], dilation[axis])
    return x


def laid_back(z: Any, image: Sizes, size: Sizes, strides: Sizes, border: Sizes, dilation: Sizes) -> Any:
    """The transpose of `patches`: adds up what belongs to each pixel of images of this size, which
    had a border of zeros.

    >>> laid_back(jnp.array([[[1, 2], [3, 4]]]), (3,), (2,), (1,), (0,), (1,)).tolist()
    [[[1], [5], [4]]]
    """
    for axis, stride in enumerate(strides):
        whole = (z.shape[axis + 1] - 1) * stride + (size[axis] - 1) * dilation[axis] + 1
        cut = (border[axis], whole - border[axis] - image[axis])
        z = _added_up(z, axis + 1, size[axis], stride, dilation[axis], cut)
    return z


def way(kernel: Sizes, strides: Sizes, groups: int = 1) -> tuple[int, ...]:
    """The axes along which the inputs that a kernel of this shape sees are gathered before the
    product; along the others the products are added up after it.

    It is the choice that lays out the fewest numbers for each pixel.

    >>> way((3, 3, 1, 32), (1, 1)), way((3, 3, 64, 64), (1, 1)), way((3, 3, 64, 3), (1, 1))
    ((0, 1), (1,), ())
    """
    axes = tuple(range(len(strides)))
    if groups > 1:
        return axes
    # Along strided axes adding up would compute what it drops; many sums take long to compile.
    before = {axis for axis in axes if strides[axis] > 1 or kernel[axis] > MANY}
    subsets = [part for count in (*axes, len(axes)) for part in combinations(axes, count)]
    fit = [part for part in subsets if before <= set(part)]
    return min(reversed(fit), key=lambda gathered: _laid_out(kernel, gathered))


def _laid_out(kernel: Sizes, gathered: Sizes) -> int:
    """How many numbers are laid out for each pixel, before and after the product."""
    *taps, channels, filters = kernel
    before = math.prod(count for axis, count in enumerate(taps) if axis in gathered)
    return before * channels + math.prod(taps) // before * filters


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


def _composed(kernel: Any, most: int) -> bool:
    """Whether it is put together from other operations, if the kernel has at most so many taps."""
    whole = kernel.dtype in (jnp.float32, jnp.float64)  # sums in half precision would lose digits
    return whole and math.prod(kernel.shape[:-2]) <= most


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
    numbers = (layout, f"{axes}IO", layout)
    edges = padding.upper() if isinstance(padding, str) else padding
    return lax.conv_general_dilated(x, kernel, strides, edges, spread, dilation, numbers, groups)


def _in_parts(compute: Callable[[Any], Any], x: Any, numbers: int, channels_last: bool) -> Any:
    """`compute` for a few images at a time, so that the `numbers` laid out for each stay in the
    cache; in the backward pass they are laid out anew. Not on several devices: each part would lie
    on one of them, and all would gather it."""

    def one_part(x: Any) -> Any:
        if channels_last:
            return compute(x)
        return jnp.moveaxis(compute(jnp.moveaxis(x, 1, -1)), -1, 1)

    count = part(x.shape[0], numbers * x.dtype.itemsize)
    where = placement.current()
    if count is None or (where is not None and where.replicas > 1):
        return one_part(x)
    parts = x.reshape(-1, count, *x.shape[1:])
    z = rolled(lax.map, jax.checkpoint(one_part, prevent_cse=False), parts)
    return z.reshape(-1, *z.shape[2:])


def part(batch: Any, size: int) -> int | None:
    """How many images of `size` bytes are computed at a time: a divisor of the batch; None for all.

    >>> part(128, CACHE // 10), part(127, CACHE // 10), part(32, CACHE * 2), part(8, 1)
    (8, None, 1, None)
    """
    if not isinstance(batch, int) or batch * size <= CACHE:
        return None
    most = max(CACHE // size, 1)
    count = max(n for n in range(1, most + 1) if batch % n == 0)
    return count if 4 * count > most and count < batch else None


def _shifted(x: Any, axis: int, taps: int, stride: int, step: int) -> list[Any]:
    """What each tap of a kernel sees along an axis."""
    count = (x.shape[axis] - (taps - 1) * step - 1) // stride + 1
    return [
        lax.slice_in_dim(x, tap * step, tap * step + (count - 1) * stride + 1, stride, axis)
        for tap in range(taps)
    ]


def _surrounded(x: Any, pads: Pairs, axes: Sizes) -> Any:
    """The images with zeros around, along some axes."""
    amounts = [(0, 0, 0)] * x.ndim
    for axis in axes:
        amounts[axis + 1] = (*pads[axis], 0)
    return lax.pad(x, jnp.zeros((), x.dtype), amounts)


def _seen(x: Any, kernel: Sizes, strides: Sizes, dilation: Sizes, axes: Sizes) -> list[Any]:
    """What each tap sees along some axes, the taps in the order of the kernel."""
    seen = [x]
    for axis in axes:
        seen = [
            part
            for image in seen
            for part in _shifted(image, axis + 1, kernel[axis], strides[axis], dilation[axis])
        ]
    return seen


def _side_by_side(x: Any, axis: int, taps: int, stride: int, step: int) -> Any:
    """What all taps see along an axis, one after the other on the last axis; of many taps by laying
    groups of them side by side that are so themselves."""
    if taps <= MANY:
        return jnp.concatenate(_shifted(x, axis, taps, stride, step), axis=-1)
    few = math.isqrt(taps)
    group = _side_by_side(x, axis, few, 1, step)
    count = (x.shape[axis] - (taps - 1) * step - 1) // stride + 1
    parts = []
    for tap in range(0, taps, few):
        start = min(tap, taps - few) * step
        part = lax.slice_in_dim(group, start, start + (count - 1) * stride + 1, stride, axis)
        repeated = tap - min(tap, taps - few)  # the last group begins among the taps before it
        parts.append(part[..., repeated * x.shape[-1] :])
    return jnp.concatenate(parts, axis=-1)


def _by_product(
    x: Any, kernel: Any, strides: Sizes, dilation: Sizes, pads: Pairs, gathered: Sizes, groups: int
) -> Any:
    """Lays side by side what is seen along the `gathered` axes, takes one matrix product for all
    taps, and adds up along the other axes."""
    *taps, channels, filters = kernel.shape
    x = _surrounded(x, pads, gathered)
    if math.prod(taps[axis] for axis in gathered) <= MANY:
        x = jnp.concatenate(_seen(x, taps, strides, dilation, gathered), axis=-1)
    else:
        for axis in reversed(gathered):
            x = _side_by_side(x, axis + 1, taps[axis], strides[axis], dilation[axis])
    if groups > 1:
        x = x.reshape(*x.shape[:-1], -1, groups, channels)
        kernel = kernel.reshape(-1, channels, groups, filters // groups)
        z = jnp.einsum("...tgc,tcgf->...gf", x, kernel)
        return z.reshape(*z.shape[:-2], filters)
    others = [axis for axis in range(len(taps)) if axis not in gathered]
    order = (*gathered, len(taps), *others, len(taps) + 1)
    z = matmul(x, jnp.flip(kernel, others).transpose(order).reshape(x.shape[-1], -1))
    for axis in others:
        span = (taps[axis] - 1) * dilation[axis]
        cut = (span - pads[axis][0], span - pads[axis][1])
        z = _added_up(z, axis + 1, taps[axis], 1, dilation[axis], cut)
    return z


def _added_up(z: Any, axis: int, taps: int, stride: int, step: int, cut: tuple[int, int]) -> Any:
    """The sum of the products of each tap, the last axis of `z`, moved to where they belong: the
    transpose of laying side by side."""
    parts = lax.split(z, (z.shape[-1] // taps,) * taps, axis=z.ndim - 1)
    pads = [(0, 0, 0)] * z.ndim
    total: Any = 0
    for tap, products in enumerate(parts):
        pads[axis] = (tap * step - cut[0], (taps - 1 - tap) * step - cut[1], stride - 1)
        total = total + lax.pad(products, jnp.zeros((), z.dtype), pads)
    return total


def _by_taps(x: Any, kernel: Any, strides: Sizes, dilation: Sizes, pads: Pairs) -> Any:
    """Multiplies each channel by its own kernel, a tap at a time."""
    *taps, _, filters = kernel.shape
    if filters != x.shape[-1]:
        x = jnp.repeat(x, filters // x.shape[-1], axis=-1)
    axes = range(len(taps))
    seen = _seen(_surrounded(x, pads, axes), taps, strides, dilation, axes)
    weights = kernel.reshape(-1, filters)
    return sum(part * weights[tap] for tap, part in enumerate(seen))
