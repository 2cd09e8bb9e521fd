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

from cornu.core import placement
from cornu.native.library import TARGET, library

X, K, Y = range(3)
MOST_AXES = 3
WORTH = 10_000  # multiplications: for fewer the call itself takes as long

operation = Primitive("convolution_by_onednn")


def for_cpu(kernel: Any, image: Any) -> bool:
    """Whether this is traced for a program on the CPU, and the sizes of the images are known."""
    known = all(isinstance(size, int) for size in image)
    return known and isinstance(kernel, jax.core.Tracer) and jax.default_backend() == "cpu"


def takes(
    given: Any, kernel: Any, pads: Any, dilation: Any, image: Any, transposed: bool = False
) -> bool:
    """Whether oneDNN can compute a convolution, or the transpose of one, and it pays. On several
    devices it is XLA's, which could not split this operation.

    Args:
        given, kernel, dilation: the images and the rest, as for `convolve`.
        pads: zeros before and after, or what is cut off, for each axis.
        image: the sizes of what is given.
        transposed: whether it is the transpose.
    """
    where = placement.current()
    sizes = (*given.shape, *kernel.shape)
    if len(pads) > MOST_AXES or not all(isinstance(size, int) and size > 0 for size in sizes):
        return False
    spans = [(taps - 1) * step for taps, step in zip(kernel.shape, dilation, strict=False)]
    fit = all(0 <= zeros <= span for pad, span in zip(pads, spans, strict=True) for zeros in pad)
    reaches = [n + sum(pad) for n, pad in zip(image, pads, strict=True)]
    some = transposed or all(reach > span for reach, span in zip(reaches, spans, strict=True))
    work = given.shape[0] * math.prod(image) * math.prod(kernel.shape)
    if not fit or not some or given.dtype != np.float32 or work < WORTH:
        return False
    return (where is None or where.replicas == 1) and bool(library().name)


def convolve(
    x: Any, kernel: Any, strides: Any, pads: Any, dilation: Any, groups: int, channels_last: bool
) -> Any:
    """The convolution of images, if `takes` says so.

    Args:
        pads: zeros before and after, for each axis.
        x, kernel, strides, dilation, groups, channels_last: as for `ops.formulas.convolution.convolve`.
    """
    image = x.shape[1:-1] if channels_last else x.shape[2:]
    rows = zip(image, kernel.shape, strides, pads, dilation, strict=False)
    sizes = [(n + sum(pad) - (k - 1) * step - 1) // stride + 1 for n, k, stride, pad, step in rows]
    shapes = x.shape, kernel.shape, _shape(x, sizes, kernel.shape[-1], channels_last)
    numbers = _numbers(groups, channels_last, strides, pads, dilation)
    return operation.bind(x, kernel, wanted=Y, numbers=numbers, shapes=shapes)


def convolve_transposed(
    y: Any, kernel: Any, strides: Any, cuts: Any, dilation: Any, channels_last: bool
) -> Any:
    """The transpose of a convolution, which gives images from outputs, if `takes` says so.

    Args:
        y, kernel, strides, cuts, dilation, channels_last: as for
            `ops.formulas.convolution.convolve_transposed`.
    """
    image = y.shape[1:-1] if channels_last else y.shape[2:]
    rows = zip(image, kernel.shape, strides, cuts, dilation, strict=False)
    sizes = [(n - 1) * stride + 1 + (k - 1) * step - sum(cut) for n, k, stride, cut, step in rows]
    shapes = _shape(y, sizes, kernel.shape[-2], channels_last), kernel.shape, y.shape
    numbers = _numbers(1, channels_last, strides, cuts, dilation)
    return operation.bind(kernel, y, wanted=X, numbers=numbers, shapes=shapes)


def _shape(given: Any, sizes: Any, channels: int, last: bool) -> tuple[int, ...]:
    return (len(given), *sizes, channels) if last else (len(given), channels, *sizes)


def _numbers(groups: int, last: bool, strides: Any, pads: Any, dilation: Any) -> tuple[int, ...]:
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
