"""Arrays in memory: all rows lie on the device, and a pass is one window over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.training.data import Data
from cornu.training.sources.source import Source
from cornu.training.windows import Window


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

    def draw(self) -> None:
        if self.shuffle:
            np.random.permutation(self.example.rows)

    def windows(
        self, loop: Any, waiting: Callable[[], bool], start: int = 0, order: Any = None
    ) -> Iterator[Window]:
        if not self.goes_on or self.at >= self.total:
            self.at = 0
            self.order = self._order() if order is None else order
        shift, order = self.at, self.order
        end = min(shift + self.steps, self.total)
        if shift + self.steps > self.total:
            self._ran_out(end - shift)
        self.at = end
        whole = 0 if loop.eager else min(end, loop.whole_steps(self.example.rows))

        def batch(step: int) -> Any:
            return host_batch(self.example, order, step + shift, self.size)

        if whole > shift + start:
            yield Window(whole - shift, batch, self.example.on_device, order, shift)
        if max(whole, shift + start) < end:
            yield Window(end - shift, batch)

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
