"""Boston housing: 506 districts and the price of their houses."""

from __future__ import annotations

from typing import Any

from cornu.datasets.files import find
from cornu.datasets.reading import arrays
from cornu.datasets.splitting import Parts, check_share, split

__all__ = ["load_data"]


def load_data(path: Any = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Parts:
    """404 districts to train on and 102 to test with.

    One of the features, "B", was computed from the share of Black people as if segregation made prices.
    Use the set to reproduce what was published, or to speak of that; else take `california_housing`.

    Args:
        path: name of the file, or the path of one of your own.
        test_split: the share of rows for testing. Default: 0.2.
        seed: for the order of the rows. Default: 113.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x float64 of shape (districts, 13); y float64, the
        median price of a house in thousands of dollars.

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is damaged, or `test_split` is no share.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data()

    Source: Harrison and Rubinfeld, Hedonic housing prices and the demand for clean air, 1978.
    """
    check_share("boston_housing", test_split)
    found = arrays(find("boston_housing.npz", path), ("x", "y"))
    return split(found["x"], found["y"], test_split, seed)
