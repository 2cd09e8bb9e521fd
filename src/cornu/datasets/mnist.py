"""MNIST: 70,000 digits written by hand."""

from __future__ import annotations

from typing import Any

from cornu.datasets.files import find
from cornu.datasets.reading import arrays
from cornu.datasets.splitting import Parts

__all__ = ["load_data"]


def load_data(path: Any = "mnist.npz") -> Parts:
    """60,000 images to train on and 10,000 to test with.

    Args:
        path: name of the file, or the path of one of your own.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x uint8 of shape (images, 28, 28), 255 for ink; y uint8,
        the digits.

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is damaged.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        x_train = x_train.reshape(-1, 784) / 255.0

    Source: LeCun et al., Gradient-based learning applied to document recognition, 1998; licence
    CC BY-SA 3.0.
    """
    found = arrays(find("mnist.npz", path), ("x_train", "y_train", "x_test", "y_test"))
    return (found["x_train"], found["y_train"]), (found["x_test"], found["y_test"])
