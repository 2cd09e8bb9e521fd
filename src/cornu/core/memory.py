"""Memory of NumPy arrays that the engine can use as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

ALIGNMENT = 64  # bytes; an array that begins at a multiple of it is not copied by the engine on the host


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """A new NumPy array, to be filled, that begins where the engine can use it as it is."""
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    room = np.empty(size + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + size].view(dtype).reshape(shape)
