"""Tensors that are made."""

from dataclasses import replace

import numpy as np

from tests.ops.contract import SERIES, TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
SQUARE = TABLE[:, :3]
LIKE = ("zeros_like", "ones_like", "empty_like")
WINDOWS = ("bartlett", "blackman", "hamming", "hanning")
ROWS = [
    Row("array", (TABLE,), dtypes=FLOATS),
    Row("array", ([[1, 2], [3, 4]],)),
    Row("array", ([1.5, 2],)),
    Row("copy", (TABLE,), dtypes=FLOATS),
    *(Row(name, (shape,)) for name in ("zeros", "ones", "empty") for shape in (3, (2, 3))),
    *(Row(name, (TABLE,), dtypes=FLOATS) for name in LIKE),
    *(Row(name, (TABLE, "bool"), smooth=False) for name in LIKE),
    Row("full", ((2, 3), 4)),
    Row("full", ((2, 4), TABLE[0]), dtypes=FLOATS, unknown=False, smooth=False),
    Row("full_like", (TABLE, 3), dtypes=FLOATS),
    Row("full_like", (WHOLE, TABLE[0], "float32"), smooth=False),
    *(Row("arange", args) for args in ((4,), (4.0,), (1, 7, 2), (3, 0, -1), (0, 1, 0.25))),
    Row("linspace", (0, 10, 5)),
    Row("linspace", (0.5, 2.0, 3), {"endpoint": False, "retstep": True}),
    Row("linspace", (TABLE[0], TABLE[1], 3), {"axis": -1}, dtypes=FLOATS),
    Row("logspace", (0, 3, 4)),
    Row("logspace", (TABLE[0], 1.0, 3), {"endpoint": False, "axis": -1}, dtypes=FLOATS),
    Row("geomspace", (1, 8, 4)),
    Row("geomspace", (np.abs(TABLE[0]), 2.0, 3), {"axis": 1}, dtypes=FLOATS, rtol=1e-4),
    *(Row("eye", args) for args in ((3,), (2, 3), (3, 2, -1), (3, None, 1, "int32"))),
    *(Row("tri", args) for args in ((3,), (2, 3), (3, 2, -1), (3, None, 1, "bool"))),
    *(Row(name, (number,)) for name in WINDOWS for number in (1, 6)),
    Row("kaiser", (6, 3.5)),
    Row("vander", (WHOLE[0], 3), {"increasing": True}),
    *(Row("diag", (x, k), unknown=False) for x in (TABLE, TABLE[0], WHOLE) for k in (0, 1)),
    Row("diag", (TABLE[0],), dtypes=FLOATS, unknown=False),
    Row("diagflat", (TABLE,), dtypes=FLOATS, unknown=False),
    *(Row(name, (x,), dtypes=FLOATS) for name in ("tril", "triu") for x in (TABLE, SERIES, WHOLE)),
    Row("diagonal", (SERIES,), dtypes=FLOATS, unknown=False),
    Row("diagonal", (SERIES,), {"offset": -1, "axis1": 1, "axis2": 2}),
    Row("trace", (SERIES,), dtypes=FLOATS),
    Row("trace", (WHOLE, 1)),
    Row("trace", (WHOLE > 0,)),
    Row("meshgrid", (TABLE[0], TABLE[1, :3]), dtypes=FLOATS),
    Row("meshgrid", (TABLE[0], TABLE[1, :3]), {"indexing": "ij"}),
]
ROWS += [
    replace(row, wide=True)
    for row in (
        Row("array", (WHOLE, "float16")),
        Row("array", ([True, False],)),
        Row("array", (2,)),
        *(Row(name, ((2,),), {"dtype": "int8"}) for name in ("zeros", "ones", "empty")),
        *(Row(name, (WHOLE,)) for name in LIKE),
        Row("full", ([2, 3], 1.5), {"dtype": "int32"}),
        Row("full_like", (WHOLE, 1.5)),
        Row("arange", (3,), {"dtype": "float16"}),
        Row("arange", (2.7,), {"dtype": "int32"}),
        Row("arange", (np.int8(1), np.int8(4)), symbolic=False),
        Row("linspace", (0, 3)),
        Row("linspace", (0, 10, 4), {"dtype": "int32"}),
        Row("linspace", (TABLE[0], 2.5, 3), smooth=False),  # too flat for the differences in places
        Row("logspace", (0, 3, 4), {"base": 2, "dtype": "int32"}),
        Row("geomspace", (1.0, 100.0, 3), {"endpoint": False}),
        *(Row("identity", args) for args in ((3,), (2, "int32"))),
        Row("bartlett", (np.int64(5),)),
        Row("kaiser", (1, 2)),
        Row("vander", (TABLE[0],), dtypes=FLOATS),
        Row("diagflat", (WHOLE[0], -1), unknown=False),
        *(Row(name, (SERIES, k)) for name in ("tril", "triu") for k in (-1, 2)),
        Row("diagonal", (WHOLE,), unknown=False),
        Row("diagonal", (SERIES, 1, -1, -2)),
        Row("trace", (SERIES,), {"offset": -1, "axis1": 1, "axis2": 2}),
        Row("trace", (WHOLE.astype("int8"),)),
        Row(
            "meshgrid", (TABLE[0], WHOLE[1, :3], TABLE[2, :2]), same_dtype=False
        ),  # symbolic: all float32
    )
]
