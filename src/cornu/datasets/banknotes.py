"""Banknotes: 1,372 pictures of banknotes, four numbers each, genuine or forged."""

from __future__ import annotations

from typing import Any

from cornu.datasets.files import find
from cornu.datasets.splitting import Parts, check_share, split, table

__all__ = ["load_data"]


def load_data(
    path: Any = "banknote_authentication.csv", test_split: float = 0.2, seed: int = 113
) -> Parts:
    """1,097 banknotes to train on and 275 to test with.

    The features, of a wavelet transform of the picture: variance, skewness, kurtosis; entropy of the
    picture.

    Args:
        path: name of the file, or the path of one of your own.
        test_split: the share of rows for testing. Default: 0.2.
        seed: for the order of the rows. Default: 113.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x float64 of shape (banknotes, 4); y int64, 0 or 1.

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is no such table, or `test_split` is no share.

    Example:

        (x_train, y_train), (x_test, y_test) = cornu.datasets.banknotes.load_data()

    Source: Lohweg, Banknote Authentication, UCI data set 267, 2013, doi 10.24432/C55P57; licence
    CC BY 4.0.
    """
    check_share("banknotes", test_split)
    x, y = table(find("banknote_authentication.csv", path), columns=5)
    return split(x, y, test_split, seed)
