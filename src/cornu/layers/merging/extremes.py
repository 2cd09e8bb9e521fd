"""The greatest or the smallest of several tensors, number by number."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.layers.merging.merge import Arrays, Merge, best_of


class Maximum(Merge):
    r"""The largest of the tensors, number by number: $y = \max(x_1, \dots, x_n)$.

    A masked number of an input does not count, unless it is masked in all of them.

    Input shape:
        a list of tensors with the same batch axis, and sizes that are equal or 1

    Output shape:
        the shape to which they broadcast

    Raises:
        ValueError: if the input is no list, or the shapes do not go together.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Maximum()([np.array([[1.0, 5.0]]), np.array([[3.0, 2.0]])]).tolist()
        [[3.0, 5.0]]
    """

    samplewise = True

    def call(self, inputs: Arrays, mask: Any = None) -> jax.Array:
        return best_of(jnp.maximum, self._alike(inputs), self._counting(inputs, mask))


class Minimum(Merge):
    r"""The smallest of the tensors, number by number: $y = \min(x_1, \dots, x_n)$.

    A masked number of an input does not count, unless it is masked in all of them.

    Input shape:
        a list of tensors with the same batch axis, and sizes that are equal or 1

    Output shape:
        the shape to which they broadcast

    Raises:
        ValueError: if the input is no list, or the shapes do not go together.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Minimum()([np.array([[1.0, 5.0]]), np.array([[3.0, 2.0]])]).tolist()
        [[1.0, 2.0]]
    """

    samplewise = True

    def call(self, inputs: Arrays, mask: Any = None) -> jax.Array:
        return best_of(jnp.minimum, self._alike(inputs), self._counting(inputs, mask))


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The largest of tensors, number by number: `Maximum(**kwargs)(inputs)`.

    Example:
        >>> maximum([jnp.array([1.0, 20.0]), jnp.array([10.0, 2.0])]).tolist()
        [10.0, 20.0]
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The smallest of tensors, number by number: `Minimum(**kwargs)(inputs)`.

    Example:
        >>> minimum([jnp.array([1.0, 20.0]), jnp.array([10.0, 2.0])]).tolist()
        [1.0, 2.0]
    """
    return Minimum(**kwargs)(inputs)


__all__ = ["Maximum", "Minimum", "maximum", "minimum"]
