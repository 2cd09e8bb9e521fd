"""One number of many, along axes."""

from tests.ops.contract import SERIES, WHOLE, Row

ROWS = [
    Row("mean", (SERIES,)),
    Row("mean", (SERIES,), {"axis": (0, -1), "keepdims": True}),
    Row("mean", (WHOLE,), {"axis": 1}),
]
