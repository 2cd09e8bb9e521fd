"""LayerNormalization: each sample by its own mean and variance."""

from __future__ import annotations

from typing import Any

import jax

from cornu.core.errors import warn
from cornu.layers.normalization.axes import given_axes, known_sizes, positions
from cornu.layers.normalization.normalized import normalized
from cornu.layers.normalization.normalizer import Normalizer, at_least_float32
from cornu.ops.formulas.moments import moments, standardized


class LayerNormalization(Normalizer):
    r"""Gives the features of each sample mean 0 and variance 1, then a learnt scale and offset.

    $$y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta$$

    with the mean $\mu$ and the variance $\sigma^2$ over the axes `axis` of each sample alone.

    Args:
        axis: the axis, or list of axes, to normalize over; the last by default.
        epsilon: $\epsilon$, 0.001 by default.
        center, scale: whether there is a $\beta$, a $\gamma$; True by default.
        beta_initializer, gamma_initializer: 'zeros' and 'ones' by default.
        beta_regularizer, gamma_regularizer: penalties, added to the loss.
        beta_constraint, gamma_constraint: applied after each update.
        rms_scaling: old option: divide by the standard deviation without taking off the mean, and no
            $\beta$; False by default.

    Input shape, output shape:
        any; the sizes of the axes `axis` must be known

    Raises:
        ValueError: if the input has no such axis, one is named twice, or its size is not known.
        TypeError: if `axis` is no whole number or list of them.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.LayerNormalization(epsilon=0)(np.array([[1.0, 3.0]])).tolist()
        [[-1.0, 1.0]]

    Source: Ba, Kiros, Hinton, Layer normalization, 2016.
    """

    samplewise = True

    def __init__(
        self,
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
        *,
        rms_scaling: bool = False,
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
        self.axis = given_axes(self, axis)
        self.rms_scaling = rms_scaling
        self.autocast = False
        if rms_scaling:
            warn(
                "LayerNormalization(rms_scaling=True) divides by the standard deviation, not by the "
                "root mean square. What is meant is probably RMSNormalization()."
            )

    def build(self, input_shape: Any) -> None:
        order = sorted(self.axis) if isinstance(self.axis, list) else self.axis
        self._axes = positions(self, order, input_shape)
        self.samplewise = 0 not in self._axes
        shape = known_sizes(self, input_shape, self._axes)
        self.add_scale_and_offset(
            shape, self.scale or self.rms_scaling, self.center and not self.rms_scaling
        )

    def call(self, inputs: jax.Array) -> jax.Array:
        x = at_least_float32(inputs)
        gamma, beta = self.scale_and_offset(self._axes, x.shape, x.dtype)
        if not self.rms_scaling and jax.default_backend() == "cpu":
            y = normalized(x, tuple(self._axes), float(self.epsilon)) * gamma + beta
            return y.astype(self.compute_dtype)
        mean, variance = moments(x, self._axes)
        mean = 0 if self.rms_scaling else mean
        y = standardized(x, mean, variance, self.epsilon, gamma, beta)
        return y.astype(self.compute_dtype)


__all__ = ["LayerNormalization"]
