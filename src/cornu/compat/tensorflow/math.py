"""`tf.math`: functions of numbers; most are a row of a table, an op of Cornu under TensorFlow's name."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np

from cornu import ops
from cornu.compat.tensorflow.rows import named, rows
from cornu.core import dtypes
from cornu.core.errors import describe
from cornu.core.symbolic import KerasTensor
from cornu.ops.op import unary

digamma = unary("digamma", special.digamma, "The derivative of lgamma.", "[1.0]", "[-0.577215...]", True)
lgamma = unary("lgamma", special.gammaln, "The logarithm of |Γ(x)|.", "[4.0]", "[1.7917...]", True)
ndtri = unary(
    "ndtri", special.ndtri, "The quantiles of the normal distribution.", "[0.5]", "[0.0]", True
)

_OPS = {
    **rows(
        ops,
        "x",
        "abs acos=arccos acosh=arccosh angle asin=arcsin asinh=arcsinh atan=arctan atanh=arctanh "
        "bessel_i0=i0 ceil conj cos cosh erf erfc erfinv exp expm1 floor imag is_finite=isfinite "
        "is_inf=isinf is_nan=isnan log log1p log_sigmoid logical_not negative real reciprocal "
        "rint=round round rsqrt sigmoid sign sin sinh sqrt square tan tanh",
    ),
    **rows(ops, "features", "softplus softsign"),
    **rows(
        ops,
        "x y",
        "add atan2=arctan2 divide divide_no_nan equal floordiv=floor_divide floormod=mod greater "
        "greater_equal less less_equal logical_and logical_or logical_xor maximum minimum mod multiply "
        "not_equal pow=power subtract truediv=true_divide",
    ),
    **rows(
        ops,
        "input_tensor axis keepdims",
        "reduce_all=all reduce_any=any reduce_logsumexp=logsumexp reduce_max=max reduce_min=min "
        "reduce_prod=prod reduce_std=std reduce_sum=sum reduce_variance=var",
    ),
    **rows(ops, "data segment_ids", "segment_max segment_min segment_prod segment_sum"),
    **rows(
        ops,
        "data segment_ids num_segments",
        "unsorted_segment_max=segment_max unsorted_segment_min=segment_min "
        "unsorted_segment_prod=segment_prod unsorted_segment_sum=segment_sum",
    ),
    **rows(ops, "logits axis", "log_softmax softmax"),
    **rows(ops, "input k sorted", "top_k"),
    **rows(ops, "targets predictions k", "in_top_k"),
}
globals().update(_OPS)
_HERE = (
    *("accumulate_n", "add_n", "argmax", "argmin", "bincount", "confusion_matrix", "count_nonzero"),
    *("cumprod", "cumsum", "cumulative_logsumexp", "digamma", "is_non_decreasing"),
    *("is_strictly_increasing", "l2_normalize", "lgamma", "multiply_no_nan", "ndtri", "polyval"),
    *("reduce_euclidean_norm", "reduce_mean", "scalar_mul", "squared_difference"),
    *("unsorted_segment_mean", "segment_mean", "xdivy", "xlogy", "zero_fraction"),
)
__all__ = sorted([*_OPS, *_HERE])


@named
def reduce_mean(input_tensor: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean along axes. Of whole numbers it is a whole number, rounded towards 0, as in TensorFlow.

    >>> reduce_mean([1, 0, 1, 0]).tolist(), reduce_mean([1.0, 0.0]).tolist()
    (0, 0.5)
    """
    x = _tensor(input_tensor)
    mean = ops.mean(x, axis, keepdims)
    return ops.cast(mean, x.dtype) if np.issubdtype(_dtype(x), np.integer) else mean


