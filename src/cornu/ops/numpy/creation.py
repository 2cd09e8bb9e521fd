"""Tensors that are made: filled, counted, with diagonals, windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cornu.core import dtypes
from cornu.ops.op import along_rows, as_op, op, row
from cornu.ops.tensors import operand, tensor

# fmt: off
__all__ = [
    "arange", "array", "bartlett", "blackman", "copy", "diag", "diagflat", "diagonal", "empty",
    "empty_like", "eye", "full", "full_like", "geomspace", "hamming", "hanning", "identity", "kaiser",
    "linspace", "logspace", "meshgrid", "ones", "ones_like", "trace", "tri", "tril", "triu", "vander",
    "zeros", "zeros_like",
]
# fmt: on


def _named(dtype: Any) -> str | None:
    return None if dtype is None else dtypes.standardize(dtype)


def _filled(name: str, function: Callable[..., Any], says: str, gives: str) -> Callable[..., Any]:
    """The op that makes a tensor of a shape."""

    def row(shape: Any, dtype: Any = None) -> jax.Array:
        return function(shape, dtype=dtypes.standardize(dtype))

    takes = "shape: sizes, or one size.\ndtype: name of a dtype. Default: `floatx()`."
    return as_op(row, name, says, takes, "(2,)", gives, samplewise=False)


def _alike(name: str, function: Callable[..., Any], says: str, gives: str) -> Callable[..., Any]:
    """The op that makes a tensor of the shape of another one."""

    def row(x: Any, dtype: Any = None) -> jax.Array:
        return function(tensor(x), dtype=_named(dtype))

    takes = "x: tensor of any shape.\ndtype: name of a dtype. Default: that of `x`."
    return as_op(row, name, says, takes, "[5, 6]", gives)


def _window(
    name: str, function: Any, says: str, example: str = "3", gives: str = "[0.0, 1.0, 0.0]"
) -> Callable[..., Any]:
    """The op that makes a window of a number of points."""

    def row(x: Any) -> jax.Array:
        return function(int(tensor(x))).astype(dtypes.floatx())

    says = f"The window {says}, n = 0 to x - 1."
    takes = "x: the number of points, known before."
    return as_op(row, name, says, takes, example, gives, samplewise=False)


def _diagonals(
    name: str, function: Callable[..., Any], says: str, example: str, gives: str
) -> Callable[..., Any]:
    """The op that has to do with the k-th diagonal."""

    def row(x: Any, k: int = 0) -> jax.Array:
        return function(tensor(x), k=k)

    takes = "x: tensor.\nk: which diagonal; above the main one if positive. Default: 0, the main one."
    matrices = name in ("tril", "triu")
    rule = (lambda x, k=0: len(getattr(x, "shape", ())) > 2) if matrices else False
    return as_op(row, name, says, takes, example, gives, samplewise=rule)


zeros = _filled("zeros", jnp.zeros, "A tensor of zeros.", "[0.0, 0.0]")
ones = _filled("ones", jnp.ones, "A tensor of ones.", "[1.0, 1.0]")
empty = _filled("empty", jnp.empty, "A tensor whose values may be any.", "[0.0, 0.0]")
zeros_like = _alike("zeros_like", jnp.zeros_like, "Zeros in the shape of `x`.", "[0, 0]")
ones_like = _alike("ones_like", jnp.ones_like, "Ones in the shape of `x`.", "[1, 1]")
empty_like = _alike("empty_like", jnp.empty_like, "As `empty`, in the shape of `x`.", "[0, 0]")

bartlett = _window("bartlett", jnp.bartlett, "1 - |2n / (x - 1) - 1|")
blackman = _window(
    "blackman", jnp.blackman, "0.42 - 0.5 cos(2πn / (x - 1)) + 0.08 cos(4πn / (x - 1))", "1", "[1.0]"
)
hamming = _window("hamming", jnp.hamming, "0.54 - 0.46 cos(2πn / (x - 1))", "1", "[1.0]")
hanning = _window("hanning", jnp.hanning, "0.5 - 0.5 cos(2πn / (x - 1))")

tril = _diagonals(
    "tril", jnp.tril, "Matrices with zeros above a diagonal.", "[[1, 2], [3, 4]]", "[[1, 0], [3, 4]]"
)
triu = _diagonals(
    "triu", jnp.triu, "Matrices with zeros below a diagonal.", "[[1, 2], [3, 4]]", "[[1, 2], [0, 4]]"
)


@op
def full(shape: Any, fill_value: Any, dtype: Any = None) -> jax.Array:
    """A tensor with `fill_value`, broadcast to `shape`; of dtype `floatx()` by default.

    >>> full((2,), 7).tolist()
    [7.0, 7.0]
    """
    return jnp.full(shape, operand(fill_value), dtype=dtypes.standardize(dtype))


@op
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> jax.Array:
    """The numbers from `start` (0 if only `stop` is given), in steps (1 by default), without `stop`.

    They are int32, or `floatx()` where a float is given, unless another dtype is named.

    Raises:
        ValueError: if `step` is 0.

    >>> arange(1, 7, 2).tolist()
    [1, 3, 5]
    """
    given = [operand(each) for each in (start, stop, step) if each is not None]
    if dtype is None and all(isinstance(each, (int, float)) for each in given):
        dtype = dtypes.floatx() if any(isinstance(each, float) for each in given) else "int32"
    if isinstance(step, (int, float)) and step == 0:
        raise ValueError(f"ops.arange({start}, {stop}, 0): the step is 0, so the end is never reached.")
    return jnp.arange(start, stop, step, dtype=_named(dtype))


@op
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers, along a new axis, at equal distances from `start` to `stop`.

    Args:
        start, stop: numbers or tensors; `endpoint` says whether `stop` is among them.
        retstep: whether to give the pair of the numbers and their distance. Default: False.

    >>> linspace(0, 1, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    ends = operand(start), operand(stop)
    return jnp.linspace(*ends, num, endpoint=endpoint, retstep=retstep, dtype=_named(dtype), axis=axis)


@op
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> jax.Array:
    """`num` powers of `base`; the exponents, and the arguments, are those of `linspace`.

    Args:
        start, stop: the first and the last exponent.
        num: how many. Default: 50.
        endpoint: whether `stop` is one of them. Default: True.
        base: what is raised to them. Default: 10.
        axis: the new axis, where `start` and `stop` are tensors; the first by default.

    >>> logspace(0, 3, 4, base=2).tolist()
    [1.0, 2.0, 4.0, 8.0]
    """
    ends = operand(start), operand(stop)
    return jnp.logspace(*ends, num, endpoint=endpoint, base=base, dtype=_named(dtype), axis=axis)


@op
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> jax.Array:
    """As `linspace`, but each number is the same multiple of the one before.

    Args:
        start, stop: the first and the last number.
        num: how many. Default: 50.
        endpoint: whether `stop` is one of them. Default: True.
        axis: the new axis, where `start` and `stop` are tensors; the first by default.

    >>> geomspace(1.0, 9.0, 3).tolist()
    [1.0, 3.0, 9.0]
    """
    ends = operand(start), operand(stop)
    return jnp.geomspace(*ends, num, endpoint=endpoint, dtype=_named(dtype), axis=axis)


def _along(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> bool:
    return along_rows(x, (axis1, axis2))


def _of_two_axes(name: str, x: Any, axis1: int, axis2: int) -> jax.Array:
    x = tensor(x)
    if len({axis + x.ndim * (axis < 0) for axis in (axis1, axis2)}) == 1:
        raise ValueError(f"ops.{name}(axis1={axis1}, axis2={axis2}): two different axes are expected.")
    return x


@op(samplewise=_along)
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> jax.Array:
    """Of the matrices along `axis1` and `axis2`, the diagonals `offset` above the main one.

    They become the last axis.

    >>> diagonal([[1, 2], [3, 4]]).tolist()
    [1, 4]
    """
    return jnp.diagonal(_of_two_axes("diagonal", x, axis1, axis2), offset, axis1, axis2)


@op(samplewise=_along)
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> jax.Array:
    """The sum of each of the diagonals that `diagonal` gives.

    Args:
        x: a tensor of at least two axes.
        offset: how far the diagonal is to the right. Default: 0.
        axis1, axis2: the axes of the matrices, the first two by default.

    >>> trace([[1, 2], [3, 4]]).tolist()
    5
    """
    return jnp.trace(_of_two_axes("trace", x, axis1, axis2), offset, axis1, axis2)


# fmt: off
diag = _diagonals(
    "diag", jnp.diag, "Of a vector, the matrix with it as diagonal; of a matrix, its diagonal.",
    "[1, 2]", "[[1, 0], [0, 2]]"
)
diagflat = _diagonals(
    "diagflat", jnp.diagflat, "The matrix whose diagonal has all elements of `x`.", "[[1], [2]]",
    "[[1, 0], [0, 2]]"
)
kaiser = row(
    "kaiser", lambda x, beta: jnp.kaiser(int(tensor(x)), operand(beta)).astype(dtypes.floatx()),
    "The window I₀(β √(1 - (2n / (x - 1) - 1)²)) / I₀(β), n = 0 to x - 1, β being `beta`.", "3, 0.0",
    "[1.0, 1.0, 1.0]"
)
array = row(
    "array", lambda x, dtype=None: jnp.array(tensor(x, dtype)),
    "A new tensor of the numbers in `x`, of their dtype unless another is named.", '[1, 2], "float32"',
    "[1.0, 2.0]", True
)
copy = row(
    "copy", lambda x: jnp.copy(tensor(x)), "A tensor with the same values, in memory of its own.",
    "[1, 2]", "[1, 2]", True
)
full_like = row(
    "full_like",
    lambda x, fill_value, dtype=None: jnp.full_like(tensor(x), operand(fill_value), dtype=_named(dtype)),
    "As `full`, in the shape and, by default, the dtype of `x`.", "[1, 2], 7", "[7, 7]", True
)
eye = row(
    "eye", lambda N, M=None, k=0, dtype=None: jnp.eye(N, M=M, k=k, dtype=dtypes.standardize(dtype)),
    "The matrix of N rows and M columns (N by default) with ones on its k-th diagonal, else zeros.",
    "2, 3, k=1", "[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]"
)
identity = row(
    "identity", lambda n, dtype=None: jnp.identity(n, dtype=dtypes.standardize(dtype)),
    "The matrix of `n` rows and columns with ones on its diagonal, else zeros.", "2",
    "[[1.0, 0.0], [0.0, 1.0]]"
)
tri = row(
    "tri", lambda N, M=None, k=0, dtype=None: jnp.tri(N, M=M, k=k, dtype=dtypes.standardize(dtype)),
    "The matrix of N rows and M columns (N by default) with ones on and below its k-th diagonal.", "2",
    "[[1.0, 0.0], [1.0, 1.0]]"
)
vander = row(
    "vander", lambda x, N=None, increasing=False: jnp.vander(tensor(x), N=N, increasing=increasing),
    "The Vandermonde matrix of a vector: row i is xᵢ^(N-1) to 1, or 1 to xᵢ^(N-1) if `increasing`.\n\n"
    "`N` is the size of the vector by default.", "[2, 3], 3", "[[4, 2, 1], [9, 3, 1]]"
)
# fmt: on


@op
def meshgrid(*x: Any, indexing: str = "xy") -> list[jax.Array]:
    """The coordinates of all points of a grid, given the coordinates along each of its axes.

    With `indexing` 'xy' the first vector runs along axis 1, and the second along axis 0; with 'ij' the
    first along axis 0.

    >>> [each.tolist() for each in meshgrid([1, 2], [5, 6])]
    [[[1, 2], [1, 2]], [[5, 5], [6, 6]]]
    """
    return jnp.meshgrid(*(tensor(each) for each in x), indexing=indexing)
