"""LSTMCell: one step of a long short-term memory."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu.layers.arguments import positive_int
from cornu.layers.recurrent.weighted_cell import WeightedCell


class LSTMCell(WeightedCell):
    r"""One step of a long short-term memory: gates keep, write and read a memory $c$.

    $$i, f, o = \sigma(x_t W_{ifo} + h_{t-1} U_{ifo} + b_{ifo}), \quad
    g = a(x_t W_g + h_{t-1} U_g + b_g)$$
    $$c_t = f c_{t-1} + i g, \quad h_t = o\, a(c_t)$$

    with the `activation` $a$ and the `recurrent_activation` $\sigma$. The `kernel` $W$ has the shape
    (features, 4 units), the `recurrent_kernel` $U$ (units, 4 units), the `bias` (4 units,); the
    gates lie in the order $i, f, g, o$. `RNN` makes a layer over time of it, as `LSTM` does.

    Args:
        units: size of the state and of the output.
        activation: 'tanh' by default.
        recurrent_activation: of the gates, 'sigmoid' by default.
        use_bias: whether there is a $b$.
        kernel_initializer: 'glorot_uniform' by default.
        recurrent_initializer: 'orthogonal' by default.
        bias_initializer: 'zeros' by default.
        unit_forget_bias: whether $b_f$ starts at 1, so that the memory is kept at first (Jozefowicz
            et al., 2015); True by default.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: fraction of the inputs to drop while training.
        recurrent_dropout: fraction of the state to drop while training.
        seed: a whole number for the same masks in every run.

    Input shape:
        inputs (batch, features); states [(batch, units), (batch, units)]: $h$ and $c$

    Output shape:
        (batch, units), and the list of new states

    Raises:
        ValueError: if `units` is no positive whole number, or a dropout is outside 0..1.

    Example:
        >>> import cornu, numpy as np
        >>> cell = cornu.layers.LSTMCell(3)
        >>> output, (h, c) = cell(np.ones((2, 4)), cell.get_initial_state(2))
        >>> output.shape, c.shape
        ((2, 3), (2, 3))

    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; the forget gate: Gers et al., 2000.
    """

    gates = 4

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

    unit_forget_bias: bool

    @property
    def state_size(self) -> Any:
        return [self.units, self.units]

    def _start_of_bias(self, shape: Any, dtype: Any = None) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype)
        size = self.size
        first = self.bias_initializer((size,), dtype=dtype)
        rest = self.bias_initializer((2 * size,), dtype=dtype)
        return np.concatenate([first, np.ones(size), rest])

    def advance(self, projected: Any, states: Any, masks: Any) -> tuple[Any, Any]:
        h, c = states
        z = projected + self.masked(self.state_product, h, self.recurrent_kernel.value, masks[1])
        i, f, g, o = jnp.split(z, 4, axis=self.gate_axis)
        gate = self.recurrent_activation
        c = gate(f) * c + gate(i) * self.activation(g)
        h = gate(o) * self.activation(c)
        return h, [h, c]


__all__ = ["LSTMCell"]
