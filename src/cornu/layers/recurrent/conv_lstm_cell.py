"""ConvLSTMCell: one step of an LSTM whose products are convolutions."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import show_shape
from cornu.layers.arguments import positive_int
from cornu.layers.recurrent.lstm_cell import LSTMCell
from cornu.layers.spatial import data_format_of, one_of, sizes
from cornu.ops.formulas.convolution import convolve


class ConvLSTMCell(LSTMCell):
    """One step of an LSTM over 1, 2 or 3 axes of space: kernels are convolutions, states are images.

    Args:
        rank: number of axes of space.
        filters: number of channels of the state and of the output.
        kernel_size: of both convolutions, a whole number or one per axis.
        strides, padding, dilation_rate: of the convolution over the input; that over the state keeps
            its size.
        data_format: 'channels_last' (default) or 'channels_first'.
        activation, ...: as in `LSTMCell`.

    Raises:
        ValueError: if sizes are no positive whole numbers, or both strides and dilation are above 1.

    Source: Shi et al., Convolutional LSTM network, 2015.
    """

    seeds_first = True
    rank: int
    filters: int
    data_format: str
    padding: str

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self._adopt(locals())
        self.filters = positive_int(self, "filters", filters)
        self.kernel_size = sizes(self, "kernel_size", kernel_size)
        self.strides = sizes(self, "strides", strides)
        self.dilation_rate = sizes(self, "dilation_rate", dilation_rate)
        self.padding = one_of(self, "padding", padding, ("valid", "same"))
        self.data_format = data_format_of(self, data_format)
        self.gate_axis = -1 if self.data_format == "channels_last" else -1 - rank
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": strides={self.strides} and '
                f"dilation_rate={self.dilation_rate} cannot both be above 1. Choose one of them."
            )

    @property
    def mask_count(self) -> int:
        return self.gates

    @property
    def size(self) -> int:
        return self.filters

    @property
    def state_size(self) -> Any:
        return [self.filters, self.filters]

    @property
    def output_size(self) -> int:
        return self.filters

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        if None in shape[1:]:
            raise ValueError(
                f'{type(self).__name__} "{self.name}" needs to know the sizes of its images, '
                f"all but batch and time, but one step has the shape {show_shape(shape)}. Give "
                "the input known sizes."
            )
        self._add_weights(self.kernel_size, shape[self.gate_axis])
        image = shape[1:-1] if self._channels_last else shape[2:]
        left = [
            size - (taps - 1) * step * (self.padding == "valid")
            for size, taps, step in zip(image, self.kernel_size, self.dilation_rate, strict=True)
        ]
        if min(left) < 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": kernel_size={self.kernel_size} does not fit into '
                f'images of shape {show_shape(image)}. Use padding="same", or a smaller kernel.'
            )
        places = [-(-size // stride) for size, stride in zip(left, self.strides, strict=True)]
        last = self._channels_last
        self._state_shape = (*places, self.filters) if last else (self.filters, *places)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        state = jnp.zeros((batch_size, *self._state_shape), self.compute_dtype)
        return [state, state]

    def input_product(self, x: Any, kernel: Any) -> Any:
        """The convolution of images, with or without a time axis in front of the batch."""
        front = x.shape[: x.ndim - self.rank - 1]
        images = x if len(front) == 1 else x.reshape(front[0] * front[1], *x.shape[2:])
        out = convolve(
            images, kernel, self.strides, self.padding, self.dilation_rate, 1, self._channels_last
        )
        return out.reshape(*front, *out.shape[1:])

    @property
    def _channels_last(self) -> bool:
        return self.data_format == "channels_last"

    def state_product(self, h: Any, kernel: Any) -> Any:
        """The convolution that keeps the size of the state."""
        ones = (1,) * self.rank
        return convolve(h, kernel, ones, "same", ones, 1, self._channels_last)

    def input_bias(self, bias: Any) -> Any:
        return bias.reshape(-1, *(1,) * (-1 - self.gate_axis))
