"""RandomPerspective: images seen from aside, by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.preprocessing.arguments import bounds, fraction
from cornu.layers.preprocessing.base import Size
from cornu.layers.preprocessing.warping import Warp
from cornu.ops.formulas.image import compute_homography_matrix, perspective_transform, projected


class RandomPerspective(Warp):
    """While training, shows some images as if seen from the side.

    The corners of an image are moved: each coordinate by a random part of itself, up to half of
    `scale`; the projective map that takes the corners there takes the pixels along. (The corner
    (0, 0) stays where it is.) Each image is changed with a probability that is drawn between the
    bounds of `factor`.

    Args:
        factor: two probabilities; a number p (1 by default) stands for (0, p).
        scale: 0 to 1, how far corners may move; 1 by default.
        interpolation: 'bilinear' (default) or 'nearest'.
        fill_value: of what is outside the image, 0 by default.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` or `scale` is outside 0..1, or `interpolation` is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomPerspective(scale=0.4, seed=1)
        >>> layer(np.ones((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, "constant", fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.scale = fraction(self, "scale", scale)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("fill_mode")
        return config

    def draw(self, size: Size, seed: Any) -> Any:
        chosen = self.chosen(size, seed)
        half = 0.5 * self.scale
        moved = self.uniform(seed, (size.batch, 4, 2), -half, half, computed=True)
        right, bottom = size.width - 1, size.height - 1
        corners = jnp.array([[0, 0], [right, 0], [0, bottom], [right, bottom]], moved.dtype)
        start = jnp.broadcast_to(corners, moved.shape)
        return chosen, start, start + start * moved

    def warp(self, images: Any, drawn: Any, interpolation: str) -> Any:
        chosen, start, end = drawn
        seen = perspective_transform(images, start, end, interpolation, self.fill_value)
        return jnp.where(chosen, seen, images)

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        chosen, start, end = drawn
        forth = compute_homography_matrix(end.astype("float32"), start.astype("float32"))
        x, y = projected(forth.T[..., None], points[..., 0] - 0.5, points[..., 1] - 0.5)
        return jnp.where(chosen[:, 0], jnp.stack([x, y], axis=-1) + 0.5, points)


__all__ = ["RandomPerspective"]
