"""Pima: 768 women, eight measurements, diabetes within five years or not."""

from __future__ import annotations

from typing import Any

from cornu.datasets.files import find
from cornu.datasets.splitting import Parts, check_share, split, table

__all__ = ["load_data"]


def load_data(
    path: Any = "pima-indians-diabetes.csv", test_split: float = 0.2, seed: int = 113
) -> Parts:
    """614 women to train on and 154 to test with.

    The features: pregnancies, glucose, blood pressure, skin fold, insulin, body mass index, family
    history, age. A 0 in the second to sixth stands for a value that is missing.

    There is no public address with a licence to download the file from: get it yourself, a table of
    768 rows of 9 numbers with commas between them.

    Args:
        path: name of the file in the folder that CORNU_DATA names or in `~/.keras/datasets`, or the
            path of one of your own.
        test_split: the share of rows for testing. Default: 0.2.
        seed: for the order of the rows. Default: 113.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x float64 of shape (women, 8); y int64, 1 for diabetes.

    Raises:
        OSError: if the file is not there; the message says where to put it.
        ValueError: if it is no such table, or `test_split` is no share.

    Example:

        (x_train, y_train), (x_test, y_test) = cornu.datasets.pima.load_data()

    Source: Smith et al., Using the ADAP learning algorithm to forecast the onset of diabetes mellitus,
    1988.
    """
    check_share("pima", test_split)
    x, y = table(find("pima-indians-diabetes.csv", path), columns=9)
    return split(x, y, test_split, seed)
