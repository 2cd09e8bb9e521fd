"""The arguments of a recurrent layer's call, taken apart: sequences, and states beside them."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.errors import describe
from cornu.layers.layer import Layer

RAGGED = (
    "{layer}: the sequences have different lengths ({lengths}, ...), so they are no array. Pad them "
    'to one length: x = utils.pad_sequences(x, padding="post"), and mask what was added, for '
    "instance with Embedding(..., mask_zero=True) or Masking()."
)


def take_apart(layer: Layer, sequences: Any, args: Any, kwargs: Any) -> tuple[Any, dict[str, Any]]:
    """The sequences of a call, and its other arguments by name: `[x, *states]` gives initial states."""
    kwargs = {**dict(zip(layer._call_parameters[1:], args, strict=False)), **kwargs}
    if isinstance(sequences, (list, tuple)):
        if not any(hasattr(leaf, "shape") for leaf in tree.tree_leaves(sequences)):
            return _array(layer, sequences), kwargs
        sequences, *states = sequences
        if states:
            kwargs["initial_state"] = states
    return sequences, kwargs


def _array(layer: Layer, sequences: Any) -> Any:
    try:
        return np.asarray(sequences)
    except ValueError:
        rows = [len(row) if hasattr(row, "__len__") else describe(row) for row in sequences[:3]]
        lengths = ", ".join(map(str, rows))
        label = f'{type(layer).__name__} "{layer.name}"'
        raise ValueError(RAGGED.format(layer=label, lengths=lengths)) from None
