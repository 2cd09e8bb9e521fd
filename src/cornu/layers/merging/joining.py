"""Joining: tensors side by side (Concatenate), or multiplied as vectors (Dot)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.errors import describe
from cornu.core.settings import epsilon
from cornu.layers.merging.merge import Arrays, Merge, listed, trailing
from cornu.layers.spatial import is_whole


class Concatenate(Merge):
    """Tensors side by side along an axis.

    The masks are laid side by side too, a tensor without one counting as a whole; along the last
    axis a step counts if it counts in any of them.

    Args:
        axis: along which, -1 by default.

    Input shape:
        a list of tensors that have the same sizes on all axes but this one

    Output shape:
        the same, where the sizes on this axis are added up

    Raises:
        ValueError: if the input is no list, has no such axis, or the other sizes differ.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Concatenate()([np.array([[1.0, 2.0]]), np.array([[3.0]])]).tolist()
        [[1.0, 2.0, 3.0]]
    """

    samplewise = True

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not is_whole(axis):
            raise TypeError(
                f"{self.title}: axis must be a whole number, got axis={describe(axis)}. Write for "
                "instance axis=-1, the last axis."
            )
        self.axis = int(axis)

    def call(self, inputs: Arrays) -> jax.Array:
        axis = self._place(inputs)
        if axis == 0 and self.samplewise:
            self.samplewise = False  # the batch itself: rows move
        return jnp.concatenate(inputs, axis)

    def compute_mask(self, inputs: Arrays, previous_mask: Any = None) -> Any:
        masks = self.masks_of(inputs, previous_mask)
        if all(mask is None for mask in masks):
            return None
        whole = [
            jnp.broadcast_to(True if mask is None else trailing(mask, x.ndim), x.shape)
            for x, mask in zip(inputs, masks, strict=True)
        ]
        return jnp.any(jnp.concatenate(whole, self.axis), -1)

    def _place(self, inputs: Any) -> int:
        """The axis, counted from the front, if the shapes agree on all others."""
        shapes = self.shapes_of(inputs)
        ranks = {len(shape) for shape in shapes}
        if len(ranks) > 1:
            raise ValueError(
                f"{self.title} cannot join tensors of shapes {listed(shapes)}: all must have the same "
                "number of axes. Reshape or Flatten some of them first."
            )
        (rank,) = ranks
        if not -rank <= self.axis < rank:
            raise ValueError(
                f"{self.title}: axis={self.axis} is out of range for tensors of shapes "
                f"{listed(shapes)}, whose axes are 0 to {rank - 1}, or {-rank} to -1."
            )
        for axis, column in enumerate(zip(*shapes, strict=True)):
            found = sorted(set(column) - {None})
            if len(found) > 1 and axis != self.axis % rank:
                raise ValueError(
                    f"{self.title} with axis={self.axis} cannot join tensors of shapes "
                    f"{listed(shapes)}: they differ on axis {axis}, with sizes {listed(found)}. "
                    f"Only on axis {self.axis % rank} may they differ."
                )
        return self.axis % rank


class Dot(Merge):
    r"""The dot products of vectors of two tensors, sample by sample.

    $$z_{b i j} = \sum_k x_{b i k} \, y_{b j k}$$

    where $k$ runs along `axes`, and $i$ and $j$ stand for the other axes of $x$ and $y$; of two
    tensors of shape (batch, k) it is (batch, 1).

    Args:
        axes: the axis of both along which to multiply, or a pair: the axis of $x$ and that of $y$.
            The batch axis, 0, cannot be one of them.
        normalize: whether vectors are first scaled to length 1, so that $z$ are cosines.

    Input shape:
        a list of two tensors with the same batch axis, and the same size on `axes`

    Output shape:
        (batch, the other axes of the first, those of the second)

    Raises:
        TypeError: if `axes` is neither a whole number nor a pair.
        ValueError: if the input is no list of two, has no such axes, or their sizes differ.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[11.0]]
        >>> cornu.layers.Dot((1, 2))([np.ones((2, 3, 5)), np.ones((2, 10, 3))]).shape
        (2, 5, 10)
    """

    samplewise = True

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        several = isinstance(axes, (list, tuple))
        pair = list(axes) if isinstance(axes, (list, tuple)) else [axes, axes]
        if len(pair) != 2 or not all(map(is_whole, pair)):
            raise (ValueError if several else TypeError)(
                f"{self.title}: axes must be a whole number or a pair of them, the axis of the first "
                f"and of the second tensor, got axes={describe(axes)}. Write for instance axes=-1."
            )
        self.axes = axes
        self.normalize = normalize

    def call(self, inputs: Arrays) -> jax.Array:
        (i, j), (x, y) = self._places(inputs), inputs
        if self.normalize:
            x, y = _unit(x, i), _unit(y, j)
        products = lax.dot_general(x, y, (((i,), (j,)), ((0,), (0,))))
        return products if products.ndim > 1 else products[:, None]

    def compute_mask(self, inputs: Arrays, previous_mask: Any = None) -> None:
        """No mask: sums have no steps."""

    def _places(self, inputs: Any) -> tuple[int, ...]:
        """The axes, counted from the front, if the two tensors agree on them."""
        shapes = self.shapes_of(inputs, 2)
        pair = self.axes if isinstance(self.axes, (list, tuple)) else (self.axes,) * 2
        for axis, shape, which in zip(pair, shapes, ("first", "second"), strict=True):
            if len(shape) < 2 or not -len(shape) < axis < len(shape) or axis == 0:
                allowed = f"it may be 1 to {len(shape) - 1}, or {1 - len(shape)} to -1; 0 is the batch"
                if len(shape) < 2:
                    allowed = "each sample is a single number; reshape it to (batch, 1)"
                raise ValueError(
                    f"{self.title}: axes={self.axes} is out of range for tensors of shapes "
                    f"{listed(shapes)}: of the {which}, {allowed}."
                )
        places = tuple(axis % len(shape) for axis, shape in zip(pair, shapes, strict=True))
        for what, at in (("axes", places), ("batches", (0, 0))):
            found = [shape[axis] for axis, shape in zip(at, shapes, strict=True)]
            if None not in found and found[0] != found[1]:
                raise ValueError(
                    f"{self.title} with axes={self.axes} cannot multiply tensors of shapes "
                    f"{listed(shapes)}: their {what} have sizes {listed(found)}, which must be equal."
                )
        return places


def _unit(x: Any, axis: int) -> Any:
    """The vectors along an axis, made of length 1; a very short one is not stretched so far."""
    squares = jnp.sum(jnp.square(x.astype(jnp.promote_types(x.dtype, "float32"))), axis, keepdims=True)
    return x * lax.rsqrt(jnp.maximum(squares, epsilon() ** 2)).astype(x.dtype)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Tensors side by side along an axis: `Concatenate(axis, **kwargs)(inputs)`.

    Example:
        >>> concatenate([jnp.ones((1, 2)), jnp.ones((1, 3))]).shape
        (1, 5)
    """
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: int | Sequence[int] = -1, **kwargs: Any) -> Any:
    """The dot products of vectors of two tensors: `Dot(axes, **kwargs)(inputs)`.

    Example:
        >>> dot([jnp.array([[1.0, 2.0]]), jnp.array([[3.0, 4.0]])], axes=1).tolist()
        [[11.0]]
    """
    return Dot(axes, **kwargs)(inputs)


__all__ = ["Concatenate", "Dot", "concatenate", "dot"]
