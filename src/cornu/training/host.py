"""HostResults: what the part of a model that runs on the host hands to the compiled part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree

USED = (
    "The inputs of this model are no array here: its layers that take strings have run already, and "
    "`call` is given what they made. Hand them on as they are, `y = super().call(inputs)`, and compute "
    "with the result; or build the whole model as a graph: Model(inputs, outputs)."
)


class HostResults:
    """What a model's compiled part starts from, in place of the inputs: arrays by name.

    A model whose first layers take strings is cut once: what runs on the host is computed for all
    rows, and these are the tensors on the cut. The compiled part of a model inside the model starts
    from results of its own.

    Args:
        parts: for each name an array, or the HostResults of a model inside.
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self.parts = dict(parts)

    # What a `call` of the user's does with them, beside handing them on, is answered in words.

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(USED if not name.startswith("__") else name)

    def __getitem__(self, index: Any) -> Any:
        raise TypeError(USED)

    def __repr__(self) -> str:
        return "<results of the host: hand them on as they are, super().call(inputs)>"


tree.register_pytree_with_keys(
    HostResults,
    lambda results: (
        [(tree.DictKey(name), part) for name, part in results.parts.items()],
        tuple(results.parts),
    ),
    lambda names, parts: HostResults(dict(zip(names, parts, strict=True))),
)
