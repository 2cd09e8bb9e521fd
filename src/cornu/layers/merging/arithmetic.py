"""Tensors added, subtracted, multiplied and averaged, number by number."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp

from cornu.layers.merging.merge import Arrays, Merge


class Add(Merge):
    """The sum of tensors, number by number: $y = x_1 + x_2 + \\dots$

    Input shape:
        a list of tensors with the same batch axis, and sizes that are equal or 1; one that has fewer
        axes gets them, of size 1, after its batch axis

    Output shape:
        the shape to which they broadcast

    Raises:
        ValueError: if the input is no list, or the shapes do not go together.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Add()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])]).tolist()
        [[11.0, 22.0]]

    Source: He et al., Deep residual learning for image recognition, 2016, adds what a block skips.
    """

    samplewise = True

    def call(self, inputs: Arrays) -> jax.Array:
        return functools.reduce(jnp.add, self._alike(inputs))


class Subtract(Merge):
    """The difference of two tensors, number by number: $y = x_1 - x_2$.

    Input shape:
        a list of two tensors with the same batch axis, and sizes that are equal or 1

    Output shape:
        the shape to which they broadcast

    Raises:
        ValueError: if the input is no list of two, or the shapes do not go together.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Subtract()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])]).tolist()
        [[-9.0, -18.0]]
    """

    samplewise = True

    def call(self, inputs: Arrays) -> jax.Array:
        first, second = self._alike(inputs, 2)
        return first - second


class Multiply(Merge):
    """The product of tensors, number by number: $y = x_1 x_2 \\dots$

    A masked number of an input counts as 1; where all inputs are masked, the product is 0.

    Input shape:
        a list of tensors with the same batch axis, and sizes that are equal or 1

    Output shape:
        the shape to which they broadcast

    Raises:
        ValueError: if the input is no list, or the shapes do not go together.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Multiply()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])]).tolist()
        [[10.0, 40.0]]
    """

    samplewise = True

    def call(self, inputs: Arrays, mask: Any = None) -> jax.Array:
        arrays, counts = self._alike(inputs), self._counting(inputs, mask)
        kept = [x if c is None else jnp.where(c, x, 1) for x, c in zip(arrays, counts, strict=True)]
        product = functools.reduce(jnp.multiply, kept)
        if any(c is None for c in counts):
            return product
        return jnp.where(functools.reduce(jnp.logical_or, counts), product, 0)


class Average(Merge):
    """The mean of tensors, number by number: $y = (x_1 + \\dots + x_n) / n$.

    Input shape:
        a list of tensors with the same batch axis, and sizes that are equal or 1

    Output shape:
        the shape to which they broadcast

    Raises:
        ValueError: if the input is no list, or the shapes do not go together.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 6.0]])]).tolist()
        [[2.0, 4.0]]
    """

    samplewise = True

    def call(self, inputs: Arrays) -> jax.Array:
        return functools.reduce(jnp.add, self._alike(inputs)) / len(inputs)


def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of tensors: `Add(**kwargs)(inputs)`.

    >>> import cornu
    >>> cornu.layers.add([cornu.Input((8,)), cornu.Input((8,))]).shape
    (None, 8)
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The difference of two tensors: `Subtract(**kwargs)(inputs)`.

    Example:
        >>> subtract([jnp.array([1.0, 2.0]), jnp.array([10.0, 20.0])]).tolist()
        [-9.0, -18.0]
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of tensors, number by number: `Multiply(**kwargs)(inputs)`.

    Example:
        >>> multiply([jnp.array([1.0, 2.0]), jnp.array([10.0, 20.0])]).tolist()
        [10.0, 40.0]
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of tensors, number by number: `Average(**kwargs)(inputs)`.

    Example:
        >>> average([jnp.array([1.0, 2.0]), jnp.array([10.0, 20.0])]).tolist()
        [5.5, 11.0]
    """
    return Average(**kwargs)(inputs)


__all__ = ["Add", "Average", "Multiply", "Subtract", "add", "average", "multiply", "subtract"]
