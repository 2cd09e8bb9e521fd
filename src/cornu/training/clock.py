"""The clock of a training: how much of it the loop ran, and how much it waited for data."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing

from cornu.training.windows import Window


class Clock:
    """Seconds and steps of the calls of a program after the first, which compiles it."""

    def __init__(self) -> None:
        self.running = self.waiting = 0.0
        self.steps = 0
        self.seen: set[bool] = set()  # whether whole windows were run, and whether single batches

    def ran(self, window: Window, steps: int, seconds: float) -> None:
        """Counts a call of a program, unless it was the first of its kind."""
        kind = window.data is not None
        if kind in self.seen:
            self.running += seconds
            self.steps += steps
        self.seen.add(kind)

    def windows(self, source: Iterator[Window]) -> Generator[Window]:
        """The windows of a pass; notes how long each was waited for once the first has been run."""
        with closing(source):  # type: ignore[type-var]
            while True:
                start = time.perf_counter()
                window = next(source, None)
                if self.seen:
                    self.waiting += time.perf_counter() - start
                if window is None:
                    return
                yield window

    @property
    def step(self) -> float:
        """Seconds of a step, without those that data were waited for."""
        return self.running / self.steps if self.steps else 0.0

    @property
    def input(self) -> float:
        """The part of the time in which data were waited for."""
        return self.waiting / (self.waiting + self.running) if self.steps else 0.0
