"""Segments, the largest k, special functions."""

import numpy as np

from tests.ops.contract import POSITIVE, SERIES, TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
IDS = np.array([0, 2, 2], "int32")
INSIDE = np.clip(TABLE, -0.9, 0.9) * 0.9
ROWS = [
    Row("erf", (TABLE,), dtypes=FLOATS),
    Row("erf", (WHOLE,), keras=False, unknown=False),  # refused there
    Row("erfc", (TABLE,), dtypes=FLOATS),
    Row("erfinv", (INSIDE,), dtypes=FLOATS),
    Row("rsqrt", (POSITIVE,), dtypes=FLOATS),
    *[
        row
        for kind in ("sum", "max", "min", "prod")
        for row in (
            Row(f"segment_{kind}", (TABLE, IDS, 4), dtypes=FLOATS, smooth=kind == "sum"),
            Row(f"segment_{kind}", (WHOLE, IDS), {"num_segments": 3, "sorted": True}),
        )
    ],
    Row("segment_max", (TABLE, IDS // 2, 2)),
    Row("segment_min", (TABLE, IDS // 2, 2)),
    Row("top_k", (TABLE, 2), dtypes=FLOATS),
    Row("top_k", (WHOLE, 3), {"sorted": False}),
    Row("top_k", (SERIES, 2), wide=True),
    Row("in_top_k", (IDS, TABLE, 2), smooth=False),
    Row("logsumexp", (TABLE,), dtypes=FLOATS),
    Row("logsumexp", (SERIES,), {"axis": (0, 2), "keepdims": True}),
    Row("logsumexp", (WHOLE,), {"axis": 1}),
    Row("cdist", (TABLE, POSITIVE[:2])),
    Row("cdist", (SERIES, SERIES[:, :2]), unknown=False),
    Row(
        "cdist", (WHOLE, WHOLE[:2]), keras=False, unknown=False
    ),  # there the dtype of the symbolic result differs
    Row("logdet", (TABLE[:, :3],), unknown=False),
    Row("logdet", (SERIES[..., :3],)),
    Row("view_as_complex", (TABLE[:, :2],), smooth=False),
    Row("view_as_real", (TABLE + 1j * POSITIVE,)),
    Row("view_as_real", (TABLE,), same_dtype=False),
]
