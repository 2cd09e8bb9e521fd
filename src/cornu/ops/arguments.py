"""Arguments that several ops have. The decorator `op` puts the call in front of what is said here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cornu.core.errors import describe, did_you_mean, show_shape
from cornu.core.symbolic import holds_symbolic, known_shape

DATA_FORMATS = ("channels_last", "channels_first")


def word(argument: str, value: Any, options: tuple[str, ...]) -> str:
    """The option that a string names, in small letters."""
    if isinstance(value, str) and value.lower() in options:
        return value.lower()
    hint = f" {did_you_mean(value, options)}" if isinstance(value, str) else ""
    raise ValueError(
        f"{argument} must be one of {', '.join(map(repr, options))}, "
        f"got {argument}={describe(value)}.{hint}"
    )


def layout(data_format: Any) -> str:
    """Where the channels are: on the last axis by default."""
    return word("data_format", DATA_FORMATS[0] if data_format is None else data_format, DATA_FORMATS)


def whole(argument: str, value: Any, least: int = 1) -> int:
    """A whole number, not too small."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise ValueError(
            f"{argument} must be a whole number, {least} or more, got {argument}={describe(value)}."
        )
    return int(value)


def sizes(argument: str, value: Any, count: int, least: int = 1) -> tuple[int, ...]:
    """A whole number for each of `count` axes, from one for all of them or from a sequence."""
    several = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    if len(several) != count:
        raise ValueError(
            f"{argument} must be a whole number or a tuple of {count}, one for each axis of space, "
            f"got {argument}={describe(value)}."
        )
    return tuple(whole(argument, size, least) for size in several)


def of_rank(argument: str, x: Any, ranks: tuple[int, ...], axes: str) -> None:
    """Raises a ValueError unless the tensor has one of these numbers of axes."""
    if x.ndim not in ranks:
        raise ValueError(
            f"{argument} must have {' or '.join(map(str, ranks))} axes, {axes}, but has shape "
            f"{show_shape(known_shape(x.shape))}. ops.expand_dims adds an axis."
        )


def fits(what: str, window: Any, image: Any, advice: str = "") -> None:
    """Raises a ValueError if a window is larger than the image, whose sizes may be unknown."""
    image = known_shape(image)
    if any(size is not None and size < n for n, size in zip(window, image, strict=True)):
        raise ValueError(
            f"{what} of {show_shape(window)} does not fit into a size of {show_shape(image)}. "
            f"Make it smaller{advice}."
        )


def alone(first: str) -> Callable[..., bool]:
    """Tells whether, of the arguments of an op, only the first is a tensor of the graph, so that the
    rows of the result are its own."""

    def rule(*given: Any, **named: Any) -> bool:
        others = [value for name, value in named.items() if name != first]
        return not holds_symbolic([*given[1:], *others])

    return rule


def first_outside(indices: Any, rows: int) -> tuple[tuple[int, ...], Any] | None:
    """Where the first index that no row has is, and what it is, looking at the values on the host.

    >>> first_outside(np.array([[0, 7], [1, 9]]), 9)
    ((1, 1), np.int64(9))
    """
    values = np.asarray(indices)
    if values.size == 0 or (values.min() > -1 and values.max() < rows):
        return None  # the usual case, settled by two numbers
    wrong = ~((values > -1) & (values < rows))  # so that NaN is wrong
    if not wrong.any():
        return None
    place = tuple(int(axis) for axis in np.unravel_index(int(wrong.argmax()), values.shape))
    return place, values[place]
