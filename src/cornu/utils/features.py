"""What a FeatureSpace is made of: features, crosses of columns, and how files name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from cornu.core import config as configuration
from cornu.core.config import Configurable
from cornu.core.errors import did_you_mean
from cornu.core.module import Module
from cornu.layers.layer import Layer

KERAS_HOME = "keras.src.layers.preprocessing.feature_space"  # where Keras's files say that these are


class TFDIdentity(Layer):
    """Gives floats as they are. The name is that in Keras's files."""

    def call(self, inputs: jax.Array) -> jax.Array:
        return inputs


class TFDConcat(Layer):
    """Joins vectors along an axis. The name is that in Keras's files."""

    def __init__(self, axis: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> jax.Array:
        return jnp.concatenate(inputs, axis=self.axis)


class Feature(Module, Configurable):
    """One column: its dtype, the layer that takes it, and how its output is encoded.

    Args:
        dtype: 'float32', 'int32' or 'string'.
        preprocessor: the layer.
        output_mode: 'float' for an output that is taken as it is, 'one_hot' for numbers of categories
            to be encoded, 'int' for such that stay numbers.
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        _check_mode("FeatureSpace.feature", output_mode, ("int", "one_hot", "float"))
        self.dtype = dtype
        self.preprocessor = deserialized(preprocessor)
        self.output_mode = output_mode


class Cross(Module, Configurable):
    """Columns that become a feature together, by the hash of their values.

    Args:
        feature_names: which columns.
        crossing_dim: how many numbers the combinations get.
        output_mode: 'one_hot' (default) or 'int'.
    """

    def __init__(self, feature_names: Any, crossing_dim: int, output_mode: str = "one_hot") -> None:
        _check_mode("FeatureSpace.cross", output_mode, ("int", "one_hot"))
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = output_mode

    @property
    def name(self) -> str:
        return "_X_".join(self.feature_names)


PARTS = {"Feature": Feature, "Cross": Cross, "TFDIdentity": TFDIdentity}


def _check_mode(what: str, mode: str, options: tuple[str, ...]) -> None:
    if mode not in options:
        raise ValueError(
            f"{what}: output_mode must be one of {', '.join(map(repr, options))}, got {mode!r}. "
            f"{did_you_mean(str(mode), options)}"
        )


def serialized(part: Any) -> dict[str, Any]:
    """A feature, cross or layer as Keras writes it."""
    config = configuration.serialize(part)
    if type(part).__name__ in PARTS:
        config |= {"module": KERAS_HOME, "registered_name": type(part).__name__}
    if isinstance(part, Feature):
        config["config"]["preprocessor"] = serialized(part.preprocessor)
    return config


def deserialized(value: Any) -> Any:
    return configuration.deserialize(value, PARTS) if isinstance(value, Mapping) else value
