"""What the layers of images share: batches and single images, both data formats, and dicts of images
with their labels, boxes and masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from cornu import random
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.box_forms import clip_boxes, convert_format, form_of
from cornu.layers.spatial import data_format_of
from cornu.ops.formulas.image import spatial_axes
from cornu.random import SeedGenerator

PARTS = ("images", "bounding_boxes", "labels", "segmentation_masks")


class Size(NamedTuple):
    """The sizes of a batch of images, and their shape as it was given."""

    batch: int
    height: int
    width: int
    channels: int
    shape: tuple[int, ...]


class Transformation(NamedTuple):
    """What chance decided for a batch of images, and their sizes."""

    size: Size
    drawn: Any


class KeyStream:
    """Keys derived from one key, for layers inside a layer; `next()` as a SeedGenerator has it."""

    def __init__(self, key: Any) -> None:
        self.key = key

    def next(self) -> Any:
        self.key, given = jax.random.split(self.key)
        return given


class ImageLayer(Layer):
    """Base of the layers of images.

    A subclass says what chance decides, `draw(size, seed)`, and what is done with that,
    `apply(images, drawn)`, for a batch with channels last. Everything else is here: a single image
    is a batch of one, channels first are moved last, integers become floats, and in a dict each part
    is transformed along with the images.

    Args:
        data_format: 'channels_last' (default) or 'channels_first'.
        bounding_box_format: how boxes are written, such as 'xyxy'; needed if there are any.
    """

    samplewise = True
    only_training = True  # else it acts always
    draws_always = False  # whether it draws, for the order of numbers, also where it does not act
    moves = False  # whether it moves pixels, so that masks and boxes have to move along

    def __init__(
        self, data_format: str | None = None, bounding_box_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format: str = data_format_of(self, data_format)
        if bounding_box_format is not None:
            form_of(bounding_box_format)
        self.bounding_box_format = bounding_box_format

    @property
    def _who(self) -> str:
        return f'{type(self).__name__} "{self.name}"'

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if config.get("bounding_box_format") is None:
            config.pop("bounding_box_format", None)
        return config

    # -- what a subclass writes --------------------------------------------------------------------

    def draw(self, size: Size, seed: Any) -> Any:
        """What chance decides, for a batch of this size; each `seed.next()` is a new key."""
        return None

    def apply(self, images: Any, drawn: Any) -> Any:
        """The transformed images: (batch, height, width, channels), floats."""
        raise NotImplementedError(f"{self._who} needs a method apply(self, images, drawn).")

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        """The transformed masks, whose numbers are classes and must not be mixed."""
        return self.apply(masks, drawn)

    # -- calling -----------------------------------------------------------------------------------

    def call(self, data: Any, training: bool = True) -> Any:
        parts = data if isinstance(data, dict) else {"images": data}
        self._check(parts)
        drawn = self.get_random_transformation(parts, training)
        transformed = {
            name: getattr(self, f"transform_{name}")(parts[name], drawn, training=training)
            for name in PARTS
            if name in parts
        }
        return {**parts, **transformed} if isinstance(data, dict) else transformed["images"]

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """What chance decides for these images, to be given to the `transform_` methods; None where
        nothing is to be done."""
        images = data["images"] if isinstance(data, dict) else data
        if not (self._acts(training) or self.draws_always):
            return None
        size = self._size(images)
        return Transformation(size, self.draw(size, seed or getattr(self, "generator", None)))

    def _acts(self, training: bool) -> bool:
        return training or not self.only_training

    def transform_images(self, images: Any, transformation: Any = None, training: bool = True) -> Any:
        """The images, transformed if `training`."""
        images = self.as_floats(images)
        return self._on_batch(self.apply, images, transformation) if self._acts(training) else images

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The masks, moved as the images are."""
        masks = jnp.asarray(segmentation_masks)
        if not self.moves or not self._acts(training):
            return masks
        return self._on_batch(self.apply_to_masks, masks, transformation)

    def transform_labels(self, labels: Any, transformation: Any = None, training: bool = True) -> Any:
        """The labels: those of the images, which stay the same."""
        return labels

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The boxes, moved as the images are and cut off at their borders; the label of a box that
        has left the image becomes -1."""
        if not self.moves or not self._acts(training):
            return bounding_boxes
        size, drawn = transformation
        form = self.bounding_box_format or ""
        boxes = convert_format(bounding_boxes["boxes"], form, "xyxy", size.height, size.width)
        labels = bounding_boxes.get("labels")
        labels = None if labels is None else jnp.asarray(labels)
        moved = self.move_boxes(boxes[None] if boxes.ndim == 2 else boxes, drawn, size)
        height, width = self.new_size(size)
        boxes, labels = clip_boxes(moved.reshape(boxes.shape), labels, height, width)
        boxes = convert_format(boxes, "xyxy", form, height, width)
        return {**bounding_boxes, "boxes": boxes, **({} if labels is None else {"labels": labels})}

    def move_boxes(self, boxes: Any, drawn: Any, size: Size) -> Any:
        """The smallest boxes around where the corners of boxes (batch, n, 4), as left, top, right,
        bottom, are moved to."""
        corners = boxes[..., jnp.array([[0, 1], [2, 1], [0, 3], [2, 3]])]
        moved = self.move_points(corners.reshape(boxes.shape[0], -1, 2), drawn, size)
        moved = moved.reshape(corners.shape)
        return jnp.concatenate([moved.min(axis=-2), moved.max(axis=-2)], axis=-1)

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        """Where points (batch, n, 2), as x and y, are moved to. The first pixel is from 0 to 1."""
        raise NotBuiltYetError(
            f"{self._who} has no rule yet for what becomes of bounding boxes (Keras has none either). "
            'Give it images, labels and segmentation masks only: {"images": ..., "labels": ...}.'
        )

    def new_size(self, size: Size) -> tuple[int, int]:
        """Height and width of the result."""
        return size.height, size.width

    # -- forms of images ---------------------------------------------------------------------------

    def _check(self, parts: dict[str, Any]) -> None:
        if "images" not in parts:
            raise ValueError(
                f'{self._who} takes images, or a dict with a key "images"; got the keys {list(parts)}. '
                + did_you_mean("images", list(parts))
            )
        images = parts["images"]
        if not hasattr(images, "shape") or len(images.shape) not in (3, 4):
            shape = known_shape(images.shape) if hasattr(images, "shape") else describe(images)
            order = "channels, height, width" if self._first else "height, width, channels"
            raise ValueError(
                f"{self._who} takes one image ({order}) or a batch of them (batch, {order}), "
                f"but got shape {shape}. Give a gray image an axis of one channel: x[..., None]."
            )
        masks = parts.get("segmentation_masks", images)
        if len(np.shape(masks)) != len(images.shape):
            raise ValueError(
                f"{self._who}: segmentation_masks must have as many axes as the images, the last one "
                f"for channels; got masks of shape {show_shape(known_shape(np.shape(masks)))} for "
                f"images of shape {show_shape(known_shape(images.shape))}. Write masks[..., None]."
            )
        if "bounding_boxes" in parts and not self.bounding_box_format:
            raise ValueError(
                f"{self._who} got bounding boxes, but not how they are written. Make it with "
                f"{type(self).__name__}(..., bounding_box_format='xyxy')."
            )

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def _size(self, images: Any) -> Size:
        shape = tuple(images.shape)
        rows, columns = spatial_axes(self.data_format)
        batch = shape[0] if len(shape) == 4 else 1
        return Size(batch, shape[rows], shape[columns], shape[-3 if self._first else -1], shape)

    def as_floats(self, images: Any) -> Any:
        """The images in the dtype of computation."""
        return jnp.asarray(images).astype(self.compute_dtype)

    def as_batch(self, images: Any) -> Any:
        """One image or a batch, in the layer's data format, as a batch with channels last."""
        batch = images[None] if images.ndim == 3 else images
        return jnp.moveaxis(batch, 1, -1) if self._first else batch

    def _on_batch(
        self, function: Callable[[Any, Any], Any], images: Any, transformation: Transformation | None
    ) -> Any:
        drawn = None if transformation is None else transformation.drawn
        result = function(self.as_batch(images), drawn)
        result = jnp.moveaxis(result, -1, 1) if self._first else result
        result = result[0] if images.ndim == 3 else result
        return result.astype(images.dtype)

    # -- chance ------------------------------------------------------------------------------------

    def uniform(self, seed: Any, shape: Any, low: Any, high: Any, computed: bool = False) -> Any:
        """Numbers between two bounds; in the dtype of computation if `computed`, else in floatx."""
        dtype = self.compute_dtype if computed else None
        return random.uniform(shape, low, high, dtype, seed.next())


class RandomImageLayer(ImageLayer):
    """Base of the layers of images that chance decides in.

    Args:
        seed: a whole number for the same changes in every run.
    """

    factor: Any  # of the subclasses that have one

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = SeedGenerator(seed)

    def chosen(self, size: Size, seed: Any) -> Any:
        """Which images are changed: each with a probability between the bounds of `factor`."""
        low, high = self.factor
        probability = self.uniform(seed, (size.batch,), low, high)
        return (self.uniform(seed, (size.batch,), 0.0, 1.0) < probability)[:, None, None, None]


# ---------------------------------------------------------------------------------------- values


def rescale(images: Any, source: Sequence[float], target: Sequence[float]) -> Any:
    """The images with the interval `source` of values mapped to `target`."""
    if tuple(source) == tuple(target):
        return images
    part = (images - source[0]) / (source[1] - source[0])
    return part * (target[1] - target[0]) + target[0]


def clip(images: Any, value_range: Sequence[float]) -> Any:
    """The images with values outside the range set to its ends."""
    return jnp.clip(images, value_range[0], value_range[1])
