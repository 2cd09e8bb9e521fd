"""The same elements in another shape."""

from dataclasses import replace

import numpy as np

from tests.ops.contract import SERIES, TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
ROWS = [
    Row("reshape", (TABLE, (4, 3)), dtypes=FLOATS),
    Row("reshape", (TABLE, (2, -1))),
    Row("reshape", (TABLE, [-1, 2, 2])),
    Row("ravel", (SERIES,), dtypes=FLOATS),
    Row("transpose", (SERIES,), dtypes=FLOATS),
    Row("transpose", (SERIES, (0, 2, 1))),
    Row("swapaxes", (SERIES, 0, -1), dtypes=FLOATS),
    Row("moveaxis", (SERIES, (0, 1), (-1, 0))),
    *(Row("expand_dims", (TABLE, axis), dtypes=FLOATS) for axis in (0, -1, 1, (0, -1))),
    Row("squeeze", (TABLE[:, None],), dtypes=FLOATS, unknown=False),
    Row("squeeze", (TABLE[None, :, :, None], (0, -1)), unknown=False),
    Row("broadcast_to", (TABLE, (2, 3, 4)), dtypes=FLOATS, unknown=False),
    *(Row("flip", (SERIES, axis), dtypes=FLOATS) for axis in (None, 0, -1, (0, 2))),
    Row("fliplr", (SERIES,), dtypes=FLOATS),
    Row("flipud", (TABLE[0],), dtypes=FLOATS),
    Row("rot90", (TABLE,), dtypes=FLOATS),
    Row("rot90", (SERIES,), {"k": -1, "axes": (2, 0)}),
    *(Row("roll", (SERIES, 2, axis), dtypes=FLOATS) for axis in (None, -1)),
    *(Row("tile", (TABLE, repeats), dtypes=FLOATS) for repeats in (2, (2, 1), [2, 1, 3])),
    *(Row("repeat", (TABLE, 2, axis), dtypes=FLOATS) for axis in (None, 0, -1)),
    Row("pad", (TABLE, 1), dtypes=FLOATS),
    Row("pad", (TABLE, ((1, 0), (0, 2)))),
    Row("pad", (WHOLE, ((0, 0), (1, 2))), {"constant_values": 7}),
    *(
        Row("pad", (TABLE, ((1, 0), (1, 2)), mode), smooth=mode not in ("maximum", "minimum"))
        for mode in ("edge", "reflect", "symmetric", "wrap", "linear_ramp", "mean", "maximum", "minimum")
    ),
    Row("size", (TABLE,), smooth=False),
    *(Row("ndim", (x,), smooth=False, symbolic=False) for x in (SERIES, 3)),  # test_shaping.py
    Row("view", (TABLE, "int32"), smooth=False),
    Row("view", (TABLE, "int8"), smooth=False),
    Row("view", (WHOLE.astype("int8"), "int32")),
]
ROWS += [
    replace(row, wide=True)
    for row in (
        Row("reshape", (SERIES, -1)),
        Row("reshape", (WHOLE, 12)),
        Row("reshape", ([[1, 2], [3, 4]], (4,))),
        Row("reshape", (TABLE, (np.int64(3), 2, 2))),
        Row("ravel", (3,)),
        Row("transpose", (SERIES, [1, -1, 0])),
        Row("moveaxis", (SERIES, 0, -1), dtypes=FLOATS),
        Row("squeeze", (TABLE[:, None], 1), unknown=False),
        Row("broadcast_to", (TABLE[:, :1], [3, 2]), unknown=False),
        Row("roll", (SERIES, (1, -1)), {"axis": (0, 1)}),
        Row("pad", (TABLE, (1, 2))),
        Row("pad", (TABLE, [[1], [2]])),
        Row("pad", (TABLE, 1, "median")),
        Row("view", (TABLE,)),
    )
]
