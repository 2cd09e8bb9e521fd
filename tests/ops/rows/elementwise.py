"""Arithmetic and functions of elements."""

import numpy as np

from tests.ops.contract import POSITIVE, TABLE, WHOLE, Row

HALVES = ("bfloat16", "float16")
TRUTH = TABLE > 0
SHORT = WHOLE.astype("int8")
COMPLEX = (TABLE + 1j * POSITIVE).astype("complex64")
WITHIN = (TABLE / 4).astype("float32")  # -1 to 1
PLACES = TABLE.round(1) + np.float32(0.25)  # away from jumps
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0], "float32")
NATURAL = np.abs(WHOLE) + 1

FLOATING = "cos sin tan arcsin arctan cosh sinh tanh arcsinh arctanh exp exp2 expm1 cbrt sinc i0"
FLOATING += " deg2rad rad2deg fabs log1p"
ABOVE_0 = "log log2 log10 sqrt"
STEPS = "ceil floor trunc sign"
PAIRS = "add subtract multiply maximum minimum fmax fmin"
FLOAT_PAIRS = "arctan2 hypot logaddexp logaddexp2"
TO_FLOATS = (*FLOATING.split(), *ABOVE_0.split(), "reciprocal", "ceil", "floor", "angle")

ROWS = [
    *(Row(name, (WITHIN,), dtypes=HALVES) for name in FLOATING.split()),
    *(Row(name, (POSITIVE,), dtypes=HALVES) for name in ABOVE_0.split()),
    *(Row(name, (PLACES,), dtypes=HALVES) for name in STEPS.split()),
    *(Row(name, (NATURAL,), wide=name not in "cos log floor i0") for name in TO_FLOATS),
    *(Row(name, (TRUTH,), wide=True) for name in TO_FLOATS),
    *(Row(name, (SPECIAL,), smooth=False, wide=True) for name in TO_FLOATS),
    Row("arccos", (WITHIN,), dtypes=HALVES),
    Row("arccosh", (POSITIVE + 1,), dtypes=HALVES),
    *(Row(name, (WHOLE // 4,), wide=True) for name in ("arccos", "arccosh", "arctanh")),
    *(Row(name, (TABLE,), dtypes=HALVES) for name in ("abs", "absolute", "negative", "square")),
    *(Row(name, (WHOLE,)) for name in ("absolute", "negative", "square", "sign", "trunc")),
    *(Row(name, (TRUTH,)) for name in ("absolute", "square", "trunc")),
    Row("square", (SHORT,)),
    *(Row("signbit", (x,), smooth=False) for x in (TABLE, WHOLE, SPECIAL)),
    # Keras's symbolic result of short floats is a float32, unlike its values.
    Row("reciprocal", (POSITIVE,), dtypes=HALVES),
    *(Row(name, (TABLE,)) for name in ("real", "conj", "conjugate")),
    *(Row(name, (TABLE,), smooth=False) for name in ("imag", "angle")),
    *(Row(name, (COMPLEX,)) for name in ("conj", "exp")),
    # Keras's symbolic results of these stay complex, unlike its values.
    *(Row(name, (COMPLEX,), symbolic=False) for name in ("real", "imag", "angle", "absolute")),
    *(Row(name, (TABLE, POSITIVE[0]), dtypes=HALVES) for name in PAIRS.split()),
    *(Row(name, (TABLE, 0.5), dtypes=HALVES, wide=name != "add") for name in PAIRS.split()),
    *(Row(name, (WHOLE, NATURAL), wide=name != "add") for name in PAIRS.split()),
    *(Row(name, (WHOLE, 2.5), wide=name != "add") for name in PAIRS.split()),
    *(Row(name, (SHORT, 2), wide=name != "add") for name in PAIRS.split()),
    *(Row(name, (TRUTH, TRUTH[0]), wide=name != "add") for name in PAIRS.split() if name != "subtract"),
    *(Row(name, (SPECIAL, SPECIAL[:, None]), smooth=False) for name in ("maximum", "fmax", "fmin")),
    *(Row(name, (TABLE, POSITIVE), dtypes=HALVES) for name in FLOAT_PAIRS.split()),
    *(Row(name, (WHOLE, NATURAL[0]), wide=name != "arctan2") for name in FLOAT_PAIRS.split()),
    # Keras cannot make hypot of a symbolic tensor and a number.
    *(Row(name, (TABLE, 0.5), symbolic=name != "hypot", wide=True) for name in FLOAT_PAIRS.split()),
    *(Row(name, (TABLE, WHOLE), wide=True) for name in FLOAT_PAIRS.split()),
    Row("logaddexp", (SPECIAL, 0.0), smooth=False),
    *(Row(name, (TABLE, POSITIVE), dtypes=HALVES) for name in ("divide", "true_divide")),
    *(Row(name, (WHOLE, NATURAL)) for name in ("divide", "true_divide", "divide_no_nan")),
    Row("divide", (2, POSITIVE)),
    Row("divide", (TRUTH, NATURAL), wide=True),
    Row("divide_no_nan", (TABLE, np.where(TRUTH, TABLE, 0)), dtypes=HALVES, smooth=False),
    Row("divide_no_nan", (TABLE, 0)),
    *(Row(name, (PLACES, POSITIVE), dtypes=HALVES) for name in ("floor_divide", "mod", "fmod")),
    *(Row(name, (WHOLE, NATURAL)) for name in ("floor_divide", "mod", "fmod", "power", "gcd", "lcm")),
    *(Row(name, (SHORT, 2), wide=True) for name in ("floor_divide", "mod", "fmod", "power")),
    *(Row(name, (SHORT, SHORT[0])) for name in ("gcd", "lcm")),
    *(Row(name, (TRUTH, TRUTH | True)) for name in ("mod", "fmod")),
    Row("mod", (WHOLE, -4)),
    Row("fmod", (WHOLE, 2.5)),
    Row("power", (POSITIVE, TABLE), dtypes=HALVES),
    Row("power", (TABLE, 2), dtypes=HALVES),
    Row("power", (2, TABLE)),
    Row("power", (NATURAL, 0.5)),
    # Nor heaviside.
    Row("heaviside", (TABLE, 0.5), smooth=False, symbolic=False),
    *(Row("heaviside", x, smooth=False) for x in ((SPECIAL, WITHIN[0, :1]), (WHOLE, WHOLE))),
    *(Row("nextafter", x, smooth=False) for x in ((TABLE, POSITIVE), (WHOLE, NATURAL))),
    *(Row("ldexp", (x, WHOLE)) for x in (TABLE, WHOLE)),
    Row("clip", (TABLE, -0.5, 0.5), dtypes=HALVES),
    Row("clip", (TABLE, WITHIN[0], POSITIVE)),
    Row("clip", (TABLE, None, 0.5)),
    *(Row("clip", (x, -1, 1)) for x in (WHOLE, SHORT)),
    Row("clip", (WHOLE, -1.5, 1.5), same_dtype=False),  # only Keras's symbolic result stays whole
    Row("clip", (TRUTH, 0, 1)),
    Row("round", (PLACES,), dtypes=HALVES),
    Row("round", (TABLE, 2), smooth=False),
    Row("round", (10 * TABLE, -1), smooth=False),
    Row("round", (WHOLE,)),
    *(Row("round", (WHOLE * 25, decimals)) for decimals in (-1, -2)),
    Row("nan_to_num", (SPECIAL,), smooth=False),
    Row("nan_to_num", (SPECIAL, 7.0, 8.0, 9.0), smooth=False),
    Row("nan_to_num", (WHOLE,)),
]
