"""Windows: the batches of a pass that lie ready, as the compiled loop takes them.

A pass over arrays is one window: all data lie on the device, and each batch is gathered by an order of
rows. A pass over a stream is a row of windows, each a chunk of batches put side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.tree_util as tree


class Chunk:
    """Batches of a stream, side by side: what a compiled program takes in place of all data.

    Args:
        arrays: structure of arrays of shape `(len(counts), size, ...)`, where `size` is that of the
            largest batch; the rows that fill up a smaller one count for nothing.
        counts: how many rows of each batch count; its length is the room for batches, not all of
            which need be there.
        masked: whether a batch may be smaller than its room.
    """

    def __init__(self, arrays: Any, counts: Any, masked: bool) -> None:
        self.arrays, self.counts, self.masked = arrays, counts, masked


tree.register_pytree_node(
    Chunk,
    lambda chunk: ((chunk.arrays, chunk.counts), chunk.masked),
    lambda masked, parts: Chunk(*parts, masked),
)


@dataclass(frozen=True, slots=True)
class Window:
    """Steps of a pass whose batches lie ready.

    Args:
        stop: the number of the step behind the last.
        batch: gives the batch of a step, on the host.
        data, order: what the compiled program takes; no data: the batch needs a program of its own.
        shift: the number of a batch in `data`, less that of its step in the pass.
    """

    stop: int
    batch: Callable[[int], Any]
    data: Any = None
    order: Any = None
    shift: int = 0
