"""The layers that every network starts with: Dense, Flatten, and functions as layers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cornu import activations, constraints, initializers, regularizers
from cornu.core.config import custom_object, deserialize
from cornu.core.errors import describe
from cornu.core.products import matmul
from cornu.layers.arguments import known_size, positive_int
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.layers.spatial import data_format_of


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


class Flatten(Layer):
    """Turns each sample into one row of numbers; the batch axis stays.

    Args:
        data_format: 'channels_last' (default), or 'channels_first', which moves the channels last first.

    Input shape:
        (batch, ...)

    Output shape:
        (batch, product of the other sizes)

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Flatten()(np.ones((2, 28, 28))).shape
        (2, 784)
    """

    samplewise = True

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format_of(self, data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: jax.Array) -> jax.Array:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = jnp.moveaxis(inputs, 1, -1)
        size = 1
        for n in inputs.shape[1:]:
            size = size * n
        return inputs.reshape(inputs.shape[0], size)


class Identity(Layer):
    """Hands its input on as it is, for a place where a layer is asked for and none is wanted.

    Input shape, output shape:
        any

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Identity()(np.array([[3.0]])).tolist()
        [[3.0]]
    """

    samplewise = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs


NAMELESS = (
    'Lambda "{name}": its function was a lambda, and Cornu never runs code from a file. Give the '
    'function by the name of the layer: custom_objects={{"{name}": lambda x: ...}}.'
)


class Lambda(Layer):
    """Makes a layer of any function of arrays.

    Args:
        function: called with the inputs, and with `arguments`.
        output_shape: not needed, since shapes are found by tracing the function; kept in the
            configuration.
        mask: the mask of the output, or a function of the inputs and their mask that gives it; None:
            the input's mask is lost.
        arguments: keyword arguments for the function. A function with an argument `training` or
            `mask` is told these too.

    Input shape, output shape:
        what the function takes and gives

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Lambda(lambda x: x**2)(np.array([[3.0]])).tolist()
        [[9.0]]
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda needs a function, got {describe(function)}.")
        self.function = function
        self.output_shape = output_shape
        self.mask = mask
        self.arguments = arguments or {}
        self.supports_masking = mask is not None
        try:
            self._told = {"mask", "training"} & set(inspect.signature(function).parameters)
        except ValueError:  # a function written in C may not say what it takes
            self._told = set()

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        told = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: told[name] for name in self._told})

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A new layer from what `get_config` gave; the function must be registered, or given by
        `custom_objects`: one written in place, by the layer's name.

        Raises:
            ValueError: if the function is not known.
        """
        described, name = config["function"], config.get("name")
        nameless = "__lambda__" in str(described) or "<lambda>" in str(described)
        function = custom_object(name) if nameless else deserialize(described)
        if function is None:
            raise ValueError(NAMELESS.format(name=name))
        mask = config.get("mask")
        return cls(**{**config, "function": function, "mask": deserialize(mask)})


__all__ = ["Dense", "Flatten", "Identity", "Lambda"]
