"""Arithmetic and functions of elements: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu.ops.op import binary, op, operands, unary
from cornu.ops.tensors import floating, operand, tensor

__all__ = [
    *("abs", "absolute", "add", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan"),
    *("arctan2", "arctanh", "cbrt", "ceil", "clip", "conj", "conjugate", "cos", "cosh", "deg2rad"),
    *("divide", "divide_no_nan", "exp", "exp2", "expm1", "fabs", "floor", "floor_divide", "fmax"),
    *("fmin", "fmod", "gcd", "heaviside", "hypot", "i0", "imag", "lcm", "ldexp", "log", "log10"),
    *("log1p", "log2", "logaddexp", "logaddexp2", "maximum", "minimum", "mod", "multiply"),
    *("nan_to_num", "negative", "nextafter", "power", "rad2deg", "real", "reciprocal", "round"),
    *("sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "subtract", "tan", "tanh"),
    *("true_divide", "trunc"),
]


def whole(x: Any) -> bool:
    """Whether an array holds whole numbers or truth values."""
    return not jnp.issubdtype(x.dtype, jnp.inexact)


def float_operands(x1: Any, x2: Any) -> tuple[Any, Any]:
    """As `operands`; where no array is of floats, whole numbers become floats of `floatx`."""
    pair = operands(x1, x2)
    if all(whole(x) for x in pair if hasattr(x, "dtype")):
        pair = tuple(floating(x) if hasattr(x, "dtype") else x for x in pair)  # type: ignore[assignment]
    return pair


def _of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x1, x2: function(*float_operands(x1, x2))


# Size and sign.
absolute = unary("absolute", jnp.absolute, "|x| of every element x.", "[-2, 3]", "[2, 3]")
abs = absolute
fabs = unary("fabs", jnp.absolute, "|x| of every element x, as a float.", "[-2]", "[2.0]", floats=True)
negative = unary("negative", jnp.negative, "-x of every element x.", "[-2, 3]", "[2, -3]")
sign = unary("sign", jnp.sign, "-1, 0 or 1: the sign of every element.", "[-2, 0, 3]", "[-1, 0, 1]")
signbit = unary("signbit", jnp.signbit, "Whether the sign is minus, also that of -0.", "[-0.]", "[True]")

# Powers and roots.
square = unary("square", jnp.square, "x² of every element x.", "[-2, 3]", "[4, 9]")
sqrt = unary("sqrt", jnp.sqrt, "The square root of every element.", "[4]", "[2.0]", floats=True)
cbrt = unary("cbrt", jnp.cbrt, "The cube root of every element.", "[-8.0]", "[-2.0]", floats=True)
reciprocal = unary("reciprocal", jnp.reciprocal, "1 / x of every element x.", "[4.0]", "[0.25]")

# Exponentials and logarithms.
exp = unary("exp", jnp.exp, "e to the power of every element.", "[0]", "[1.0]", floats=True)
exp2 = unary("exp2", jnp.exp2, "2 to the power of every element.", "[3]", "[8.0]", floats=True)
expm1 = unary("expm1", jnp.expm1, "exp(x) - 1, exact also near 0.", "[0]", "[0.0]", floats=True)
log = unary("log", jnp.log, "The natural logarithm of every element.", "[1]", "[0.0]", floats=True)
log2 = unary("log2", jnp.log2, "The logarithm to the base 2.", "[8]", "[3.0]", floats=True)
log10 = unary("log10", jnp.log10, "The logarithm to the base 10.", "[1]", "[0.0]", floats=True)
log1p = unary("log1p", jnp.log1p, "log(1 + x), exact also near 0.", "[0]", "[0.0]", floats=True)

# Angles, in radians.
cos = unary("cos", jnp.cos, "cos x of every element x, in radians.", "[0]", "[1.0]", floats=True)
sin = unary("sin", jnp.sin, "sin x of every element x, in radians.", "[0]", "[0.0]", floats=True)
tan = unary("tan", jnp.tan, "tan x of every element x, in radians.", "[0]", "[0.0]", floats=True)
arccos = unary("arccos", jnp.arccos, "The angle with this cosine, 0 to π.", "[1]", "[0.0]", floats=True)
arcsin = unary(
    "arcsin", jnp.arcsin, "The angle with this sine, -π/2 to π/2.", "[0]", "[0.0]", floats=True
)
arctan = unary("arctan", jnp.arctan, "The angle with this tangent, -π/2 to π/2.", "[0]", "[0.0]", True)
cosh = unary("cosh", jnp.cosh, "(exp(x) + exp(-x)) / 2 of every element x.", "[0]", "[1.0]", floats=True)
sinh = unary("sinh", jnp.sinh, "(exp(x) - exp(-x)) / 2 of every element x.", "[0]", "[0.0]", floats=True)
tanh = unary("tanh", jnp.tanh, "sinh x / cosh x of every element x.", "[0]", "[0.0]", floats=True)
arccosh = unary("arccosh", jnp.arccosh, "The x >= 0 with this cosh x.", "[1]", "[0.0]", floats=True)
arcsinh = unary("arcsinh", jnp.arcsinh, "The x with this sinh x.", "[0]", "[0.0]", floats=True)
arctanh = unary("arctanh", jnp.arctanh, "The x with this tanh x.", "[0]", "[0.0]", floats=True)
deg2rad = unary("deg2rad", jnp.deg2rad, "Degrees as radians: x π / 180.", "[0]", "[0.0]", floats=True)
rad2deg = unary("rad2deg", jnp.rad2deg, "Radians as degrees: 180 x / π.", "[0]", "[0.0]", floats=True)
sinc = unary("sinc", jnp.sinc, "sin(πx) / (πx), 1 where x = 0.", "[0]", "[1.0]", floats=True)
i0 = unary("i0", jnp.i0, "The modified Bessel function of order 0.", "[1]", "[1.26606...]", floats=True)

# Whole numbers near by.
ceil = unary(
    "ceil", jnp.ceil, "The next whole number upwards, as a float.", "[0.2]", "[1.0]", floats=True
)
floor = unary("floor", jnp.floor, "The next whole number downwards.", "[-0.2]", "[-1.0]", floats=True)
trunc = unary(
    "trunc", lambda x: x if whole(x) else jnp.trunc(x), "x without its fraction.", "[-1.7]", "[-1.0]"
)

# Complex numbers.
real = unary("real", jnp.real, "The real part of every element.", "[1 + 2j]", "[1.0]")
imag = unary("imag", jnp.imag, "The imaginary part of every element.", "[1 + 2j]", "[2.0]")
conjugate = unary("conjugate", jnp.conjugate, "x with -imag(x) for imag(x).", "[1 + 2j]", "[(1-2j)]")
conj = conjugate
angle = unary("angle", jnp.angle, "The angle of x in the complex plane.", "[2]", "[0.0]", floats=True)

# Arithmetic of pairs. Division is that of the operators of arrays, so whole numbers become float32.
add = binary("add", jnp.add, "x1 + x2, by element.", "[1, 2], 3", "[4, 5]")
subtract = binary("subtract", jnp.subtract, "x1 - x2, by element.", "[1, 2], 3", "[-2, -1]")
multiply = binary("multiply", jnp.multiply, "x1 · x2, by element.", "[1, 2], 3", "[3, 6]")
divide = binary("divide", jnp.divide, "x1 / x2, by element.", "[1, 3], 2", "[0.5, 1.5]")
true_divide = binary("true_divide", jnp.divide, "x1 / x2, by element.", "[1, 3], 2", "[0.5, 1.5]")
# fmt: off
divide_no_nan = binary(
    "divide_no_nan", lambda x1, x2: jnp.where(x2 == 0, 0, jnp.divide(x1, jnp.where(x2 == 0, 1, x2))),
    "x1 / x2, and 0 where x2 is 0.", "[1.0, 3.0], [0.0, 2.0]", "[0.0, 1.5]"
)
floor_divide = binary("floor_divide", jnp.floor_divide, "⌊x1 / x2⌋, by element.", "[-3], 2", "[-2]")
mod = binary("mod", jnp.mod, "x1 - x2 ⌊x1 / x2⌋: the rest, with the sign of x2.", "[-3, 5], 4", "[1, 1]")
fmod = binary("fmod", jnp.fmod, "The rest of x1 / x2, with the sign of x1.", "[-3, 5], 4", "[-3, 1]")
power = binary("power", jnp.power, "x1 to the power of x2.", "[2, 3], 2", "[4, 9]")
gcd = binary("gcd", jnp.gcd, "The greatest common divisor of whole numbers.", "[12], 18", "[6]")
lcm = binary("lcm", jnp.lcm, "The least common multiple of whole numbers.", "[4], 6", "[12]")

# The larger and the smaller of two.
maximum = binary("maximum", jnp.maximum, "The larger of two; NaN if one is.", "[1, 4], 3", "[3, 4]")
minimum = binary("minimum", jnp.minimum, "The smaller of two; NaN if one is.", "[1, 4], 3", "[1, 3]")
fmax = binary("fmax", jnp.fmax, "The larger of two, or the one that is no NaN.", "[1, 4], 3", "[3, 4]")
fmin = binary("fmin", jnp.fmin, "The smaller of two, or the one that is no NaN.", "[1, 4], 3", "[1, 3]")

# Functions of two numbers, in floats.
arctan2 = binary(
    "arctan2", _of_floats(jnp.arctan2), "The angle of the point (x2, x1), -π to π.", "[0], [1]", "[0.0]"
)
hypot = binary("hypot", _of_floats(jnp.hypot), "√(x1² + x2²), by element.", "[3.0], 4.0", "[5.0]")
heaviside = binary(
    "heaviside", _of_floats(jnp.heaviside), "0, x2, 1 for x1 <, =, > 0.", "[-1, 0, 1], 5",
    "[0.0, 5.0, 1.0]"
)
# fmt: on
nextafter = binary(
    "nextafter", _of_floats(jnp.nextafter), "The float next to x1 towards x2.", "[1.0], [1.0]", "[1.0]"
)
logaddexp = binary(
    "logaddexp", _of_floats(jnp.logaddexp), "log(exp(x1) + exp(x2)).", "[0.0], -1e9", "[0.0]"
)
logaddexp2 = binary("logaddexp2", _of_floats(jnp.logaddexp2), "log2(2^x1 + 2^x2).", "[1], 1", "[2.0]")


@op(samplewise=True)
def ldexp(x1: Any, x2: Any) -> Any:
    """x1 · 2^x2, by element.

    Args:
        x1: tensor, made floats of.
        x2: tensor of whole numbers.

    Raises:
        TypeError: if `x2` is not of whole numbers.

    >>> ldexp([3.0], 2).tolist()
    [12.0]
    """
    x1, x2 = floating(x1), tensor(x2)
    if not jnp.issubdtype(x2.dtype, jnp.integer):
        raise TypeError(
            f"ops.ldexp(x1, x2): the exponent x2 must be of whole numbers, but is of {x2.dtype}. "
            'Convert it, ops.cast(x2, "int32"), or write x1 * ops.power(2.0, x2).'
        )
    return jnp.ldexp(x1, x2)


@op(samplewise=True)
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """min(max(x, x_min), x_max), by element.

    Args:
        x: tensor; truth values become whole numbers.
        x_min, x_max: bounds, numbers or tensors; None for no bound.

    >>> clip([-1, 2, 9], 0, 5).tolist()
    [0, 2, 5]
    """
    x = tensor(x)
    x = x.astype("int32") if x.dtype == bool else x
    return jnp.clip(x, *(None if bound is None else operand(bound) for bound in (x_min, x_max)))


@op(samplewise=True)
def round(x: Any, decimals: int = 0) -> Any:
    """The nearest number with so many decimals, the even one of two.

    Args:
        x: tensor; whole numbers stay whole.
        decimals: how many; -1 rounds to tens. Default: 0.

    >>> round([0.5, 1.5]).tolist(), round([14, 25, 36], -1).tolist()
    ([0.0, 2.0], [10, 20, 40])
    """
    x = tensor(x)
    if not whole(x):
        return jnp.round(x, decimals)
    if decimals >= 0 or x.dtype == bool:
        return x
    unit = 10**-decimals
    wide = x.astype(jnp.promote_types(x.dtype, "int32"))
    if unit > np.iinfo(wide.dtype).max:
        return jnp.zeros_like(x)
    below, rest = jnp.divmod(wide, unit)
    up = (rest > unit - rest) | ((rest == unit - rest) & (below % 2 == 1))
    return ((below + up) * unit).astype(x.dtype)


@op(samplewise=True)
def nan_to_num(
    x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """Numbers in place of what is none.

    Args:
        x: tensor.
        nan: in place of NaN. Default: 0.
        posinf, neginf: in place of ∞ and -∞. Default: the largest and smallest of the dtype.

    >>> nan_to_num([float("nan"), 1.0]).tolist()
    [0.0, 1.0]
    """
    return jnp.nan_to_num(tensor(x), nan=nan, posinf=posinf, neginf=neginf)
