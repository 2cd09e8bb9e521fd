"""What the layers share that make one tensor of several: how shapes and masks go together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.layer import Layer
from cornu.layers.spatial import agree

Arrays = Sequence[jax.Array]


class Merge(Layer):
    """What merging layers share: a list of inputs, checked, and the mask of what they become.

    A step of the output counts if it counts in any of the inputs; there is no mask unless all of
    them have one.
    """

    def call(self, inputs: Arrays) -> jax.Array:
        raise NotImplementedError

    def compute_mask(self, inputs: Arrays, previous_mask: Any = None) -> Any:
        masks = self.masks_of(inputs, previous_mask)
        if any(mask is None for mask in masks):
            return None
        return functools.reduce(jnp.logical_or, masks)

    def shapes_of(self, inputs: Any, count: int | None = None) -> list[tuple[int | None, ...]]:
        """The shapes of the inputs, which must be a list, of `count` tensors if that is given."""
        several = isinstance(inputs, (list, tuple))
        if not several or not inputs or count not in (None, len(inputs)):
            got = "an empty list" if several else describe(inputs)
            if hasattr(inputs, "shape"):
                got = f"one tensor of shape {show_shape(known_shape(inputs.shape))}"
            if several and inputs:
                got = f"{len(inputs)} of shapes {listed(known_shapes(inputs))}"
            raise ValueError(
                f"{self.title} takes a list of {'two tensors' if count else 'tensors'}, got {got}. "
                f"Write {type(self).__name__}()([a, b])."
            )
        return known_shapes(inputs)

    def _alike(self, inputs: Any, count: int | None = None) -> list[Any]:
        """The inputs with as many axes as the largest has: new ones, of size 1, follow the batch axis.

        Raises:
            ValueError: if they do not broadcast then.
        """
        shapes = self.shapes_of(inputs, count)
        rank = max(map(len, shapes))
        wide = [_widened(x, rank) for x in inputs]
        for axis, column in enumerate(zip(*map(known_shape, (x.shape for x in wide)), strict=True)):
            found = sorted({size for size in column if size is not None and (size != 1 or axis == 0)})
            if len(found) > 1:
                rule = "must be equal" if axis == 0 else "must be equal, or 1"
                raise ValueError(
                    f"{self.title} cannot merge tensors of shapes {listed(shapes)}: on axis "
                    f"{axis - rank if axis else '0, the batch,'} they have the sizes {listed(found)}, "
                    f"which {rule}."
                )
        return wide

    def masks_of(self, inputs: Any, masks: Any) -> list[Any]:
        """A mask or None for each of the inputs."""
        shapes = self.shapes_of(inputs)
        if masks is None:
            return [None] * len(shapes)
        if not isinstance(masks, (list, tuple)) or len(masks) != len(shapes):
            got = f"{len(masks)}" if isinstance(masks, (list, tuple)) else describe(masks)
            raise ValueError(
                f"{self.title} takes a list of {len(shapes)} masks, one or None for each of its inputs, "
                f"got {got}. Write mask=[mask_of_a, mask_of_b]."
            )
        for mask, shape in zip(masks, shapes, strict=True):
            sizes = () if mask is None else known_shape(mask.shape)
            if not agree(sizes, shape[: len(sizes)]):
                raise ValueError(
                    f"{self.title}: a mask has shape {show_shape(sizes)}, but its tensor has shape "
                    f"{show_shape(shape)}. A mask has the tensor's first axes, (batch, steps)."
                )
        return list(masks)

    def _counting(self, inputs: Any, masks: Any) -> list[Any]:
        """For each of the inputs, made alike, where it counts; None for one without a mask."""
        rank = max(x.ndim for x in inputs)
        return [
            None if mask is None else _widened(trailing(mask, x.ndim), rank)
            for x, mask in zip(inputs, self.masks_of(inputs, masks), strict=True)
        ]

    @property
    def title(self) -> str:
        return f'{type(self).__name__} "{self.name}"'


def known_shapes(inputs: Any) -> list[tuple[int | None, ...]]:
    return [known_shape(x.shape) for x in inputs]


def listed(items: Any) -> str:
    *start, last = map(str, items)
    return f"{', '.join(start)} and {last}" if start else last


def _widened(x: Any, rank: int) -> Any:
    """The array with axes of size 1 after the batch, as many as it lacks."""
    first = min(x.ndim, 1)
    return jnp.expand_dims(x, tuple(range(first, first + rank - x.ndim))) if x.ndim < rank else x


def trailing(mask: Any, rank: int) -> Any:
    """The mask as booleans, with axes of size 1 at the end, as many as it lacks."""
    return jnp.expand_dims(mask.astype(bool), tuple(range(mask.ndim, rank)))


def best_of(better: Callable[..., Any], arrays: list[Any], counts: list[Any]) -> jax.Array:
    """The better one of the numbers that count; where only one of two counts it stands for both."""
    best, known = arrays[0], counts[0]
    for x, new in zip(arrays[1:], counts[1:], strict=True):
        x = x if new is None else jnp.where(new, x, best)
        best = best if known is None else jnp.where(known, best, x)
        known = None if known is None or new is None else known | new
        best = better(best, x)
    return best
