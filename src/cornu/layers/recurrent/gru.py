"""GRU: the layer over time of a GRUCell; and CuDNNGRU, its name in Keras 2."""

from __future__ import annotations

from typing import Any

from cornu.layers.recurrent.gru_cell import GRUCell
from cornu.layers.recurrent.rnn_of_cell import RNNOfCell, loads_as_class


class GRU(RNNOfCell):
    r"""A gated recurrent unit: $h_t = z h_{t-1} + (1 - z) \tilde h$.

    See `GRUCell` for the gates and their arguments, `RNN` for the loop over time.

    Args:
        units: size of the state and of the output.
        activation: of the candidate $\tilde h$, 'tanh' by default.
        recurrent_activation: of the gates, 'sigmoid' by default.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: 'glorot_uniform', 'orthogonal',
            'zeros'.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout, recurrent_dropout: fractions of the inputs and of the state to drop while training.
        seed: a whole number for the same masks in every run.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`.
        reset_after: whether the reset gate acts after the product with the recurrent kernel (True, as in
            cuDNN) or before.
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
        >>> cornu.layers.GRU(4)(np.ones((2, 5, 3))).shape
        (2, 4)

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, 2014.
    """

    cell_class = GRUCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: bool | str = "auto",
        **kwargs: Any,
    ) -> None:
        self._over_cell(locals())


@loads_as_class
def CuDNNGRU(
    units: int,
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
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    **kwargs: Any,
) -> GRU:
    """A `GRU` with the arguments of Keras 2's layer of this name: tanh, sigmoid, no dropout.

    Args:
        units, and the others: see `GRU`.

    Example:
        >>> import cornu
        >>> cornu.layers.CuDNNGRU(8).reset_after
        True
    """
    arguments = locals()
    return GRU(**arguments.pop("kwargs"), **arguments, reset_after=True)


__all__ = ["GRU", "CuDNNGRU"]
