"""How much of a large model is saved or loaded by now, shown in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cornu.core.module import Module, owned
from cornu.core.variable import Variable
from cornu.training.progress import Progress, resolve_verbose

LARGE = 1 << 29  # bytes from which on it takes long enough to be shown
MEGABYTE = 1 << 20


class Display:
    """Counts bytes, and draws a bar of megabytes with what is left of the time."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._done = progress, 0

    def add(self, size: int) -> None:
        """So many bytes more are done."""
        self._done += size
        most = self._progress.steps or 0
        self._progress.reached(min(self._done // MEGABYTE, most), {})

    def add_part(self, part: Module) -> None:
        """The variables of a part are done."""
        if self._progress.verbose:
            self.add(sum(variable.nbytes for variable in owned(part, Variable)))


@contextmanager
def displayed(title: str, size: int) -> Iterator[Display]:
    """A display for so many bytes, which shows itself only if these are many and somebody can see it."""
    shown = size >= LARGE and resolve_verbose("auto") == 1
    progress = Progress(int(shown), size // MEGABYTE)
    progress.begin(f"{title} {size // MEGABYTE:,} MB")
    try:
        yield Display(progress)
    except BaseException:
        progress.interrupted()
        raise
    progress.end({})
