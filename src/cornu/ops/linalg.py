"""Matrices: decompositions, equations, norms, as in `keras.ops.linalg`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np

from cornu.core.errors import describe, did_you_mean
from cornu.ops.derivatives import jvp as jvp
from cornu.ops.op import Samplewise, along_rows, op
from cornu.ops.tensors import floating

__all__ = [
    *("cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "jvp", "lstsq", "lu_factor"),
    *("matrix_rank", "norm", "pinv", "qr", "solve", "solve_triangular", "svd"),
]


def matrix(name: str, x: Any, square: bool = False, argument: str = "x") -> jax.Array:
    """An argument that holds matrices in its last two axes, as floats.

    Raises:
        ValueError: if it has fewer axes, or the matrices are not square where they must be.
    """
    x = floating(x)
    if x.ndim < 2:
        raise ValueError(
            f"ops.{name}: {argument} must be a matrix, or several, (..., rows, columns), but it is "
            f"{describe(x)}."
        )
    if square and x.shape[-1] != x.shape[-2]:
        raise ValueError(
            f"ops.{name}: {argument} must be square, as many rows as columns, but it is {describe(x)}."
        )
    return x


def _many(x: Any, *_: Any, **__: Any) -> bool:
    """Whether the first axis numbers matrices."""
    return len(getattr(x, "shape", ())) > 2


def _row(
    name: str, function: Callable[[Any], Any], says: str, gives: str, example: str, square: bool = True
) -> Callable[[Any], Any]:
    """The op that applies `function` to matrices."""

    def row(x: Any) -> Any:
        found = function(matrix(name, x, square))
        return tuple(found) if isinstance(found, tuple) else found

    row.__name__ = row.__qualname__ = name
    size = "(..., n, n)" if square else "(..., m, n)"
    row.__doc__ = (
        f"{says}\n\nArgs:\n    x: {size}.\n\nReturns:\n    {gives}\n\nRaises:\n"
        f"    ValueError: if x holds no{' square' if square else ''} matrices.\n\n"
        f">>> {name}([[2.0, 0.0], [0.0, 1.0]]){example}\n"
    )
    return op(samplewise=_many)(row)


det = _row("det", jnp.linalg.det, "The determinant.", "(...).", ".tolist()\n2.0")
# fmt: off
inv = _row(
    "inv", jnp.linalg.inv, "The inverse: the matrix whose product with x is the unit matrix.",
    "(..., n, n).", ".tolist()\n[[0.5, 0.0], [0.0, 1.0]]"
)
eig = _row(
    "eig", jnp.linalg.eig, "Numbers λ and vectors v with x v = λ v; on the CPU alone.",
    "λ (..., n), and v in the columns of (..., n, n), both complex.",
    "[0].tolist()\n[(2+0j), (1+0j)]"
)
eigh = _row(
    "eigh", jnp.linalg.eigh, "Numbers λ and vectors v with x v = λ v, for symmetric (Hermitian) x.",
    "λ (..., n), ascending, and v in the columns of (..., n, n).", "[0].tolist()\n[1.0, 2.0]"
)
lu_factor = _row(
    "lu_factor", jax.scipy.linalg.lu_factor,
    "P x = L U, with L lower triangular with ones on its diagonal, U upper triangular.",
    "L below the diagonal and U from it on, (..., m, n), and the row that each row was swapped with.",
    "[1].tolist()\n[0, 1]", square=False
)
# fmt: on


@op(samplewise=_many)
def cholesky(x: Any, upper: bool = False) -> Any:
    """The lower triangular L with L Lᵀ = x, for symmetric positive definite x.

    Args:
        x: (..., n, n).
        upper: whether Lᵀ is wanted. Default: False.

    Raises:
        ValueError: if x is not square, or not positive definite (in compiled functions: NaN).

    >>> cholesky([[4.0, 0.0], [0.0, 1.0]]).tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """
    found = jnp.linalg.cholesky(matrix("cholesky", x, square=True), upper=upper)
    if not isinstance(found, jax.core.Tracer) and np.isnan(np.asarray(found)).any():
        raise ValueError(
            "ops.cholesky: x is not positive definite: some xᵀ A x is 0 or less. If only rounding is to "
            "blame, add a little to its diagonal: x + 1e-6 * ops.eye(n)."
        )
    return found


@op(samplewise=_many)
def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """The inverse of the matrix whose Cholesky factor is x: (x xᵀ)⁻¹.

    Args:
        x: (..., n, n), triangular.
        upper: whether x is upper triangular, the inverse then (xᵀ x)⁻¹. Default: False.

    Raises:
        ValueError: if x is not square.

    >>> cholesky_inverse([[2.0, 0.0], [0.0, 1.0]]).tolist()
    [[0.25, 0.0], [0.0, 1.0]]
    """
    x = matrix("cholesky_inverse", x, square=True)
    unit = jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    inverse = jax.scipy.linalg.solve_triangular(x, unit, lower=not upper)
    turned = jnp.conj(jnp.swapaxes(inverse, -1, -2))
    return inverse @ turned if upper else turned @ inverse


ORDERS = ("fro", "nuc")


@op(samplewise=lambda x, ord=None, axis=None, keepdims=False: along_rows(x, axis))
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The length of vectors, (Σ |x|^p)^(1/p), or a norm of matrices.

    Args:
        x: tensor of any shape.
        ord: p, 2 by default; 0 counts what is not 0, inf and -inf are the largest and least |x|. Of
            matrices: 'fro' (default) √Σx², 'nuc' the sum of the singular values, 2 and -2 the largest
            and least of these, 1, -1, inf, -inf largest and least sums of |x| of columns, rows.
        axis: one axis for vectors, two for matrices. Default: all of x, as one vector where `ord` is
            None.
        keepdims: whether those axes stay, with size 1. Default: False.

    Raises:
        ValueError: if there is no such norm.

    >>> norm([3.0, 4.0]).tolist()
    5.0
    """
    x = floating(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    axes = 1 if isinstance(axis, int) else x.ndim if axis is None else len(axis)
    options = {1: (), 2: (*ORDERS, 1, -1, 2, -2, np.inf, -np.inf)}.get(axes, ())
    if isinstance(ord, str) and ord not in options:
        known = did_you_mean(ord, ORDERS) if axes == 2 else "It is 'fro' or 'nuc' of matrices alone."
        raise ValueError(f"ops.norm: no norm of {axes} axes is called ord={ord!r}. {known}")
    if ord is not None and (axes > 2 or (axes == 2 and ord not in options)):
        raise ValueError(
            f"ops.norm: there is no norm of {axes} axes with ord={ord!r}. Give axis=-1 for vectors, or "
            "axis=(-2, -1) with ord 'fro', 'nuc', 1, -1, 2, -2, inf or -inf for matrices."
        )
    return jnp.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)


