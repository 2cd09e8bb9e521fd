"""Layers that take each pixel of an image from another place, by chance while training.

Rotation, translation, zoom and shear are one affine map with different coefficients: the pixel at
(x, y) of the result comes from (a0 x + a1 y + a2, b0 x + b1 y + b2) of the image.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.preprocessing.base import RandomImageLayer, Size
from cornu.ops.formulas.image import INTERPOLATIONS, affine_transform, known


class Warp(RandomImageLayer):
    """Base of layers that take each pixel from another place.

    Args:
        interpolation: 'bilinear' or 'nearest': how a value between pixels is found.
        fill_mode: what is outside the image, see `FILL_MODES`.
        fill_value: for the fill_mode 'constant'.
    """

    moves = True
    fill_modes: tuple[str, ...] = ("reflect", "wrap", "constant", "nearest")

    def __init__(
        self,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.interpolation = known(self._who, "interpolation", interpolation, INTERPOLATIONS)
        self.fill_mode = known(self._who, "fill_mode", fill_mode, self.fill_modes)
        self.fill_value = fill_value

    def warp(self, images: Any, drawn: Any, interpolation: str) -> Any:
        """The images with their pixels moved."""
        raise NotImplementedError(
            f"{self._who} needs a method warp(self, images, drawn, interpolation)."
        )

    def apply(self, images: Any, drawn: Any) -> Any:
        return self.warp(images, drawn, self.interpolation)

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self.warp(masks, drawn, "nearest")


class Affine(Warp):
    """Base of layers that move pixels by an affine map."""

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        """a0, a1, a2, b0, b1, b2 for each image: arrays (batch,) or numbers."""
        raise NotImplementedError(
            f"{self._who} needs a method coefficients(self, drawn, height, width)."
        )

    def warp(self, images: Any, drawn: Any, interpolation: str) -> Any:
        found = self.coefficients(drawn, images.shape[1], images.shape[2])
        columns = [jnp.broadcast_to(c, images.shape[:1]) for c in (*found, 0.0, 0.0)]
        table = jnp.stack(columns, axis=1)
        return affine_transform(images, table, interpolation, self.fill_mode, self.fill_value)

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        """The map from the result to the image, inverted; it is about the middles of pixels."""
        found = self.coefficients(drawn, size.height, size.width)
        a0, a1, a2, b0, b1, b2 = (jnp.broadcast_to(c, points.shape[:1])[:, None] for c in found)
        x, y = points[..., 0] - 0.5 - a2, points[..., 1] - 0.5 - b2
        area = a0 * b1 - a1 * b0
        return jnp.stack([b1 * x - a1 * y, a0 * y - b0 * x], axis=-1) / area[..., None] + 0.5
