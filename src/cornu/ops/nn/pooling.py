"""Pooling: one number for each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cornu.ops.arguments import fits, layout, of_rank, sizes, word
from cornu.ops.formulas import pooling
from cornu.ops.op import op
from cornu.ops.tensors import floating, tensor

__all__ = ["adaptive_average_pool", "adaptive_max_pool", "average_pool", "max_pool"]


@op(samplewise=True)
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Any:
    """The largest number of each window.

    Args:
        inputs: (batch, *sizes, channels), with one, two or three sizes.
        pool_size: size of a window, for all axes or for each.
        strides: steps from one window to the next. Default: `pool_size`.
        padding: 'valid', or 'same' for windows that stand over the border. Default: 'valid'.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if the rank is another, a word is not known, or no window fits.

    >>> max_pool([[[1], [3], [2], [5]]], 2).tolist()
    [[[3], [5]]]
    """
    return _pooled(pooling.max_pool, tensor(inputs), pool_size, strides, padding, data_format)


@op(samplewise=True)
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Any:
    """The mean of each window, of the numbers in it that are not padding.

    Args:
        inputs, pool_size, strides, padding, data_format: as in `max_pool`.

    >>> average_pool([[[1], [3], [2], [5]]], 2).tolist()
    [[[2.0], [3.5]]]
    """
    return _pooled(pooling.average_pool, floating(inputs), pool_size, strides, padding, data_format)


@op(samplewise=True)
def adaptive_max_pool(inputs: Any, output_size: Any, data_format: Any = None) -> Any:
    """The largest number of each of `output_size` windows that cover the input evenly.

    Args:
        inputs: (batch, *sizes, channels), with one, two or three sizes.
        output_size: how many windows, along all axes or along each.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if the rank is another, or a word is not known.

    >>> adaptive_max_pool([[[1], [3], [2], [5], [4]]], 2).tolist()
    [[[3], [5]]]
    """
    return _adapted(pooling.adaptive_max_pool, tensor(inputs), output_size, data_format)


@op(samplewise=True)
def adaptive_average_pool(inputs: Any, output_size: Any, data_format: Any = None) -> Any:
    """The mean of each of `output_size` windows that cover the input evenly.

    Args:
        inputs, output_size, data_format: as in `adaptive_max_pool`.

    >>> adaptive_average_pool([[[1], [3], [2]]], 2).tolist()
    [[[2.0], [2.5]]]
    """
    return _adapted(pooling.adaptive_average_pool, floating(inputs), output_size, data_format)


def _pooled(
    reduce: Callable[..., Any], x: Any, size: Any, strides: Any, padding: Any, data_format: Any
) -> Any:
    data_format, rank = layout(data_format), _space(x)
    size = sizes("pool_size", size, rank)
    strides = size if strides is None else sizes("strides", strides, rank)
    padding = word("padding", padding, ("valid", "same"))
    if padding == "valid":
        space = x.shape[2:] if data_format == "channels_first" else x.shape[1:-1]
        fits("a window", size, space, ", or write padding='same'")
    return reduce(x, size, strides, padding, data_format)


def _adapted(reduce: Callable[..., Any], x: Any, count: Any, data_format: Any) -> Any:
    data_format, rank = layout(data_format), _space(x)
    return reduce(x, sizes("output_size", count, rank), data_format)


def _space(x: Any) -> int:
    """How many axes lie between the batch and the channels."""
    of_rank("inputs", x, (3, 4, 5), "those of batch, space and channels")
    return int(x.ndim) - 2
