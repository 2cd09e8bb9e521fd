"""Bounding boxes: one form into another, cut, moved, compared, and as differences from anchors."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from cornu.core.errors import NotBuiltYetError, show_shape
from cornu.core.settings import epsilon
from cornu.layers.preprocessing.box_forms import convert_format, form_of

__all__ = [
    "affine_transform",
    "clip_to_image_size",
    "compute_ciou",
    "compute_iou",
    "convert_format",
    "crop",
    "decode_deltas_to_boxes",
    "encode_box_to_deltas",
    "pad",
]

CENTRED = ("center_xywh", "center_yxhw")


def _only(function: str, name: str, *known: str) -> None:
    form_of(name)
    if name not in known:
        raise NotBuiltYetError(
            f'{function} takes boxes of the form {" or ".join(known)}, not "{name}". Convert them: '
            "convert_format(boxes, ...)."
        )


def clip_to_image_size(
    bounding_boxes: dict[str, Any],
    height: Any = None,
    width: Any = None,
    bounding_box_format: str = "xyxy",
) -> dict[str, Any]:
    """Boxes cut at the edges of the image; the label of one of which nothing is left becomes -1.

    Args:
        bounding_boxes: dict of 'boxes' (..., 4) and perhaps 'labels' (...).
        height, width: of the image, needed for 'xyxy'.
        bounding_box_format: 'xyxy' (default) or 'rel_xyxy'.

    Example:
        >>> boxes = {"boxes": [[-1.0, 2.0, 3.0, 9.0], [9.0, 9.0, 9.5, 9.5]], "labels": [1, 2]}
        >>> clipped = clip_to_image_size(boxes, height=8, width=8)
        >>> clipped["boxes"].tolist(), clipped["labels"].tolist()
        ([[0.0, 2.0, 3.0, 8.0], [8.0, 8.0, 8.0, 8.0]], [1, -1])
    """
    _only("clip_to_image_size", bounding_box_format, "xyxy", "rel_xyxy")
    if bounding_box_format == "rel_xyxy":
        height = width = 1
    elif height is None or width is None:
        raise ValueError("clip_to_image_size needs the size of the image: height=..., width=...")
    boxes = jnp.asarray(bounding_boxes["boxes"])
    boxes = _within(boxes, height, width)
    found = {**bounding_boxes, "boxes": boxes}
    if bounding_boxes.get("labels") is not None:
        found["labels"] = jnp.where(_area(boxes) > 0, jnp.asarray(bounding_boxes["labels"]), -1)
    return found


def _within(boxes: Any, height: Any, width: Any) -> Any:
    return jnp.clip(boxes, 0, jnp.stack([width, height, width, height]).astype(boxes.dtype))


def _area(boxes: Any) -> Any:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def crop(
    boxes: Any, top: Any, left: Any, height: Any, width: Any, bounding_box_format: str = "xyxy"
) -> Any:
    """Boxes as they are in the part of the image that begins at (top, left).

    Args:
        boxes: corners in pixels, (..., 4).
        top, left: where the part begins.
        height, width: its size; boxes are cut at its edges.
        bounding_box_format: 'xyxy'.

    Example:
        >>> crop([[2.0, 3.0, 9.0, 9.0]], top=1, left=2, height=4, width=4).tolist()
        [[0.0, 2.0, 4.0, 4.0]]
    """
    _only("crop", bounding_box_format, "xyxy")
    return _within(jnp.asarray(boxes) - jnp.stack([left, top, left, top]), height, width)


def pad(
    boxes: Any,
    top: Any,
    left: Any,
    height: Any = None,
    width: Any = None,
    bounding_box_format: str = "xyxy",
) -> Any:
    """Boxes as they are in an image with borders above and to the left; its size does not matter.

    Args:
        boxes: corners in pixels, (..., 4).
        top, left: the width of the borders.
        height, width: not needed.
        bounding_box_format: 'xyxy'.

    Example:
        >>> pad([[2.0, 3.0, 9.0, 9.0]], top=1, left=2).tolist()
        [[4.0, 4.0, 11.0, 10.0]]
    """
    _only("pad", bounding_box_format, "xyxy")
    return jnp.asarray(boxes) + jnp.stack([left, top, left, top])


def affine_transform(
    boxes: Any,
    angle: Any,
    translate_x: Any,
    translate_y: Any,
    scale: Any,
    shear_x: Any,
    shear_y: Any,
    height: Any,
    width: Any,
    center_x: Any = None,
    center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Any:
    """The boxes around what becomes of boxes (batch, boxes, 4), when the images are transformed.

    Args:
        boxes: corners in pixels.
        angle, shear_x, shear_y: degrees, one for each image.
        translate_x, translate_y: parts of the size, one for each image.
        scale: zoom, one for each image.
        height, width: of the images.
        center_x, center_y: the point that stays, as parts of the size; the middle by default.
        bounding_box_format: 'xyxy'.

    Example:
        >>> boxes = jnp.array([[[1.0, 1.0, 2.0, 3.0]]])
        >>> affine_transform(
        ...     boxes, *jnp.array([[0.0], [0.5], [0.0], [1.0], [0.0], [0.0]]), 5, 5
        ... ).tolist()
        [[[3.0, 1.0, 4.0, 3.0]]]
    """
    _only("affine_transform", bounding_box_format, "xyxy")
    degrees = [jnp.asarray(value, "float32") * (math.pi / 180) for value in (angle, shear_x, shear_y)]
    turn, shear_x, shear_y = (-value for value in degrees)
    centre = [0.5 if center_x is None else center_x, 0.5 if center_y is None else center_y]
    cx, cy = centre[0] * (width - 1), centre[1] * (height - 1)
    moved_x = cx - jnp.asarray(translate_x) * (width - 1)
    moved_y = cy - jnp.asarray(translate_y) * (height - 1)
    a = jnp.cos(turn - shear_y) / jnp.cos(shear_y)
    b = a * jnp.tan(shear_x) + jnp.sin(turn)
    c = -jnp.sin(turn - shear_y) / jnp.cos(shear_y)
    d = jnp.cos(turn) - c * jnp.tan(shear_x)
    matrix = jnp.stack([jnp.stack([d, -b], -1), jnp.stack([-c, a], -1)], -2) * jnp.reshape(
        scale, (-1, 1, 1)
    )
    offset = jnp.stack([moved_x + 0 * turn, moved_y + 0 * turn], -1)
    boxes = jnp.asarray(boxes, "float32")
    corners = boxes[..., jnp.array([[0, 1], [2, 1], [2, 3], [0, 3]])] - offset[:, None, None, :]
    points = jnp.einsum("bnpx,byx->bnpy", corners, matrix) + jnp.array([cx, cy], "float32")
    return jnp.concatenate([points.min(axis=2), points.max(axis=2)], axis=-1)


# -- boxes compared -----------------------------------------------------------------------------------


def compute_iou(
    boxes1: Any,
    boxes2: Any,
    bounding_box_format: str,
    use_masking: bool = False,
    mask_val: float = -1,
    image_shape: Any = None,
) -> Any:
    """How much each of some boxes overlaps each of others: the area of both over the area of either.

    Args:
        boxes1, boxes2: boxes (n, 4) and (m, 4), or batches of them.
        bounding_box_format: their form.
        use_masking: whether pairs with a box of negative numbers get `mask_val`.
        mask_val: -1 by default.
        image_shape: (height, width, channels), needed for forms with 'rel_'.

    Returns:
        a table (n, m), or (batch, n, m).

    Example:
        >>> compute_iou([[0, 0, 2, 2]], [[1, 0, 3, 2]], "xyxy").round(3).tolist()
        [[0.333...]]
    """
    sizes = (None, None) if image_shape is None else image_shape[:2]
    first, second = (convert_format(b, bounding_box_format, "xyxy", *sizes) for b in (boxes1, boxes2))
    first, second = first[..., :, None, :], second[..., None, :, :]
    low = jnp.maximum(first[..., :2], second[..., :2])
    high = jnp.minimum(first[..., 2:], second[..., 2:])
    both = jnp.prod(jnp.maximum(high - low, 0), axis=-1)
    table = both / (_area(first) + _area(second) - both + epsilon())
    if not use_masking:
        return table
    masked = (first.max(axis=-1) < 0) | (second.max(axis=-1) < 0)
    return jnp.where(masked, jnp.asarray(mask_val, table.dtype), table)


def compute_ciou(boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None) -> Any:
    """The overlap of boxes, pair by pair, less what their centres and their proportions differ.

    c = i - d²/D² - v²/(v - i + 1), with the overlap i, the distance d of the centres, the diagonal D
    of the box around both, and v = 4/pi² (arctan(w₂/h₂) - arctan(w₁/h₁))².

    Args:
        boxes1, boxes2: boxes (..., 4).
        bounding_box_format: their form.
        image_shape: (height, width, channels), needed for forms with 'rel_'.

    Example:
        >>> compute_ciou(jnp.array([[0.0, 0, 2, 2]]), jnp.array([[0.0, 0, 2, 2]]), "xyxy").round(
        ...     4
        ... ).tolist()
        [1.0]

    Source: Zheng et al., Distance-IoU loss, 2020.
    """
    tiny, sizes = epsilon(), (None, None) if image_shape is None else image_shape[:2]
    first, second = (convert_format(b, bounding_box_format, "xyxy", *sizes) for b in (boxes1, boxes2))
    extents = [box[..., 2:] - box[..., :2] + jnp.array([0, tiny]) for box in (first, second)]
    low, high = jnp.maximum(first, second)[..., :2], jnp.minimum(first, second)[..., 2:]
    both = jnp.prod(jnp.maximum(high - low, 0), axis=-1)
    either = jnp.prod(extents[0], axis=-1) + jnp.prod(extents[1], axis=-1) - both
    overlap = both / (either + tiny)
    around = jnp.maximum(first, second)[..., 2:] - jnp.minimum(first, second)[..., :2]
    diagonal = jnp.sum(around**2, axis=-1) + tiny
    apart = (first[..., :2] + first[..., 2:] - second[..., :2] - second[..., 2:]) / 2
    angles = [jnp.arctan(extent[..., 0] / extent[..., 1]) for extent in extents]
    shape = 4 / math.pi**2 * (angles[1] - angles[0]) ** 2
    weight = shape / (shape - overlap + (1 + tiny))
    return overlap - (jnp.sum(apart**2, axis=-1) / diagonal + shape * weight)


# -- boxes as differences -----------------------------------------------------------------------------


def encode_box_to_deltas(
    anchors: Any,
    boxes: Any,
    anchor_format: str,
    box_format: str,
    encoding_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Any:
    """Boxes as what a detector learns: how far they are from anchors, and how much larger.

    ((centre - anchor's centre) / anchor's size, log(size / anchor's size)), divided by `variance`.

    Args:
        anchors, boxes: boxes (..., 4).
        anchor_format, box_format: their forms.
        encoding_format: 'center_yxhw' (default) or 'center_xywh'.
        variance: four numbers.
        image_shape: (height, width, channels), needed for forms with 'rel_'.

    Example:
        >>> anchor, box = jnp.array([[0.0, 0, 4, 4]]), jnp.array([[1.0, 2, 5, 6]])
        >>> encode_box_to_deltas(anchor, box, "xyxy", "xyxy").tolist()  # y, x, height, width
        [[0.5, 0.25, 0.0, 0.0]]

    Source: Girshick et al., Rich feature hierarchies for accurate object detection, 2014.
    """
    sizes, spread = _encoding(encoding_format, variance, image_shape)
    anchors = convert_format(anchors, anchor_format, encoding_format, *sizes)
    boxes = convert_format(boxes, box_format, encoding_format, *sizes)
    extent = jnp.maximum(anchors[..., 2:], epsilon())
    away = (boxes[..., :2] - anchors[..., :2]) / extent
    larger = jnp.log(jnp.maximum(boxes[..., 2:], epsilon()) / extent)
    return jnp.concatenate([away, larger], axis=-1) / spread


def decode_deltas_to_boxes(
    anchors: Any,
    boxes_delta: Any,
    anchor_format: str,
    box_format: str,
    encoded_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Any:
    """The boxes that `encode_box_to_deltas` gave as differences; of dicts of anchors a dict.

    Args:
        anchors: boxes (..., 4), or a dict of them.
        boxes_delta: the differences, likewise.
        anchor_format, box_format: forms of the anchors and of the result.
        encoded_format: 'center_yxhw' (default) or 'center_xywh'.
        variance, image_shape: as for `encode_box_to_deltas`.

    Example:
        >>> anchor = jnp.array([[0.0, 0, 4, 4]])
        >>> decode_deltas_to_boxes(anchor, jnp.array([[0.5, 0.25, 0, 0]]), "xyxy", "xyxy").tolist()
        [[1.0, 2.0, 5.0, 6.0]]
    """
    sizes, spread = _encoding(encoded_format, variance, image_shape)
    if isinstance(anchors, dict):
        told = (anchor_format, box_format, encoded_format, variance, image_shape)
        return {key: decode_deltas_to_boxes(anchors[key], boxes_delta[key], *told) for key in anchors}
    anchors = convert_format(anchors, anchor_format, encoded_format, *sizes)
    delta = jnp.asarray(boxes_delta) * spread
    centre = delta[..., :2] * anchors[..., 2:] + anchors[..., :2]
    extent = jnp.exp(delta[..., 2:]) * anchors[..., 2:]
    return convert_format(jnp.concatenate([centre, extent], -1), encoded_format, box_format, *sizes)


def _encoding(name: str, variance: Any, image_shape: Any) -> tuple[Any, Any]:
    """The size of the image, and what differences are divided by."""
    if name not in CENTRED:
        raise ValueError(f'Differences are of the form {" or ".join(CENTRED)}, not "{name}".')
    spread = jnp.ones(4) if variance is None else jnp.asarray(variance, "float32")
    if spread.shape[-1:] != (4,):
        raise ValueError(f"variance has four numbers, got the shape {show_shape(spread.shape)}.")
    return (None, None) if image_shape is None else tuple(image_shape[:2]), spread
