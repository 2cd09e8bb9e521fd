"""GRUCell: one step of a gated recurrent unit."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.layers.arguments import positive_int
from cornu.layers.recurrent.weighted_cell import WeightedCell


class GRUCell(WeightedCell):
    r"""One step of a gated recurrent unit: gate $z$ keeps the state, gate $r$ resets it.

    $$z, r = \sigma(x_t W_{zr} + h_{t-1} U_{zr} + b_{zr})$$
    $$\tilde h = a(x_t W_h + b_h + r (h_{t-1} U_h + b'_h)), \quad h_t = z h_{t-1} + (1 - z) \tilde h$$

    with the `activation` $a$ and the `recurrent_activation` $\sigma$; without `reset_after` the
    candidate is $a(x_t W_h + b_h + (r h_{t-1}) U_h)$. The `kernel` $W$ has the shape (features, 3
    units), the `recurrent_kernel` $U$ (units, 3 units), gates in the order $z, r, h$. The `bias` has
    a row for the input and a row for the state, (2, 3 units), or without `reset_after` one for both, (3
    units,). `RNN` makes a layer over time of it, as `GRU` does.

    Args:
        units: size of the state and of the output.
        activation: 'tanh' by default.
        recurrent_activation: of the gates, 'sigmoid' by default.
        use_bias: whether there is a $b$.
        kernel_initializer: 'glorot_uniform' by default.
        recurrent_initializer: 'orthogonal' by default.
        bias_initializer: 'zeros' by default.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: fraction of the inputs to drop while training.
        recurrent_dropout: fraction of the state to drop while training.
        reset_after: whether $r$ acts after the product with $U_h$ (True, as in cuDNN) or before.
        seed: a whole number for the same masks in every run.

    Input shape:
        inputs (batch, features); states [(batch, units)]

    Output shape:
        (batch, units), and the list of new states

    Raises:
        ValueError: if `units` is no positive whole number, or a dropout is outside 0..1.

    Example:
        >>> import cornu, numpy as np
        >>> cell = cornu.layers.GRUCell(3)
        >>> output, states = cell(np.ones((2, 4)), [np.zeros((2, 3))])
        >>> output.shape, tuple(cell.bias.shape)
        ((2, 3), (2, 9))

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, 2014.
    """

    gates = 3

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self._adopt(locals())
        self.units = positive_int(self, "units", units)

    reset_after: bool

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def input_bias(self, bias: Any) -> Any:
        return bias[0] if self.reset_after else bias

    def advance(self, projected: Any, states: Any, masks: Any) -> tuple[Any, Any]:
        (h,) = states
        gate = self.recurrent_activation
        kernel = self.recurrent_kernel.value
        x_z, x_r, x_h = jnp.split(projected, 3, axis=-1)
        if self.reset_after:
            inner = self.masked(self.state_product, h, kernel, masks[1])
            inner = inner if self.bias is None else inner + self.bias.value[1]
            h_z, h_r, h_h = jnp.split(inner, 3, axis=-1)
            z, r = gate(x_z + h_z), gate(x_r + h_r)
            candidate = self.activation(x_h + r * h_h)
        else:
            kernel_zr, kernel_h = jnp.split(kernel, [2 * self.units], axis=-1)
            inner = self.masked(self.state_product, h, kernel_zr, masks[1][:2])
            h_z, h_r = jnp.split(inner, 2, axis=-1)
            z, r = gate(x_z + h_z), gate(x_r + h_r)
            reset = self.masked(self.state_product, r * h, kernel_h, masks[1][2:])
            candidate = self.activation(x_h + reset)
        h = z * h + (1 - z) * candidate
        return h, [h]


__all__ = ["GRUCell"]
