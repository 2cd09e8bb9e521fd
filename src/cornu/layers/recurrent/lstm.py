"""LSTM: the layer over time of an LSTMCell; and CuDNNLSTM, its name in Keras 2."""

from __future__ import annotations

from typing import Any

from cornu.layers.recurrent.lstm_cell import LSTMCell
from cornu.layers.recurrent.rnn_of_cell import RNNOfCell, loads_as_class


class LSTM(RNNOfCell):
    r"""A long short-term memory: a recurrent layer whose gates keep, write and read a memory.

    $$c_t = f c_{t-1} + i g, \quad h_t = o\, a(c_t)$$

    See `LSTMCell` for the gates and their arguments, `RNN` for the loop over time. The states are
    $h$ and $c$.

    Args:
        units: size of the state and of the output.
        activation: $a$, 'tanh' by default.
        recurrent_activation: of the gates, 'sigmoid' by default.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: 'glorot_uniform', 'orthogonal',
            'zeros'.
        unit_forget_bias: whether the bias of the gate $f$ starts at 1; True by default.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout, recurrent_dropout: fractions of the inputs and of the state to drop while training.
        seed: a whole number for the same masks in every run.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`.
        use_cudnn: 'auto', True or False mean the same: XLA makes the program for every device, and all
            combinations of arguments run in it.

    Input shape:
        (batch, time, features)

    Output shape:
        (batch, units), with `return_sequences` (batch, time, units)

    Raises:
        ValueError: if an argument or the input is not as described.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.LSTM(4, return_sequences=True, return_state=True)
        >>> [output.shape for output in layer(np.ones((2, 5, 3)))]
        [(2, 5, 4), (2, 4), (2, 4)]

    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997.
    """

    cell_class = LSTMCell

    def __init__(
        self,
        units: int,
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
        unroll: bool = False,
        use_cudnn: bool | str = "auto",
        **kwargs: Any,
    ) -> None:
        self._over_cell(locals())


@loads_as_class
def CuDNNLSTM(
    units: int,
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
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    **kwargs: Any,
) -> LSTM:
    """An `LSTM` with the arguments of Keras 2's layer of this name: tanh, sigmoid, no dropout.

    Args:
        units, and the others: see `LSTM`.

    Example:
        >>> import cornu
        >>> cornu.layers.CuDNNLSTM(8, return_sequences=True).recurrent_activation.__name__
        'sigmoid'
    """
    arguments = locals()
    return LSTM(**arguments.pop("kwargs"), **arguments)


__all__ = ["LSTM", "CuDNNLSTM"]
