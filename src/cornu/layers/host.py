"""Layers that run on the host, and the strings that only they take: errors that say so."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

INSIDE = (
    '{cls} "{name}" runs on the host, so it cannot be inside a compiled program. Apply the layer to the '
    "data first, x = layer(x), or make it the first layer of a graph: Model(inputs, outputs)."
)
STRINGS = (
    '{cls} "{name}" computes with numbers, but was given strings. Turn them into numbers first, with '
    "TextVectorization, StringLookup or Hashing: x = cornu.layers.StringLookup(vocabulary=[...])(x)."
)


def as_numbers(layer: Any, value: Any) -> Any:
    """An array of whole numbers as one of JAX's; strings stay for the layers inside that take them."""
    if isinstance(value, jax.Array):
        return value
    if value.dtype.kind not in "OUST":
        return jnp.asarray(value)
    if any(inner.on_host for inner in layer._flatten_layers()):
        return value
    raise ValueError(STRINGS.format(cls=type(layer).__name__, name=layer.name))


def explain(layer: Any, error: Exception) -> None:
    """Raises the error that says where a layer has to be, if this one came of its being elsewhere."""
    if layer.on_host and not layer.hands_masks_on and isinstance(error, jax.errors.JAXTypeError):
        raise ValueError(INSIDE.format(cls=type(layer).__name__, name=layer.name)) from error
