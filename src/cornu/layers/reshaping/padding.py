"""Padding: rows of zeros around a series, an image or a volume."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import lax

from cornu.layers.reshaping.edges import edges_of, pairs
from cornu.layers.spatial import Spatial


class ZeroPadding(Spatial):
    """What the layers share that add zeros."""

    samplewise = True
    padding: Any

    def call(self, inputs: jax.Array) -> jax.Array:
        edges = [(0, 0, 0)] * inputs.ndim
        for axis, (before, after) in zip(self.axes, pairs(self.padding), strict=True):
            edges[axis] = (before, after, 0)
        return lax.pad(inputs, np.zeros((), inputs.dtype), edges)


class ZeroPadding1D(ZeroPadding):
    """Adds zeros at the edges of sequences.

    Args:
        padding: how many steps before and after, a pair or one number for both; 1 by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps)

    Output shape:
        the same rank, where an axis of size n has n + before + after

    Raises:
        ValueError: if `padding` is none of these.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0], [2.0]]])
        >>> cornu.layers.ZeroPadding1D((0, 2))(x).ravel().tolist()
        [1.0, 2.0, 0.0, 0.0]
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = edges_of(self, "padding", padding)
        self._over(data_format)


class ZeroPadding2D(ZeroPadding):
    """Adds zeros at the edges of images.

    Args:
        padding: one number for all edges, a number for (height, width), or a pair for each,
            ((top, bottom), (left, right)); (1, 1) by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        the same rank, where an axis of size n has n + before + after

    Raises:
        ValueError: if `padding` is none of these.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.ones((1, 4, 6, 3))
        >>> cornu.layers.ZeroPadding2D(((1, 2), (0, 0)))(x).shape
        (1, 7, 6, 3)
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = edges_of(self, "padding", padding)
        self._over(data_format)


class ZeroPadding3D(ZeroPadding):
    """Adds zeros at the edges of volumes.

    Args:
        padding: one number for all edges, a number for (depth, height, width), or a pair for each;
            ((1, 1), (1, 1), (1, 1)) by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        the same rank, where an axis of size n has n + before + after

    Raises:
        ValueError: if `padding` is none of these.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.ones((1, 2, 3, 4, 1))
        >>> cornu.layers.ZeroPadding3D((1, 0, 2))(x).shape
        (1, 4, 3, 8, 1)
    """

    rank = 3

    def __init__(
        self, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.padding = edges_of(self, "padding", padding)
        self._over(data_format)


__all__ = ["ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"]