@op(samplewise=_many)
def qr(x: Any, mode: str = "reduced") -> tuple[Any, Any]:
    """x = Q R, with orthonormal columns in Q and upper triangular R.

    Args:
        x: (..., m, n); k is the smaller of the two.
        mode: 'reduced' (default) for Q (..., m, k) and R (..., k, n), 'complete' for (..., m, m) and
            (..., m, n).

    Raises:
        ValueError: if x holds no matrices, or the mode is unknown.

    >>> abs(qr([[3.0], [4.0]])[1]).tolist()
    [[5.0]]
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"ops.qr: unknown mode={mode!r}. {did_you_mean(mode, ('reduced', 'complete'))}")
    q, r = jnp.linalg.qr(matrix("qr", x), mode=mode)
    return q, r


def _solved(name: str, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """What `function` makes of matrices and right-hand sides, which may be vectors."""
    a, b = matrix(name, a, square=True, argument="a"), floating(b)
    vectors = b.ndim == a.ndim - 1 or b.ndim == 1
    right = b[..., None] if vectors else b
    if right.ndim < 2 or right.shape[-2] != a.shape[-1]:
        raise ValueError(
            f"ops.{name}: b needs one number, or row, for each row of a, shape (..., n) or (..., n, k), "
            f"but a is {describe(a)} and b {describe(b)}."
        )
    found = function(a, right)
    return found[..., 0] if vectors else found


def _both_many(a: Any, b: Any, *_: Any, **__: Any) -> bool:
    ranks = [len(getattr(x, "shape", ())) for x in (a, b)]
    return ranks[0] > 2 and ranks[1] >= ranks[0] - 1


_solving: Samplewise = _both_many


@op(samplewise=_solving)
def solve(a: Any, b: Any) -> Any:
    """The x with a x = b.

    Args:
        a: (..., n, n).
        b: (..., n) or (..., n, k).

    Raises:
        ValueError: if a is not square, or b does not fit it.

    >>> solve([[2.0, 0.0], [0.0, 1.0]], [4.0, 3.0]).tolist()
    [2.0, 3.0]
    """
    return _solved("solve", jnp.linalg.solve, a, b)


@op(samplewise=_solving)
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """The x with a x = b, for triangular a; what is on the other side of its diagonal is not read.

    Args:
        a: (..., n, n).
        b: (..., n) or (..., n, k).
        lower: whether a is lower triangular. Default: upper.

    Raises:
        ValueError: if a is not square, or b does not fit it.

    >>> solve_triangular([[2.0, 1.0], [0.0, 1.0]], [5.0, 3.0]).tolist()
    [1.0, 3.0]
    """

    def function(a: Any, b: Any) -> Any:
        shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = (jnp.broadcast_to(x, (*shape, *x.shape[-2:])) for x in (a, b))
        return jax.scipy.linalg.solve_triangular(a, b, lower=lower)

    return _solved("solve_triangular", function, a, b)


@op
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """The x of least length among those with the least |a x - b|.

    Args:
        a: (m, n).
        b: (m,) or (m, k). The result is (n,) or (n, k).
        rcond: singular values of a below this part of the largest count as 0. Default: the rounding
            error times the larger of m and n.

    Raises:
        ValueError: if a is no single matrix, or b does not fit it.

    >>> lstsq([[1.0], [1.0]], [1.0, 3.0]).round(4).tolist()
    [2.0]
    """
    a, b = matrix("lstsq", a, argument="a"), floating(b)
    if a.ndim > 2 or b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise ValueError(
            "ops.lstsq takes one matrix a (m, n) and b with as many rows, (m,) or (m, k), but a is "
            f"{describe(a)} and b {describe(b)}."
        )
    return jnp.linalg.lstsq(a, b, rcond=rcond)[0]


@op(samplewise=_many)
def matrix_rank(x: Any, tol: Any = None) -> Any:
    """The rank: how many singular values are above `tol`.

    Args:
        x: (..., m, n). The result is (...), int32.
        tol: the threshold. Default: the largest singular value times the rounding error times the
            larger of m and n.

    Raises:
        ValueError: if x holds no matrices.

    >>> matrix_rank([[1.0, 2.0], [2.0, 4.0]]).tolist()
    1
    """
    x = matrix("matrix_rank", x)
    if tol is None:
        return jnp.linalg.matrix_rank(x).astype("int32")
    return jnp.sum(
        jnp.linalg.svd(x, compute_uv=False) > jnp.asarray(tol)[..., None], axis=-1, dtype="int32"
    )


@op(samplewise=_many)
def pinv(x: Any, rcond: Any = None) -> Any:
    """The pseudoinverse: of all matrices y with the least |x y - 1| that of least norm.

    Args:
        x: (..., m, n). The result is (..., n, m).
        rcond: singular values up to this part of the largest count as 0. Default: ten times the
            rounding error times the larger of m and n.

    Raises:
        ValueError: if x holds no matrices.

    >>> pinv([[2.0], [0.0]]).tolist()
    [[0.5, 0.0]]
    """
    return jnp.linalg.pinv(matrix("pinv", x), rtol=rcond)


@op(samplewise=_many)
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """x = U S Vᴴ, with orthonormal columns in U and V and a diagonal S of numbers that descend.

    Args:
        x: (..., m, n); k is the smaller of the two.
        full_matrices: whether U is (..., m, m) and Vᴴ (..., n, n), else (..., m, k) and (..., k, n).
            Default: True.
        compute_uv: whether U and Vᴴ are wanted. Default: True.

    Returns:
        U, the diagonal of S (..., k), and Vᴴ; or that diagonal alone.

    Raises:
        ValueError: if x holds no matrices.

    >>> svd([[2.0, 0.0], [0.0, 1.0]], compute_uv=False).tolist()
    [2.0, 1.0]
    """
    found = jnp.linalg.svd(matrix("svd", x), full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(found) if compute_uv else found
