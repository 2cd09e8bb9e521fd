"""Cells: what a recurrent layer does at one step of time.

A cell of ours has three parts, so that a loop over time does as little as possible in each step:
`draw_masks` (once per call), `project` (of all steps at once: what does not depend on the state) and
`advance` (step by step). Its `call` is one step of all three.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu import activations, constraints, initializers, random, regularizers
from cornu.core.errors import describe
from cornu.core.variable import Variable
from cornu.layers.core import known_size, positive_int
from cornu.layers.layer import Layer
from cornu.ops.products import matmul
from cornu.random import SeedGenerator

# How an argument is read, by the last word of its name.
READERS: dict[str, Callable[[Any], Any]] = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


class Cell(Layer):
    """Base of the cells: one step as drawing masks, projecting the input, and advancing the state."""

    samplewise = True

    def draw_masks(self, step: Any, states: Any, training: bool) -> Any:
        """The dropout masks of one call, for inputs of a step like `step`."""
        raise NotImplementedError

    def project(self, inputs: Any, masks: Any) -> Any:
        """What the inputs contribute, of one step or, with a time axis in front, of all."""
        raise NotImplementedError

    def advance(self, projected: Any, states: Any, masks: Any) -> tuple[Any, Any]:
        """The output and the new states, from the projected inputs of one step."""
        raise NotImplementedError

    def first_output(self, step: Any, states: Any) -> Any:
        """What stands for the output before the first step."""
        return states[0]

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        nested = isinstance(states, (list, tuple))
        states = list(states) if nested else [states]
        masks = self.draw_masks(inputs, states, training)
        output, states = self.advance(self.project(inputs, masks), states, masks)
        return output, states if nested else states[0]


class WeightedCell(Cell):
    """Base of the cells with a kernel for the input, one for the state, and gates side by side in "
    "both."""

    gates = 1  # how many parts the kernels' last axis has
    gate_axis = -1  # where these parts are in what the kernels make
    seeds_first = False  # whether Keras draws the generator's seed before those of the initializers
    units: int
    activation: Callable[[Any], Any]
    recurrent_activation: Callable[[Any], Any]
    use_bias: bool
    kernel_initializer: Any
    recurrent_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    recurrent_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    recurrent_constraint: Any
    bias_constraint: Any
    dropout: float
    recurrent_dropout: float
    seed: int | None

    def _adopt(self, arguments: dict[str, Any]) -> None:
        """Makes the arguments of a constructor, its `locals()`, attributes of the same names."""
        kwargs = dict(arguments["kwargs"])
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        if implementation not in (1, 2):
            raise ValueError(
                f'{type(self).__name__} "{self.name}": implementation must be 1 (one dropout mask '
                f"per gate) or 2 (one for all gates), got implementation={describe(implementation)}."
            )
        if self.seeds_first:
            self.seed_generator = SeedGenerator(arguments["seed"])
        for name, value in arguments.items():
            if name not in ("self", "kwargs"):
                setattr(self, name, READERS.get(name.rsplit("_")[-1], _as_it_is)(value))
        for name in ("dropout", "recurrent_dropout"):
            setattr(self, name, fraction(self, name, arguments[name]))
        self.implementation = implementation
        if not self.seeds_first:
            self.seed_generator = SeedGenerator(arguments["seed"])

    @property
    def drops(self) -> bool:
        """Whether a call draws random numbers."""
        return bool(self.dropout or self.recurrent_dropout)

    @property
    def mask_count(self) -> int:
        """How many masks are drawn: one for each gate, or one for all."""
        return self.gates if self.implementation == 1 or self.recurrent_dropout else 1

    # -- weights ---------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many numbers the state has per gate, on the axis of the gates."""
        return self.units

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.size,)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._add_weights((), known_size(self, input_shape))

    def _add_weights(self, window: tuple[int, ...], features: int) -> None:
        """Makes kernels over a window of places (none for a cell without space) and the bias."""
        outputs = self.gates * self.size
        self.kernel = self._weight("kernel", (*window, features, outputs), "kernel")
        self.recurrent_kernel = self._weight(
            "recurrent_kernel", (*window, self.size, outputs), "recurrent"
        )
        self.bias = self._weight("bias", self.bias_shape, "bias") if self.use_bias else None

    def _weight(self, name: str, shape: tuple[int, ...], which: str) -> Variable:
        return self.add_weight(
            shape,
            self._start_of_bias if name == "bias" else getattr(self, f"{which}_initializer"),
            regularizer=getattr(self, f"{which}_regularizer"),
            constraint=getattr(self, f"{which}_constraint"),
            name=name,
        )

    def _start_of_bias(self, shape: Any, dtype: Any = None) -> Any:
        return self.bias_initializer(shape, dtype=dtype)

    # -- one step --------------------------------------------------------------------------------

    def draw_masks(self, step: Any, states: Any, training: bool) -> Any:
        """The masks of the input and those of the state: none, one, or one per gate.

        Keras counts a draw also where it is not used, when not training.
        """
        drawn: list[list[Any]] = []
        for like, rate in ((step, self.dropout), (states[0], self.recurrent_dropout)):
            keys = [self.seed_generator.next() for _ in range(self.mask_count if rate else 0)]
            ones = jnp.ones(like.shape, like.dtype) if keys and training else None
            drawn.append([random.dropout(ones, rate, seed=key) for key in keys if training])
        return drawn

    def input_product(self, x: Any, kernel: Any) -> Any:
        """x W, over the last axis."""
        return matmul(x, kernel)

    def state_product(self, h: Any, kernel: Any) -> Any:
        """h U, over the last axis."""
        return matmul(h, kernel)

    def masked(self, product: Any, x: Any, kernel: Any, masks: Any) -> Any:
        """The product of x, dropped out, with a kernel: with one mask for all gates or one for each."""
        if len(masks) < 2:
            return product(x * masks[0] if masks else x, kernel)
        kernels = jnp.split(kernel, len(masks), axis=-1)
        parts = [product(x * mask, part) for mask, part in zip(masks, kernels, strict=True)]
        return jnp.concatenate(parts, axis=self.gate_axis)

    def project(self, inputs: Any, masks: Any) -> Any:
        z = self.masked(self.input_product, inputs, self.kernel.value, masks[0])
        return z if self.bias is None else z + self.input_bias()

    def input_bias(self) -> Any:
        """The bias, with the axes of what it is added to."""
        assert self.bias is not None
        return self.bias.value

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """States of zeros."""
        return zeros(self.state_size, batch_size, self.compute_dtype)

    @property
    def state_size(self) -> Any:
        """The size of the state, or a list of sizes."""
        return self.units

    @property
    def output_size(self) -> int:
        return self.units

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.implementation != 2:
            config["implementation"] = self.implementation
        return config


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

    def input_bias(self) -> Any:
        bias = super().input_bias()
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


def zeros(sizes: Any, batch_size: Any, dtype: Any) -> list[Any]:
    """States of zeros, one for each size."""
    sizes = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
    return tree.tree_map(lambda size: jnp.zeros((batch_size, size), dtype), sizes)


def fraction(layer: Layer, argument: str, value: Any) -> float:
    """`value` as a float, if it is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a number from 0 to 1, '
            f"the fraction to drop, got {argument}={describe(value)}. Write for instance {argument}=0.2."
        )
    return float(value)


def _as_it_is(value: Any) -> Any:
    return value


__all__ = ["GRUCell", "LSTMCell", "SimpleRNNCell"]
