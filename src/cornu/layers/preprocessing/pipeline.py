"""Pipeline."""

from __future__ import annotations

from typing import Any

from cornu.core.config import deserialize
from cornu.core.errors import describe
from cornu.layers.layer import Layer


class Pipeline(Layer):
    """Applies layers one after another: those that prepare data, as one.

    Args:
        layers: a list of layers.
        name: 'pipeline' by default.

    Input shape, output shape:
        what the first takes, what the last gives

    Raises:
        TypeError: if `layers` is no list of layers.

    Example:
        >>> import cornu, numpy as np
        >>> steps = [cornu.layers.Resizing(4, 4), cornu.layers.CenterCrop(2, 2)]
        >>> cornu.layers.Pipeline(steps)(np.ones((1, 8, 8, 3))).shape
        (1, 2, 2, 3)
    """

    hands_masks_on = True

    def __init__(self, layers: Any, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, autocast=False, **kwargs)
        listed = isinstance(layers, (list, tuple))
        if not listed or not all(isinstance(layer, Layer) for layer in layers):
            raise TypeError(
                f'Pipeline "{self.name}": layers must be a list of layers, got {describe(layers)}. '
                "Write Pipeline([Resizing(8, 8), ...])."
            )
        self.layers = list(layers)

    def call(self, inputs: Any, training: bool = True) -> Any:
        for layer in self.layers:
            inputs = layer(inputs, training=training)
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {"layers": config["layers"], "name": config["name"]}

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A new pipeline from what `get_config` gave."""
        return cls(**{**config, "layers": deserialize(config["layers"])})


__all__ = ["Pipeline"]
