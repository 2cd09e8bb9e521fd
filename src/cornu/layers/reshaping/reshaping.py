"""Layers that change the shape of what passes and leave its numbers: Reshape, Permute, RepeatVector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.context import context
from cornu.core.errors import describe, show_shape
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.layers.spatial import is_whole


class Reshape(Layer):
    """Gives each sample another shape of as many numbers, in the same order.

    Args:
        target_shape: shape of one sample, without the batch axis; one size may be -1, which is what
            the others leave.

    Input shape:
        (batch, ...)

    Output shape:
        (batch, *target_shape)

    Raises:
        ValueError: if `target_shape` is no shape, or a sample has another number of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Reshape((3, 4))(np.ones((2, 12))).shape
        (2, 3, 4)
        >>> cornu.layers.Reshape((-1, 2))(np.ones((2, 12))).shape
        (2, 6, 2)
    """

    samplewise = True

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        several = isinstance(target_shape, (tuple, list))
        if not several or not all(is_whole(size) and size >= -1 for size in target_shape):
            raise ValueError(
                f'Reshape "{self.name}": target_shape must be a tuple of sizes, without the batch axis, '
                "of which one may be -1, "
                f"got target_shape={describe(target_shape)}. Write for instance Reshape((28, 28, 1))."
            )
        self.target_shape = tuple(int(size) for size in target_shape)
        if self.target_shape.count(-1) > 1:
            raise ValueError(
                f'Reshape "{self.name}": only one size may be -1, for what the others leave, '
                f"got target_shape={self.target_shape}."
            )

    def call(self, inputs: jax.Array) -> jax.Array:
        batch, *sizes = inputs.shape
        left, given = math.prod(sizes), math.prod(size for size in self.target_shape if size != -1)
        shape = [left // max(given, 1) if size == -1 else size for size in self.target_shape]
        if context.probe in sizes:  # asked for its shape only: a size that is not known may be any
            return jnp.zeros((batch, *shape), inputs.dtype)
        if isinstance(left, int) and math.prod(shape) != left:
            raise ValueError(self._does_not_fit(sizes, left, given))
        return inputs.reshape(batch, *shape)

    def _does_not_fit(self, sizes: Sequence[int], left: int, given: int) -> str:
        times = " x ".join
        wanted = f"{times(map(str, self.target_shape))} = {given}"
        rule = "must be the same number"
        if -1 in self.target_shape:
            known = [str(size) for size in self.target_shape if size != -1]
            wanted, rule = f"{times(known)} = {given}", "must divide it"
        return (
            f'Reshape "{self.name}": a sample of shape {show_shape(sizes)} has '
            f"{times(map(str, sizes))} = {left} numbers, and target_shape={self.target_shape} asks for "
            f"{wanted}, which {rule}."
        )


class Permute(Layer):
    """Puts the axes of each sample in another order.

    Args:
        dims: for each axis of the output, which axis of the input it is; 1 is the first after the
            batch axis.

    Input shape:
        (batch, ...), with as many axes as `dims` has

    Output shape:
        the same sizes in the order of `dims`

    Raises:
        ValueError: if `dims` does not name each of 1, 2, ... once, or the input has another rank.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Permute((2, 1))(np.ones((5, 10, 64))).shape
        (5, 64, 10)
    """

    samplewise = True

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        several = isinstance(dims, (tuple, list)) and all(map(is_whole, dims))
        if not several or not dims or sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f'Permute "{self.name}": dims must name each axis once, counted from 1, the first '
                f"after the batch axis, got dims={describe(dims)}. To exchange two axes, write "
                "Permute((2, 1))."
            )
        self.dims = tuple(int(axis) for axis in dims)
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: jax.Array) -> jax.Array:
        return jnp.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """Repeats each sample, a vector, `n` times: a sequence of equal steps.

    Args:
        n: number of steps.

    Input shape:
        (batch, features)

    Output shape:
        (batch, n, features)

    Raises:
        TypeError: if `n` is no whole number.
        ValueError: if it is below 1, or the input is of another rank.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RepeatVector(3)(np.array([[1.0, 2.0]])).tolist()
        [[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]]
    """

    samplewise = True

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not is_whole(n) or n < 1:
            raise (ValueError if is_whole(n) else TypeError)(
                f'RepeatVector "{self.name}": n, the number of repetitions, must be a whole number '
                f"above 0, got n={describe(n)}."
            )
        self.n = int(n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: jax.Array) -> jax.Array:
        batch, features = inputs.shape
        return jnp.broadcast_to(inputs[:, None], (batch, self.n, features))


__all__ = ["Permute", "RepeatVector", "Reshape"]
