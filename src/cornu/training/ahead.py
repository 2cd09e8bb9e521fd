"""Running ahead of callbacks: many short steps in one call of the program, looked at one by one after.

A call of a compiled program takes 0.08 ms, ten times a step of a small network. So where steps are
that short, a hundred are taken in one call, which keeps the logs of each, and callbacks get these in
turn. A callback that reads its logs cannot tell. When one touches a variable, in the model or in the
optimizer, the state goes back and is computed again up to the step that the callback looks at, by
the same program on the same numbers; from then on every step is a call of its own.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import jax
import numpy as np

from cornu.core.context import context
from cornu.training.loop import AHEAD, Loop
from cornu.training.windows import Window

SHORT = 0.0003  # seconds of a call with one step, up to which it pays to take more
OFTEN = 1000  # steps to come, from which on it pays to compile a program for it
TRIED = 8  # calls that are measured first


class Stopwatch:
    """Tells from the first steps of a training whether it pays to run ahead."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.pays: bool | None = None  # not known yet

    def note(self, seconds: float, steps_to_come: int) -> None:
        """How long a call with one step took, and how many steps are still to come."""
        if self.pays is None:
            self.seconds.append(seconds)
            if len(self.seconds) == TRIED:
                self.pays = float(np.median(self.seconds)) < SHORT and steps_to_come > OFTEN


class Ahead:
    """A context in which steps are done that callbacks have not seen yet.

    Args:
        loop: the compiled loop.
        window: the batches it goes over.
        start: the first step.
        most: how many are done, at most `AHEAD`.
    """

    def __init__(self, loop: Loop, window: Window, start: int, most: int = AHEAD) -> None:
        self.loop, self.window, self.start = loop, window, start
        self.stop = min(start + most, window.stop)
        self.seen = start  # how many steps of the pass the callbacks know of
        self.touched = False  # whether a variable was, so that the state is now that of `seen`

    def __enter__(self) -> list[dict[str, Any]]:
        self.before = self.loop.values()
        logs = self.loop.each(self.window, self.start, self.stop)
        context.when_touched = self.go_back
        columns = {name: np.asarray(values) for name, values in logs.items()}
        rows = {name: v.tolist() if v.ndim == 1 else list(v) for name, v in columns.items()}
        return [
            {name: values[i] for name, values in rows.items()} for i in range(self.stop - self.start)
        ]

    def go_back(self) -> None:
        """Makes the state that of the steps seen, which it is if all were."""
        if not self.touched and self.seen < self.stop:
            context.when_touched, self.touched = None, True
            self.loop.take(self.before)
            if self.seen > self.start:
                jax.block_until_ready(self.loop.run(self.window, self.start, self.seen))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.go_back()
        context.when_touched = None
