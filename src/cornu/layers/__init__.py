"""Layers: the functions with weights that networks are made of."""

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
    """The layer that `serialize` described."""
    from cornu.core import config as configuration

    return configuration.deserialize(config, custom_objects=custom_objects)
