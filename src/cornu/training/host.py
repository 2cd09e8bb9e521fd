"""HostResults: what the part of a model that runs on the host hands to the compiled part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree


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


tree.register_pytree_with_keys(
    HostResults,
    lambda results: (
        [(tree.DictKey(name), part) for name, part in results.parts.items()],
        tuple(results.parts),
    ),
    lambda names, parts: HostResults(dict(zip(names, parts, strict=True))),
)
