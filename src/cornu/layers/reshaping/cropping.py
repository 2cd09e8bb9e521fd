"""Cropping: the edges of a series, an image or a volume are cut off."""

from __future__ import annotations

from typing import Any

import jax
from jax import lax

from cornu.core.errors import show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.reshaping.edges import edges_of, pairs
from cornu.layers.spatial import Spatial


class Cropping(Spatial):
    """What the layers share that take rows away."""

    samplewise = True
    cropping: Any

    def call(self, inputs: jax.Array) -> jax.Array:
        shape = known_shape(inputs.shape)
        for axis, (before, after) in zip(self.axes, pairs(self.cropping), strict=True):
            size = shape[axis]
            if size is not None and before + after >= size:
                raise ValueError(
                    f'{type(self).__name__} "{self.name}": cropping={self.cropping} takes {before} + '
                    f"{after} from axis {axis}, which has size {size}, so nothing is left: the input "
                    f"has shape {show_shape(shape)}."
                )
            inputs = lax.slice_in_dim(inputs, before, inputs.shape[axis] - after, axis=axis)
        return inputs


class Cropping1D(Cropping):
    """Takes rows away at the edges of sequences.

    Args:
        cropping: how many steps before and after, a pair or one number for both; (1, 1) by default.

    Input shape:
        (batch, steps, channels)

    Output shape:
        the same rank, where an axis of size n has n - before - after

    Raises:
        ValueError: if `cropping` is none of these, or nothing is left.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0], [2.0], [3.0]]])
        >>> cornu.layers.Cropping1D((1, 0))(x).ravel().tolist()
        [2.0, 3.0]
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cropping = edges_of(self, "cropping", cropping)
        self._over("channels_last")


class Cropping2D(Cropping):
    """Takes rows away at the edges of images.

    Args:
        cropping: one number for all edges, a number for (height, width), or a pair for each,
            ((top, bottom), (left, right)); ((0, 0), (0, 0)) by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        the same rank, where an axis of size n has n - before - after

    Raises:
        ValueError: if `cropping` is none of these, or nothing is left.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.ones((2, 28, 28, 3))
        >>> cornu.layers.Cropping2D(((2, 2), (4, 4)))(x).shape
        (2, 24, 20, 3)
    """

    rank = 2

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.cropping = edges_of(self, "cropping", cropping)
        self._over(data_format)


class Cropping3D(Cropping):
    """Takes rows away at the edges of volumes.

    Args:
        cropping: one number for all edges, a number for (depth, height, width), or a pair for each;
            ((1, 1), (1, 1), (1, 1)) by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        the same rank, where an axis of size n has n - before - after

    Raises:
        ValueError: if `cropping` is none of these, or nothing is left.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.ones((1, 5, 6, 7, 1))
        >>> cornu.layers.Cropping3D((1, 0, 2))(x).shape
        (1, 3, 6, 3, 1)
    """

    rank = 3

    def __init__(
        self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.cropping = edges_of(self, "cropping", cropping)
        self._over(data_format)


__all__ = ["Cropping1D", "Cropping2D", "Cropping3D"]
