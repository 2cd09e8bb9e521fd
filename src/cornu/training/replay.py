"""Going back to the step at which the loss became NaN, and finding out why."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core import placement
from cornu.training.loop import Loop
from cornu.training.nan import Finding, diagnose
from cornu.training.windows import Window


class _Saved(NamedTuple):
    """The state before a call of the loop, and what that call did."""

    window: Window
    start: int
    values: Any


class Replay:
    """Keeps the states before the last two calls of the compiled loop, from which a step can be
    made again, bit by bit the same.

    Args:
        model: the model that is trained.
        loop: its loop.
    """

    def __init__(self, model: Any, loop: Loop) -> None:
        self.model, self.loop = model, loop
        self.saved: list[_Saved] = []
        self.stops: list[int] = []  # where each of them ended

    def before(self, window: Window, start: int, stop: int) -> None:
        """Keeps the state before the call that makes these steps."""
        self.saved = [*self.saved[-1:], _Saved(window, start, _copied(self.loop.values()))]
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
            self._put_back(now)

    def _before(self, step: int) -> Finding | None:
        """What is found in the step before, if its state is still there."""
        if step > self.saved[-1].start:
            return self._at(self.saved[-1], step - 1)
        return self._at(self.saved[0], self.stops[0] - 1) if len(self.saved) > 1 else None

    def _at(self, saved: _Saved, step: int) -> Finding | None:
        self._put_back(saved.values)
        if step > saved.start:
            jax.block_until_ready(self.loop.run(saved.window, saved.start, step))
        return diagnose(self.model, saved.window.batch(step))

    def _put_back(self, values: Any) -> None:
        """Gives the loop the values of then, laid out as those of now are."""
        self.loop.take(tree.tree_map(placement.like, values, self.loop.values()))


def _copied(values: Any) -> Any:
    """The same values on the host: a call of the loop uses up the arrays that it is given.

    There a copy takes a thirtieth of the time of one by the engine, and no memory of the device.
    """
    return tree.tree_map(lambda value: np.array(placement.on_host(value)), values)


__all__ = ["Replay"]
