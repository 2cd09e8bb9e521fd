"""Normalization by size alone, without a mean: RMSNormalization, UnitNormalization."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.layers.arguments import not_negative
from cornu.layers.layer import Layer
from cornu.layers.normalization.axes import along, given_axes, known_sizes, positions
from cornu.layers.normalization.normalizer import at_least_float32


class RMSNormalization(Layer):
    r"""Divides the features of each sample by their root mean square, then multiplies a learnt scale.

    $$y = s \frac{x}{\sqrt{\frac{1}{n} \sum_i x_i^2 + \epsilon}}$$

    Args:
        axis: the axis, or list of axes, over which to take the mean; the last by default.
        epsilon: $\epsilon$, 1e-6 by default.

    Input shape, output shape:
        any; the sizes of the axes `axis` must be known

    Raises:
        ValueError: if the input has no such axis, one is named twice, or its size is not known.
        TypeError: if `axis` is no whole number or list of them.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RMSNormalization(epsilon=0)(np.array([[-2.0, 2.0]])).tolist()
        [[-1.0, 1.0]]

    Source: Zhang and Sennrich, Root mean square layer normalization, 2019.
    """

    samplewise = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = given_axes(self, axis)
        self.epsilon = not_negative(self, "epsilon", epsilon)

    def build(self, input_shape: Any) -> None:
        order = sorted(self.axis) if isinstance(self.axis, list) else self.axis
        self._axes = positions(self, order, input_shape)
        self.samplewise = 0 not in self._axes
        shape = known_sizes(self, input_shape, self._axes)
        self.scale = self.add_weight(shape, "ones", name="scale", autocast=False)

    def call(self, inputs: jax.Array) -> jax.Array:
        x = at_least_float32(inputs)
        power = jnp.mean(jnp.square(x), self._axes, keepdims=True)
        scale = along(self.scale.value.astype(x.dtype), self._axes, x.shape)
        return (x * jax.lax.rsqrt(power + self.epsilon) * scale).astype(inputs.dtype)


class UnitNormalization(Layer):
    r"""Gives each sample the length 1: $y = x / \lVert x \rVert_2$; zeros stay zeros.

    Args:
        axis: the axis, or list of axes, over which to take the length; the last by default.

    Input shape, output shape:
        any

    Raises:
        ValueError: if the input has no such axis, or one is named twice.
        TypeError: if `axis` is no whole number or list of them.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.UnitNormalization()(np.array([[3.0, 4.0]])).tolist()
        [[0.6..., 0.8...]]
    """

    samplewise = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = given_axes(self, axis)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        self._axes = positions(self, self.axis, input_shape)
        self.samplewise = 0 not in self._axes

    def call(self, inputs: jax.Array) -> jax.Array:
        x = at_least_float32(inputs)
        return unit(x, self._axes, 1e-12).astype(inputs.dtype)


def unit(x: Any, axes: tuple[int, ...], shortest: float) -> Any:
    """x divided by its length over these axes, or by `shortest` where it is shorter."""
    square = jnp.sum(jnp.square(x), axes, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(square, shortest**2))


__all__ = ["RMSNormalization", "UnitNormalization"]
