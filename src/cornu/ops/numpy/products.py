"""Products of tensors; determinants; functions of elements made to go over tensors."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import jax
import jax.numpy as jnp

from cornu.core import products
from cornu.core.symbolic import KerasTensor, rows_apart
from cornu.ops.op import Samplewise, as_op, op, row
from cornu.ops.tensors import tensor

# fmt: off
__all__ = [
    "cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "slogdet", "tensordot", "vdot",
    "vectorize",
]
# fmt: on


def _by_a_constant(x1: Any, x2: Any) -> bool:
    """Whether rows of a batch, of rank 2 or more, meet something that is no batch."""
    return isinstance(x1, KerasTensor) and x1.ndim > 1 and not isinstance(x2, KerasTensor)


def _product(
    name: str, function: Any, says: str, example: str, gives: str, samplewise: Samplewise = False
) -> Callable[..., Any]:
    """The op that multiplies two tensors."""

    def row(x1: Any, x2: Any) -> jax.Array:
        return function(tensor(x1), tensor(x2))

    return as_op(row, name, says, "x1, x2: tensors.", example, gives, samplewise)


def _matmul(x1: jax.Array, x2: jax.Array) -> jax.Array:
    if x1.dtype == x2.dtype == jnp.int8:
        return jnp.matmul(x1, x2, preferred_element_type=jnp.int32)
    if x1.ndim > 1 and x2.ndim == 2 and x1.dtype == x2.dtype and jnp.issubdtype(x1.dtype, jnp.floating):
        return products.matmul(x1, x2)
    return jnp.matmul(x1, x2)


# fmt: off
matmul = _product(
    "matmul", _matmul,
    "Matrix products of what lies along the last two axes, Σₖ x1ᵢₖ x2ₖⱼ; int8 is summed in int32.",
    "[[1, 2]], [[3], [4]]", "[[11]]", rows_apart
)
dot = _product(
    "dot", jnp.dot, "Sums of products along the last axis of `x1` and the last but one of `x2`.",
    "[1, 2], [3, 4]", "11", _by_a_constant
)
inner = _product(
    "inner", jnp.inner, "Sums of products along the last axes of both.", "[1, 2], [3, 4]", "11",
    _by_a_constant
)
vdot = _product(
    "vdot", jnp.vdot, "The sum of the products of all elements, Σ x1̄ᵢ x2ᵢ.", "[1, 2], [3, 4]", "11"
)
outer = _product(
    "outer", jnp.outer, "The products of all elements of `x1` with all of `x2`, in a matrix.",
    "[1, 2], [3, 4]", "[[3, 4], [6, 8]]"
)
kron = _product(
    "kron", jnp.kron,
    "The Kronecker product: `x2` in the place of every element of `x1`, times this element.",
    "[1, 2], [3, 4]", "[3, 4, 6, 8]"
)
# fmt: on


def _rows_of_tensordot(x1: Any, x2: Any, axes: Any = 2) -> bool:
    return _by_a_constant(x1, x2) and isinstance(axes, int) and axes < x1.ndim


# fmt: off
tensordot = row(
    "tensordot", lambda x1, x2, axes=2: jnp.tensordot(tensor(x1), tensor(x2), axes=axes),
    "Sums of products along several axes.\n\n"
    "`axes` are how many, the last of `x1` and the first of `x2`; or two lists, which of each.",
    "[[1, 2]], [[3], [4]], axes=1", "[[11]]", _rows_of_tensordot
)
# fmt: on


def _rows_of_einsum(subscripts: str, *operands: Any, **_: Any) -> bool:
    """Whether the batch's letter is first in the result and in all that has a batch, only there."""
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    specs = inputs.split(",")
    row = result[:1]
    return (
        bool(arrow)
        and row.isalpha()
        and len(specs) == len(operands)
        and all(
            spec.find(row) == 0 and spec.count(row) == 1
            if isinstance(x, KerasTensor)
            else row not in spec
            for spec, x in zip(specs, operands, strict=True)
        )
    )


@op(samplewise=_rows_of_einsum)
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> jax.Array:
    """Products summed over the indices that the result does not have: 'ij,jk->ik' multiplies matrices.

    '...' are all other indices. If all tensors are int8, it is summed in int32. The other arguments are
    those of `jax.numpy.einsum`.

    Args:
        subscripts: letters for the axes, as in NumPy: 'ij,jk->ik'.
        *operands: tensors.

    >>> einsum("i,i->", [1, 2], [3, 4]).tolist()
    11
    """
    tensors = [tensor(each) for each in operands]
    if all(each.dtype == jnp.int8 for each in tensors):
        kwargs = {"preferred_element_type": jnp.int32} | kwargs
    return jnp.einsum(subscripts, *tensors, **kwargs)


@op
def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> jax.Array:
    """Cross products of vectors of size 3; or 2, where it is the third component alone.

    The vectors lie along `axisa` of `x1`, `axisb` of `x2` and `axisc` of the result, or along `axis`.

    >>> cross([1, 0, 0], [0, 1, 0]).tolist()
    [0, 0, 1]
    """
    return jnp.cross(tensor(x1), tensor(x2), axisa, axisb, axisc, axis)


@op(samplewise=lambda x: len(getattr(x, "shape", ())) > 2)
def slogdet(x: Any) -> tuple[jax.Array, jax.Array]:
    """The sign of the determinant of each matrix, and the logarithm of its absolute value.

    >>> [each.tolist() for each in slogdet([[0.0, 1.0], [1.0, 0.0]])]
    [-1.0, 0.0]
    """
    sign, logarithm = jnp.linalg.slogdet(tensor(x))
    return sign, logarithm


def vectorize(
    pyfunc: Callable[..., Any],
    *,
    excluded: Collection[int | str] | None = None,
    signature: str | None = None,
) -> Callable[..., Any]:
    """A function of elements as a function of tensors, whose shapes are broadcast together.

    Args:
        excluded: positions and names of arguments that are handed on as they are. Default: none.
        signature: what it takes and gives, where not elements: '(m,n),(n)->(m)'. Default: elements.

    >>> vectorize(lambda a, b: a * b)([1, 2], 3).tolist()
    [3, 6]
    """
    if not callable(pyfunc):
        raise TypeError(f"ops.vectorize(pyfunc): a function is expected, not {pyfunc!r}.")
    return jnp.vectorize(pyfunc, excluded=frozenset(excluded or ()), signature=signature)
