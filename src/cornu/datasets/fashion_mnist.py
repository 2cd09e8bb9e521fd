"""Fashion-MNIST: 70,000 pictures of clothes in ten classes, of the size of MNIST's digits."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np

from cornu.datasets.files import find
from cornu.datasets.reading import BROKEN, damaged, within_limit
from cornu.datasets.splitting import Array, Parts

__all__ = ["load_data"]


def load_data() -> Parts:
    """60,000 images to train on and 10,000 to test with.

    The classes: 0 T-shirt or top, 1 trousers, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker,
    8 bag, 9 ankle boot.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x uint8 of shape (images, 28, 28); y uint8, the classes.

    Raises:
        OSError: if a file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if one is damaged.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()

    Source: Xiao, Rasul, Vollgraf, Fashion-MNIST, 2017; licence MIT.
    """
    x_train, x_test = (_idx(find(f"{part}-images-idx3-ubyte.gz"), 3) for part in ("train", "t10k"))
    y_train, y_test = (_idx(find(f"{part}-labels-idx1-ubyte.gz"), 1) for part in ("train", "t10k"))
    return (x_train, y_train), (x_test, y_test)


def _idx(path: Path, axes: int) -> Array:
    """Bytes in the format idx: 0, 0, 8 for bytes, the number of axes, their sizes, the content."""
    try:
        with gzip.open(path) as file:
            head = file.read(4 + 4 * axes)
            if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, 8, axes)):
                raise damaged(path.name, f"it does not begin as bytes along {axes} axes do")
            shape = tuple(np.frombuffer(head, ">u4", offset=4).tolist())
            size = math.prod(shape)
            within_limit(path.name, size)
            content = bytearray(file.read(size + 1))
    except BROKEN as error:
        raise damaged(path.name, error) from error
    if len(content) != size:
        raise damaged(path.name, f"its content is no array of shape {shape}")
    return np.frombuffer(content, "uint8").reshape(shape)
