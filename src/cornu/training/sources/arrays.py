"""Arrays in memory: all rows lie on the device, and a pass is one window over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.errors import warn
from cornu.random import generator_states, set_generator_states
from cornu.training.data import Data
from cornu.training.sources.source import Source
from cornu.training.windows import Window

OTHER_TOTAL = (
    "BackupAndRestore: the arrays made {theirs} batches when the backup was made, and now {mine}; the "
    "next epoch begins with the first."
)


class Arrays(Source):
    """All rows at once, put on the device where they stay.

    Args:
        data: the arrays.
        size: rows of a batch.
        shuffle: whether each time through the rows takes them in a new order.
        steps: steps of a pass; None: all rows.
        most: at most so many steps of each pass are made.
        anew: whether each pass begins with the first row, not where the last one ended.
    """

    path = "data on the device"

    def __init__(
        self,
        data: Data,
        size: int,
        shuffle: bool = False,
        steps: int | None = None,
        most: int | None = None,
        anew: bool = False,
    ) -> None:
        self.example, self.size, self.shuffle = data, size, shuffle
        self.total = -(-data.rows // size)
        self.asked = self.total if steps is None else steps
        self.goes_on = steps is not None and not anew
        self.steps: int = self.asked if most is None else min(most, self.asked)
        self.at = self.total  # the next batch; all are through: begin anew
        self.order: Any = None
        self.drawn_by: Any = None  # the states of the generators before the order was drawn
        self.began = 0  # the batch with which the pass began
        self.keeps = self.placed = self.under_way = False

    def draw(self) -> None:
        if self.shuffle:
            np.random.permutation(self.example.rows)

    def windows(self, loop: Any, waiting: Callable[[], bool], start: int = 0) -> Iterator[Window]:
        if not self.placed and (not self.goes_on or self.at >= self.total):
            self._begin_turn()
        self.placed, self.began, self.under_way = False, self.at, True
        try:
            yield from self._windows(loop, start)
        finally:
            self.under_way = False

    def _begin_turn(self) -> None:
        """Begins with the first row of an order."""
        self.at, self.drawn_by = 0, generator_states() if self.keeps else None
        self.order = self._order()

    def _windows(self, loop: Any, start: int) -> Iterator[Window]:
        shift, order = self.at, self.order
        end = min(shift + self.steps, self.total)
        if shift + self.steps > self.total:
            self._ran_out(end - shift)
        self.at = end
        whole = 0 if loop.eager else min(end, loop.whole_steps(self.example.rows))

        def batch(step: int) -> Any:
            return host_batch(self.example, order, step + shift, self.size)

        if whole > shift + start:
            yield Window(whole - shift, batch, loop.put(self.example), order, shift)
        if max(whole, shift + start) < end:
            yield Window(end - shift, batch)

    def keep_place(self) -> None:
        self.keeps = True

    def place(self) -> dict[str, Any]:
        at = self.began if self.under_way else self.at
        if not self.under_way and not (self.goes_on and at < self.total):
            return {}
        return {"at": at, "total": self.total, "drawn_by": self.drawn_by}

    def go_to(self, place: dict[str, Any], step: int | None) -> None:
        if step is None or not place:
            return
        if place["total"] != self.total:
            warn(OTHER_TOTAL.format(theirs=place["total"], mine=self.total))
            return
        saved = generator_states()
        set_generator_states(place["drawn_by"])
        self._begin_turn()
        self.at, self.placed = place["at"], True
        set_generator_states(saved)

    def each(self, eager: bool) -> Iterator[Any]:
        for number in range(min(self.steps, self.total)):
            yield host_batch(self.example, None, number, self.size)
        if self.steps > self.total:
            self._ran_out(self.total)

    def _ran_out(self, found: int) -> None:
        advice = f"{self.example.rows} rows make {self.total} batches of {self.size}."
        self.ran_out(found, self.asked, advice)

    def _order(self) -> Any:
        rows = self.example.rows
        return np.random.permutation(rows).astype(np.uint32) if self.shuffle else None


def host_batch(data: Data, order: Any, number: int, size: int) -> Any:
    """One batch of arrays, taken out on the host."""
    if order is None and data.rows <= size:
        return data.batch
    index: Any = slice(number * size, (number + 1) * size)
    if order is not None:
        index = np.asarray(order)[index]
    return tree.tree_map(lambda array: array[index], data.batch)
