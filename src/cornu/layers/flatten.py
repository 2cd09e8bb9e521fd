"""Flatten: all axes but the batch's become one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer


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
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(
                f"Flatten: data_format must be 'channels_last' or 'channels_first', got {data_format!r}."
            )
        self.data_format = data_format or "channels_last"
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: jax.Array) -> jax.Array:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = jnp.moveaxis(inputs, 1, -1)
        size = 1
        for n in inputs.shape[1:]:
            size = size * n
        return inputs.reshape(inputs.shape[0], size)


__all__ = ["Flatten"]
