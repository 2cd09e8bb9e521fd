"""Convolutions over one, two and three axes."""

from __future__ import annotations

from typing import Any

import jax

from cornu import constraints, initializers, regularizers
from cornu.layers.arguments import positive_int
from cornu.layers.convolutional.image_layer import ImageLayer, divides
from cornu.ops.formulas.convolution import convolve


class Conv(ImageLayer):
    """A convolution over `rank` axes; its faces say what it computes."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
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
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.filters = positive_int(self, "filters", filters)
        self.groups = positive_int(self, "groups", groups)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self._no_strides_with_dilation()
        divides(self, self.filters, "filters")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = self._channels(input_shape)
        divides(self, channels, "channels of the input")
        self._check_that_the_kernel_fits(input_shape)
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self._add_kernel(shape, "kernel")
        self._add_bias(self.filters)

    def weigh(self, inputs: jax.Array) -> jax.Array:
        return self.convolution_op(inputs, self.kernel.value)

    def convolution_op(self, inputs: jax.Array, kernel: Any) -> jax.Array:
        """The convolution with a kernel. Override it to change the kernel first, and call
        `super().convolution_op(inputs, changed)`."""
        self._check_that_the_kernel_fits(inputs.shape)
        padding: Any = self.padding
        if padding == "causal":
            padding = [((self.kernel_size[0] - 1) * self.dilation_rate[0], 0)]
        return convolve(
            inputs,
            kernel,
            self.strides,
            padding,
            self.dilation_rate,
            self.groups,
            self.channels_last,
        )


class Conv1D(Conv):
    r"""Slides a small kernel along a sequence: every output sees a few neighbouring steps.

    $$a_{t,f} = f\Big(\sum_{k,c} x_{ts + kd,\,c}\, W_{k,c,f} + b_f\Big)$$

    with the `kernel` $W$ of shape (kernel_size, channels / groups, filters), the `strides` $s$, the
    `dilation_rate` $d$, the `bias` $b$ of shape (filters,) and the `activation` $f$.

    Args:
        filters: number of kernels, the channels of the output.
        kernel_size: steps that a kernel sees.
        strides: steps from one output to the next.
        padding: 'valid' (default): only where the kernel fits; 'same': zeros on both sides, so that
            there are ceil(steps / strides) outputs; 'causal': zeros before the start, so that an
            output sees nothing later than itself.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the steps that a kernel sees; strides or this must be 1.
        groups: into how many parts the channels are divided, each seen by its part of the filters.
        activation: name or function, None for $f(z) = z$.
        use_bias: whether there is a $b$.
        kernel_initializer: of $W$, 'glorot_uniform' by default.
        bias_initializer: of $b$, 'zeros' by default.
        kernel_regularizer, bias_regularizer: penalties on $W$ and $b$, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, bias_constraint: applied to $W$ and $b$ after each update.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps) with 'channels_first'

    Output shape:
        (batch, new steps, filters), or (batch, filters, new steps)

    Raises:
        ValueError: if a size is no positive whole number, the kernel is longer than the input with
            padding 'valid', or `groups` divides not both `filters` and channels.

    Example:
        >>> import cornu, numpy as np
        >>> difference = cornu.layers.Conv1D(1, 2, kernel_initializer="ones", padding="causal")
        >>> difference(np.array([[[1.0], [2.0], [4.0]]])).ravel().tolist()
        [1.0, 3.0, 6.0]

    Source: Waibel et al., Phoneme recognition using time-delay neural networks, 1989; van den Oord
    et al., WaveNet, 2016 (causal, dilated).
    """

    rank = 1

    def _paddings(self) -> tuple[str, ...]:
        return ("valid", "same", "causal")


class Conv2D(Conv):
    r"""Slides small kernels over an image: every output sees a few neighbouring pixels.

    $$a_{i,j,f} = f\Big(\sum_{k,l,c} x_{is + kd,\,js + ld,\,c}\, W_{k,l,c,f} + b_f\Big)$$

    with the `kernel` $W$ of shape (*kernel_size, channels / groups, filters), the `strides` $s$, the
    `dilation_rate` $d$, the `bias` $b$ of shape (filters,) and the `activation` $f$. Sizes are given
    for each axis, or once for both.

    Args:
        filters: number of kernels, the channels of the output.
        kernel_size: height and width of the kernels.
        strides: pixels from one output to the next.
        padding: 'valid' (default): only where the kernel fits; 'same': zeros around the image, so that
            there are ceil(size / strides) outputs.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the pixels that a kernel sees; strides or this must be 1.
        groups: into how many parts the channels are divided, each seen by its part of the filters.
        activation: name or function, None for $f(z) = z$.
        use_bias: whether there is a $b$.
        kernel_initializer: of $W$, 'glorot_uniform' by default.
        bias_initializer: of $b$, 'zeros' by default.
        kernel_regularizer, bias_regularizer: penalties on $W$ and $b$, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, bias_constraint: applied to $W$ and $b$ after each update.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width) with 'channels_first'

    Output shape:
        (batch, new height, new width, filters), or (batch, filters, new height, new width)

    Raises:
        ValueError: if a size is no positive whole number, the kernel is larger than the input with
            padding 'valid', or `groups` divides not both `filters` and channels.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Conv2D(32, 3, activation="relu")
        >>> layer(np.ones((1, 28, 28, 1))).shape
        (1, 26, 26, 32)
        >>> [tuple(w.shape) for w in layer.weights]
        [(3, 3, 1, 32), (32,)]

    Source: Fukushima, Neocognitron, 1980; LeCun et al., Backpropagation applied to handwritten zip
    code recognition, 1989; Krizhevsky et al., 2012 (groups); Yu, Koltun, 2016 (dilation).
    """

    rank = 2


class Conv3D(Conv):
    """Slides small kernels over a volume or a film: `Conv2D` with one axis more.

    The `kernel` has the shape (*kernel_size, channels / groups, filters), the `bias` (filters,). Sizes
    are given for each axis, or once for all three.

    Args:
        filters: number of kernels, the channels of the output.
        kernel_size: depth, height and width of the kernels.
        strides: cells from one output to the next.
        padding: 'valid' (default): only where the kernel fits; 'same': zeros around the volume, so
            that there are ceil(size / strides) outputs.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the cells that a kernel sees; strides or this must be 1.
        groups: into how many parts the channels are divided, each seen by its part of the filters.
        activation, use_bias: as in `Conv2D`.
        kernel_initializer, bias_initializer: 'glorot_uniform' and 'zeros' by default.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties added to the loss.
        kernel_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, depth, height, width, channels), or with the channels after the batch

    Output shape:
        (batch, new depth, new height, new width, filters), or with the filters after the batch

    Raises:
        ValueError: as `Conv2D`.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Conv3D(2, 3, padding="same")(np.ones((1, 4, 5, 6, 1))).shape
        (1, 4, 5, 6, 2)

    Source: Ji et al., 3D convolutional neural networks for human action recognition, 2010.
    """

    rank = 3


__all__ = ["Conv1D", "Conv2D", "Conv3D"]
