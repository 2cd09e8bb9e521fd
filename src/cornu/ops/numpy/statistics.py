"""What data is like: quantiles, weighted means, counts, places in an order; and differences."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import NotBuiltYetError, describe, show_shape
from cornu.core.symbolic import is_symbolic, known_shape
from cornu.ops.numpy.elementwise import float_operands
from cornu.ops.op import along_rows, as_axes, as_op, op
from cornu.ops.tensors import floating, operand, tensor

__all__ = [
    *("average", "bincount", "corrcoef", "correlate", "diff", "digitize", "histogram"),
    *("nanpercentile", "nanquantile", "percentile", "quantile", "searchsorted", "trapezoid"),
]


def _quantile(
    name: str, function: Callable[..., Any], whole: float, says: str, example: str, gives: str
) -> Callable[..., Any]:
    """The op that gives the elements below which a share `q` of `whole` lies."""

    def row(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
        if not isinstance(q, jax.Array) and not 0 <= np.min(q) <= np.max(q) <= whole:
            raise ValueError(f"ops.{name}(x, q): q lies between 0 and {whole}, but {q} was given.")
        x, axis = floating(x), as_axes(name, axis)
        if np.ndim(q):
            q = tensor(q, jnp.promote_types(x.dtype, "float32"))
        return function(x, q, axis=axis, method=method, keepdims=keepdims)

    def samplewise(x: Any, q: Any, axis: Any = None, *_: Any, **__: Any) -> bool:
        return np.ndim(q) == 0 and along_rows(x, axis)

    takes = (
        "x: tensor of any shape.\n"
        f"q: number between 0 and {whole}, or several in a list: the first axis of the result.\n"
        "axis: axis, or tuple of axes, to go along. Default: all.\n"
        "method: between two elements, 'linear', 'lower', 'higher', 'midpoint' or 'nearest'. Default: "
        "'linear'.\n"
        "keepdims: whether those axes stay, with size 1. Default: False."
    )
    return as_op(row, name, says, takes, example, gives, samplewise)


_BELOW = "The value below which a share q of the elements along the axes lies"
_NAN = "[1, float('nan'), 3]"
quantile = _quantile("quantile", jnp.quantile, 1, f"{_BELOW}.", "[1, 2, 9], 0.5", "2.0")
percentile = _quantile(
    "percentile", jnp.percentile, 100, f"{_BELOW}, in percent.", "[1, 2, 9], 50", "2.0"
)
nanquantile = _quantile(
    "nanquantile", jnp.nanquantile, 1, f"{_BELOW}, NaN left out.", f"{_NAN}, 0.5", "2.0"
)
nanpercentile = _quantile(
    "nanpercentile", jnp.nanpercentile, 100, f"{_BELOW}, in percent, NaN left out.", f"{_NAN}, 50", "2.0"
)


def _average_apart(x: Any, axis: Any = None, weights: Any = None) -> bool:
    return along_rows(x, axis) and (weights is None or np.ndim(weights) == np.ndim(x))


@op(samplewise=_average_apart)
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """The weighted mean, Σ w x / Σ w, along the axes.

    Args:
        x: tensor of any shape.
        axis: axis, or tuple of axes, to go along. Default: all.
        weights: a number w for each element; or, with one axis, for each place along it. Default: all 1.

    Raises:
        ValueError: if `weights` have neither shape.

    >>> average([1.0, 2.0], weights=[3, 1]).tolist()
    1.25
    """
    if weights is None:
        return jnp.average(floating(x), axis=axis)
    x, weights = float_operands(tensor(x), tensor(weights))
    if weights.shape != x.shape and not (isinstance(axis, int) and weights.shape == (x.shape[axis],)):
        raise ValueError(
            f"ops.average(x, axis={axis}, weights): weights of shape {show_shape(weights.shape)} do not "
            f"go with x of shape {known_shape(x.shape)}. Give one for each element, or an axis and one "
            "for each place along it."
        )
    return jnp.average(x, axis=axis, weights=weights)


@op
def corrcoef(x: Any) -> Any:
    """How the rows of a matrix go together: cov(i, j) / (std(i) · std(j)), a row and a column for each.

    Args:
        x: matrix with a variable in each row, an observation in each column.

    >>> corrcoef([[1, 2], [2, 1]]).round(3).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    x = floating(x)
    if x.ndim > 2:
        raise ValueError(
            f"ops.corrcoef(x): x is a matrix, with a variable in each row, not of rank {x.ndim}."
        )
    return jnp.corrcoef(x)


