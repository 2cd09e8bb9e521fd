"""PReLU: a rectifier that learns its slope below 0."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import constraints, initializers, regularizers
from cornu.core.errors import show_shape
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.layers.normalization.axes import given_axes, known_sizes, positions


class PReLU(Layer):
    r"""Rectified, with a learnt slope below 0: x where x >= 0, else $\alpha x$.

    There is one $\alpha$ for each number of a sample, or fewer where axes share it.

    Args:
        alpha_initializer: of $\alpha$, 'zeros' by default.
        alpha_regularizer: penalty on $\alpha$, added to the loss.
        alpha_constraint: applied to $\alpha$ after each update.
        shared_axes: the axis, or list of axes, along which $\alpha$ is the same: [1, 2] gives an
            image one per channel.

    Input shape, output shape:
        any; the sizes of the axes that are not shared must be known

    Raises:
        ValueError: if `shared_axes` has an axis that the input has not, the batch, or one twice, or
            a size is not known.
        TypeError: if `shared_axes` is no whole number or list of them.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.PReLU(alpha_initializer="ones", shared_axes=[1, 2])
        >>> outputs = layer(-np.ones((1, 4, 4, 3)))
        >>> layer.alpha.shape
        (1, 1, 3)

    Source: He et al., Delving deep into rectifiers, 2015.
    """

    samplewise = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        given = shared_axes if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        none = shared_axes is None or not given
        self.shared_axes = None if none else given_axes(self, given, "shared_axes")
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shared = positions(self, self.shared_axes or [], input_shape, "shared_axes")
        if 0 in shared:
            raise ValueError(
                f'PReLU "{self.name}": shared_axes={self.shared_axes} has the batch (axis 0), which '
                f"shares all slopes anyway. The axes of an input of shape {show_shape(input_shape)} "
                f"to choose from are 1 to {len(input_shape) - 1}."
            )
        own = tuple(axis for axis in range(1, len(input_shape)) if axis not in shared)
        sizes = dict(zip(own, known_sizes(self, input_shape, own), strict=True))
        self.alpha = self.add_weight(
            tuple(sizes.get(axis, 1) for axis in range(1, len(input_shape))),
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes=sizes)

    def call(self, inputs: jax.Array) -> jax.Array:
        return jnp.where(inputs > 0, inputs, self.alpha.value * inputs)


__all__ = ["PReLU"]
