"""Truth values: comparisons, logic, tests of numbers; and logic on the bits of whole numbers."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.ops.op import binary, op, operands, unary

__all__ = [
    *("allclose", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not"),
    *("bitwise_or", "bitwise_right_shift", "bitwise_xor", "equal", "greater", "greater_equal"),
    *("isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "left_shift"),
    *("less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor"),
    *("not_equal", "right_shift"),
]

# Comparisons.
equal = binary("equal", jnp.equal, "Whether x1 = x2, by element.", "[1, 2], 2", "[False, True]")
not_equal = binary("not_equal", jnp.not_equal, "Whether x1 ≠ x2.", "[1, 2], 2", "[True, False]")
greater = binary("greater", jnp.greater, "Whether x1 > x2, by element.", "[2, 3], 2", "[False, True]")
greater_equal = binary(
    "greater_equal", jnp.greater_equal, "Whether x1 >= x2.", "[1, 2], 2", "[False, True]"
)
less = binary("less", jnp.less, "Whether x1 < x2, by element.", "[1, 2], 2", "[True, False]")
less_equal = binary("less_equal", jnp.less_equal, "Whether x1 <= x2.", "[2, 3], 2", "[True, False]")

# Logic. A number counts as true unless it is 0.
logical_and = binary(
    "logical_and", jnp.logical_and, "Whether both are true.", "[0, 2], 1", "[False, True]"
)
logical_or = binary(
    "logical_or", jnp.logical_or, "Whether one or both are true.", "[0, 2], 1", "[True, True]"
)
logical_xor = binary(
    "logical_xor", jnp.logical_xor, "Whether just one is true.", "[0, 2], 1", "[True, False]"
)
logical_not = unary("logical_not", jnp.logical_not, "Whether x is false.", "[0, 2]", "[True, False]")

# Tests of numbers.
_INF = "float('inf')"
isfinite = unary("isfinite", jnp.isfinite, "Whether x is neither ∞, -∞ nor NaN.", "[1.0]", "[True]")
isinf = unary("isinf", jnp.isinf, "Whether x is ∞ or -∞.", f"[1, {_INF}]", "[False, True]")
isnan = unary(
    "isnan", jnp.isnan, "Whether x is NaN (not a number).", "[float('nan'), 1]", "[True, False]"
)
isposinf = unary("isposinf", jnp.isposinf, "Whether x is ∞.", f"[1, {_INF}]", "[False, True]")
isneginf = unary("isneginf", jnp.isneginf, "Whether x is -∞.", f"[1, -{_INF}]", "[False, True]")
isreal = unary("isreal", jnp.isreal, "Whether x has no imaginary part.", "[1j, 1]", "[False, True]")

# Bits of whole numbers.
bitwise_and = binary("bitwise_and", jnp.bitwise_and, "The bits that both have.", "[6], 3", "[2]", "x, y")
bitwise_or = binary("bitwise_or", jnp.bitwise_or, "The bits that either has.", "[6], 3", "[7]", "x, y")
bitwise_xor = binary(
    "bitwise_xor", jnp.bitwise_xor, "The bits that just one has.", "[6], 3", "[5]", "x, y"
)
bitwise_not = unary("bitwise_not", jnp.bitwise_not, "The bits that x has not: -x - 1.", "[6]", "[-7]")
bitwise_invert = bitwise_not
left_shift = binary(
    "left_shift", jnp.left_shift, "x · 2^y: the bits moved up.", "[3], 2", "[12]", "x, y"
)
bitwise_left_shift = left_shift
right_shift = binary(
    "right_shift", jnp.right_shift, "⌊x / 2^y⌋: the bits moved down.", "[13], 2", "[3]", "x, y"
)
bitwise_right_shift = right_shift


@op(samplewise=True)
def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |x1 - x2| <= atol + rtol · |x2|, by element.

    Args:
        x1, x2: tensors whose shapes go together.
        rtol, atol: the differences allowed. Default: 1e-5, 1e-8.
        equal_nan: whether two NaNs are close. Default: False.

    >>> isclose([1.0, 2.0], [1.000001, 2.1]).tolist()
    [True, False]
    """
    return jnp.isclose(*operands(x1, x2), rtol, atol, equal_nan)


@op
def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether all elements are close, as told by `isclose`; its arguments are the same.

    Args:
        x1, x2: tensors of shapes that broadcast.
        rtol: how much of |x2| they may differ by. Default: 1e-5.
        atol: what they may differ by besides. Default: 1e-8.
        equal_nan: whether NaN is close to NaN. Default: False.

    >>> allclose([1.0, 2.0], [1.000001, 2.1]).tolist()
    False
    """
    return jnp.allclose(*operands(x1, x2), rtol, atol, equal_nan)
