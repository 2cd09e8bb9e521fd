"""Tables in two parts: the rows in the order that a seed gives, the last ones for testing."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import describe

Array = np.ndarray[Any, Any]
Parts = tuple[tuple[Array, Array], tuple[Array, Array]]


def check_share(name: str, test_split: Any, whole: bool = False) -> None:
    """Refuses a share of rows that is none; with `whole`, all rows may be for testing."""
    fits = isinstance(test_split, (int, float)) and 0 <= test_split <= 1
    if not fits or (test_split == 1 and not whole):
        raise ValueError(
            f"{name}.load_data: Invalid `test_split` argument: {describe(test_split)}. It is the share "
            "of rows for testing, from 0 up to, but without, 1."
        )


def shuffled(seed: Any, *arrays: Array) -> list[Array]:
    """The arrays, all in the same new order, which NumPy's older generator draws as Keras has it."""
    order = np.arange(len(arrays[0]))
    np.random.RandomState(seed).shuffle(order)
    return [array[order] for array in arrays]


def split(x: Array, y: Array, test_split: float, seed: Any) -> Parts:
    """Both parts of a table."""
    x, y = shuffled(seed, x, y)
    count = int(len(x) * (1 - test_split))
    return (x[:count].copy(), y[:count].copy()), (x[count:].copy(), y[count:].copy())


def table(path: Any, columns: int) -> tuple[Array, Array]:
    """Features and labels of a .csv file without a head, whose last column are whole labels."""
    try:
        found = np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise ValueError(f'"{path}" is no table of numbers: {error}.') from error
    if found.shape[1] != columns:
        raise ValueError(f'"{path}" has {found.shape[1]} columns, not {columns}.')
    return found[:, :-1], found[:, -1].astype("int64")
