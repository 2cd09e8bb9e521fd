"""Products of tensors."""

import numpy as np

from tests.ops.contract import SERIES, TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
BYTES = WHOLE.astype("int8")
SQUARE = TABLE[:, :3]
TURNED = np.swapaxes(SERIES, 1, 2)
ROWS = [
    Row("matmul", (TABLE, TABLE.T), dtypes=FLOATS, unknown=False),
    Row("matmul", (TABLE, TABLE[0]), unknown=False),
    Row("matmul", (TABLE[0], TABLE.T), unknown=False, wide=True),
    Row("matmul", (SERIES, TURNED), dtypes=FLOATS),
    Row("matmul", (SERIES, TABLE.T), unknown=False),
    Row("matmul", (TABLE, TURNED), unknown=False),
    Row("matmul", (TABLE, WHOLE.T), unknown=False),
    Row("matmul", (WHOLE, WHOLE.T), unknown=False, wide=True),
    Row("matmul", (BYTES, BYTES.T), unknown=False),
    Row("matmul", (WHOLE > 0, WHOLE.T > 0), unknown=False, wide=True),
    Row("dot", (TABLE, TABLE.T), dtypes=FLOATS, unknown=False),
    Row("dot", (SERIES, TABLE[0]), unknown=False),
    Row("dot", (SERIES, TURNED)),
    Row("dot", (TABLE, 2.0), wide=True),
    Row("dot", (BYTES, BYTES.T), unknown=False),
    Row("vdot", (TABLE, TABLE * 2), dtypes=FLOATS),
    Row("vdot", (WHOLE, TABLE)),
    Row("inner", (TABLE, SERIES), dtypes=FLOATS),
    Row("inner", (WHOLE[0], TABLE[1])),
    Row("outer", (TABLE, WHOLE[0]), dtypes=FLOATS),
    Row("kron", (TABLE, WHOLE[:2]), dtypes=FLOATS),
    Row("kron", (WHOLE, TABLE[0, :2]), symbolic=False),  # Keras multiplies all axes of unlike ranks
    Row("tensordot", (SERIES, TABLE), dtypes=FLOATS),
    Row("tensordot", (SERIES, WHOLE.T, 1), unknown=False),
    Row("tensordot", (SERIES, TABLE), {"axes": [[1, 2], [0, 1]]}, symbolic=False),  # Keras crashes
    Row("tensordot", (TABLE[0], TABLE[1], 0), wide=True),
    Row("einsum", ("ij,kj->ik", TABLE, TABLE), dtypes=FLOATS),
    Row("einsum", ("bij,bkj->bik", SERIES, SERIES)),
    Row("einsum", ("...ij,jk->...ik", SERIES, TABLE.T), unknown=False),
    Row("einsum", ("ij->", TABLE)),
    Row("einsum", ("ij,jk", TABLE, WHOLE.T), unknown=False),
    Row("einsum", ("ij,kj->ik", BYTES, BYTES)),
    Row("einsum", ("ij,kj->ik", BYTES, WHOLE)),
    Row("einsum", ("ij,ij,ij->i", TABLE, TABLE, WHOLE), wide=True),
    Row("cross", (SQUARE, SQUARE[::-1]), dtypes=FLOATS, unknown=False),
    Row("cross", (SQUARE.T, SQUARE), {"axisa": 0, "axisc": 0}, unknown=False),
    Row("cross", (TABLE[:, :2], WHOLE[:, 2:]), unknown=False),
    Row("cross", (SQUARE, SQUARE[0]), {"axis": -1}, unknown=False, wide=True),
    Row("slogdet", (SQUARE,), unknown=False),
    Row("slogdet", (SERIES[:, :, :3],), symbolic=False),  # Keras has one sign for all
]
