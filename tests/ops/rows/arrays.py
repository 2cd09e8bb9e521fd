"""Tensors themselves: casts, blocks, places."""

import numpy as np

from tests.ops.contract import RNG, SERIES, TABLE, WHOLE, Row

PLACES = np.array([[0, 1], [2, 3], [0, 1]], "int32")
ROW = np.array([[2], [0]], "int32")
VALUES = TABLE[:, 0].copy()
LARGE = RNG.uniform(-400, 400, size=(3, 4)).astype("float32")
ROWS = [
    Row("convert_to_tensor", (TABLE,)),
    Row("convert_to_tensor", ([[1, 2], [3, 4]],)),
    Row("convert_to_tensor", (WHOLE,), {"dtype": "bfloat16"}),
    Row("cast", (TABLE, "int32"), smooth=False),
    Row("cast", (WHOLE, "float16")),
    Row("cast", (TABLE, "bool"), smooth=False),
    Row("saturate_cast", (LARGE, "uint8"), smooth=False),
    Row("saturate_cast", (LARGE * 1e8, "int32"), smooth=False),
    Row("saturate_cast", (LARGE * 1e8, "uint32"), smooth=False),
    Row("saturate_cast", (LARGE, "float16"), smooth=False),
    Row("saturate_cast", (WHOLE, "uint8")),
    Row("saturate_cast", (TABLE > 0, "uint8")),
    Row("slice", (TABLE, (1, 0), (2, 3)), unknown=False),
    Row("slice", (TABLE, (1, 1), (-1, -1)), unknown=False),
    Row("slice", (SERIES, np.array([0, 1, 2], "int32"), (2, 2, 1)), unknown=False),
    Row("slice_update", (TABLE, (1, 1), SERIES[0, :2, :3].copy()), unknown=False),
    Row("slice_update", (TABLE, np.array([0, 2], "int32"), SERIES[0, :1, :2].copy()), unknown=False),
    Row("scatter", (PLACES, VALUES, (3, 4)), unknown=False),
    Row("scatter", (ROW, TABLE[:2].copy(), (3, 4)), unknown=False),
    Row("scatter_update", (TABLE, PLACES[:2].copy(), VALUES[:2].copy()), unknown=False),
    *[
        Row(
            "scatter_update",
            (TABLE, PLACES, VALUES),
            {"reduction": reduction},
            unknown=False,
            smooth=reduction != "mul",
        )
        for reduction in ("add", "mul", "max", "MIN")
    ],
    Row("scatter_update", (TABLE, ROW, SERIES[0, :2].copy()), unknown=False),
    Row("stop_gradient", (TABLE,), smooth=False),
    Row("unstack", (TABLE,), unknown=False),
    Row("unstack", (SERIES,), {"axis": -1, "num": 4}),
]
