"""clone_model: the same architecture with new weights."""

from __future__ import annotations

from typing import Any

from cornu.models.model import Model


def clone_model(model: Model) -> Any:
    """A new model of the same architecture, with new layers and new weights.

    Args:
        model: a Sequential model, a graph of layers, or a class whose arguments `get_config` gives.

    Raises:
        TypeError: if it is no model.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.layers.Dense(2, input_shape=(3,))])
        >>> copy = cornu.models.clone_model(model)
        >>> copy.output_shape, copy.layers[0] is model.layers[0]
        ((None, 2), False)
    """
    if not isinstance(model, Model):
        raise TypeError(f"clone_model takes a model, got {type(model).__name__}.")
    return type(model).from_config(model.get_config())
