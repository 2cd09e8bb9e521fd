"""Arithmetic on elements."""

from tests.ops.contract import TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
ROWS = [
    Row("absolute", (TABLE,), dtypes=FLOATS),
    Row("absolute", (WHOLE,)),
    Row("cos", (TABLE,), dtypes=FLOATS),
    Row("cos", (WHOLE,)),
    Row("add", (TABLE, TABLE[0]), dtypes=FLOATS),
    Row("add", (TABLE, 2), dtypes=FLOATS),
    Row("add", (WHOLE, 2.5)),
]
