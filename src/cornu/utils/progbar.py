"""Progbar: a line that shows how far a loop of one's own is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from cornu.core.settings import show
from cornu.training.progress import writes


class Progbar:
    """A line that shows how far a loop is, with averages of what it measures.

    Args:
        target: number of steps, None if it is not known.
        width: of the bar in characters. Default: 20.
        verbose: 1 (default) draws a bar, 2 writes a line at the end, 0 nothing.
        interval: seconds that pass at least between two drawings. Default: 0.05.
        stateful_metrics: names of values that are shown as they are, not averaged.
        stateless_metrics: in its place, names of the values that are averaged; all others are not.
        unit_name: what a step is called. Default: 'step'.

    Raises:
        ValueError: if both lists of names are given.

    Example:
        >>> bar = Progbar(2, verbose=2)
        >>> bar.update(1, [("loss", 1.0)])
        >>> bar.update(2, [("loss", 0.5)])
        2/2 - 0s - ...s/step - loss: 0.5000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar takes stateful_metrics (shown as they are) or stateless_metrics (averaged), "
                "not both: what one does not name is the other."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = None if stateless_metrics is not None else set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._redraws = sys.stdout.isatty() or "ipykernel" in sys.modules
        self._seen = 0
        self._sums: dict[str, tuple[float, float]] = {}  # of values, and of their weights
        self._start = time.time()
        self._after_first: float | None = None
        self._drawn_at = 0.0
        self._drawn_width = 0

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """Goes to a step.

        Args:
            current: number of the step.
            values: pairs (name, value of the last step).
            finalize: whether this ends the line; by default when `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._note(name, value, current, finalize)
        self._seen = current
        now = time.time()
        each = self._step_time(current, now)
        if self.verbose == 1 and (finalize or now - self._drawn_at >= self.interval):
            self._draw(current, now, each, finalize)
            self._drawn_at = now
        elif self.verbose == 2 and finalize and self.target:
            took = f"{now - self._start:.0f}s - {self._per_step(each)}"
            show(f"{self._count(current)} - {took}{self._values()}\n")

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Goes `n` steps on."""
        self.update(self._seen + n, values)

    def _averaged(self, name: str) -> bool:
        if self.stateful_metrics is not None:
            return name not in self.stateful_metrics
        return name in (self.stateless_metrics or ())

    def _note(self, name: str, value: Any, current: int, finalize: bool) -> None:
        number = float(np.mean(value))
        if finalize or not self._averaged(name):  # a final value is that of the whole pass
            self._sums[name] = (number, 1.0)
            return
        steps = max(current - self._seen, 1)
        total, weight = self._sums.get(name, (0.0, 0.0))
        self._sums[name] = (total + number * steps, weight + steps)

    def _draw(self, current: int, now: float, each: float, final: bool) -> None:
        clock = now - self._start
        if self.target:
            full = min(self.width * current // self.target, self.width)
            done, rest = ("━", "─") if writes("━─") else ("=", ".")
            bar = f"{self._count(current)} {done * full}{rest * (self.width - full)}"
            clock = clock if final else each * (self.target - current)
        else:
            bar = f"{current:7d}/Unknown"
        line = f"{bar} {_clock(clock)} {self._per_step(each)}{self._values()}"
        padding = " " * max(self._drawn_width - len(line), 0)
        begin = "\r" if self._redraws else "\n" if self._drawn_width else ""
        show(begin + line + padding + ("\n" if final else ""))
        self._drawn_width = 0 if final else len(line)

    def _count(self, current: int) -> str:
        return f"{current:>{len(str(self.target))}}/{self.target}"

    def _values(self) -> str:
        averages = {name: total / weight for name, (total, weight) in self._sums.items()}
        return "".join(
            f" - {name}: {value:.4f}" if abs(value) > 1e-3 else f" - {name}: {value:.4e}"
            for name, value in averages.items()
        )

    def _step_time(self, current: int, now: float) -> float:
        """Seconds a step, without the first one, which may have compiled something."""
        if not current:
            return 0.0
        if self._after_first is not None and current > 1:
            return (now - self._after_first) / (current - 1)
        if current == 1:
            self._after_first = now
        return (now - self._start) / current

    def _per_step(self, seconds: float) -> str:
        if seconds >= 1 or seconds == 0:
            return f"{seconds:.0f}s/{self.unit_name}"
        if seconds >= 1e-3:
            return f"{seconds * 1e3:.0f}ms/{self.unit_name}"
        return f"{seconds * 1e6:.0f}us/{self.unit_name}"


def _clock(seconds: float) -> str:
    whole = int(seconds)
    if whole > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole > 60 else f"{whole}s"
