"""Normalization of each sample by itself: over a few axes, in groups of channels, to length 1."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import constraints, initializers, regularizers
from cornu.core.errors import show_shape, warn
from cornu.layers.arguments import not_negative, positive_int
from cornu.layers.axes import along, given_axes, known_sizes, one_axis, positions
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.ops.moments import moments, standardized


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
        mean, variance = moments(x, self._axes)
        gamma, beta = self.scale_and_offset(self._axes, x.shape, x.dtype)
        mean = 0 if self.rms_scaling else mean
        y = standardized(x, mean, variance, self.epsilon, gamma, beta)
        return y.astype(self.compute_dtype)


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


def at_least_float32(x: jax.Array) -> jax.Array:
    """The array in float32, or float64 where it is: sums in half precision lose too much."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def unit(x: Any, axes: tuple[int, ...], shortest: float) -> Any:
    """x divided by its length over these axes, or by `shortest` where it is shorter."""
    square = jnp.sum(jnp.square(x), axes, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(square, shortest**2))


__all__ = ["GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]
