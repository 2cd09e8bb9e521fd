"""Dense: every output is a weighted sum of all inputs."""

from __future__ import annotations

from typing import Any

import jax

from cornu import activations, constraints, initializers, regularizers
from cornu.layers.arguments import known_size, positive_int
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.ops.products import matmul


class Dense(Layer):
    """A fully connected layer: every unit sees every input.

    $$a = f(x W + b)$$

    with the `kernel` $W$ of shape (features, units), the `bias` $b$ of shape (units,) and the
    `activation` $f$.

    Args:
        units: number of neurons, the size of the output's last axis.
        activation: name or function, None for $f(z) = z$.
        use_bias: whether there is a $b$.
        kernel_initializer: of $W$, 'glorot_uniform' by default.
        bias_initializer: of $b$, 'zeros' by default.
        kernel_regularizer, bias_regularizer: penalties on $W$ and $b$, added to the loss.
        activity_regularizer: penalty on the output, added to the loss.
        kernel_constraint, bias_constraint: applied to $W$ and $b$ after each update.

    Input shape:
        (batch, ..., features)

    Output shape:
        (batch, ..., units)

    Raises:
        ValueError: if `units` is no positive whole number, or the input has another number of
            features than at the
            first call.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Dense(3, activation="relu")
        >>> layer(np.ones((2, 4))).shape
        (2, 3)
        >>> [tuple(w.shape) for w in layer.weights]
        [(4, 3), (3,)]

    Source: Rosenblatt, The perceptron, 1958; Rumelhart, Hinton, Williams, 1986.
    """

    samplewise = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = positive_int(self, "units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = known_size(self, input_shape)
        self.kernel = self.add_weight(
            (features, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: jax.Array) -> jax.Array:
        z = matmul(inputs, self.kernel.value)
        if self.use_bias:
            z = z + self.bias.value
        return self.activation(z)


__all__ = ["Dense"]
