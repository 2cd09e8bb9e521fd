"""CIFAR-100: 60,000 small colour pictures in a hundred classes."""

from __future__ import annotations

from cornu.core.errors import describe, did_you_mean
from cornu.datasets.cifar import arranged, images
from cornu.datasets.files import find
from cornu.datasets.reading import batches
from cornu.datasets.splitting import Parts

__all__ = ["load_data"]


def load_data(label_mode: str = "fine") -> Parts:
    """50,000 images to train on and 10,000 to test with.

    Args:
        label_mode: 'fine' (default) for the 100 classes, 'coarse' for the 20 groups that they form.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x uint8 of shape (images, 32, 32, 3), or
        (images, 3, 32, 32) where `image_data_format` is 'channels_first'; y int64 of shape (images, 1).

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is damaged, or for another `label_mode`.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.cifar100.load_data("coarse")

    Source: Krizhevsky, Learning multiple layers of features from tiny images, 2009.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(
            f"cifar100.load_data: label_mode={describe(label_mode)} is not known. "
            f"{did_you_mean(str(label_mode), ('fine', 'coarse'))}"
        )
    path = find("cifar-100-python.tar.gz")
    found = batches(path, ["cifar-100-python/train", "cifar-100-python/test"])
    (x_train, y_train), (x_test, y_test) = (
        images(found[part], f"{label_mode}_labels", f"{path.name}/{part}") for part in ("train", "test")
    )
    return (arranged(x_train), y_train), (arranged(x_test), y_test)
