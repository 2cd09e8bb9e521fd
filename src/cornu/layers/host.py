"""What becomes an array on the way into a layer, and what does not: strings, which only layers on the
host take, and lists of different lengths."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import show_lengths

INSIDE = (
    '{cls} "{name}" runs on the host, so it cannot be inside a compiled program. Apply the layer to the '
    "data first, x = layer(x), or make it the first layer of a graph: Model(inputs, outputs)."
)
STRINGS = (
    '{cls} "{name}" computes with numbers, but was given strings. Turn them into numbers first, with '
    "TextVectorization, StringLookup or Hashing: x = cornu.layers.StringLookup(vocabulary=[...])(x)."
)
RAGGED = (
    '{cls} "{name}": the rows it was given have different lengths ({lengths}), so they are no array. '
    'Fill them up: x = cornu.utils.pad_sequences(x, padding="post"), and mask what was added, with '
    "Embedding(..., mask_zero=True) or Masking()."
)


def is_sparse(value: Any) -> bool:
    """Whether it is a sparse matrix of SciPy's, or a BCOO of JAX's."""
    return hasattr(value, "tocsr") or (hasattr(value, "todense") and hasattr(value, "indices"))


def to_dense(matrix: Any) -> Any:
    """A sparse matrix as an ordinary array."""
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix.todense()


def one_array(layer: Any, rows: Any) -> Any:
    """Numbers in lists as one array.

    Raises:
        ValueError: if they have different lengths.
    """
    try:
        return np.asarray(rows)
    except ValueError:
        raise _ragged(layer, rows) from None


def _ragged(layer: Any, rows: Any) -> ValueError:
    lengths = show_lengths(rows)
    return ValueError(RAGGED.format(cls=type(layer).__name__, name=layer.name, lengths=lengths))


def as_numbers(layer: Any, value: Any) -> Any:
    """An array of whole numbers as one of JAX's; strings stay for the layers inside that take them."""
    if isinstance(value, jax.Array):
        return value
    if value.dtype.kind not in "OUST":
        return jnp.asarray(value)
    if any(inner.on_host for inner in layer._flatten_layers()):
        return value
    if any(isinstance(item, (list, tuple, np.ndarray)) for item in value.flat):
        raise _ragged(layer, value)
    raise ValueError(STRINGS.format(cls=type(layer).__name__, name=layer.name))


def explain(layer: Any, error: Exception) -> None:
    """Raises the error that says where a layer has to be, if this one came of its being elsewhere."""
    if layer.on_host and not layer.hands_masks_on and isinstance(error, jax.errors.JAXTypeError):
        raise ValueError(INSIDE.format(cls=type(layer).__name__, name=layer.name)) from error
