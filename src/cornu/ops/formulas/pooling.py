"""Pooling, formulated by device and shape: the one place where that choice is made."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# XLA's CPU code for windows (`reduce_window`) is slow, most of all the gradient of its maximum. Here
# an axis is pooled after the other, as strided slices of which the largest is taken, or, where
# windows lie side by side and are not small, as an axis of its own ("split"): 0.07 to 0.6 of the time
# of the windows, forward and backward in a loop (docs/performance.md has the table). On other devices
# nothing has been measured yet, and XLA's windows are used.
FEW = {"max": 3, "mean": 4}  # windows side by side of at most this length are slices
MANY = 64  # overlapping windows of more numbers are XLA's: the program would get long


def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Any:
    """The largest number of each window.

    Of equal numbers the first, in the order of rows, gets the whole gradient.

    >>> max_pool(jnp.array([1.0, 3.0, 2.0, 5.0]).reshape(1, 4, 1), 2).ravel().tolist()
    [3.0, 5.0]
    """
    size, strides, axes = _geometry(inputs, pool_size, strides, data_format)
    lowest = -np.inf if jnp.issubdtype(inputs.dtype, jnp.floating) else np.iinfo(inputs.dtype).min
    if way(inputs, size, strides, axes) == "window":
        return _window(inputs, lowest, lax.max, size, strides, padding, axes)
    inputs = _padded(inputs, lowest, size, strides, padding, axes)
    for n, stride, axis in reversed(list(zip(size, strides, axes, strict=True))):
        inputs = _max_along(inputs, n, stride, axis)
    return inputs


def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Any:
    """The mean of each window, of the numbers in it that are not padding.

    >>> average_pool(jnp.array([1.0, 3.0, 2.0]).reshape(1, 3, 1), 2, padding="same").ravel().tolist()
    [2.0, 2.0]
    """
    size, strides, axes = _geometry(inputs, pool_size, strides, data_format)
    if way(inputs, size, strides, axes) == "window":
        sums = _window(inputs, 0, lax.add, size, strides, padding, axes)
    else:
        sums = _padded(inputs, 0, size, strides, padding, axes)
        for n, stride, axis in reversed(list(zip(size, strides, axes, strict=True))):
            sums = _sum_along(sums, n, stride, axis)
    if padding == "valid":
        return sums / math.prod(size)
    for n, stride, axis in zip(size, strides, axes, strict=True):
        counts = _counts(inputs.shape[axis], n, stride).astype(inputs.dtype)
        sums = sums / counts.reshape([-1 if a == axis else 1 for a in range(inputs.ndim)])
    return sums


def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The largest number of each of `output_size` windows that cover the input evenly.

    >>> adaptive_max_pool(jnp.array([1.0, 3.0, 2.0, 5.0, 4.0]).reshape(1, 5, 1), 2).ravel().tolist()
    [3.0, 5.0]
    """
    for count, axis in zip(*_per_axis(inputs, output_size, data_format), strict=True):
        starts, stops = _spread(inputs.shape[axis], count)
        n = int(np.max(stops - starts))
        if inputs.shape[axis] != count * n:  # several lengths: laid side by side, of one length
            places = np.minimum(starts[:, None] + np.arange(n), stops[:, None] - 1)
            inputs = jnp.take(inputs, places.ravel(), axis, mode="clip")
        inputs = _max_along(inputs, n, n, axis)
    return inputs


