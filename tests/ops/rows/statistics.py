"""Quantiles, weighted means, counts, places in an order, differences."""

import numpy as np

from tests.ops.contract import POSITIVE, SERIES, TABLE, WHOLE, Row

HALVES = ("bfloat16", "float16")
TRUTH = TABLE > 0
HOLES = np.where(TABLE > 0.8, np.nan, TABLE).astype("float32")
SQUARE = TABLE[:, :3]
LINE = SERIES.ravel()
STEPS = np.array([1.0, 0.5, 2.0], "float32")
EDGES = np.array([-1.0, 0.0, 0.5], "float32")
COUNTED = np.array([[0, 2, 2], [1, 0, 4]], "int32")

QUANTILES = {"quantile": 0.3, "percentile": 30.0, "nanquantile": 0.3, "nanpercentile": 30.0}
METHODS = ("lower", "higher", "midpoint", "nearest")

ROWS = [
    *(Row(name, (SERIES, q), wide=True) for name, q in QUANTILES.items()),
    *(Row(name, (TABLE, q), {"axis": 1}, HALVES) for name, q in QUANTILES.items()),
    *(Row(name, (SERIES, [q, 2 * q]), {"axis": (0, -1)}) for name, q in QUANTILES.items()),
    *(Row(name, (SERIES, q), {"axis": 1, "keepdims": True}) for name, q in QUANTILES.items()),
    *(Row(name, (HOLES, q), {"axis": 1}, smooth=False) for name, q in QUANTILES.items()),
    *(Row(name, (x, q), wide=True) for name, q in QUANTILES.items() for x in (WHOLE, TRUTH)),
    *(
        Row(name, (TABLE, q), {"axis": 0, "method": method}, wide=True)
        for name, q in QUANTILES.items()
        for method in METHODS
    ),
    Row("average", (SERIES,)),
    Row("average", (TABLE,), {"axis": 1}, HALVES),
    Row("average", (TABLE,), {"weights": POSITIVE}, HALVES),
    Row("average", (TABLE,), {"axis": 0, "weights": STEPS}),
    Row("average", (WHOLE,), {"axis": 1, "weights": np.array([1, 2, 0, 1])}),
    Row("average", (TRUTH,)),
    # Keras says that the matrix has the shape of x, which holds for square ones alone.
    Row("corrcoef", (SQUARE,), unknown=False, rtol=1e-4, atol=1e-5),
    Row("corrcoef", (WHOLE[:, :3],), unknown=False, rtol=1e-4, atol=1e-5),
    *(Row("correlate", (LINE, STEPS, mode), unknown=False) for mode in ("valid", "same", "full")),
    Row("correlate", (STEPS, LINE), unknown=False),
    Row("correlate", (WHOLE[0], WHOLE[1], "full"), unknown=False),
    Row("histogram", (LINE,), smooth=False),
    Row("histogram", (LINE, 4, (-1.0, 1.0)), smooth=False),
    Row("histogram", (WHOLE[0], 3), symbolic=False),  # whole numbers only in Keras's symbolic result
    Row("bincount", (COUNTED[0],), compiles=False, symbolic=False),
    Row("bincount", (COUNTED[0], STEPS, 5), compiles=False, symbolic=False),
    Row("bincount", (COUNTED[:, :2],), {"minlength": 4}, compiles=False, symbolic=False),
    Row("bincount", (COUNTED, SQUARE[:2], 6), compiles=False, symbolic=False),
    *(Row("digitize", (x, EDGES), smooth=False) for x in (TABLE, WHOLE, EDGES, SERIES)),
    Row("digitize", (TABLE, EDGES[::-1].copy()), smooth=False),
    Row("digitize", (TRUTH, TRUTH[0, :1])),
    *(
        Row("searchsorted", (EDGES, x, side), smooth=False, unknown=False)
        for x in (TABLE, EDGES)
        for side in ("left", "right")
    ),
    Row("searchsorted", (np.array([1, 3, 3, 5]), WHOLE), unknown=False),
    Row("diff", (TABLE,), dtypes=HALVES),
    Row("diff", (SERIES,), {"n": 2, "axis": 1}),
    Row("diff", (TABLE,), {"n": 0}),
    Row("diff", (TABLE,), {"n": 5}, smooth=False),
    *(Row("diff", (x,), {"axis": 0}) for x in (WHOLE, TRUTH)),
    Row("trapezoid", (TABLE,), dtypes=HALVES),
    Row("trapezoid", (SERIES,), {"dx": 0.5, "axis": 1}),
    Row("trapezoid", (SERIES,), {"x": [0.0, 1.0, 4.0], "axis": 1}, unknown=False),
    Row("trapezoid", (WHOLE,), {"dx": 2}),
]
