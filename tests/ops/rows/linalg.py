"""Matrices."""

import numpy as np

from tests.ops.contract import RNG, SERIES, TABLE, WHOLE, Row

SQUARE = RNG.normal(size=(3, 3)).astype("float32") + 3 * np.eye(3, dtype="float32")
MANY = RNG.normal(size=(2, 3, 3)).astype("float32") + 3 * np.eye(3, dtype="float32")
POSITIVE = (SQUARE @ SQUARE.T).astype("float32")
LOWER = np.tril(SQUARE).astype("float32")
VECTOR = TABLE[:, 0].copy()
ROWS = [
    Row("cholesky", (POSITIVE,), unknown=False),
    Row("cholesky", (POSITIVE,), {"upper": True}, unknown=False),
    Row("cholesky", (np.stack([POSITIVE, POSITIVE]),), unknown=False, wide=True),
    Row("cholesky_inverse", (LOWER,), rtol=1e-4, unknown=False),
    Row("cholesky_inverse", (LOWER.T.copy(),), {"upper": True}, rtol=1e-4, unknown=False),
    # it cannot turn several matrices there
    Row("cholesky_inverse", (np.stack([LOWER, LOWER]),), rtol=1e-4, keras=False, unknown=False),
    Row("det", (SQUARE,), rtol=1e-4, unknown=False),
    Row("det", (MANY,), rtol=1e-4),
    Row("inv", (SQUARE,), rtol=1e-4, unknown=False),
    Row("inv", (MANY,), rtol=1e-4),
    # symbolic results are real there, the values are not; vectors have no derivative in the engine
    Row("eig", (SQUARE,), unknown=False, same_dtype=False, smooth=False, rtol=1e-4, atol=1e-5),
    Row("eigh", (POSITIVE,), unknown=False, smooth=False, rtol=1e-4, atol=1e-5),
    Row("eigh", (np.stack([POSITIVE, POSITIVE + 1]),), smooth=False, rtol=1e-4, atol=1e-5, wide=True),
    Row(
        "lu_factor", (SQUARE,), same_dtype=False, unknown=False
    ),  # the pivots' symbolic dtype is that of x there
    Row("lu_factor", (MANY,), same_dtype=False, unknown=False, wide=True),
    Row("norm", (TABLE,)),
    Row("norm", (WHOLE,), {"axis": 1}),
    Row("norm", (SERIES,), {"ord": 3, "axis": -1, "keepdims": True}),
    Row("norm", (SERIES,), {"ord": "fro", "axis": (1, 2)}),
    Row("norm", (SERIES,), {"ord": "nuc", "axis": (1, 2)}, rtol=1e-4, unknown=False),
    Row("norm", (TABLE,), {"ord": 1, "axis": (0, 1)}),
    Row("norm", (TABLE,), {"ord": -2, "axis": (0, 1)}, rtol=1e-4, unknown=False),
    Row("norm", (TABLE,), {"ord": float("inf"), "axis": 0}),
    Row("norm", (SERIES,), wide=True),
    Row("qr", (TABLE,), unknown=False, rtol=1e-4, smooth=False),
    Row("qr", (TABLE.T.copy(),), unknown=False, rtol=1e-4),
    Row("qr", (TABLE,), {"mode": "complete"}, unknown=False, rtol=1e-4, smooth=False),
    Row("solve", (SQUARE, VECTOR), rtol=1e-4, unknown=False),
    Row("solve", (SQUARE, TABLE), rtol=1e-4, unknown=False),
    Row("solve", (MANY, SERIES), rtol=1e-4),
    Row(
        "solve", (MANY, SERIES[..., 0].copy()), rtol=1e-4, keras=False, unknown=False
    ),  # refused there on JAX
    Row("solve_triangular", (LOWER, VECTOR), {"lower": True}, rtol=1e-4, unknown=False),
    Row("solve_triangular", (SQUARE, TABLE), rtol=1e-4, unknown=False),
    Row("solve_triangular", (MANY, SERIES), rtol=1e-4),
    Row("lstsq", (TABLE.T.copy(), SERIES[0, 0].copy()), rtol=1e-3, atol=1e-5, unknown=False),
    Row("lstsq", (TABLE, SQUARE), rtol=1e-3, atol=1e-5, unknown=False, smooth=False),
    Row("matrix_rank", (SERIES,), unknown=False, smooth=False),
    Row("matrix_rank", (SERIES,), {"tol": 1.5}, unknown=False, smooth=False),
    Row("pinv", (TABLE,), unknown=False, rtol=1e-4, atol=1e-5),
    Row("pinv", (SERIES,), {"rcond": 0.3}, unknown=False, rtol=1e-4, atol=1e-5, smooth=False),
    Row("svd", (TABLE,), unknown=False, smooth=False, rtol=1e-4, atol=1e-5),
    Row("svd", (TABLE,), {"compute_uv": False}, unknown=False, rtol=1e-4),
    Row("svd", (SERIES,), {"full_matrices": False}, unknown=False, smooth=False, rtol=1e-4, atol=1e-5),
]