def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The mean of each of `output_size` windows that cover the input evenly.

    >>> adaptive_average_pool(jnp.array([1.0, 3.0, 2.0]).reshape(1, 3, 1), 2).ravel().tolist()
    [2.0, 2.5]
    """
    for count, axis in zip(*_per_axis(inputs, output_size, data_format), strict=True):
        length = inputs.shape[axis]
        if length % count == 0:
            inputs = _sum_along(inputs, length // count, length // count, axis) / (length // count)
            continue
        starts, stops = (edges[:, None] for edges in _spread(length, count))
        inside = (starts <= np.arange(length)) & (np.arange(length) < stops)
        shares = (inside / (stops - starts)).astype(inputs.dtype)
        means = jnp.tensordot(inputs, shares, (axis, 1), precision="highest")
        inputs = jnp.moveaxis(means, -1, axis)
    return inputs


def way(inputs: Any, size: Any, strides: Any, axes: Any) -> str:
    """How the windows of this array are pooled: as XLA's 'window', or 'along' one axis after the other.

    Outside of a program each operation is a call of its own, and of an unknown size only XLA's
    windows can be traced.
    """
    side_by_side = tuple(size) == tuple(strides)
    known = all(isinstance(inputs.shape[axis], int) for axis in axes)
    if not (isinstance(inputs, jax.core.Tracer) and jax.default_backend() == "cpu" and known):
        return "window"
    return "along" if side_by_side or math.prod(size) <= MANY else "window"


def _per_axis(inputs: Any, value: Any, data_format: str | None) -> tuple[tuple[int, ...], range]:
    """A number for each axis of space, and these axes."""
    rank = inputs.ndim - 2
    start = 2 if data_format == "channels_first" else 1
    return (value,) * rank if isinstance(value, int) else tuple(value), range(start, start + rank)


def _geometry(inputs: Any, pool_size: Any, strides: Any, data_format: str | None) -> Any:
    size, axes = _per_axis(inputs, pool_size, data_format)
    return size, size if strides is None else _per_axis(inputs, strides, data_format)[0], axes


def _window(
    x: Any, start: Any, combine: Callable[..., Any], size: Any, strides: Any, padding: str, axes: Any
) -> Any:
    def everywhere(values: Any) -> list[int]:
        return [values[axis - axes[0]] if axis in axes else 1 for axis in range(x.ndim)]

    start = np.array(start, x.dtype)
    return lax.reduce_window(x, start, combine, everywhere(size), everywhere(strides), padding.upper())


def _padded(x: Any, value: Any, size: Any, strides: Any, padding: str, axes: Any) -> Any:
    if padding == "valid":
        return x
    edges = [(0, 0)] * x.ndim
    edges[axes[0] : axes[-1] + 1] = lax.padtype_to_pads(
        [x.shape[axis] for axis in axes], size, strides, "SAME"
    )
    if not any(map(any, edges)):
        return x
    return lax.pad(x, np.array(value, x.dtype), [(*edge, 0) for edge in edges])


def _counts(length: int, n: int, stride: int) -> Any:
    """How many numbers that are not padding each window along an axis has."""
    ((before, _),) = lax.padtype_to_pads([length], [n], [stride], "SAME")
    starts = np.arange(-(-length // stride)) * stride - before
    return np.minimum(starts + n, length) - np.maximum(starts, 0)


def _spread(length: int, count: int) -> tuple[Any, Any]:
    """Where each of `count` windows that cover an axis evenly starts, and where it stops."""
    places = np.arange(count + 1) * length
    return places[:-1] // count, -(-places[1:] // count)


def _slices(x: Any, n: int, stride: int, axis: int) -> list[Any]:
    """The first numbers of all windows along an axis, the second ones, and so on."""
    last = (x.shape[axis] - n) // stride * stride
    return [lax.slice_in_dim(x, i, i + last + 1, stride, axis) for i in range(n)]


def _split(x: Any, n: int, axis: int) -> Any:
    """Windows side by side along an axis, with an axis of their own after it."""
    count = x.shape[axis] // n
    x = lax.slice_in_dim(x, 0, count * n, 1, axis)
    return x.reshape(*x.shape[:axis], count, n, *x.shape[axis + 1 :])


def _sum_along(x: Any, n: int, stride: int, axis: int) -> Any:
    if n == stride and n > FEW["mean"]:
        return jnp.sum(_split(x, n, axis), axis + 1)
    return functools.reduce(lax.add, _slices(x, n, stride, axis))


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _max_along(x: Any, n: int, stride: int, axis: int) -> Any:
    """The largest numbers of the windows along an axis. The gradient goes to the first of equal ones."""
    if n == stride and n > FEW["max"]:
        return jnp.max(_split(x, n, axis), axis + 1)
    return functools.reduce(lax.max, _slices(x, n, stride, axis))


@_max_along.defjvp
def _tangent(n: int, stride: int, axis: int, primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (dx,) = primals, tangents
    largest = _max_along(x, n, stride, axis)
    which = _place(x, largest, n, stride, axis)
    if n != stride:
        parts = [jnp.where(which == i, part, 0) for i, part in enumerate(_slices(dx, n, stride, axis))]
        return largest, functools.reduce(lax.add, parts)
    parts = _split(dx, n, axis)  # its gradient is written in one go
    places = lax.broadcasted_iota(which.dtype, parts.shape, axis + 1)
    return largest, jnp.sum(jnp.where(jnp.expand_dims(which, axis + 1) == places, parts, 0), axis + 1)


def _place(x: Any, largest: Any, n: int, stride: int, axis: int) -> Any:
    """The place of the largest number in each window along an axis, of equal ones the first."""
    if n == stride and n > FEW["max"]:
        return jnp.argmax(_split(x, n, axis), axis + 1)
    place = jnp.full(largest.shape, n - 1, jnp.int8)  # at most MANY
    for i, part in reversed(list(enumerate(_slices(x, n, stride, axis)[:-1]))):
        place = jnp.where(part == largest, jnp.int8(i), place)
    return place
