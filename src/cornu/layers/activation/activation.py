"""Activations as layers: any of one's own choice, and Softmax, which heeds masks."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import activations
from cornu.core.errors import show_shape
from cornu.layers.layer import Layer
from cornu.layers.normalization.axes import given_axes, positions


class Activation(Layer):
    """Applies an activation function to each number: $a = f(x)$.

    Args:
        activation: name or function.

    Input shape:
        any

    Output shape:
        that of the input

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Activation("relu")(np.array([[-1.0, 2.0]])).tolist()
        [[0.0, 2.0]]
    """

    samplewise = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return self.activation(inputs)


class Softmax(Layer):
    """Probabilities: e^xᵢ / Σⱼ e^xⱼ along an axis.

    Args:
        axis: the axis, or list of axes, along which the results sum to 1; the last by default.

    Call arguments:
        inputs: the scores.
        mask: which of them take part: booleans, or numbers of which those above 0.5 do, of a shape
            that broadcasts to that of the input. The others get probability 0.

    Input shape, output shape:
        any

    Raises:
        ValueError: if the input has no such axis, one is named twice, or the mask does not fit.
        TypeError: if `axis` is no whole number or list of them.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Softmax()
        >>> layer(np.array([[0.0, 0.0, 9.0]]), mask=np.array([[True, True, False]])).tolist()
        [[0.5, 0.5, 0.0]]
    """

    samplewise = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = given_axes(self, axis)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        self._axes = positions(self, self.axis, input_shape)
        self.samplewise = 0 not in self._axes

    def call(self, inputs: jax.Array, mask: Any = None) -> jax.Array:
        if mask is None:
            return activations.softmax(inputs, self._axes)
        _check_mask(self, mask, inputs)
        mask = mask if mask.dtype == bool else mask > 0.5
        lowest = -1e9 if inputs.dtype != jnp.float16 else -3e4  # far below any score
        return jnp.where(mask, activations.softmax(jnp.where(mask, inputs, lowest), self._axes), 0)


def _check_mask(layer: Softmax, mask: Any, inputs: Any) -> None:
    """Refuses a mask that does not broadcast to the inputs."""
    pairs = zip(reversed(mask.shape), reversed(inputs.shape), strict=False)
    if mask.ndim > inputs.ndim or any(a not in (1, b) for a, b in pairs):
        raise ValueError(
            f'Softmax "{layer.name}" takes a mask whose sizes, from the last axis on, are 1 or those of '
            f"its input, but got a mask of shape {show_shape(mask.shape)} with an input of shape "
            f"{show_shape(inputs.shape)}. A mask of steps, of shape (batch, steps), is written "
            "mask[:, :, None]."
        )


__all__ = ["Activation", "Softmax"]
