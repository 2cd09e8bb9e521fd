"""The arguments of a recurrent layer's call, taken apart: sequences, and states beside them."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree

from cornu.layers.host import one_array
from cornu.layers.layer import Layer


def take_apart(layer: Layer, sequences: Any, args: Any, kwargs: Any) -> tuple[Any, dict[str, Any]]:
    """The sequences of a call, and its other arguments by name: `[x, *states]` gives initial states."""
    kwargs = {**dict(zip(layer._call_parameters[1:], args, strict=False)), **kwargs}
    if isinstance(sequences, (list, tuple)):
        if not any(hasattr(leaf, "shape") for leaf in tree.tree_leaves(sequences)):
            return one_array(layer, sequences), kwargs
        sequences, *states = sequences
        if states:
            kwargs["initial_state"] = states
    return sequences, kwargs
