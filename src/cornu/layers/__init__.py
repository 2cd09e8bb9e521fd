"""Layers: the functions with weights that networks are made of."""

from cornu.core import engine

engine.start()  # before anything below imports JAX

from cornu.layers.core import Activation, Dense, Dropout, Flatten, Input, InputLayer, Lambda
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer

__all__ = [
    "Activation",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "InputSpec",
    "Lambda",
    "Layer",
    "deserialize",
    "serialize",
]


def serialize(layer: Layer) -> object:
    """A layer's class and configuration, as plain values."""
    from cornu.core import config

    return config.serialize(layer)


def deserialize(config: object, custom_objects: object = None) -> object:
    """The layer that `serialize` described.

    Raises:
        ValueError: if it is no layer's configuration, or its class is not known.
    """
    from cornu.core import config as configuration

    layer = configuration.deserialize(config, custom_objects=custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(f"layers.deserialize takes the configuration of a layer, got {config!r}.")
    return layer
