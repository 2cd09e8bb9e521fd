"""Axes that a layer's arguments name: checked when given, and found when the input's rank is known."""

from __future__ import annotations

import operator
from typing import Any

from cornu.core.errors import describe, show_shape
from cornu.layers.layer import Layer


def given_axes(layer: Layer, axis: Any, argument: str = "axis") -> int | list[int]:
    """`axis` as a number, or as a list of at least one.

    Raises:
        TypeError: if it is neither.
        ValueError: if the list is empty.
    """
    several = isinstance(axis, (list, tuple))
    try:
        found = [_number(item) for item in (axis if several else [axis])]
    except TypeError:
        raise TypeError(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a whole number or a list of '
            f"them, got {argument}={describe(axis)}. Write for instance {argument}=-1, the last axis."
        ) from None
    if not found:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument} names no axis, got {argument}={axis!r}. '
            f"Write for instance {argument}=-1, the last axis."
        )
    return found if several else found[0]


def one_axis(layer: Layer, axis: Any) -> int:
    """`axis` as a number; a list of one, as older configurations have it, counts as its item."""
    found = given_axes(layer, axis)
    if isinstance(found, list) and len(found) > 1:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}" has one axis of channels, got axis={axis!r}. '
            "Write for instance axis=-1, the last axis."
        )
    return found[0] if isinstance(found, list) else found


def positions(
    layer: Layer, axis: int | list[int], shape: Any, argument: str = "axis"
) -> tuple[int, ...]:
    """The axes counted from the front, in the order given, for an input of this shape.

    Raises:
        ValueError: if the input has no such axis, or one is named twice.
    """
    rank = len(shape)
    found = []
    for number in axis if isinstance(axis, list) else [axis]:
        if not -rank <= number < rank:
            raise ValueError(
                f'{type(layer).__name__} "{layer.name}": {argument}={axis} is out of range, since the '
                f"input has shape {show_shape(shape)}, so its axes are 0 to {rank - 1}, or -{rank} to "
                "-1."
            )
        found.append(number % rank)
    if len(set(found)) < len(found):
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument}={axis} names an axis twice, '
            f"for an input of shape {show_shape(shape)}. Name each once."
        )
    return tuple(found)


def known_sizes(layer: Layer, shape: Any, axes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of the axes that a layer's weights depend on.

    Raises:
        ValueError: if one is unknown.
    """
    for axis in axes:
        if shape[axis] is None:
            raise ValueError(
                f'{type(layer).__name__} "{layer.name}" has weights along axis {axis} of its input, so '
                f"it needs to know its size, but the input has shape {show_shape(shape)}. Give that "
                "axis a known size in Input(shape)."
            )
    return tuple(shape[axis] for axis in axes)


def along(value: Any, axes: tuple[int, ...], shape: Any) -> Any:
    """A weight with one axis for each of `axes`, reshaped so that it broadcasts over the others."""
    return value.reshape([size if axis in axes else 1 for axis, size in enumerate(shape)])


def _number(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    return operator.index(value)
