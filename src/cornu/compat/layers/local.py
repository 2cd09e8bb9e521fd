"""Convolutions with a kernel of its own for each place: LocallyConnected1D and 2D."""

from __future__ import annotations

import math
from typing import Any

import jax

from cornu import activations, backend, constraints, initializers, regularizers
from cornu.compat.layers.old_layer import OldLayer
from cornu.core.errors import NotBuiltYetError
from cornu.layers.arguments import positive_int
from cornu.layers.input_spec import InputSpec
from cornu.layers.spatial import data_format_of, sizes

TODAY = "keras.layers.Conv{rank}D, which shares one kernel, or a Layer of your own"
ARGUMENTS = """
    Args:
        filters: number of outputs at each place.
        kernel_size: the size of a window, a whole number or one for each axis.
        strides: the step from window to window, 1 by default.
        padding: 'valid'.
        data_format: 'channels_last' by default, or 'channels_first'.
        activation: name or function, None for $f(z) = z$.
        use_bias: whether there is a bias, one for each place and filter.
        kernel_initializer, bias_initializer: 'glorot_uniform' and 'zeros' by default.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
        kernel_constraint, bias_constraint: applied after each update.
        implementation: 1.

    Raises:
        ValueError: if an argument is no whole number above 0, or a window does not fit into the input.
        NotBuiltYetError: for another padding or implementation.
"""


class _LocallyConnected(OldLayer):
    samplewise = True
    rank = 0

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        name = type(self).__name__
        if padding != "valid":
            raise NotBuiltYetError(
                f"{name}(padding={padding!r}) is not built. Put ZeroPadding{self.rank}D before it."
            )
        if implementation != 1:
            raise NotBuiltYetError(
                f"{name}(implementation={implementation!r}) is not built. Leave it out."
            )
        self.filters = positive_int(self, "filters", filters)
        self.kernel_size = sizes(self, "kernel_size", kernel_size)
        self.strides = sizes(self, "strides", strides)
        self.padding = padding
        self.data_format = data_format_of(self, data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.implementation = implementation
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def build(self, input_shape: Any) -> None:
        first = self.data_format == "channels_first"
        space = input_shape[2:] if first else input_shape[1:-1]
        channels = input_shape[1 if first else -1]
        if None in (*space, channels):
            raise ValueError(
                f'{type(self).__name__} "{self.name}" has weights for each place, so all sizes of its '
                f"input must be known, but it has shape {tuple(input_shape)}. Give the model "
                "an Input with them."
            )
        steps = zip(space, self.kernel_size, self.strides, strict=True)
        self.places = tuple((size - window) // step + 1 for size, window, step in steps)
        if min(self.places) < 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": a window of {self.kernel_size} does not fit into '
                f"an input of shape {tuple(input_shape)}."
            )
        count = math.prod(self.places)
        self.kernel = self.add_weight(
            (count, math.prod(self.kernel_size) * channels, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (*self.places, self.filters),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def call(self, inputs: jax.Array) -> jax.Array:
        outputs = self.convolve(inputs)
        if self.use_bias:
            bias = self.bias.value
            first = self.data_format == "channels_first"
            outputs = outputs + (bias.transpose(-1, *range(self.rank)) if first else bias)
        return self.activation(outputs)

    def convolve(self, inputs: jax.Array) -> jax.Array:
        """The products of windows and kernels."""
        raise NotImplementedError


class LocallyConnected1D(_LocallyConnected):
    __doc__ = f"""A convolution over time with a kernel of its own for each place.
    {ARGUMENTS}
    Input shape:
        (batch, steps, channels), or channels first; sizes known

    Output shape:
        (batch, places, filters), or (batch, filters, places)

    Example:
        >>> import numpy as np
        >>> LocallyConnected1D(4, 3)(np.ones((2, 8, 5))).shape
        (2, 6, 4)
    """
    rank = 1
    today = TODAY.format(rank=1)

    def convolve(self, inputs: jax.Array) -> jax.Array:
        return backend.local_conv1d(
            inputs, self.kernel.value, self.kernel_size, self.strides, self.data_format
        )


class LocallyConnected2D(_LocallyConnected):
    __doc__ = f"""A convolution of images with a kernel of its own for each place.
    {ARGUMENTS}
    Input shape:
        (batch, height, width, channels), or channels first; sizes known

    Output shape:
        (batch, rows, columns, filters), or (batch, filters, rows, columns)

    Example:
        >>> import numpy as np
        >>> LocallyConnected2D(4, (3, 3))(np.ones((2, 8, 8, 1))).shape
        (2, 6, 6, 4)
    """
    rank = 2
    today = TODAY.format(rank=2)

    def convolve(self, inputs: jax.Array) -> jax.Array:
        return backend.local_conv2d(
            inputs, self.kernel.value, self.kernel_size, self.strides, self.places, self.data_format
        )


__all__ = ["LocallyConnected1D", "LocallyConnected2D"]