@named
def reduce_euclidean_norm(input_tensor: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The root of the sum of squares along axes."""
    return ops.sqrt(ops.sum(ops.square(_tensor(input_tensor)), axis, keepdims))


@named
def argmax(input: Any, axis: Any = None, output_type: Any = "int64") -> Any:
    """The place of the largest number along an axis, the first by default, in whole numbers."""
    return ops.cast(ops.argmax(input, 0 if axis is None else axis), output_type)


@named
def argmin(input: Any, axis: Any = None, output_type: Any = "int64") -> Any:
    """The place of the smallest number along an axis, the first by default, in whole numbers."""
    return ops.cast(ops.argmin(input, 0 if axis is None else axis), output_type)


@named
def count_nonzero(
    input: Any, axis: Any = None, keepdims: bool | None = None, dtype: Any = "int64"
) -> Any:
    """How many numbers are not 0."""
    return ops.cast(ops.sum(ops.cast(ops.not_equal(input, 0), "int32"), axis, bool(keepdims)), dtype)


@named
def squared_difference(x: Any, y: Any) -> Any:
    """(x - y)²."""
    return ops.square(ops.subtract(x, y))


@named
def multiply_no_nan(x: Any, y: Any) -> Any:
    """x y, and 0 where y is 0, whatever x is."""
    return ops.where(ops.equal(y, 0), ops.zeros_like(ops.multiply(x, y)), ops.multiply(x, y))


@named
def xlogy(x: Any, y: Any) -> Any:
    """x log y, and 0 where x is 0."""
    return special.xlogy(_tensor(x), _tensor(y))


@named
def xdivy(x: Any, y: Any) -> Any:
    """x / y, and 0 where x is 0."""
    x, y = _tensor(x), _tensor(y)
    zero = ops.equal(x, 0)
    return ops.where(zero, ops.zeros_like(x), ops.divide(x, ops.where(zero, ops.ones_like(y), y)))


@named
def scalar_mul(scalar: Any, x: Any) -> Any:
    """A number times a tensor."""
    return ops.multiply(scalar, x)


@named
def add_n(inputs: Any) -> Any:
    """The sum of several tensors."""
    total, *rest = inputs
    for each in rest:
        total = ops.add(total, each)
    return total


accumulate_n = add_n


@named
def polyval(coeffs: Any, x: Any) -> Any:
    """The polynomial with these coefficients, the highest power first, at x."""
    total = ops.zeros_like(x)
    for each in coeffs:
        total = ops.add(ops.multiply(total, x), each)
    return total


def _running(of: Any, x: Any, axis: int, exclusive: bool, reverse: bool, start: float) -> Any:
    x = _tensor(x)
    x = ops.flip(x, axis) if reverse else x
    if exclusive:
        size = x.shape[axis]
        first = ops.full_like(ops.take(x, [0], axis), start)
        x = ops.concatenate([first, ops.take(x, np.arange(size - 1), axis)], axis)
    found = of(x, axis)
    return ops.flip(found, axis) if reverse else found


@named
def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
    """The sum of the numbers up to each; without its own with `exclusive`, from the end with `reverse`.

    >>> cumsum([1, 2, 3], exclusive=True).tolist(), cumsum([1, 2, 3], reverse=True).tolist()
    ([0, 1, 3], [6, 5, 3])
    """
    return _running(ops.cumsum, x, axis, exclusive, reverse, 0)


@named
def cumprod(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
    """As `cumsum`, for products."""
    return _running(ops.cumprod, x, axis, exclusive, reverse, 1)


@named
def cumulative_logsumexp(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
    """As `cumsum`, for the logarithm of the sum of exponentials."""
    return _running(
        lambda x, axis: jnp.logaddexp.accumulate(x, axis=axis), x, axis, exclusive, reverse, -np.inf
    )


@named
def bincount(
    arr: Any,
    weights: Any = None,
    minlength: int | None = None,
    maxlength: int | None = None,
    dtype: Any = "int32",
    axis: int | None = None,
    binary_output: bool = False,
) -> Any:
    """How often each whole number occurs, or the sum of its weights.

    Args:
        arr, weights, minlength: as in `keras.ops.bincount`.
        maxlength: numbers from this one on do not count. Default: None.
        dtype: of counts. Default: int32.
        axis: None for all numbers together, -1 for each row apart. Default: None.
        binary_output: whether it counts only if a number occurs. Default: False.
    """
    if axis not in (None, 0, -1):
        raise ValueError(f"tf.math.bincount: axis must be None, 0 or -1, got {describe(axis)}.")
    x = _tensor(arr)
    x = x if axis == -1 else x.reshape(-1)
    weights = None if weights is None else jnp.reshape(_tensor(weights), x.shape)
    found = ops.bincount(x, weights, minlength or 0)
    found = found if maxlength is None else found[..., :maxlength]
    if binary_output:
        found = found > 0
    return found if weights is not None and not binary_output else ops.cast(found, dtype)


@named
def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: int | None = None,
    weights: Any = None,
    dtype: Any = "int32",
) -> Any:
    """How often each class (row) was taken for each (column).

    >>> confusion_matrix([0, 1, 1], [0, 1, 0]).tolist()
    [[1, 0], [1, 1]]
    """
    rows, columns = _tensor(labels).reshape(-1), _tensor(predictions).reshape(-1)
    size = int(max(rows.max(), columns.max())) + 1 if num_classes is None else num_classes
    numbers = ops.cast(rows * size + columns, "int32")
    counts = 1 if weights is None else _tensor(weights)
    dtype = dtypes.standardize(dtype)
    return jnp.zeros(size * size, dtype).at[numbers].add(counts).reshape(size, size)


@named
def segment_mean(data: Any, segment_ids: Any) -> Any:
    """The means of the rows that have the same number."""
    return _segment_mean(data, segment_ids, None)


@named
def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: int) -> Any:
    """As `segment_mean`, for so many numbers; 0 for those that do not occur."""
    return _segment_mean(data, segment_ids, num_segments)


def _segment_mean(data: Any, ids: Any, number: int | None) -> Any:
    data = _tensor(data)
    total = ops.segment_sum(data, ids, number)
    count = ops.segment_sum(ops.ones_like(data), ids, number)
    return ops.divide_no_nan(total, count)


@named
def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    """x / √max(Σ x², epsilon), the sum along axes."""
    x = _tensor(x)
    total = ops.sum(ops.square(x), axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(total, epsilon)))


@named
def zero_fraction(value: Any) -> Any:
    """The share of the numbers that are 0."""
    return ops.mean(ops.cast(ops.equal(value, 0), "float32"))


@named
def is_strictly_increasing(x: Any) -> Any:
    """Whether each number is larger than the one before."""
    return ops.all(ops.diff(_tensor(x).reshape(-1)) > 0)


@named
def is_non_decreasing(x: Any) -> Any:
    """Whether no number is smaller than the one before."""
    return ops.all(ops.diff(_tensor(x).reshape(-1)) >= 0)


def _tensor(x: Any) -> Any:
    return x if isinstance(x, KerasTensor) else ops.convert_to_tensor(x)


def _dtype(x: Any) -> Any:
    return dtypes.numpy_dtype(str(x.dtype))
