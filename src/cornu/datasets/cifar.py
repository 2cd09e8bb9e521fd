"""What CIFAR-10 and CIFAR-100 share: batches of images in a .tar.gz file."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.settings import image_data_format
from cornu.datasets.reading import damaged
from cornu.datasets.splitting import Array

SIDE = 32


def images(batch: dict[bytes, Any], labels: str, called: str) -> tuple[Array, Array]:
    """Images, channels first, and their labels, out of one batch."""
    data, numbers = batch.get(b"data"), batch.get(labels.encode())
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2:
        raise damaged(called, "its data are no rows of bytes")
    if data.shape[1] != 3 * SIDE**2 or not isinstance(numbers, list) or len(numbers) != len(data):
        raise damaged(called, f"it has no row of {3 * SIDE**2} bytes and a label for each image")
    if not all(type(number) is int and 0 <= number < 256 for number in numbers):
        raise damaged(called, "its labels are no small whole numbers")
    return data.view(np.ndarray).reshape(-1, 3, SIDE, SIDE), np.array(numbers)[:, None]


def arranged(x: Array) -> Array:
    """Images with the channels where the setting `image_data_format` has them."""
    return x.transpose(0, 2, 3, 1) if image_data_format() == "channels_last" else x
