"""RandomFlip: images mirrored by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.preprocessing.base import RandomImageLayer, Size
from cornu.ops.formulas.image import known


class RandomFlip(RandomImageLayer):
    """While training, mirrors each image with probability 1/2.

    Args:
        mode: 'horizontal' swaps left and right, 'vertical' top and bottom,
            'horizontal_and_vertical' (default) both at once.
        seed: a whole number for the same choices in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `mode` is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomFlip("horizontal", seed=1)
        >>> images = np.array([[[[1.0], [2.0]]]] * 8)
        >>> layer(images, training=True)[:, 0, 0, 0].tolist()
        [2.0, 1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0]
    """

    moves = True
    AXES = {  # noqa: RUF012  (a table)
        "horizontal": (2,),
        "vertical": (1,),
        "horizontal_and_vertical": (1, 2),
    }

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.mode = known(self._who, "mode", mode, tuple(self.AXES))

    def draw(self, size: Size, seed: Any) -> Any:
        return self.uniform(seed, (size.batch, 1, 1, 1), 0.0, 1.0) <= 0.5

    def apply(self, images: Any, drawn: Any) -> Any:
        return jnp.where(drawn, jnp.flip(images, self.AXES[self.mode]), images)

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        x = size.width - points[..., 0] if 2 in self.AXES[self.mode] else points[..., 0]
        y = size.height - points[..., 1] if 1 in self.AXES[self.mode] else points[..., 1]
        return jnp.where(drawn[:, 0], jnp.stack([x, y], axis=-1), points)


__all__ = ["RandomFlip"]
