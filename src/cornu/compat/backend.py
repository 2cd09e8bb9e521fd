"""Functions of Keras 1's backend that have another name today."""

from __future__ import annotations

from cornu import backend
from cornu.compat.notes import note
from cornu.core.errors import did_you_mean

FORMATS = {"tf": "channels_last", "th": "channels_first"}


def image_dim_ordering() -> str:
    """'tf' where the channels of images are the last axis, 'th' where they are the first.

    Example:
        >>> image_dim_ordering()
        'tf'
    """
    note("keras.backend.image_dim_ordering()", "keras.backend.image_data_format()")
    return next(old for old, new in FORMATS.items() if new == backend.image_data_format())


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Says where the channels of images are.

    Args:
        dim_ordering: 'tf' for the last axis, 'th' for the first after the batch.

    Raises:
        ValueError: if it is neither.

    Example:
        >>> set_image_dim_ordering("tf")
        >>> backend.image_data_format()
        'channels_last'
    """
    if dim_ordering not in FORMATS:
        raise ValueError(
            f"K.set_image_dim_ordering: unknown {dim_ordering!r}. "
            + did_you_mean(str(dim_ordering), FORMATS)
        )
    today = FORMATS[dim_ordering]
    note(
        f'keras.backend.set_image_dim_ordering("{dim_ordering}")',
        f'keras.backend.set_image_data_format("{today}")',
    )
    backend.set_image_data_format(today)


__all__ = ["image_dim_ordering", "set_image_dim_ordering"]
