"""The ways in which four numbers describe a box around something in an image."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.dtypes import numpy_dtype
from cornu.core.errors import did_you_mean, show_shape

#: For each form whether it is relative to the image's size, whether y comes first, and what the four
#: numbers are: two corners, a corner and a size, or the centre and a size.
FORMATS = {
    "xyxy": (False, False, "corners"),
    "yxyx": (False, True, "corners"),
    "xywh": (False, False, "corner"),
    "center_xywh": (False, False, "centre"),
    "center_yxhw": (False, True, "centre"),
    "rel_xyxy": (True, False, "corners"),
    "rel_yxyx": (True, True, "corners"),
    "rel_xywh": (True, False, "corner"),
    "rel_center_xywh": (True, False, "centre"),
}


def form_of(bounding_box_format: Any) -> tuple[bool, bool, str]:
    """What is known of a form of boxes, by its name in any case.

    Raises:
        ValueError: if there is none of that name.
    """
    name = str(bounding_box_format).lower()
    if name not in FORMATS:
        raise ValueError(
            f'Unknown bounding_box_format "{bounding_box_format}". {did_you_mean(name, FORMATS)} '
            "It says what the four numbers are, as 'xyxy' for left, top, right, bottom."
        )
    return FORMATS[name]


def convert_format(
    boxes: Any, source: str, target: str, height: Any = None, width: Any = None, dtype: Any = "float32"
) -> Any:
    """Boxes (..., 4) in another form.

    Args:
        boxes: the boxes, or a dict with them under 'boxes'.
        source, target: 'xyxy' (two corners), 'yxyx', 'xywh' (a corner and the size), 'center_xywh',
            'center_yxhw', or with 'rel_' before: as parts of the image's size.
        height, width: of the image, needed between parts and pixels.
        dtype: of the result. Default: 'float32'.

    Raises:
        ValueError: if a form is not known, a size is missing, or boxes are not four numbers.

    Example:
        >>> convert_format([[1.0, 2.0, 3.0, 6.0]], "xyxy", "center_xywh").tolist()
        [[2.0, 4.0, 2.0, 4.0]]
    """
    if isinstance(boxes, dict):
        return {**boxes, "boxes": convert_format(boxes["boxes"], source, target, height, width, dtype)}
    (from_parts, y_first, kind), (to_parts, y_first_then, new_kind) = map(form_of, (source, target))
    boxes = jnp.asarray(boxes, numpy_dtype(dtype))
    if boxes.shape[-1:] != (4,):
        raise ValueError(
            f"Boxes have four numbers each, so the shape (..., 4), not {show_shape(boxes.shape)}."
        )
    if (from_parts or to_parts) and (height is None or width is None):
        raise ValueError(
            f'convert_format from "{source}" to "{target}" needs the size of the image: '
            "height=..., width=..."
        )
    first, second = (boxes[..., :2], boxes[..., 2:])
    if y_first:
        first, second = first[..., ::-1], second[..., ::-1]
    if from_parts != to_parts:
        size = jnp.stack([jnp.asarray(width, boxes.dtype), jnp.asarray(height, boxes.dtype)], -1)
        size = size[..., None, :] if size.ndim > 1 else size
        first, second = (p * size if from_parts else p / size for p in (first, second))
    low = first - second / 2 if kind == "centre" else first
    high = second if kind == "corners" else low + second
    if new_kind != "corners":
        high = high - low
        low = low + high / 2 if new_kind == "centre" else low
    if y_first_then:
        low, high = low[..., ::-1], high[..., ::-1]
    return jnp.concatenate([low, high], axis=-1)


def clip_boxes(boxes: Any, labels: Any, height: Any, width: Any) -> tuple[Any, Any]:
    """'xyxy' boxes cut off at the borders of the image; the label of one that is empty becomes -1."""
    boxes = jnp.clip(boxes, 0, jnp.array([width, height, width, height], boxes.dtype))
    if labels is not None:
        empty = (boxes[..., 2] <= boxes[..., 0]) | (boxes[..., 3] <= boxes[..., 1])
        labels = jnp.where(empty, jnp.asarray(-1, labels.dtype), labels)
    return boxes, labels


__all__ = ["FORMATS", "clip_boxes", "convert_format", "form_of"]
