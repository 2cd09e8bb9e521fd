"""Elements chosen by place, by condition, by order."""

from dataclasses import replace

import numpy as np

from tests.ops.contract import SERIES, TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
ORDER = np.argsort(TABLE, axis=1).astype("int32")
KEYS = (
    0,
    (-1, 1),
    (slice(None), 1),
    (Ellipsis, slice(0, 2)),
    (None, 1, Ellipsis, None),
    (slice(None, None, 2),),
)
ROWS = [
    *(Row("take", (SERIES, 1, axis), dtypes=FLOATS) for axis in (None, 0, -1)),
    *(Row("take", (SERIES, np.array([[1, 0], [-1, 0]], "int32"), axis)) for axis in (None, 0, 2)),
    Row("take_along_axis", (TABLE, ORDER, 1), dtypes=FLOATS),
    Row("take_along_axis", (TABLE, ORDER[:, :1]), {"axis": -1}),
    Row("take_along_axis", (TABLE, np.array([3, -1], "int32"))),
    *(Row("get_item", (SERIES, key), dtypes=FLOATS) for key in KEYS),
    Row("where", (TABLE > 0, TABLE, WHOLE)),
    Row("where", (TABLE[0] > 0, TABLE, -TABLE), dtypes=FLOATS),
    Row("where", (TABLE > 0, TABLE, 0), dtypes=FLOATS),
    Row("where", (WHOLE,), compiles=False, symbolic=False),
    Row("select", ([TABLE > 1, TABLE > 0], [TABLE, -TABLE]), dtypes=FLOATS),
    Row("nonzero", (WHOLE,), compiles=False, symbolic=False),
    Row("unravel_index", (np.array([[1, 5], [3, 0]], "int32"), (2, 3))),
    *(Row("sort", (SERIES, axis), dtypes=FLOATS) for axis in (-1, 0, None)),
    Row("sort", (WHOLE,)),
    *(Row("argsort", (SERIES, axis), dtypes=FLOATS, smooth=False) for axis in (-1, 0, None)),
    *(Row("argpartition", (TABLE, 1, axis), dtypes=FLOATS, smooth=False) for axis in (-1, 0, None)),
    Row("unique", (WHOLE,), compiles=False, symbolic=False),
    Row(
        "unique",
        (WHOLE,),
        {"return_inverse": True, "return_counts": True},
        compiles=False,
        symbolic=False,
    ),
    Row("unique", (TABLE,), {"size": 4}, smooth=False),
    Row("unique", (WHOLE, False, True, True, True), {"size": 9, "fill_value": -7}),
    Row("unique", (TABLE[[0, 1, 0]],), {"axis": 0, "size": 2, "return_inverse": True}, smooth=False),
    Row("isin", (WHOLE, WHOLE[0, :2])),
    Row("isin", (WHOLE, [1, 2]), {"invert": True}),
]
ROWS += [
    replace(row, wide=True)
    for row in (
        Row("take", (WHOLE, [0, 2]), {"axis": 1}),
        Row("where", (TABLE > 0, 1, 2.5)),
        Row("where", (WHOLE > 0, WHOLE, 0)),
        Row("select", ([WHOLE > 1, WHOLE > 0], [WHOLE, -WHOLE]), {"default": 9}),
        Row("nonzero", (TABLE > 0,), compiles=False, symbolic=False),
        Row("unravel_index", (4, (2, 3))),
        Row("argsort", (WHOLE,)),
        Row("argsort", (3,)),
        Row("argpartition", (WHOLE, 2)),
        Row("unique", (np.array([1, np.nan, np.nan]),), compiles=False, symbolic=False),
        Row("isin", (np.arange(6), np.arange(3)), {"assume_unique": True}),
    )
]
