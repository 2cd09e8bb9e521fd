"""`tf.linalg`: products and decompositions of matrices."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu import ops
from cornu.compat.tensorflow import math
from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.compat.tensorflow.rows import named, rows
from cornu.core.errors import NotBuiltYetError

_OPS = {
    **rows(ops, "input", "cholesky det inv logdet slogdet", "tf.linalg"),
    **rows(ops, "tensor", "eigh", "tf.linalg"),
    **rows(ops, "a b", "cross", "tf.linalg"),
    **rows(ops, "a b axes", "tensordot", "tf.linalg"),
}
globals().update(_OPS, l2_normalize=math.l2_normalize)
_HERE = (
    *("adjoint", "band_part", "diag", "diag_part", "eigvalsh", "einsum", "expm", "l2_normalize"),
    *("lstsq", "matmul", "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv"),
    *("qr", "set_diag", "solve", "svd", "tensor_diag", "tensor_diag_part", "trace"),
    "triangular_solve",
)
__all__ = sorted([*_OPS, *_HERE])


@named
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
) -> Any:
    """The product of two matrices, or of the matrices on the last two axes.

    Args:
        a, b: tensors of at least two axes.
        transpose_a, transpose_b: whether rows and columns are changed first.
        adjoint_a, adjoint_b: the same, and conjugated.
        a_is_sparse, b_is_sparse: what TensorFlow is told about zeros; the result does not depend on it.
        output_type: dtype of the result. Default: that of the numbers.
    """
    del a_is_sparse, b_is_sparse
    found = ops.matmul(_turned(a, transpose_a, adjoint_a), _turned(b, transpose_b, adjoint_b))
    return found if output_type is None else ops.cast(found, output_type)


def _turned(x: Any, transposed: bool, adjoint: bool) -> Any:
    if transposed and adjoint:
        raise ValueError("tf.matmul: a matrix is transposed or its adjoint is taken, not both.")
    if not (transposed or adjoint):
        return x
    found = ops.swapaxes(x, -1, -2)
    return ops.conj(found) if adjoint else found


@named
def matvec(a: Any, b: Any, transpose_a: bool = False, adjoint_a: bool = False) -> Any:
    """The product of a matrix and a vector."""
    a = _turned(a, transpose_a, adjoint_a)
    return ops.squeeze(ops.matmul(a, ops.expand_dims(b, -1)), -1)


@named
def matrix_transpose(a: Any, conjugate: bool = False) -> Any:
    """Rows and columns changed."""
    return _turned(a, not conjugate, conjugate)


@named
def adjoint(matrix: Any) -> Any:
    """Rows and columns changed, and conjugated."""
    return _turned(matrix, False, True)


@named
def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    """Products and sums, as the letters of the axes say; `optimize` is a hint that is not needed."""
    kwargs.pop("optimize", None)
    if kwargs:
        raise TypeError(f"tf.einsum has no argument {next(iter(kwargs))!r}.")
    return ops.einsum(equation, *inputs)


@named
def norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False) -> Any:
    """The length of vectors, or, for a pair of axes, the norm of matrices; of all numbers by default."""
    if ord in ("euclidean", "fro") or (ord == 2 and not isinstance(axis, (list, tuple))):
        return ops.sqrt(ops.sum(ops.square(ops.abs(tensor)), axis, keepdims))
    if axis is None:
        tensor = ops.reshape(tensor, (-1,))
        if keepdims:
            raise NotBuiltYetError("tf.norm(keepdims=True) of this ord needs an axis.")
    return ops.norm(tensor, ord, tuple(axis) if isinstance(axis, list) else axis, keepdims)


@named
def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None) -> Any:
    """The tensor divided by its norm, and the norm."""
    length = norm(tensor, ord, axis, keepdims=True)
    return ops.divide(tensor, length), length


@named
def diag(diagonal: Any, k: int = 0) -> Any:
    """Matrices with these numbers on the k-th diagonal, and 0 elsewhere."""
    x = convert_to_tensor(diagonal)
    size = x.shape[-1] + abs(k)
    places = np.arange(x.shape[-1])
    found = jnp.zeros((*x.shape[:-1], size, size), x.dtype)
    return found.at[..., places + max(-k, 0), places + max(k, 0)].set(x)


@named
def diag_part(input: Any, k: int = 0) -> Any:
    """The numbers on the k-th diagonal."""
    return ops.diagonal(input, k, -2, -1)


tensor_diag, tensor_diag_part = diag, diag_part


@named
def set_diag(input: Any, diagonal: Any, k: int = 0) -> Any:
    """The matrices with other numbers on the k-th diagonal."""
    x = convert_to_tensor(input)
    places = np.arange(np.shape(diagonal)[-1])
    return x.at[..., places + max(-k, 0), places + max(k, 0)].set(diagonal)


@named
def band_part(input: Any, num_lower: int, num_upper: int) -> Any:
    """The matrices with 0 below `num_lower` and above `num_upper` diagonals; -1 keeps all.

    >>> band_part([[1, 2], [3, 4]], -1, 0).tolist()
    [[1, 0], [3, 4]]
    """
    height, width = np.shape(input)[-2:]
    distance = np.arange(height)[:, None] - np.arange(width)
    kept = ((num_lower < 0) | (distance <= num_lower)) & ((num_upper < 0) | (-distance <= num_upper))
    return ops.where(kept, input, ops.zeros_like(input))


@named
def trace(x: Any) -> Any:
    """The sum of the diagonal of each matrix."""
    return ops.trace(x, axis1=-2, axis2=-1)


@named
def solve(matrix: Any, rhs: Any, adjoint: bool = False) -> Any:
    """The x with matrix x = rhs."""
    return ops.solve(_turned(matrix, False, adjoint), rhs)


@named
def triangular_solve(matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False) -> Any:
    """The x with matrix x = rhs, for a matrix with zeros above (`lower`) or below the diagonal."""
    return ops.solve_triangular(_turned(matrix, False, adjoint), rhs, lower != adjoint)


@named
def lstsq(matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True) -> Any:
    """The x for which matrix x is closest to rhs, with l2_regularizer |x|² added to the squares."""
    del fast  # how TensorFlow computes it
    if l2_regularizer == 0:
        return ops.matmul(ops.pinv(matrix), rhs)
    turned = ops.swapaxes(matrix, -1, -2)
    square = ops.matmul(turned, matrix)
    return ops.solve(square + l2_regularizer * jnp.eye(square.shape[-1]), ops.matmul(turned, rhs))


@named
def pinv(a: Any, rcond: Any = None) -> Any:
    """The pseudo-inverse."""
    return ops.pinv(a, rcond)


@named
def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True) -> Any:
    """Singular values s, and u and v with tensor = u diag(s) vᵀ; TensorFlow's order and its v."""
    if not compute_uv:
        return ops.svd(tensor, full_matrices, compute_uv=False)
    u, s, vt = ops.svd(tensor, full_matrices)
    return s, u, _turned(vt, False, True)


@named
def qr(input: Any, full_matrices: bool = False) -> Any:
    """q with orthogonal columns and r with zeros below the diagonal: input = q r."""
    return ops.qr(input, "complete" if full_matrices else "reduced")


@named
def eigvalsh(tensor: Any) -> Any:
    """The eigenvalues of symmetric matrices, in rising order."""
    return ops.eigh(tensor)[0]


@named
def expm(input: Any) -> Any:
    """The exponential of square matrices."""
    from jax.scipy.linalg import expm as exponential

    return exponential(convert_to_tensor(input))


@named
def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False) -> Any:
    """How many rows are independent."""
    if validate_args and np.ndim(a) < 2:
        raise ValueError("tf.linalg.matrix_rank takes matrices.")
    return ops.matrix_rank(a, tol)
