"""Going back to the step at which the loss became NaN, and finding out why."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.tree_util as tree
import numpy as np

from cornu.training.data import Data
from cornu.training.loop import Loop, host_batch
from cornu.training.nan import Finding, diagnose


class _Saved(NamedTuple):
    """The state before a call of the loop, and what that call did."""

    order: Any
    start: int
    values: Any


class Replay:
    """Keeps the states before the last two calls of the compiled loop, from which a step can be
    made again, bit by bit the same.

    Args:
        model: the model that is trained.
        loop, data: its loop, and what this goes over.
    """

    def __init__(self, model: Any, loop: Loop, data: Data) -> None:
        self.model, self.loop, self.data = model, loop, data
        self.saved: list[_Saved] = []
        self.stops: list[int] = []  # where each of them ended

    def before(self, order: Any, start: int, stop: int) -> None:
        """Keeps the state before the call that makes these steps."""
        self.saved = [*self.saved[-1:], _Saved(order, start, _copied(self.loop.values()))]
        self.stops = [*self.stops[-1:], stop]

    def explain(self, step: int) -> Finding | None:
        """Why the loss of this step, of the last call, is not finite; the state stays as it is.

        A weight that is not finite comes from the gradient of the step before.
        """
        now = _copied(self.loop.values())
        try:
            finding = self._at(self.saved[-1], step)
            if finding is not None and finding.what == "weight":
                finding = self._before(step) or finding
            return finding
        finally:
            self.loop.take(jax.device_put(now))

    def _before(self, step: int) -> Finding | None:
        """What is found in the step before, if its state is still there."""
        if step > self.saved[-1].start:
            return self._at(self.saved[-1], step - 1)
        return self._at(self.saved[0], self.stops[0] - 1) if len(self.saved) > 1 else None

    def _at(self, saved: _Saved, step: int) -> Finding | None:
        self.loop.take(jax.device_put(saved.values, may_alias=False))
        if step > saved.start:
            jax.block_until_ready(self.loop.run(self.data, saved.order, saved.start, step))
        return diagnose(self.model, host_batch(self.data, saved.order, step, self.loop.batch_size))


def _copied(values: Any) -> Any:
    """The same values on the host: a call of the loop uses up the arrays that it is given.

    There a copy takes a thirtieth of the time of one by the engine, and no memory of the device.
    """
    return tree.tree_map(np.array, values)


__all__ = ["Replay"]