@op
def correlate(x1: Any, x2: Any, mode: str = "valid") -> Any:
    """Σᵢ x1[i + k] · x2[i] for every shift k, as a float.

    Args:
        x1, x2: tensors of rank 1.
        mode: 'valid' for the shifts where one lies within the other, 'full' for all where they meet,
            'same' for as many as the longer one has elements. Default: 'valid'.

    Raises:
        ValueError: if a tensor has another rank, or no elements.

    >>> correlate([1, 2, 3], [0, 1]).tolist()
    [2.0, 3.0]
    """
    x1, x2 = tensor(x1), tensor(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"ops.correlate(x1, x2): both are of rank 1, not {describe(x1)}, {describe(x2)}."
        )
    return jnp.correlate(x1, x2, mode)


@op
def histogram(x: Any, bins: int = 10, range: tuple[float, float] | None = None) -> Any:
    """How many elements lie in each of equal intervals, and the edges of these.

    Args:
        x: tensor of rank 1.
        bins: how many intervals. Default: 10.
        range: where the first begins and the last ends. Default: the smallest and largest element.

    Raises:
        TypeError: if `bins` is no whole number.
        ValueError: if `x` has another rank, `bins` is below 1, or `range` is not two rising numbers.

    >>> counts, edges = histogram([1.0, 2.0, 9.0], bins=2)
    >>> counts.tolist(), edges.tolist()
    ([2.0, 1.0], [1.0, 5.0, 9.0])
    """
    if not isinstance(bins, (int, np.integer)):
        raise TypeError(
            f"ops.histogram(x, bins): bins is a whole number, how many, not {describe(bins)}."
        )
    if bins < 1:
        raise ValueError(f"ops.histogram(x, bins): bins is how many, 1 or more, not {bins}.")
    if range is not None and (np.shape(range) != (2,) or range[0] > range[1]):
        raise ValueError(f"ops.histogram(x, range): range is (lowest, highest), not {range}.")
    x = tensor(x)
    if x.ndim > 1:
        raise ValueError(f"ops.histogram(x): x is of rank 1, not {x.ndim}: ops.ravel(x) makes it so.")
    return jnp.histogram(x, bins=bins, range=range)


@op
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """How often each whole number 0, 1, 2, ... occurs.

    How long the result is depends on the largest number: compiled functions and graphs cannot use it.

    Args:
        x: tensor of whole numbers from 0 on, of rank 1; or of rank 2, with counts for each row.
        weights: tensor of the same shape: what each element counts. Default: 1.
        minlength: the length of the result, if no larger one is needed. Default: 0.
        sparse: not built yet.

    Raises:
        TypeError: if `x` is not of whole numbers.
        ValueError: if a number is negative, `x` has another rank, or `weights` another shape.

    >>> bincount([1, 1, 3]).tolist()
    [0, 2, 0, 1]
    """
    if sparse:
        raise NotBuiltYetError(
            "ops.bincount(sparse=True): there are no sparse tensors yet. Leave it out."
        )
    x, weights = tensor(x), weights if weights is None else tensor(weights)
    if x.ndim not in (1, 2):
        raise ValueError(
            f"ops.bincount(x): x is of rank 1, or of rank 2 with rows to count, not {x.ndim}."
        )
    if not jnp.issubdtype(x.dtype, jnp.integer):
        raise TypeError(
            f'ops.bincount(x): x is of {x.dtype}, not of whole numbers: ops.cast(x, "int32").'
        )
    if weights is not None and weights.shape != x.shape:
        raise ValueError(
            f"ops.bincount(x, weights): weights of shape {weights.shape} are not one for each element "
            f"of x, of shape {x.shape}."
        )
    if x.size and int(x.min()) < 0:
        raise ValueError(f"ops.bincount(x): numbers from 0 on are counted, but x has {int(x.min())}.")
    count = functools.partial(jnp.bincount, length=max(int(x.max()) + 1 if x.size else 0, minlength))
    count = count if x.ndim == 1 else jax.vmap(count)
    return count(x) if weights is None else count(x, weights)


