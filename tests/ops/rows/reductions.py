"""One number of many, along axes."""

import numpy as np

from tests.ops.contract import SERIES, TABLE, WHOLE, Row

HALVES = ("bfloat16", "float16")
TRUTH = TABLE > 0
SHORT = WHOLE.astype("int8")
BYTES = np.abs(WHOLE).astype("uint8")
HOLES = np.where(TABLE > 0.8, np.nan, TABLE).astype("float32")
EMPTY = np.zeros((3, 0), "float32")

SMOOTH = ["sum", "mean", "max", "min", "amax", "amin", "prod", "var", "std", "median", "ptp"]
STEPS = ["all", "any", "argmax", "argmin"]
NAN = ["nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmedian", "nanmax", "nanmin"]
PLACES = ["nanargmax", "nanargmin"]
RUNNING = ["cumsum", "cumprod", "nancumsum", "nancumprod"]
MANY_AXES = {"axis": (0, -1), "keepdims": True}
AXES = [*SMOOTH, "all", "any", *NAN]
EVERY = [*SMOOTH, *STEPS, *NAN, *PLACES, *RUNNING]
INTS = ["sum", "mean", "var", "std", "median", "argmax", "cumsum", "all"]  # not only compared when wide

ROWS = [
    *(Row(name, (SERIES,), smooth=name in SMOOTH, wide=True) for name in (*SMOOTH, *STEPS)),
    *(Row(name, (TABLE,), {"axis": 1}, HALVES, name in SMOOTH) for name in (*SMOOTH, *STEPS)),
    *(Row(name, (SERIES,), {"axis": -2, "keepdims": True}, smooth=False) for name in (*STEPS, *PLACES)),
    *(Row(name, (SERIES,), MANY_AXES, smooth=name in SMOOTH) for name in AXES),
    *(Row(name, (HOLES,), smooth=False, wide=True) for name in (*NAN, *PLACES, *RUNNING)),
    *(Row(name, (HOLES,), {"axis": 1}, HALVES, smooth=False) for name in (*NAN, *PLACES, *RUNNING)),
    *(Row(name, (WHOLE,), wide=name not in INTS) for name in EVERY),
    *(Row(name, (TRUTH,), {"axis": 0}, wide=name not in INTS) for name in EVERY if name != "ptp"),
    *(Row(name, (x,), wide=name != "sum") for name in EVERY for x in (SHORT, BYTES)),
    *(Row(name, (TABLE,), {"axis": 1, "initial": 0.3}) for name in ("max", "min")),
    *(Row(name, (EMPTY,), {"axis": 1, "initial": 2.0}, smooth=False) for name in ("max", "min")),
    *(Row(name, (WHOLE,), {"keepdims": True, "initial": -1}) for name in ("max", "min")),
    *(Row(name, (TABLE,), {"axis": 0}, HALVES) for name in ("cumsum", "cumprod")),
    *(Row(name, (TABLE,)) for name in ("cumsum", "cumprod")),
    *(Row(name, (WHOLE,), {"axis": 1, "dtype": "float32"}) for name in (*RUNNING, "prod")),
    Row("prod", (TABLE,), {"axis": 1, "keepdims": True}),
    *(Row("count_nonzero", (x,), {"axis": 1}, smooth=False) for x in (TABLE, WHOLE, TRUTH)),
    Row("count_nonzero", (WHOLE,)),
    Row("count_nonzero", (SERIES,), {"axis": (0, 2)}, smooth=False),
]
