"""ActivityRegularization: a penalty on the activations that pass through."""

from __future__ import annotations

from typing import Any

import jax

from cornu import regularizers
from cornu.layers.layer import Layer


class ActivityRegularization(Layer):
    """Hands its input on, and adds a penalty on it to the loss: (l1 Σ|x| + l2 Σx²) / batch size.

    Args:
        l1: weight of the sum of absolute values; 0 by default.
        l2: weight of the sum of squares; 0 by default.

    Input shape, output shape:
        any

    Raises:
        ValueError: if a weight is negative.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.ActivityRegularization(l1=0.5)
        >>> outputs = layer(np.array([[1.0, -3.0]]))
        >>> [float(loss) for loss in layer.losses]
        [2.0]
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs: jax.Array) -> jax.Array:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]  # is made of l1 and l2
        return config


__all__ = ["ActivityRegularization"]
