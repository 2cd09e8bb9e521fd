"""A convolution as one operation of JAX, computed by oneDNN; its derivatives are such operations, too.

Images x, a kernel k and outputs y are tied together by sum(y * convolution(x, k)), which is linear in
each of the three. Its derivative with respect to one of them is a function of the other two: the
outputs, the gradient of the images, or that of the kernel. So there is one operation with three
results to choose from, and the derivatives of each are the others.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from cornu.native.library import TARGET, library

X, K, Y = range(3)
MOST_AXES = 3
WORTH = 1_000_000  # multiplications: where a call takes as long as they do

operation = Primitive("convolution_by_onednn")


def takes(x: Any, kernel: Any, dilation: Any, pads: Any, outputs: Any) -> bool:
    """Whether a convolution can be computed here, and is large enough for that to pay.

    Args:
        x, kernel, dilation: as for `convolve`.
        pads: zeros before and after, for each axis.
        outputs: the sizes of the outputs.
    """
    sizes = (*x.shape, *kernel.shape, *outputs)
    if len(pads) > MOST_AXES or not all(isinstance(size, int) and size > 0 for size in sizes):
        return False
    spans = [(taps - 1) * step for taps, step in zip(kernel.shape, dilation, strict=False)]
    inside = all(0 <= zeros <= span for pad, span in zip(pads, spans, strict=True) for zeros in pad)
    work = x.shape[0] * math.prod(outputs) * math.prod(kernel.shape)
    return inside and x.dtype == kernel.dtype == np.float32 and work >= WORTH and bool(library().name)


def convolve(
    x: Any, kernel: Any, strides: Any, dilation: Any, pads: Any, groups: int, channels_last: bool,
    outputs: Any,
) -> Any:  # fmt: skip
    """The convolution of images; the arguments are those of `takes` and of
    `ops.formulas.convolution.convolve`."""
    shape = _shape(x.shape[0], outputs, kernel.shape[-1], channels_last)
    numbers = _numbers(groups, channels_last, strides, dilation, pads)
    return operation.bind(x, kernel, wanted=Y, numbers=numbers, shapes=(x.shape, kernel.shape, shape))


def convolve_transposed(
    y: Any, kernel: Any, strides: Any, dilation: Any, pads: Any, channels_last: bool, sizes: Any
) -> Any:
    """What gives images of these sizes from outputs: the transpose of a convolution."""
    shape = _shape(y.shape[0], sizes, kernel.shape[-2], channels_last)
    numbers = _numbers(1, channels_last, strides, dilation, pads)
    return operation.bind(kernel, y, wanted=X, numbers=numbers, shapes=(shape, kernel.shape, y.shape))


def _shape(batch: int, sizes: Any, channels: int, last: bool) -> tuple[int, ...]:
    return (batch, *sizes, channels) if last else (batch, channels, *sizes)


def _numbers(groups: int, last: bool, strides: Any, dilation: Any, pads: Any) -> tuple[int, ...]:
    before, after = zip(*pads, strict=True)
    return tuple(map(int, (groups, last, len(pads), *strides, *dilation, *before, *after)))


def _one_by_one(arguments: Any, axes: Any, **params: Any) -> Any:
    """Under vmap: more images are more rows; of several kernels each is computed on its own."""
    split = [axis is not None for axis in axes]
    moved = [
        jnp.moveaxis(a, axis, 0) if s else a for a, axis, s in zip(arguments, axes, split, strict=True)
    ]
    rest = [i for i in (X, K, Y) if i != params["wanted"]]
    if params["wanted"] != K and split == [i != K for i in rest]:
        return _together(moved, rest, **params), 0

    def one(parts: Any) -> Any:
        given = iter(parts)
        return operation.bind(
            *[next(given) if s else a for s, a in zip(split, moved, strict=True)], **params
        )

    return lax.map(one, [a for s, a in zip(split, moved, strict=True) if s]), 0


def _together(arguments: Any, rest: Any, *, wanted: int, numbers: Any, shapes: Any) -> Any:
    (more,) = [len(a) for a, i in zip(arguments, rest, strict=True) if i != K]
    flat = [a if i == K else a.reshape(-1, *a.shape[2:]) for a, i in zip(arguments, rest, strict=True)]
    many = tuple(s if i == K else (more * s[0], *s[1:]) for i, s in enumerate(shapes))
    z = operation.bind(*flat, wanted=wanted, numbers=numbers, shapes=many)
    return z.reshape(more, -1, *z.shape[1:])


def _derivative(position: int) -> Any:
    """The transpose with respect to the first or second argument."""

    def rule(slope: Any, *arguments: Any, wanted: int, numbers: Any, shapes: Any) -> Any:
        rest = [i for i in (X, K, Y) if i != wanted]
        three = {wanted: slope, rest[1 - position]: arguments[1 - position]}
        given = [three[i] for i in sorted(three)]
        return operation.bind(*given, wanted=rest[position], numbers=numbers, shapes=shapes)

    return rule


def _lowered(ctx: Any, *operands: Any, wanted: int, numbers: Any, shapes: Any) -> Any:
    library()  # what traced it may be remembered from before; programs that use it are to be known
    said = np.array([wanted, *numbers], np.int64)
    return jax.ffi.ffi_lowering(TARGET)(ctx, *operands, numbers=said)


operation.def_abstract_eval(lambda a, b, *, wanted, shapes, **_: a.update(shape=shapes[wanted]))
operation.def_impl(lambda *arguments, **params: jax.jit(partial(operation.bind, **params))(*arguments))
ad.defbilinear(operation, _derivative(0), _derivative(1))
batching.primitive_batchers[operation] = _one_by_one
mlir.register_lowering(operation, _lowered, platform="cpu")
