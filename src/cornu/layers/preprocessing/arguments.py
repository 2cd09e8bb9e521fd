"""Checks of what layers of images are given, with words for what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.preprocessing.base import ImageLayer


def bounds(
    layer: ImageLayer,
    argument: str,
    value: Any,
    low: float,
    high: float,
    strict: bool = False,
    start: float | None = None,
) -> tuple[float, float]:
    """The interval to draw from: that of a pair, or from -value (not below `low`; or `start`) to
    value.

    A pair that lies partly outside is accepted unless `strict`, as Keras does.
    """
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in pair)
    outside = True
    if numbers and len(pair) == 2:
        outside = pair[0] > high or pair[1] < low
        if strict or pair[0] == pair[1]:
            outside = not all(low <= v <= high for v in pair)
    if outside:
        raise ValueError(
            f"{layer._who}: {argument} must be a number from {low:g} to {high:g}, or two of them, the "
            f"bounds between which it is drawn; got {argument}={describe(value)}. "
            f"Write for instance {argument}={high / 5 if high <= 1 else high / 2:g}."
        )
    if isinstance(value, (tuple, list)):
        return min(pair), max(pair)
    size = abs(value)
    return (max(-size, low) if start is None else start), size


def fraction(layer: ImageLayer, argument: str, value: Any) -> float:
    """`value`, if it is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f"{layer._who}: {argument} must be a number from 0 to 1, got {argument}={describe(value)}. "
            f"Write for instance {argument}=0.5."
        )
    return value


def positive(layer: ImageLayer, argument: str, value: Any) -> float:
    """`value`, if it is a number above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ValueError(
            f"{layer._who}: {argument} must be a number above 0, got {argument}={describe(value)}. "
            f"Write for instance {argument}=0.2."
        )
    return value


def interval(layer: ImageLayer, value: Any, ordered: bool = True) -> Sequence[float]:
    """`value_range`: the smallest and the largest number that a pixel can have."""
    good = isinstance(value, (tuple, list)) and len(value) == 2
    if not good or not all(isinstance(v, (int, float)) for v in value) or value[0] == value[1]:
        raise ValueError(
            f"{layer._who}: value_range must be two numbers, the smallest and the largest that a pixel "
            f"can have, got value_range={describe(value)}. Write value_range=(0, 255) or (0, 1)."
        )
    return sorted(value) if ordered else value


def need_rgb(layer: ImageLayer, images: Any, gray: bool = False) -> None:
    """Raises ValueError unless the images (channels last) have 3 channels, or 1 where `gray`."""
    if images.shape[-1] not in ((1, 3) if gray else (3,)):
        raise ValueError(
            f"{layer._who} needs images of 3 channels (red, green, blue){' or 1 (gray)' * gray}, but "
            f"got {images.shape[-1]} channels: a batch of shape {show_shape(known_shape(images.shape))} "
            f"with data_format='{layer.data_format}'."
        )
