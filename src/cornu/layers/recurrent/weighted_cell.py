"""What the cells with weights share: kernels for input and state, gates, dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cornu import activations, constraints, initializers, random, regularizers
from cornu.core.errors import describe
from cornu.core.products import matmul
from cornu.core.variable import Variable
from cornu.layers.arguments import known_size
from cornu.layers.layer import Layer
from cornu.layers.recurrent.cells import Cell, zeros
from cornu.layers.recurrent.rows import product_of_rows
from cornu.random import SeedGenerator

# How an argument is read, by the last word of its name.
READERS: dict[str, Callable[[Any], Any]] = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


class WeightedCell(Cell):
    """Base of the cells with kernels for the input and for the state, gates side by side in both."""

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
        return product_of_rows(x, kernel)

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
        return z if self.bias is None else z + self.input_bias(self.bias.value)

    def input_bias(self, bias: Any) -> Any:
        """What of the bias is added to the projected inputs, with as many axes as that needs."""
        return bias

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
