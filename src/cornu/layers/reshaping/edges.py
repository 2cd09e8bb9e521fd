"""How much to add or to take at each edge, read from an argument."""

from __future__ import annotations

from typing import Any

from cornu.core.errors import describe
from cornu.layers.spatial import AXES, is_whole


def edges_of(layer: Any, argument: str, value: Any) -> Any:
    """How much at both edges of each axis: (before, after) for one axis, else a pair for each.

    It is given as one number for all edges, a number for each axis (for one axis: each edge), or a
    pair for each axis.
    """
    rank: int = layer.rank
    several = value if isinstance(value, (tuple, list)) else (value,) * max(rank, 2)
    found = [tuple(item) if isinstance(item, (tuple, list)) else (item, item) for item in several]
    if rank == 1:
        found = [tuple(several)]
    right = len(found) == rank and all(len(pair) == 2 for pair in found)
    if not right or not all(is_whole(n) and n >= 0 for pair in found for n in pair):
        each = "" if rank == 1 else f" a tuple of {rank} of them, for {AXES[rank]}, or of {rank} pairs"
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a whole number, 0 or more,'
            f"{each or ' or a pair of them, (before, after)'}, got {argument}={describe(value)}."
        )
    whole = tuple((int(before), int(after)) for before, after in found)
    return whole[0] if rank == 1 else whole


def pairs(edges: Any) -> Any:
    """A pair for each axis, from what `edges_of` gave."""
    return edges if isinstance(edges[0], tuple) else (edges,)
