"""ConvLSTM1D, 2D, 3D: an LSTM whose products are convolutions."""

from __future__ import annotations

from typing import Any

from cornu.layers.recurrent.conv_lstm_cell import ConvLSTMCell
from cornu.layers.recurrent.rnn_of_cell import RNNOfCell


class ConvLSTM1D(RNNOfCell):
    r"""An LSTM over time whose inputs and states are series: products are 1D convolutions.

    $$i, f, o = \sigma(x_t * W_{ifo} + h_{t-1} * U_{ifo} + b_{ifo}), \quad
    g = a(x_t * W_g + h_{t-1} * U_g + b_g)$$
    $$c_t = f c_{t-1} + i g, \quad h_t = o\, a(c_t)$$

    Args:
        filters: number of channels of the output.
        kernel_size: of both convolutions, a whole number or one for each axis of space.
        strides, padding, dilation_rate: of the convolution over the input; 1, 'valid' and 1 by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        activation: $a$, 'tanh' by default.
        recurrent_activation: of the gates, 'sigmoid' by default.
        use_bias: whether there is a $b$.
        kernel_initializer, recurrent_initializer, bias_initializer: of $W$ ('glorot_uniform'), $U$
            ('orthogonal') and $b$ ('zeros').
        unit_forget_bias: whether $b_f$ starts at 1; True by default.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout, recurrent_dropout: fractions of the inputs and of the state to drop while training.
        seed: a whole number for the same masks in every run.
        return_sequences, return_state, go_backwards, stateful: see `RNN`.

    Input shape:
        (batch, time, length, channels), or channels after time

    Output shape:
        without time (with it, if `return_sequences`), new sizes, and `filters` channels

    Raises:
        ValueError: if an argument or the input is not as described.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.ConvLSTM1D(2, 3, padding="same")
        >>> layer(np.ones((1, 2, 5, 1))).shape
        (1, 5, 2)

    Source: Shi et al., Convolutional LSTM network, 2015.
    """

    cell_class = ConvLSTMCell
    rank = 1
    axes = "length, channels"

    def __init__(
        self,
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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        self._over_cell({**locals(), "rank": self.rank})


class ConvLSTM2D(RNNOfCell):
    r"""An LSTM over time whose inputs and states are images: products are 2D convolutions.

    $$i, f, o = \sigma(x_t * W_{ifo} + h_{t-1} * U_{ifo} + b_{ifo}), \quad
    g = a(x_t * W_g + h_{t-1} * U_g + b_g)$$
    $$c_t = f c_{t-1} + i g, \quad h_t = o\, a(c_t)$$

    Args:
        filters: number of channels of the output.
        kernel_size: of both convolutions, a whole number or one for each axis of space.
        strides, padding, dilation_rate: of the convolution over the input; 1, 'valid' and 1 by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        activation: $a$, 'tanh' by default.
        recurrent_activation: of the gates, 'sigmoid' by default.
        use_bias: whether there is a $b$.
        kernel_initializer, recurrent_initializer, bias_initializer: of $W$ ('glorot_uniform'), $U$
            ('orthogonal') and $b$ ('zeros').
        unit_forget_bias: whether $b_f$ starts at 1; True by default.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout, recurrent_dropout: fractions of the inputs and of the state to drop while training.
        seed: a whole number for the same masks in every run.
        return_sequences, return_state, go_backwards, stateful: see `RNN`.

    Input shape:
        (batch, time, rows, columns, channels), or channels after time

    Output shape:
        without time (with it, if `return_sequences`), new sizes, and `filters` channels

    Raises:
        ValueError: if an argument or the input is not as described.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.ConvLSTM2D(2, 3, padding="same")
        >>> layer(np.ones((1, 2, 5, 5, 1))).shape
        (1, 5, 5, 2)

    Source: Shi et al., Convolutional LSTM network, 2015.
    """

    cell_class = ConvLSTMCell
    rank = 2
    axes = "rows, columns, channels"

    def __init__(
        self,
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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        self._over_cell({**locals(), "rank": self.rank})


class ConvLSTM3D(RNNOfCell):
    r"""An LSTM over time whose inputs and states are volumes: products are 3D convolutions.

    $$i, f, o = \sigma(x_t * W_{ifo} + h_{t-1} * U_{ifo} + b_{ifo}), \quad
    g = a(x_t * W_g + h_{t-1} * U_g + b_g)$$
    $$c_t = f c_{t-1} + i g, \quad h_t = o\, a(c_t)$$

    Args:
        filters: number of channels of the output.
        kernel_size: of both convolutions, a whole number or one for each axis of space.
        strides, padding, dilation_rate: of the convolution over the input; 1, 'valid' and 1 by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        activation: $a$, 'tanh' by default.
        recurrent_activation: of the gates, 'sigmoid' by default.
        use_bias: whether there is a $b$.
        kernel_initializer, recurrent_initializer, bias_initializer: of $W$ ('glorot_uniform'), $U$
            ('orthogonal') and $b$ ('zeros').
        unit_forget_bias: whether $b_f$ starts at 1; True by default.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout, recurrent_dropout: fractions of the inputs and of the state to drop while training.
        seed: a whole number for the same masks in every run.
        return_sequences, return_state, go_backwards, stateful: see `RNN`.

    Input shape:
        (batch, time, depth, rows, columns, channels), or channels after time

    Output shape:
        without time (with it, if `return_sequences`), new sizes, and `filters` channels

    Raises:
        ValueError: if an argument or the input is not as described.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.ConvLSTM3D(2, 3, padding="same")
        >>> layer(np.ones((1, 2, 5, 5, 5, 1))).shape
        (1, 5, 5, 5, 2)

    Source: Shi et al., Convolutional LSTM network, 2015.
    """

    cell_class = ConvLSTMCell
    rank = 3
    axes = "depth, rows, columns, channels"

    def __init__(
        self,
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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        self._over_cell({**locals(), "rank": self.rank})


__all__ = ["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"]
