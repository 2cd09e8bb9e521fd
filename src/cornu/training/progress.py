"""The progress display: Keras's familiar line, redrawn at most ten times a second."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from cornu.core import placement
from cornu.core.settings import is_interactive_logging_enabled, show

WIDTH = 20
INTERVAL = 0.1  # seconds between two drawings, and so the longest a call of the loop should take


def resolve_verbose(verbose: Any) -> int:
    """0, 1 or 2 for `verbose`; 'auto' is 1 in a terminal or notebook and 2, a line per epoch, elsewhere.
    Of several processes the first shows progress.

    Raises:
        ValueError: for anything else.
    """
    if verbose == "auto":
        verbose = 1 if _redraws() else 2
    if verbose in (0, 1, 2):
        return int(verbose) if placement.is_first() else 0
    raise ValueError(
        f"verbose={verbose!r} must be 0 (silent), 1 (a bar), 2 (a line per epoch) or 'auto'."
    )


def _redraws() -> bool:
    """Whether a line that was written can be written over."""
    return is_interactive_logging_enabled() and (sys.stdout.isatty() or "ipykernel" in sys.modules)


def writes(characters: str) -> bool:
    """Whether the output can show these characters: an old console or a file may not."""
    try:
        characters.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


class Progress:
    """Shows how far a pass over the data is.

    Args:
        verbose: 0, 1 or 2.
        steps: number of steps of a pass; None if it is not known before the end of the first.
    """

    def __init__(self, verbose: int, steps: int | None) -> None:
        self.verbose = verbose
        self.steps = steps
        self.begin()

    def begin(self, title: str = "") -> None:
        """Starts the clock of a pass."""
        self.start = time.perf_counter()
        self.drawn_at = 0.0
        self.width = 0
        self.step = 0
        if title and self.verbose:
            show(title + "\n")

    @property
    def due(self) -> bool:
        """Whether it is time to draw the bar again."""
        return self.verbose == 1 and time.perf_counter() - self.drawn_at >= INTERVAL and _redraws()

    def reached(self, step: int, logs: dict[str, Any]) -> None:
        """Draws the bar, if it is time."""
        self.step = step
        if self.due:
            self.update(step, logs)

    def update(self, step: int, logs: dict[str, Any]) -> None:
        """Draws the bar."""
        self._draw(step, logs, time.perf_counter())

    def end(self, logs: dict[str, Any]) -> None:
        """Draws the final state of the pass, and ends the line."""
        now = time.perf_counter()
        if self.steps is None:
            self.steps = self.step
        if self.verbose == 1:
            self._draw(self.steps, logs, now, final=True)
        elif self.verbose == 2:
            took = now - self.start
            count = f"{self.steps}/{self.steps}"
            show(f"{count} - {took:.0f}s - {_per_step(took, self.steps)}{_show(logs)}\n")

    def interrupted(self) -> None:
        """Ends a line that was only begun."""
        if self.width:
            show("\n")
            self.width = 0

    def _draw(self, step: int, logs: dict[str, Any], now: float, final: bool = False) -> None:
        took = now - self.start
        each = took / max(step, 1)
        if self.steps is None:
            place, clock = f"{step:>7}/Unknown", f"{took:.0f}s"
        else:
            place = f"{step:>{len(str(self.steps))}}/{self.steps} {_bar(step, self.steps)}"
            clock = f"{took:.0f}s" if final else _clock(each * (self.steps - step))
        line = f"{place} {clock} {_per_step(took, max(step, 1))}{_show(logs)}"
        padding = " " * max(self.width - len(line), 0)
        show(("\r" if _redraws() else "") + line + padding + ("\n" if final else ""))
        self.width = 0 if final else len(line)
        self.drawn_at = now


def _bar(step: int, steps: int) -> str:
    """The part of the pass that is done, as a bar."""
    done = WIDTH * step // max(steps, 1)
    full, tip = ("\u2501", "\u2578") if writes("\u2501\u2578") else ("=", ">")
    return full * done + (tip + " " * (WIDTH - done - 1) if done < WIDTH else "")


def _show(logs: dict[str, Any]) -> str:
    return "".join(f" - {name}: {_number(value)}" for name, value in logs.items())


def _number(value: Any) -> str:
    """Four decimals, or the short scientific form for small numbers; of several their mean."""
    value = float(np.mean(value))
    return f"{value:.4f}" if abs(value) > 1e-3 or value == 0 else f"{value:.4e}"


def _per_step(seconds: float, steps: int) -> str:
    each = seconds / max(steps, 1)
    if each >= 1 or each == 0:
        return f"{each:.0f}s/step"
    return f"{each * 1e3:.0f}ms/step" if each >= 1e-3 else f"{each * 1e6:.0f}us/step"


def _clock(seconds: float) -> str:
    """Seconds as 12s, 3:05 or 1:02:03."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
