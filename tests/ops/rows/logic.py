"""Comparisons, logic, tests of numbers, bits."""

import numpy as np

from tests.ops.contract import POSITIVE, TABLE, WHOLE, Row

TRUTH = TABLE > 0
NATURAL = np.abs(WHOLE)
BYTES = NATURAL.astype("uint8")
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0], "float32")
COMPLEX = np.array([1, 1j, 1 + 1j], "complex64")

COMPARISONS = ["equal", "not_equal", "greater", "greater_equal", "less", "less_equal"]
LOGIC = ["logical_and", "logical_or", "logical_xor"]
TESTS = ["isfinite", "isinf", "isnan", "isposinf", "isneginf", "isreal", "logical_not"]
BITS = ["bitwise_and", "bitwise_or", "bitwise_xor"]
SHIFTS = ["left_shift", "right_shift", "bitwise_left_shift", "bitwise_right_shift"]

ROWS = [
    *(Row(name, (TABLE, POSITIVE[0]), smooth=False) for name in COMPARISONS),
    *(Row(name, (WHOLE, WHOLE[:, :1]), wide=name != "equal") for name in COMPARISONS),
    *(Row(name, (WHOLE, 0.5), wide=name != "equal") for name in COMPARISONS),
    *(Row(name, (SPECIAL, SPECIAL[:, None]), smooth=False, wide=True) for name in COMPARISONS),
    *(Row(name, (TABLE, SPECIAL[:4]), smooth=False) for name in LOGIC),
    *(Row(name, (WHOLE, TRUTH), wide=name != "logical_or") for name in LOGIC),
    *(Row(name, (SPECIAL,), smooth=False) for name in TESTS),
    *(Row(name, (WHOLE,), wide=name != "isinf") for name in TESTS),
    Row("isreal", (COMPLEX,)),
    *(Row(name, (WHOLE, NATURAL[0])) for name in (*BITS, *SHIFTS)),
    # Keras's symbolic bitwise_and and its kind take no numbers.
    *(Row(name, (BYTES, 2), symbolic=name in SHIFTS) for name in (*BITS, *SHIFTS)),
    *(Row(name, (TRUTH, TRUTH[0])) for name in BITS),
    *(Row(name, (x,)) for name in ("bitwise_not", "bitwise_invert") for x in (WHOLE, TRUTH)),
    *(
        Row(name, (TABLE, TABLE * np.float32(1 + change)), smooth=False)
        for name in ("isclose", "allclose")
        for change in (0, 2e-6, 2e-4)
    ),
    Row("isclose", (TABLE, TABLE + 0.1), {"rtol": 0.0, "atol": 0.2}, smooth=False),
    Row("isclose", (SPECIAL, SPECIAL), smooth=False),
    Row("isclose", (SPECIAL, SPECIAL), {"equal_nan": True}, smooth=False),
    Row("allclose", (SPECIAL, SPECIAL), {"equal_nan": True}, smooth=False),
    Row("allclose", (WHOLE, WHOLE)),
]
