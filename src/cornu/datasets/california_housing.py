"""California housing: 20,640 districts and the price of their houses."""

from __future__ import annotations

from typing import Any

from cornu.core.errors import describe, did_you_mean
from cornu.datasets.files import find
from cornu.datasets.reading import arrays
from cornu.datasets.splitting import Parts, check_share, split

__all__ = ["load_data"]

ROWS = {"large": None, "small": 600}


def load_data(
    version: str = "large",
    path: Any = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Parts:
    """16,512 districts to train on and 4,128 to test with.

    The features: longitude, latitude, median age of the houses, rooms, bedrooms, people, households,
    median income.

    Args:
        version: 'large' (default), or 'small' for the first 600 rows.
        path: name of the file, or the path of one of your own.
        test_split: the share of rows for testing. Default: 0.2.
        seed: for the order of the rows. Default: 113.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x float32 of shape (districts, 8); y float32, the
        median price of a house in dollars.

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is damaged, for another `version`, or if `test_split` is no share.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.california_housing.load_data("small")

    Source: Pace and Barry, Sparse spatial autoregressions, 1997.
    """
    check_share("california_housing", test_split)
    if version not in ROWS:
        raise ValueError(
            f"california_housing.load_data: version={describe(version)} is not known. "
            f"{did_you_mean(str(version), ROWS)}"
        )
    found = arrays(find("california_housing.npz", path), ("x", "y"))
    rows = slice(ROWS[version])
    return split(found["x"][rows], found["y"][rows], test_split, seed)
