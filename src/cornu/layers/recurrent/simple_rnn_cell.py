"""SimpleRNNCell: one step of a network whose output is its next state."""

from __future__ import annotations

from typing import Any

from cornu.layers.arguments import positive_int
from cornu.layers.recurrent.weighted_cell import WeightedCell


class SimpleRNNCell(WeightedCell):
    r"""One step of a fully connected recurrent network: the output is the next state.

    $$h_t = f(x_t W + h_{t-1} U + b)$$

    with the `kernel` $W$ of shape (features, units), the `recurrent_kernel` $U$ of shape (units, units),
    the `bias` $b$ and the `activation` $f$. `RNN` makes a layer over time of it, as `SimpleRNN` does.

    Args:
        units: size of the state and of the output.
        activation: 'tanh' by default.
        use_bias: whether there is a $b$.
        kernel_initializer: 'glorot_uniform' by default.
        recurrent_initializer: 'orthogonal' by default.
        bias_initializer: 'zeros' by default.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: fraction of the inputs to drop while training.
        recurrent_dropout: fraction of the state to drop while training.
        seed: a whole number for the same masks in every run.

    Input shape:
        inputs (batch, features); states [(batch, units)]

    Output shape:
        (batch, units), and the list of new states

    Raises:
        ValueError: if `units` is no positive whole number, or a dropout is outside 0..1.

    Example:
        >>> import cornu, numpy as np
        >>> cell = cornu.layers.SimpleRNNCell(3)
        >>> output, states = cell(np.ones((2, 4)), [np.zeros((2, 3))])
        >>> output.shape, len(states)
        ((2, 3), 1)

    Source: Elman, Finding structure in time, 1990.
    """

    seeds_first = True

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self._adopt(locals())
        self.units = positive_int(self, "units", units)

    def advance(self, projected: Any, states: Any, masks: Any) -> tuple[Any, Any]:
        (h,) = states
        z = projected + self.masked(self.state_product, h, self.recurrent_kernel.value, masks[1])
        h = self.activation(z)
        return h, [h]


__all__ = ["SimpleRNNCell"]
