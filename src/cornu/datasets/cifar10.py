"""CIFAR-10: 60,000 small colour pictures in ten classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cornu.core.errors import warn
from cornu.core.settings import image_data_format
from cornu.datasets.cifar import arranged, images
from cornu.datasets.files import fetch, look
from cornu.datasets.reading import arrays, batches
from cornu.datasets.splitting import Parts

__all__ = ["load_data"]

WHOLE, PART = "cifar-10-python.tar.gz", "cifar10_10k_1k.npz"


def load_data() -> Parts:
    """50,000 images to train on and 10,000 to test with.

    The classes: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship,
    9 truck.

    Where only a part of the set lies on this computer, `cifar10_10k_1k.npz`, that is given, and a
    warning says so.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x uint8 of shape (images, 32, 32, 3), or
        (images, 3, 32, 32) where `image_data_format` is 'channels_first'; y uint8 of shape (images, 1).

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is damaged.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()

    Source: Krizhevsky, Learning multiple layers of features from tiny images, 2009.
    """
    path = look(WHOLE)
    if path is None and (part := look(PART)) is not None:
        return _part(part)
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    path = path or fetch(WHOLE)
    found = batches(path, [f"cifar-10-batches-py/{name}" for name in names])
    pairs = [images(found[name], "labels", f"{path.name}/{name}") for name in names]
    x_train, y_train = (np.concatenate(each) for each in zip(*pairs[:-1], strict=True))
    x_test, y_test = pairs[-1]
    return (
        (arranged(x_train), y_train.astype("uint8")),
        (arranged(x_test), y_test.astype("uint8")),
    )


def _part(path: Path) -> Parts:
    found = arrays(path, ("x_train", "y_train", "x_test", "y_test"))
    train, test = len(found["x_train"]), len(found["x_test"])
    warn(
        f"cifar10.load_data() gives a part of the set, {train:,} of 50,000 images to train on and "
        f'{test:,} of 10,000 to test with, from "{path}".'
    )
    if image_data_format() == "channels_first":
        found.update({name: found[name].transpose(0, 3, 1, 2) for name in ("x_train", "x_test")})
    return (found["x_train"], found["y_train"]), (found["x_test"], found["y_test"])
