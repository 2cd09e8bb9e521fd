"""SimpleRNN: the layer over time of a SimpleRNNCell."""

from __future__ import annotations

from typing import Any

from cornu.layers.recurrent.rnn_of_cell import RNNOfCell
from cornu.layers.recurrent.simple_rnn_cell import SimpleRNNCell


class SimpleRNN(RNNOfCell):
    r"""A fully connected recurrent layer: $h_t = f(x_t W + h_{t-1} U + b)$.

    See `SimpleRNNCell` for the symbols and their arguments, `RNN` for the loop over time.

    Args:
        units: size of the state and of the output.
        activation: $f$, 'tanh' by default.
        use_bias: whether there is a $b$.
        kernel_initializer, recurrent_initializer, bias_initializer: of $W$ ('glorot_uniform'), $U$
            ('orthogonal') and $b$ ('zeros').
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout, recurrent_dropout: fractions of the inputs and of the state to drop while training.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`.
        seed: a whole number for the same masks in every run.

    Input shape:
        (batch, time, features)

    Output shape:
        (batch, units), with `return_sequences` (batch, time, units)

    Raises:
        ValueError: if an argument or the input is not as described.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.SimpleRNN(4, name="rnn")
        >>> layer(np.ones((2, 5, 3))).shape
        (2, 4)
        >>> [w.path for w in layer.weights][:2]
        ['rnn/simple_rnn_cell/kernel', 'rnn/simple_rnn_cell/recurrent_kernel']

    Source: Elman, Finding structure in time, 1990.
    """

    cell_class = SimpleRNNCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self._over_cell(locals())

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if config["seed"] is None:  # Keras never has this entry
            del config["seed"]
        return config


__all__ = ["SimpleRNN"]
