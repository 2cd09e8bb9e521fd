"""Convolutions that treat each channel alone."""

from __future__ import annotations

from typing import Any

import jax

from cornu import constraints, initializers, regularizers
from cornu.layers.arguments import positive_int
from cornu.layers.convolutional.image_layer import ImageLayer
from cornu.ops.formulas.convolution import convolve


class Depthwise(ImageLayer):
    """What layers share that begin with a kernel for each channel."""

    def __init__(
        self,
        *args: Any,
        depth_multiplier: int,
        depthwise_initializer: Any,
        depthwise_regularizer: Any,
        depthwise_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.depth_multiplier = positive_int(self, "depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def _channel_by_channel(self, inputs: jax.Array, kernel: Any) -> jax.Array:
        """The convolution of each channel with its own kernels."""
        self._check_that_the_kernel_fits(inputs.shape)
        *taps, channels, multiplier = kernel.shape
        return convolve(
            inputs,
            kernel.reshape(*taps, 1, channels * multiplier),
            self.strides,
            self.padding,
            self.dilation_rate,
            channels,
            self.channels_last,
        )


class DepthwiseConv(Depthwise):
    """A depthwise convolution over `rank` axes; its faces say what it computes."""

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
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

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = self._channels(input_shape)
        self._check_that_the_kernel_fits(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self._add_kernel(shape, "depthwise")
        self._add_bias(channels * self.depth_multiplier)

    def weigh(self, inputs: jax.Array) -> jax.Array:
        return self._channel_by_channel(inputs, self.kernel.value)


class DepthwiseConv1D(DepthwiseConv):
    r"""Slides over each channel of a sequence kernels of its own; channels are not mixed.

    $$a_{t,cm} = f\Big(\sum_k x_{ts + kd,\,c}\, W_{k,c,m} + b_{cm}\Big)$$

    with the `kernel` $W$ of shape (kernel_size, channels, depth_multiplier), the `strides` $s$, the
    `dilation_rate` $d$, the `bias` $b$ of shape (channels * depth_multiplier,) and the `activation`
    $f$.

    Args:
        kernel_size: steps that a kernel sees.
        strides: steps from one output to the next.
        padding: 'valid' (default): only where the kernel fits; 'same': zeros on both sides.
        depth_multiplier: number of kernels for each channel.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the steps that a kernel sees.
        activation: name or function, None for $f(z) = z$.
        use_bias: whether there is a $b$.
        depthwise_initializer, bias_initializer: 'glorot_uniform' and 'zeros' by default.
        depthwise_regularizer, bias_regularizer, activity_regularizer: penalties added to the loss.
        depthwise_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps) with 'channels_first'

    Output shape:
        (batch, new steps, channels * depth_multiplier), or with the channels after the batch

    Raises:
        ValueError: if a size is no positive whole number, or the kernel is longer than the input with
            padding 'valid'.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.DepthwiseConv1D(2, depthwise_initializer="ones")
        >>> layer(np.array([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])).tolist()
        [[[3.0, 30.0], [5.0, 50.0]]]

    Source: Sifre, Mallat, Rigid-motion scattering for texture classification, 2014.
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """Slides over each channel of an image kernels of its own; channels are not mixed.

    The `kernel` has the shape (*kernel_size, channels, depth_multiplier), the `bias` (channels *
    depth_multiplier,). See `DepthwiseConv1D` for the formula. Sizes are given for each axis, or once
    for both.

    Args:
        kernel_size: height and width of the kernels.
        strides: pixels from one output to the next.
        padding: 'valid' (default): only where the kernel fits; 'same': zeros around the image.
        depth_multiplier: number of kernels for each channel.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the pixels that a kernel sees.
        activation: name or function, None for the identity.
        use_bias: whether there is a bias.
        depthwise_initializer, bias_initializer: 'glorot_uniform' and 'zeros' by default.
        depthwise_regularizer, bias_regularizer, activity_regularizer: penalties added to the loss.
        depthwise_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width) with 'channels_first'

    Output shape:
        (batch, new height, new width, channels * depth_multiplier), or with them after the batch

    Raises:
        ValueError: as `DepthwiseConv1D`.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.DepthwiseConv2D(3, depth_multiplier=2)
        >>> layer(np.ones((1, 8, 8, 4))).shape
        (1, 6, 6, 8)

    Source: Howard et al., MobileNets, 2017.
    """

    rank = 2


__all__ = ["DepthwiseConv1D", "DepthwiseConv2D"]
