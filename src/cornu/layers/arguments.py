"""Arguments that many layers have: checked where they are given."""

from __future__ import annotations

from typing import Any

from cornu.core.errors import describe
from cornu.layers.layer import Layer


def positive_int(layer: Layer, argument: str, value: Any) -> int:
    """`value` as an int, if it is a whole number above 0."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) <= 0:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a whole number above 0, '
            f"got {argument}={describe(value)}."
        )
    return int(value)


def not_negative(layer: Layer, argument: str, value: Any) -> float:
    """`value`, if it is a number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a number of at least 0, '
            f"got {argument}={describe(value)}."
        )
    return value


def known_size(layer: Layer, shape: tuple[int | None, ...]) -> int:
    """The size of the last axis, which a layer's weights depend on."""
    size = shape[-1]
    if size is None:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}" needs to know the size of its input\'s last '
            "axis, but the input "
            f"has shape {shape}. Give the input a known last size, as in Input((..., 8))."
        )
    return size
