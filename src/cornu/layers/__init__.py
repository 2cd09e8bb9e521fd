"""Layers: the functions with weights that networks are made of.

A family is imported when one of its layers is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from cornu.core import engine

engine.start()  # before a family imports JAX

# The public names of each family, and aliases from earlier times.
_FAMILIES = {
    "layer": ("Layer",),
    "input_spec": ("InputSpec",),
    "core": ("Dense", "Flatten", "Identity", "Input", "InputLayer", "Lambda"),
    "activation_layers": ("ELU", "Activation", "LeakyReLU", "PReLU", "ReLU", "Softmax"),
    "batch_normalization": ("BatchNormalization",),
    "normalization": (
        *("GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"),
    ),
    "spectral_normalization": ("SpectralNormalization",),
    "regularization": (
        *("ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    ),
    "jax_layer": ("JaxLayer",),
    "flax_layer": ("FlaxLayer",),
    "convolution": ("Conv1D", "Conv2D", "Conv3D"),
    "transposed_convolution": ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    "separable_convolution": (
        *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
    ),
    "preprocessing.discretization": ("Discretization",),
    "preprocessing.encoding": ("CategoryEncoding",),
    "preprocessing.hashing": ("HashedCrossing", "Hashing"),
    "preprocessing.lookup": ("IntegerLookup", "StringLookup"),
    "preprocessing.normalization": ("Normalization", "Rescaling"),
    "preprocessing.text": ("TextVectorization",),
    "cells": ("GRUCell", "LSTMCell", "SimpleRNNCell"),
    "cell_stack": ("StackedRNNCells",),
    "recurrent": ("RNN",),
    "recurrent_layers": ("CuDNNGRU", "CuDNNLSTM", "GRU", "LSTM", "SimpleRNN"),
    "conv_lstm": ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    "wrappers": ("Bidirectional", "TimeDistributed", "Wrapper"),
}
_ALIASES: dict[str, str] = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}
_HOME = {name: family for family, names in _FAMILIES.items() for name in names}

__all__ = sorted([*_HOME, *_ALIASES, "deserialize", "serialize"])


def __getattr__(name: str) -> Any:
    family = _HOME.get(_ALIASES.get(name, name))
    if family is None:
        from cornu.core.errors import did_you_mean

        text = f"cornu.layers has no {name!r} (yet). {did_you_mean(name, __all__)}"
        raise AttributeError(text, name=name, obj=object())
    value = getattr(importlib.import_module(f"cornu.layers.{family}"), _ALIASES.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def serialize(layer: Any) -> object:
    """A layer's class and configuration, as plain values."""
    from cornu.core import config

    return config.serialize(layer)


def deserialize(config: object, custom_objects: object = None) -> object:
    """The layer that `serialize` described.

    Raises:
        ValueError: if it is no layer's configuration, or its class is not known.
    """
    from cornu.core import config as configuration
    from cornu.layers.layer import Layer

    layer = configuration.deserialize(config, custom_objects=custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(f"layers.deserialize takes the configuration of a layer, got {config!r}.")
    return layer
