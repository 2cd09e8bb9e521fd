"""MaxNumBoundingBoxes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.base import ImageLayer


class MaxNumBoundingBoxes(ImageLayer):
    """Gives every image the same number of boxes: those too many are left out, those missing filled in.

    Takes a dict of "images" and "bounding_boxes", which is a dict of "boxes" (batch, boxes, 4) and
    "labels" (batch, boxes). Acts while training and afterwards; images stay as they are.

    Args:
        max_number: the number of boxes.
        fill_value: of the boxes and labels filled in, -1 by default.
        bounding_box_format: how boxes are written, such as 'xyxy'; has to be given.

    Input shape, output shape:
        a dict; the boxes become (batch, max_number, 4), their labels (batch, max_number)

    Raises:
        ValueError: if `max_number` is no positive whole number.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
        >>> boxes = {"boxes": np.array([[[0, 0, 4.0, 4.0]]]), "labels": np.array([[7]])}
        >>> given = {"images": np.ones((1, 8, 8, 3)), "bounding_boxes": boxes}
        >>> layer(given)["bounding_boxes"]["labels"].tolist()
        [[7, -1]]
    """

    only_training = False

    def __init__(self, max_number: int, fill_value: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_number = positive_int(self, "max_number", max_number)
        if isinstance(fill_value, bool) or not isinstance(fill_value, (int, float)):
            raise ValueError(f"{self._who}: fill_value must be a number, got {describe(fill_value)}.")
        self.fill_value = int(fill_value)

    def as_floats(self, images: Any) -> Any:
        return jnp.asarray(images)

    def apply(self, images: Any, drawn: Any) -> Any:
        return images

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The boxes and their labels, as many as `max_number`."""
        boxes, labels = (jnp.asarray(bounding_boxes[part]) for part in ("boxes", "labels"))
        axis = boxes.ndim - 2

        def exactly(values: Any) -> Any:
            values = values[(slice(None),) * axis + (slice(self.max_number),)]
            borders = [(0, 0)] * values.ndim
            borders[axis] = (0, self.max_number - values.shape[axis])
            return jnp.pad(values, borders, constant_values=self.fill_value)

        return {**bounding_boxes, "boxes": exactly(boxes), "labels": exactly(labels)}


__all__ = ["MaxNumBoundingBoxes"]
