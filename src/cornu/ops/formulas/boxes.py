"""Boxes around things in images: the ways in which four numbers describe one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import did_you_mean, show_shape

FORMATS = (
    *("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw"),
    *("rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"),
)
_VERTICAL_FIRST = ("yxyx", "center_yxhw")


def check_format(bounding_box_format: Any) -> str:
    """The name of a format in lower case, if there is one of that name."""
    name = str(bounding_box_format).lower()
    if name not in FORMATS:
        raise ValueError(
            f'Unknown bounding_box_format "{bounding_box_format}". {did_you_mean(name, FORMATS)} '
            "It says what the four numbers are, as 'xyxy' for left, top, right, bottom."
        )
    return name


def convert_format(
    boxes: Any, source: str, target: str, height: Any = None, width: Any = None, dtype: Any = "float32"
) -> jax.Array:
    """Boxes written in another way.

    Args:
        boxes: (..., 4).
        source, target: 'xyxy' (left, top, right, bottom), 'yxyx', 'xywh' (left, top, width, height),
            'center_xywh', 'center_yxhw'; with 'rel_' in front as parts of the image's size.
        height, width: of the image, needed for 'rel_'.
        dtype: of the result.

    Raises:
        ValueError: if a format is not known, a box has not four numbers, or a size is missing.

    Example:
        >>> import numpy as np
        >>> convert_format(np.array([[1, 2, 5, 4]]), "xyxy", "center_xywh").tolist()
        [[3.0, 3.0, 4.0, 2.0]]
    """
    source, target = check_format(source), check_format(target)
    boxes = jnp.asarray(boxes, dtype)
    if boxes.ndim == 0 or boxes.shape[-1] != 4:
        raise ValueError(f"A box is four numbers, but boxes have shape {show_shape(boxes.shape)}.")
    if source == target:
        return boxes
    if None in (height, width) and "rel_" in source[:4] + target[:4]:
        raise ValueError(
            f'convert_format from "{source}" to "{target}" needs height and width of the image, whose '
            "parts the numbers of a 'rel_' format are."
        )
    sides = _from_xyxy(_to_xyxy(boxes, source, height, width), target, height, width)
    return jnp.stack(sides, axis=-1).astype(dtype)


def _to_xyxy(boxes: Any, source: str, height: Any, width: Any) -> list[Any]:
    kind = source.removeprefix("rel_")
    a, b, c, d = (boxes[..., i] for i in range(4))
    if kind in _VERTICAL_FIRST:
        a, b, c, d = b, a, d, c
    if kind == "xywh":
        c, d = a + c, b + d
    elif kind.startswith("center"):
        a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    if source.startswith("rel_"):
        a, b, c, d = a * width, b * height, c * width, d * height
    return [a, b, c, d]


def _from_xyxy(sides: list[Any], target: str, height: Any, width: Any) -> list[Any]:
    kind = target.removeprefix("rel_")
    a, b, c, d = sides
    if target.startswith("rel_"):
        a, b, c, d = a / width, b / height, c / width, d / height
    if kind == "xywh":
        c, d = c - a, d - b
    elif kind.startswith("center"):
        a, b, c, d = (a + c) / 2, (b + d) / 2, c - a, d - b
    return [b, a, d, c] if kind in _VERTICAL_FIRST else [a, b, c, d]


def clip_boxes(boxes: Any, labels: Any, height: Any, width: Any) -> tuple[Any, Any]:
    """'xyxy' boxes cut off at the borders of the image; the label of one that is empty becomes -1."""
    limits = jnp.array([width, height, width, height], boxes.dtype)
    boxes = jnp.clip(boxes, 0, limits)
    if labels is not None:
        empty = (boxes[..., 2] <= boxes[..., 0]) | (boxes[..., 3] <= boxes[..., 1])
        labels = jnp.where(empty, jnp.asarray(-1, labels.dtype), labels)
    return boxes, labels
