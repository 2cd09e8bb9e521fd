"""Transposed convolutions over one, two and three axes."""

from __future__ import annotations

from typing import Any

import jax

from cornu import constraints, initializers, regularizers
from cornu.layers.arguments import positive_int
from cornu.layers.convolutional.image_layer import ImageLayer
from cornu.layers.spatial import sizes
from cornu.ops.formulas.convolution import convolve_transposed


class ConvTranspose(ImageLayer):
    """A transposed convolution over `rank` axes; its faces say what it computes."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = sizes(self, "output_padding", output_padding, least=0)
            if any(more >= s for more, s in zip(self.output_padding, self.strides, strict=True)):
                raise ValueError(
                    f'{type(self).__name__} "{self.name}": output_padding must be below strides on '
                    f"each axis, got output_padding={self.output_padding} and strides={self.strides}. "
                    "It chooses among the sizes that the convolution maps to the same one."
                )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self._no_strides_with_dilation()

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (*self.kernel_size, self.filters, self._channels(input_shape))
        self.kernel = self._add_kernel(shape, "kernel")
        self._add_bias(self.filters)

    def weigh(self, inputs: jax.Array) -> jax.Array:
        return convolve_transposed(
            inputs,
            self.kernel.value,
            self.strides,
            [self._cut(axis) for axis in range(self.rank)],
            self.dilation_rate,
            self.channels_last,
        )

    def _cut(self, axis: int) -> tuple[int, int]:
        """How much of the whole output is cut off before and after; below zero: zeros added."""
        stride = self.strides[axis]
        span = (self.kernel_size[axis] - 1) * self.dilation_rate[axis] + 1
        more = None if self.output_padding is None else self.output_padding[axis]
        if self.padding == "valid":
            excess = -(max(stride - span, 0) if more is None else more)
        else:
            excess = span - stride if more is None else span - span % 2 - more
        before = max(excess // 2, 0)
        return before, excess - before


class Conv1DTranspose(ConvTranspose):
    r"""Lays a kernel along a sequence once for each input: the transpose of `Conv1D`.

    $$a_{u,f} = f\Big(\sum_{t,k:\; ts + kd = u} \sum_c x_{t,c}\, W_{k,f,c} + b_f\Big)$$

    with the `kernel` $W$ of shape (kernel_size, filters, channels), the `strides` $s$, the
    `dilation_rate` $d$, the `bias` $b$ of shape (filters,) and the `activation` $f$. The gradient of
    `Conv1D` with respect to its input is this map, hence the name; with strides above 1 it makes a
    sequence longer.

    Args:
        filters: channels of the output.
        kernel_size: steps that each input is laid on.
        strides: steps of the output from one input to the next.
        padding: 'valid' (default): all of it, (steps - 1) strides + max(kernel_size, strides) long;
            'same': steps * strides.
        output_padding: more steps at the end, fewer than strides. If given, the output of 'same' has
            (steps - 1) strides + kernel_size % 2 + output_padding steps.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the steps that an input is laid on; strides or this must be 1.
        activation: name or function, None for $f(z) = z$.
        use_bias: whether there is a $b$.
        kernel_initializer, bias_initializer: 'glorot_uniform' and 'zeros' by default.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties added to the loss.
        kernel_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps) with 'channels_first'

    Output shape:
        (batch, new steps, filters), or (batch, filters, new steps)

    Raises:
        ValueError: if a size is no positive whole number, or `output_padding` is not below `strides`.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Conv1DTranspose(1, 3, strides=2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [10.0]]])).ravel().tolist()
        [1.0, 1.0, 11.0, 10.0, 10.0]

    Source: Zeiler et al., Deconvolutional networks, 2010; Dumoulin, Visin, A guide to convolution
    arithmetic for deep learning, 2016.
    """

    rank = 1


class Conv2DTranspose(ConvTranspose):
    """Lays a kernel on the image once for each pixel: the transpose of `Conv2D`, which makes images
    larger.

    The `kernel` has the shape (*kernel_size, filters, channels), the `bias` (filters,). See
    `Conv1DTranspose` for the formula. Sizes are given for each axis, or once for both.

    Args:
        filters: channels of the output.
        kernel_size: height and width of the kernels.
        strides: pixels of the output from one input to the next.
        padding: 'valid' (default): all of it; 'same': size * strides on each axis.
        output_padding: more rows and columns at the end, fewer than strides; see `Conv1DTranspose`.
        data_format: 'channels_last' (default) or 'channels_first'.
        dilation_rate: distance between the pixels that an input is laid on; strides or this must be 1.
        activation: name or function, None for the identity.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: 'glorot_uniform' and 'zeros' by default.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties added to the loss.
        kernel_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width) with 'channels_first'

    Output shape:
        (batch, new height, new width, filters), or (batch, filters, new height, new width)

    Raises:
        ValueError: as `Conv1DTranspose`.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Conv2DTranspose(8, 3, strides=2, padding="same")
        >>> layer(np.ones((1, 7, 7, 4))).shape
        (1, 14, 14, 8)

    Source: Zeiler et al., Deconvolutional networks, 2010.
    """

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """Lays a kernel into the volume once for each cell: the transpose of `Conv3D`.

    The `kernel` has the shape (*kernel_size, filters, channels), the `bias` (filters,). See
    `Conv1DTranspose` for the formula. Sizes are given for each axis, or once for all three.

    Args:
        filters: channels of the output.
        kernel_size: depth, height and width of the kernels.
        strides: cells of the output from one input to the next.
        padding: 'valid' (default): all of it; 'same': size * strides on each axis.
        data_format: 'channels_last' (default) or 'channels_first'. As in Keras it stands before
            `output_padding` here.
        output_padding: more cells at the end, fewer than strides; see `Conv1DTranspose`.
        dilation_rate: distance between the cells that an input is laid on; strides or this must be 1.
        activation: name or function, None for the identity.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: 'glorot_uniform' and 'zeros' by default.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties added to the loss.
        kernel_constraint, bias_constraint: applied after each update.

    Input shape:
        (batch, depth, height, width, channels), or with the channels after the batch

    Output shape:
        (batch, new depth, new height, new width, filters), or with the filters after the batch

    Raises:
        ValueError: as `Conv1DTranspose`.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Conv3DTranspose(1, 2, strides=2)(np.ones((1, 2, 3, 4, 5))).shape
        (1, 4, 6, 8, 1)

    Source: Zeiler et al., Deconvolutional networks, 2010.
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: Any = None,
        dilation_rate: Any = 1,
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
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )


__all__ = ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"]
