"""One number of many, along axes: sums, extremes, means; and the same with NaN passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core import dtypes
from cornu.ops.numpy.elementwise import whole
from cornu.ops.op import along_rows, as_axes, as_op, op, reduction
from cornu.ops.tensors import floating, tensor

__all__ = [
    *("all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum"),
    *("max", "mean", "median", "min", "nanargmax", "nanargmin", "nancumprod", "nancumsum"),
    *("nanmax", "nanmean", "nanmedian", "nanmin", "nanprod", "nanstd", "nansum", "nanvar", "prod"),
    *("ptp", "std", "sum", "var"),
]

_AXES = "x: tensor of any shape.\naxis: axis, or tuple of axes, to go along. Default: all.\n"
_KEEPDIMS = "keepdims: whether those axes stay, with size 1. Default: False.\n"


def _of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, **how: function(floating(x), **how)


def _extreme(name: str, function: Callable[..., Any], says: str, gives: str) -> Callable[..., Any]:
    def row(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        return function(tensor(x), axis=as_axes(name, axis), keepdims=keepdims, initial=initial)

    takes = f"{_AXES}{_KEEPDIMS}initial: a number that counts as one more element. Default: none."
    return as_op(row, name, says, takes, "[[1, 5], [2, 3]], axis=0", gives, along_rows)


def _running(name: str, function: Callable[..., Any], says: str, gives: str) -> Callable[..., Any]:
    """The op that gives, for every element, one number of those up to it."""

    def row(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
        return function(tensor(x), axis=as_axes(name, axis), dtype=dtype and dtypes.standardize(dtype))

    takes = (
        "x: tensor of any shape.\n"
        "axis: the axis to go along. Default: all elements in a row.\n"
        "dtype: of the result. Default: that of x, int32 for truth values."
    )
    return as_op(row, name, says, takes, "[1, 2, 3]", gives, along_rows)


def _mean(x: Any, **how: Any) -> Any:
    # The sum of short floats may be beyond their range.
    mean = jnp.mean(x, dtype=jnp.promote_types(x.dtype, "float32"), **how)
    return mean if whole(x) else mean.astype(x.dtype)


def _var(x: Any, **how: Any) -> Any:
    x = floating(x)
    var = jnp.var(x, dtype=jnp.promote_types(x.dtype, "float32"), **how)
    return var.real.astype(x.real.dtype)


def _argmax(x: Any, **how: Any) -> Any:
    # Compared as floats, those below 1e-38 are 0 to the CPU; their bits, as whole numbers, are not.
    if jnp.issubdtype(x.dtype, jnp.floating):
        bits = lax.bitcast_convert_type(x, f"int{8 * x.dtype.itemsize}")
        ends = np.iinfo(bits.dtype)
        x = jnp.where(jnp.isnan(x), ends.max, jnp.where(bits < 0, ends.min - bits, bits))
    return jnp.argmax(x, **how)


def _argmin(x: Any, **how: Any) -> Any:
    return _argmax(-x, **how) if jnp.issubdtype(x.dtype, jnp.floating) else jnp.argmin(x, **how)


# Sums and the like. Short whole numbers are summed as int32 or uint32.
sum = reduction("sum", jnp.sum, "The sum of the elements along the axes.", "[1, 2]", "3")
all = reduction("all", jnp.all, "Whether all elements are true, that is, not 0.", "[1, 0]", "False")
any = reduction("any", jnp.any, "Whether an element is true, that is, not 0.", "[1, 0]", "True")
mean = reduction("mean", _mean, "The mean of the elements along the axes.", "[1, 2]", "1.5")
var = reduction("var", _var, "The mean of the squared distances from the mean.", "[1, 3]", "1.0")
std = reduction("std", _of_floats(jnp.std), "The square root of the variance.", "[1, 3]", "1.0")
median = reduction(
    "median", _of_floats(jnp.median), "The middle of the sorted elements.", "[9, 1, 2]", "2.0"
)

# Extremes.
amax = reduction("amax", jnp.max, "The largest of the elements along the axes.", "[1, 2]", "2")
amin = reduction("amin", jnp.min, "The smallest of the elements along the axes.", "[1, 2]", "1")
max = _extreme("max", jnp.max, "The largest of the elements along the axes.", "[2, 5]")
min = _extreme("min", jnp.min, "The smallest of the elements along the axes.", "[1, 3]")
ptp = reduction("ptp", jnp.ptp, "The largest minus the smallest (peak to peak).", "[1, 4]", "3")
argmax = reduction(
    "argmax", _argmax, "The place of the largest element; the first, of several.", "[1, 9]", "1"
)
argmin = reduction(
    "argmin", _argmin, "The place of the smallest element; the first, of several.", "[1, 9]", "0"
)

# What came before, each element included.
cumsum = _running("cumsum", jnp.cumsum, "The sums of the elements so far.", "[1, 3, 6]")
cumprod = _running("cumprod", jnp.cumprod, "The products of the elements so far.", "[1, 2, 6]")

# The same with NaN passed over.
_NAN = "[1.0, float('nan'), 3.0]"
nansum = reduction("nansum", jnp.nansum, "`sum`, NaN counting as 0.", _NAN, "4.0")
nanprod = reduction("nanprod", jnp.nanprod, "`prod`, NaN counting as 1.", _NAN, "3.0")
nanmean = reduction("nanmean", _of_floats(jnp.nanmean), "`mean` of what is not NaN.", _NAN, "2.0")
nanvar = reduction("nanvar", _of_floats(jnp.nanvar), "`var` of what is not NaN.", _NAN, "1.0")
nanstd = reduction("nanstd", _of_floats(jnp.nanstd), "`std` of what is not NaN.", _NAN, "1.0")
nanmedian = reduction(
    "nanmedian", _of_floats(jnp.nanmedian), "`median` of what is not NaN.", _NAN, "2.0"
)
nanmax = reduction("nanmax", jnp.nanmax, "`max` of what is not NaN; NaN if nothing is.", _NAN, "3.0")
nanmin = reduction("nanmin", jnp.nanmin, "`min` of what is not NaN; NaN if nothing is.", _NAN, "1.0")
nanargmax = reduction(
    "nanargmax", jnp.nanargmax, "`argmax` of what is not NaN; -1 if nothing is.", _NAN, "2"
)
nanargmin = reduction(
    "nanargmin", jnp.nanargmin, "`argmin` of what is not NaN; -1 if nothing is.", _NAN, "0"
)
nancumsum = _running("nancumsum", jnp.nancumsum, "`cumsum`, NaN counting as 0.", "[1, 3, 6]")
nancumprod = _running("nancumprod", jnp.nancumprod, "`cumprod`, NaN counting as 1.", "[1, 2, 6]")


@op(samplewise=along_rows)
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product of the elements along the axes.

    Args:
        x: tensor of any shape.
        axis: axis, or tuple of axes, to go along. Default: all.
        keepdims: whether those axes stay, with size 1. Default: False.
        dtype: of the result. Default: that of `x`; int32 or uint32 for shorter whole numbers.

    >>> prod([2, 3]).tolist()
    6
    """
    dtype, axis = dtype and dtypes.standardize(dtype), as_axes("prod", axis)
    return jnp.prod(tensor(x), axis=axis, keepdims=keepdims, dtype=dtype)


@op(samplewise=along_rows)
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many elements along the axes are not 0.

    Args:
        x: tensor of any shape.
        axis: axis, or tuple of axes, to go along. Default: all.

    >>> count_nonzero([[0, 1], [2, 3]], axis=0).tolist()
    [1, 2]
    """
    return jnp.count_nonzero(tensor(x), axis=as_axes("count_nonzero", axis)).astype("int32")
