"""The fully connected layers of Keras 1 beside Dense: Highway and MaxoutDense."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import activations, constraints, initializers, regularizers
from cornu.compat.layers.old_layer import OldLayer
from cornu.compat.old.entries import initializer_of_keras_1, regularizer_of_keras_1
from cornu.core.variable import Variable
from cornu.layers.arguments import known_size, positive_int
from cornu.layers.input_spec import InputSpec


class _Connected(OldLayer):
    """What both have in common, with the argument names of Keras 1."""

    samplewise = True

    def __init__(
        self,
        init: Any = "glorot_uniform",
        W_regularizer: Any = None,
        b_regularizer: Any = None,
        activity_regularizer: Any = None,
        W_constraint: Any = None,
        b_constraint: Any = None,
        bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.init = initializers.get(initializer_of_keras_1(init))
        self.W_regularizer = regularizers.get(regularizer_of_keras_1(W_regularizer))
        self.b_regularizer = regularizers.get(regularizer_of_keras_1(b_regularizer))
        self.W_constraint = constraints.get(W_constraint)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias
        self.input_spec = InputSpec(ndim=2)

    def _weight(self, name: str, shape: tuple[int, ...]) -> Variable:
        return self.add_weight(
            shape, self.init, regularizer=self.W_regularizer, constraint=self.W_constraint, name=name
        )

    def _bias(self, name: str, shape: tuple[int, ...]) -> Variable | None:
        if not self.bias:
            return None
        return self.add_weight(
            shape, "zeros", regularizer=self.b_regularizer, constraint=self.b_constraint, name=name
        )


class Highway(_Connected):
    r"""A fully connected layer with a gate, which carries the input past it where the gate is shut.

    $$a = t\, f(x W + b) + (1 - t)\, x, \qquad t = \sigma(x W_c + b_c)$$

    Args:
        init: initializer of $W$ and $W_c$, 'glorot_uniform' by default; $b_c$ begins with ones.
        activation: $f$, None (default) for $f(z) = z$.
        W_regularizer, b_regularizer, activity_regularizer: penalties on $W$, $b$ and the output.
        W_constraint, b_constraint: applied to $W$ and $b$ after each update.
        bias: whether there are $b$ and $b_c$.

    Input shape, output shape:
        (batch, features)

    Example:
        >>> import numpy as np
        >>> Highway(activation="relu")(np.ones((2, 3))).shape
        (2, 3)

    Source: Srivastava, Greff and Schmidhuber, Highway networks, 2015.
    """

    today = "keras.layers.Dense and a gate: t * h + (1 - t) * x, in a Layer of your own"

    def __init__(self, init: Any = "glorot_uniform", activation: Any = None, **kwargs: Any) -> None:
        super().__init__(init, **kwargs)
        self.activation = activations.get(activation)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        size = known_size(self, input_shape)
        self.W = self._weight("W", (size, size))
        self.W_carry = self.add_weight((size, size), self.init, name="W_carry")
        self.b = self._bias("b", (size,))
        self.b_carry = self.add_weight((size,), "ones", name="b_carry") if self.bias else None
        self.input_spec = InputSpec(ndim=2, axes={-1: size})

    def call(self, inputs: jax.Array) -> jax.Array:
        gate, inner = inputs @ self.W_carry.value, inputs @ self.W.value
        if self.b is not None and self.b_carry is not None:
            gate, inner = gate + self.b_carry.value, inner + self.b.value
        gate = jax.nn.sigmoid(gate)
        return gate * self.activation(inner) + (1 - gate) * inputs


class MaxoutDense(_Connected):
    r"""The largest of several fully connected layers, unit by unit: $\max_k\, (x W_k + b_k)$.

    Args:
        output_dim: number of units.
        nb_feature: number of layers, 4 by default.
        init: initializer of $W$, 'glorot_uniform' by default.
        W_regularizer, b_regularizer, activity_regularizer: penalties on weights, biases, output.
        W_constraint, b_constraint: applied to weights and biases after each update.
        bias: whether there is a $b$.

    Input shape:
        (batch, features)

    Output shape:
        (batch, output_dim)

    Example:
        >>> import numpy as np
        >>> MaxoutDense(2)(np.ones((5, 3))).shape
        (5, 2)

    Source: Goodfellow et al., Maxout networks, 2013.
    """

    today = "keras.ops.max of keras.layers.Dense and Reshape, in a Layer of your own"

    def __init__(
        self, output_dim: int, nb_feature: int = 4, init: Any = "glorot_uniform", **kwargs: Any
    ) -> None:
        super().__init__(init, **kwargs)
        self.output_dim = positive_int(self, "output_dim", output_dim)
        self.nb_feature = positive_int(self, "nb_feature", nb_feature)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        size = known_size(self, input_shape)
        self.W = self._weight("W", (self.nb_feature, size, self.output_dim))
        self.b = self._bias("b", (self.nb_feature, self.output_dim))
        self.input_spec = InputSpec(ndim=2, axes={-1: size})

    def call(self, inputs: jax.Array) -> jax.Array:
        outputs = jnp.einsum("bi,kio->bko", inputs, self.W.value)
        if self.b is not None:
            outputs = outputs + self.b.value
        return outputs.max(axis=1)


__all__ = ["Highway", "MaxoutDense"]
