"""Settings that old programs ask for: the small number, and where the channels of images are."""

from __future__ import annotations

from cornu.core.errors import NotBuiltYetError, did_you_mean

FORMATS = ("channels_last", "channels_first")

_epsilon = 1e-7


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite: 1e-07 unless set.

    Example:
        >>> epsilon()
        1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Sets the small number that functions of `cornu.backend` use. Losses and layers keep 1e-07.

    Raises:
        ValueError: if it is no positive number.

    Example:
        >>> set_epsilon(1e-7)
    """
    global _epsilon
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
        raise ValueError(f"set_epsilon takes a small positive number such as 1e-7, got {value!r}.")
    _epsilon = float(value)


def image_data_format() -> str:
    """Where the channels of images are unless a layer is told otherwise: always 'channels_last'.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Takes 'channels_last', which is how it is.

    Raises:
        NotBuiltYetError: for 'channels_first'.
        ValueError: for any other name.

    Example:
        >>> set_image_data_format("channels_last")
    """
    if data_format not in FORMATS:
        raise ValueError(
            f"set_image_data_format({data_format!r}): {did_you_mean(str(data_format), FORMATS)}"
        )
    if data_format == "channels_first":
        raise NotBuiltYetError(
            "channels_first for all layers at once is not built yet. Give it to each layer: "
            'Conv2D(32, 3, data_format="channels_first").'
        )
