"""What batch, layer and group normalization share: a scale, a shift, and the epsilon."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import constraints, initializers, regularizers
from cornu.layers.arguments import not_negative
from cornu.layers.layer import Layer
from cornu.layers.normalization.axes import along


class Normalizer(Layer):
    """What the normalizations with a learnt scale and offset share: y = gamma x̂ + beta."""

    def __init__(
        self,
        *,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon = not_negative(self, "epsilon", epsilon)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True
        self.gamma: Any = None
        self.beta: Any = None

    def add_scale_and_offset(self, shape: tuple[int, ...], scale: bool, center: bool) -> None:
        """The weights gamma and beta, each if wanted."""
        if scale:
            self.gamma = self.add_weight(
                shape,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                name="gamma",
                autocast=False,
            )
        if center:
            self.beta = self.add_weight(
                shape,
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                name="beta",
                autocast=False,
            )

    def scale_and_offset(self, axes: tuple[int, ...], shape: Any, dtype: Any) -> tuple[Any, Any]:
        """gamma and beta, laid along these axes of an array of this shape; 1 and 0 where there is
        none."""
        gamma, beta = (
            default if weight is None else along(weight.value.astype(dtype), axes, shape)
            for weight, default in ((self.gamma, 1), (self.beta, 0))
        )
        return gamma, beta


def at_least_float32(x: jax.Array) -> jax.Array:
    """The array in float32, or float64 where it is: sums in half precision lose too much."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))
