"""Tensors put together, and cut apart."""

from dataclasses import replace

from tests.ops.contract import SERIES, TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
PAIR = [TABLE, TABLE * 2]
STACKS = ("hstack", "vstack", "dstack")
ROWS = [
    *(Row("concatenate", (PAIR, axis), dtypes=FLOATS) for axis in (0, -1)),
    Row("concatenate", ([TABLE, WHOLE],)),
    Row("concatenate", (([1, 2], [3.5]),)),
    *(Row("stack", (PAIR, axis), dtypes=FLOATS) for axis in (0, 1, -1)),
    Row("stack", ([1, 2.5],)),
    *(Row(name, (PAIR,), dtypes=FLOATS) for name in STACKS),
    # Symbolic vectors: test_joining.py. Keras crashes, or says that vectors stay vectors.
    *(Row(name, ([TABLE[0], TABLE[1]],), symbolic=False) for name in STACKS),
    Row("append", (TABLE, TABLE[0]), dtypes=FLOATS, unknown=False),
    Row("append", (WHOLE, TABLE), {"axis": 0}, unknown=False),
    Row("split", (SERIES, 2), dtypes=FLOATS),
    Row("split", (TABLE, [1, 3]), {"axis": 1}),
    Row("array_split", (TABLE, 2), dtypes=FLOATS, unknown=False),
    Row("hsplit", (TABLE, 2), dtypes=FLOATS),
    Row("hsplit", (TABLE[0], 2)),
    Row("vsplit", (SERIES, 2), dtypes=FLOATS),
    Row("dsplit", (SERIES, 2), dtypes=FLOATS),
]
ROWS += [
    replace(row, wide=True)
    for row in (
        Row("concatenate", ([TABLE[:, :2], TABLE],), {"axis": 1}),
        Row("concatenate", ([WHOLE.astype("int8"), WHOLE.astype("uint8"), WHOLE > 0],)),
        Row("stack", ([TABLE, WHOLE, TABLE],)),
        *(Row(name, ([SERIES, SERIES],)) for name in STACKS),
        Row("hstack", ([WHOLE, TABLE[:, :1]],)),
        Row("append", (TABLE, TABLE[:, :1], 1), unknown=False),
        Row("split", (TABLE, 2, -1)),
        Row("split", (TABLE, (2, 2), -1)),
        Row("split", (WHOLE, 1)),
        Row("array_split", (TABLE, 3), {"axis": -1}, unknown=False),
        Row("vsplit", (SERIES, [1]), unknown=False),
        Row("dsplit", (SERIES, [1, 3])),
    )
]
