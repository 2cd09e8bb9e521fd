"""GroupNormalization: each sample by mean and variance of groups of channels."""

from __future__ import annotations

from typing import Any

import jax

from cornu.core.errors import show_shape
from cornu.layers.arguments import positive_int
from cornu.layers.input_spec import InputSpec
from cornu.layers.normalization.axes import known_sizes, one_axis, positions
from cornu.layers.normalization.normalizer import Normalizer, at_least_float32
from cornu.ops.formulas.moments import moments, standardized


class GroupNormalization(Normalizer):
    r"""Normalizes each group of channels of each sample over the group and all positions.

    $$y = \gamma \frac{x - \mu_g}{\sqrt{\sigma_g^2 + \epsilon}} + \beta$$

    with the mean and variance of the sample's numbers in group $g$. One group is close to layer
    normalization; as many groups as channels is instance normalization.

    Args:
        groups: number of groups, 32 by default; it divides the number of channels. -1 for a group
            per channel.
        axis: the axis of the channels, the last by default.
        epsilon: $\epsilon$, 0.001 by default.
        center, scale: whether there is a $\beta$, a $\gamma$, each of one number per channel.
        beta_initializer, gamma_initializer: 'zeros' and 'ones' by default.
        beta_regularizer, gamma_regularizer: penalties, added to the loss.
        beta_constraint, gamma_constraint: applied after each update.

    Input shape, output shape:
        (batch, ..., channels), or with the channels on `axis`

    Raises:
        ValueError: if `groups` does not divide the number of channels, or that is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.GroupNormalization(2, epsilon=0)
        >>> layer(np.array([[1.0, 3.0, 10.0, 30.0]])).tolist()
        [[-1.0, 1.0, -1.0, 1.0]]

    Source: Wu and He, Group normalization, 2018.
    """

    samplewise = True

    def __init__(
        self,
        groups: int = 32,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        self.groups = groups if groups == -1 else positive_int(self, "groups", groups)
        self.axis = one_axis(self, axis)
        self.autocast = False

    def build(self, input_shape: Any) -> None:
        (self._channels,) = positions(self, self.axis, input_shape)
        if self._channels == 0:
            raise ValueError(
                f'GroupNormalization "{self.name}": axis={self.axis} is the batch of its input, which '
                f"has shape {show_shape(input_shape)}. Give the axis of the channels."
            )
        (size,) = known_sizes(self, input_shape, (self._channels,))
        if size % self.groups:
            raise ValueError(
                f'GroupNormalization "{self.name}" cannot divide the {size} channels of its input of '
                f"shape {show_shape(input_shape)} into groups={self.groups} of the same size. Take "
                f"one of {[n for n in range(1, size + 1) if size % n == 0]}, or -1 for each channel "
                "by itself."
            )
        self.add_scale_and_offset((size,), self.scale, self.center)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self._channels: size})

    def call(self, inputs: jax.Array) -> jax.Array:
        at, channels = self._channels, inputs.shape[self._channels]
        groups = channels if self.groups == -1 else self.groups
        split = (groups, channels // groups)
        x = at_least_float32(inputs)
        x = x.reshape(*x.shape[:at], *split, *x.shape[at + 1 :])
        mean, variance = moments(x, tuple(axis for axis in range(1, x.ndim) if axis != at))
        x = standardized(x, mean, variance, self.epsilon).reshape(inputs.shape)
        gamma, beta = self.scale_and_offset((at,), x.shape, x.dtype)
        return (x * gamma + beta).astype(self.compute_dtype)


__all__ = ["GroupNormalization"]