@op(samplewise=lambda x, bins: not is_symbolic(bins))
def digitize(x: Any, bins: Any) -> Any:
    """For every element, the interval that it lies in: the i with bins[i-1] <= x < bins[i].

    Args:
        x: tensor of any shape.
        bins: the edges, rising or falling. 0 is below the first, len(bins) from the last on.

    Raises:
        ValueError: if `bins` are not of rank 1, or neither rise nor fall.

    >>> digitize([0.5, 1.0, 7.0], [1.0, 2.0]).tolist()
    [0, 1, 2]
    """
    bins = tensor(bins)
    if bins.ndim != 1:
        raise ValueError(f"ops.digitize(x, bins): bins are of rank 1, not {bins.ndim}.")
    known = np.asarray([0] if isinstance(bins, jax.core.Tracer) else bins)
    if np.any(known[1:] < known[:-1]) and np.any(known[1:] > known[:-1]):
        raise ValueError("ops.digitize(x, bins): bins neither rise nor fall. Sort them: ops.sort(bins).")
    return jnp.digitize(tensor(x), bins)


@op
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Where values would have to be put into a sorted sequence for it to stay sorted.

    Args:
        sorted_sequence: tensor of rank 1, rising.
        values: tensor of any shape.
        side: 'left' or 'right' of elements that are equal. Default: 'left'.

    Raises:
        ValueError: if the sequence has another rank.

    >>> searchsorted([1, 3, 3, 5], [3, 4]).tolist()
    [1, 3]
    """
    sequence = tensor(sorted_sequence)
    if sequence.ndim != 1:
        raise ValueError(
            f"ops.searchsorted(sorted_sequence, values): the sequence is of rank 1, not "
            f"{sequence.ndim}. For several, put the call into ops.vectorized_map."
        )
    return jnp.searchsorted(sequence, tensor(values), side=side)


@op(samplewise=lambda a, n=1, axis=-1: along_rows(a, axis))
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Each element along the axis minus the one before it.

    Args:
        a: tensor of rank 1 or more.
        n: how many times this is done. Default: 1.
        axis: the axis to go along; it gets shorter by n. Default: the last.

    >>> diff([1, 4, 9]).tolist()
    [3, 5]
    """
    a = tensor(a)
    if not a.ndim:
        raise ValueError("ops.diff(a): a single number has no neighbours; a is of rank 1 or more.")
    return jnp.diff(a, n=n, axis=axis)


@op(samplewise=lambda y, x=None, dx=1.0, axis=-1: x is None and along_rows(y, axis))
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral along the axis by the trapezoidal rule, Σ (xᵢ₊₁ - xᵢ) (yᵢ + yᵢ₊₁) / 2.

    Args:
        y: tensor with the values of the function.
        x: the points where they are taken. Default: `dx` apart.
        dx: the distance of the points where `x` is not given. Default: 1.
        axis: the axis to go along. Default: the last.

    >>> trapezoid([1, 2, 3]).tolist()
    4.0
    """
    return jnp.trapezoid(floating(y), x if x is None else tensor(x), dx=operand(dx), axis=axis)
