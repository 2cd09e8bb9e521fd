"""Padding with zeros, and cropping: more or fewer rows at the edges of space."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import lax

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.spatial import AXES, Spatial, is_whole


class ZeroPadding(Spatial):
    """What the layers share that add zeros."""

    samplewise = True
    padding: Any

    def call(self, inputs: jax.Array) -> jax.Array:
        edges = [(0, 0, 0)] * inputs.ndim
        for axis, (before, after) in zip(self.axes, pairs(self.padding), strict=True):
            edges[axis] = (before, after, 0)
        return lax.pad(inputs, np.zeros((), inputs.dtype), edges)


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


def edges_of(layer: Any, argument: str, value: Any) -> Any:
    """How much at both edges of each axis: (before, after) for one axis, else a pair for each.

    It is given as one number for all edges, a number for each axis (for one axis: each edge), or a
    pair for each axis.
    """
    rank: int = layer.rank
    several = value if isinstance(value, (tuple, list)) else (value,) * max(rank, 2)
    found = [tuple(item) if isinstance(item, (tuple, list)) else (item, item) for item in several]
    if rank == 1:
        found = [tuple(several)]
    right = len(found) == rank and all(len(pair) == 2 for pair in found)
    if not right or not all(is_whole(n) and n >= 0 for pair in found for n in pair):
        each = "" if rank == 1 else f" a tuple of {rank} of them, for {AXES[rank]}, or of {rank} pairs"
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a whole number, 0 or more,'
            f"{each or ' or a pair of them, (before, after)'}, got {argument}={describe(value)}."
        )
    whole = tuple((int(before), int(after)) for before, after in found)
    return whole[0] if rank == 1 else whole


def pairs(edges: Any) -> Any:
    """A pair for each axis, from what `edges_of` gave."""
    return edges if isinstance(edges[0], tuple) else (edges,)


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
        self._over(None)


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


__all__ = [
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]
