"""Convolutions that treat each channel alone, and then mix the channels."""

from __future__ import annotations

from typing import Any

import jax

from cornu import constraints, initializers, regularizers
from cornu.layers.arguments import positive_int
from cornu.layers.convolutional.depthwise_convolution import Depthwise
from cornu.ops.formulas.convolution import convolve


class SeparableConv(Depthwise):
    """A separable convolution over `rank` axes; its faces say what it computes."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            depth_multiplier=depth_multiplier,
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.filters = positive_int(self, "filters", filters)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = self._channels(input_shape)
        self._check_that_the_kernel_fits(input_shape)
        deep, ones = channels * self.depth_multiplier, (1,) * self.rank
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add_kernel(shape, "depthwise", "depthwise_kernel")
        shape = (*ones, deep, self.filters)
        self.pointwise_kernel = self._add_kernel(shape, "pointwise", "pointwise_kernel")
        self._add_bias(self.filters)

    def weigh(self, inputs: jax.Array) -> jax.Array:
        z = self._channel_by_channel(inputs, self.depthwise_kernel.value)
        ones, mix = (1,) * self.rank, self.pointwise_kernel.value
        return convolve(z, mix, ones, "valid", ones, channels_last=self.channels_last)


class SeparableConv1D(SeparableConv):
    """A depthwise convolution along a sequence, then a product that mixes the channels.

    $$a = f(D(x) P + b)$$

    with $D$ the map of `DepthwiseConv1D` with the `depthwise_kernel` of shape (kernel_size, channels,
    depth_multiplier), the `pointwise_kernel` $P$ of shape (1, channels * depth_multiplier, filters),
    the `bias` $b$ of shape (filters,) and the `activation` $f$. It has far fewer weights than `Conv1D`.

    Args:
        filters: channels of the output.
        kernel_size: steps that a kernel sees.
        strides: steps from one output to the next.
        padding: 'valid' (default): only where the kernel fits; 'same': zeros on both sides.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the steps that a kernel sees.
        depth_multiplier: number of kernels for each channel.
        activation: name or function, None for $f(z) = z$.
        use_bias: whether there is a $b$.
        depthwise_initializer, pointwise_initializer: 'glorot_uniform' by default.
        bias_initializer: 'zeros' by default.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer:
            penalties added to the loss.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps) with 'channels_first'

    Output shape:
        (batch, new steps, filters), or (batch, filters, new steps)

    Raises:
        ValueError: as `DepthwiseConv1D`.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.SeparableConv1D(5, 3)
        >>> layer(np.ones((1, 8, 4))).shape
        (1, 6, 5)
        >>> [tuple(w.shape) for w in layer.weights]
        [(3, 4, 1), (1, 4, 5), (5,)]

    Source: Sifre, Mallat, 2014; Chollet, Xception, 2017.
    """

    rank = 1


class SeparableConv2D(SeparableConv):
    """A depthwise convolution over an image, then a product that mixes the channels.

    The `depthwise_kernel` has the shape (*kernel_size, channels, depth_multiplier), the
    `pointwise_kernel` (1, 1, channels * depth_multiplier, filters), the `bias` (filters,). See
    `SeparableConv1D` for the formula. Sizes are given for each axis, or once for both.

    Args:
        filters: channels of the output.
        kernel_size: height and width of the kernels.
        strides: pixels from one output to the next.
        padding: 'valid' (default): only where the kernel fits; 'same': zeros around the image.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the pixels that a kernel sees.
        depth_multiplier: number of kernels for each channel.
        activation: name or function, None for the identity.
        use_bias: whether there is a bias.
        depthwise_initializer, pointwise_initializer: 'glorot_uniform' by default.
        bias_initializer: 'zeros' by default.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer:
            penalties added to the loss.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width) with 'channels_first'

    Output shape:
        (batch, new height, new width, filters), or (batch, filters, new height, new width)

    Raises:
        ValueError: as `DepthwiseConv1D`.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.SeparableConv2D(5, 3, padding="same")(np.ones((1, 8, 8, 4))).shape
        (1, 8, 8, 5)

    Source: Chollet, Xception: deep learning with depthwise separable convolutions, 2017.
    """

    rank = 2


__all__ = ["SeparableConv1D", "SeparableConv2D"]
