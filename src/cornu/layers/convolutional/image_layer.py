"""What the convolutions share: sizes for each axis, the place of the channels, bias and activation."""

from __future__ import annotations

from typing import Any

import jax

from cornu import activations, constraints, initializers, regularizers
from cornu.core.errors import show_shape
from cornu.layers.layer import Layer
from cornu.layers.spatial import AXES, ImageSpec, data_format_of, one_of, sizes


class ImageLayer(Layer):
    """What layers share that pass a kernel over images: sizes for each axis, the place of the
    channels, bias and activation."""

    rank = 0
    samplewise = True
    bias: Any = None  # stays so without `use_bias`, as in Keras

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kernel_size = sizes(self, "kernel_size", kernel_size)
        self.strides = sizes(self, "strides", strides)
        self.dilation_rate = sizes(self, "dilation_rate", dilation_rate)
        self.padding = one_of(self, "padding", padding, self._paddings())
        self.data_format = data_format_of(self, data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = ImageSpec(ndim=self.rank + 2)

    def call(self, inputs: jax.Array) -> jax.Array:
        z = self.weigh(inputs)
        if self.use_bias:
            bias = self.bias.value
            z = z + (bias if self.channels_last else bias.reshape(-1, *(1,) * self.rank))
        return self.activation(z)

    def weigh(self, inputs: jax.Array) -> jax.Array:
        """The convolution itself."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; of these layers Keras writes an absent penalty, too."""
        return {"activity_regularizer": None, **super().get_config()}

    @property
    def channels_last(self) -> bool:
        return self.data_format == "channels_last"

    def _paddings(self) -> tuple[str, ...]:
        return ("valid", "same")

    def _no_strides_with_dilation(self) -> None:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": strides and dilation_rate cannot both be '
                f"above 1, got strides={self.strides} and dilation_rate={self.dilation_rate}. "
                "Leave one of them out."
            )

    def _channels(self, shape: tuple[int | None, ...]) -> int:
        """The number of channels of the input, which from now on is expected."""
        axis = -1 if self.channels_last else 1
        channels = shape[axis]
        if channels is None:
            raise ValueError(
                f'{type(self).__name__} "{self.name}" needs to know how many channels its input has, '
                f"the size of axis {axis} with data_format='{self.data_format}', but the input has "
                f"shape {show_shape(shape)}. Give the input a known number of channels, "
                "as in Input((..., 3))."
            )
        self.input_spec = ImageSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def _check_that_the_kernel_fits(self, shape: tuple[Any, ...]) -> None:
        if self.padding != "valid":
            return
        image = shape[1:-1] if self.channels_last else shape[2:]
        spans = tuple(
            (size - 1) * step + 1
            for size, step in zip(self.kernel_size, self.dilation_rate, strict=True)
        )
        known = [(size, span) for size, span in zip(image, spans, strict=True) if isinstance(size, int)]
        if any(size < span for size, span in known):
            reach = f", which with dilation_rate={self.dilation_rate} spans {spans}"
            raise ValueError(
                f'{type(self).__name__} "{self.name}": the kernel does not fit into the input. '
                f"{AXES[self.rank]} of the input is {show_shape(image)}, kernel_size is "
                f"{self.kernel_size}{reach if spans != self.kernel_size else ''}. Take a smaller "
                "kernel or fewer layers that shrink the image before it, or padding='same'."
            )

    def _add_kernel(self, shape: tuple[int, ...], part: str, name: str = "kernel") -> Any:
        """A weight with the initializer, regularizer and constraint of a part: 'kernel',
        'depthwise', 'pointwise'."""
        return self.add_weight(
            shape,
            getattr(self, f"{part}_initializer"),
            regularizer=getattr(self, f"{part}_regularizer"),
            constraint=getattr(self, f"{part}_constraint"),
            name=name,
        )

    def _add_bias(self, filters: int) -> None:
        if self.use_bias:
            self.bias = self._add_kernel((filters,), "bias", "bias")


def divides(layer: Any, count: int, what: str) -> None:
    """Raises ValueError unless a layer's `groups` divides a number of channels."""
    if count % layer.groups:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": groups={layer.groups} does not divide the '
            f"{count} {what}. Each group takes an equal part of the channels and of the filters."
        )
