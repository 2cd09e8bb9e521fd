"""Streams: batches that come one after another, from a generator, a data loader or a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from cornu.core.errors import note
from cornu.training.data import Data
from cornu.training.sources.packing import Packing
from cornu.training.sources.prefetch import Prefetch
from cornu.training.sources.source import Source
from cornu.training.windows import Window

EMPTY = "{call} got {name} that gives no batch.{advice}"
ONCE = (
    "The {name} gives its batches only once: let it give at least steps * epochs of them, or go on "
    "without end (while True: ...)."
)
SHORT = "The {name} has fewer batches than were asked for."
FETCHING = "  while fetching batch {number} of a pass over the {name}"
NO_ORDER = "A {name} has an order of its own."


class Batches(ABC):
    """Where the batches of a stream come from.

    Attributes:
        name: what the user would call it.
        length: how many batches one time through it has; None: not known, or without end.
        once: whether it can be gone through only once.
        even: whether all batches are known to have as many rows.
        ordered: whether it can be gone through in any order.
    """

    name = "iterator"
    length: int | None = None
    once = False
    even = False
    ordered = False

    @abstractmethod
    def open(self, order: Any = None) -> Iterator[Any]:
        """Begins anew, in this order if there is one to choose."""

    def begin(self) -> None:  # noqa: B027
        """Called at the begin of an epoch."""

    def end(self) -> None:  # noqa: B027
        """Called at the end of an epoch."""

    def draw(self) -> None:  # noqa: B027
        """Draws what Keras draws in order to build a model."""


class OneByOne(NamedTuple):
    """Stands for a loop that takes each batch by itself."""

    eager: bool
    samplewise: bool = False


class Stream(Source):
    """The batches of an iterable, fetched by a thread while the device computes.

    Args:
        batches: where they come from.
        convert: makes Data of what was fetched.
        check: raises an error if the values of batches are wrong.
        steps: steps of a pass; None: all batches. The next pass goes on where one ended.
        most: at most so many steps of each pass are made.
        anew: whether each pass begins with the first batch, if it can.
        single: whether each batch is wanted by itself.
        call: the method that the user called, for messages.
    """

    def __init__(
        self,
        batches: Batches,
        convert: Callable[[Any], Data],
        check: Callable[[Data, int], None],
        steps: int | None = None,
        most: int | None = None,
        anew: bool = False,
        single: bool = False,
        call: str = "fit",
    ) -> None:
        self.batches, self.convert, self.check = batches, convert, check
        self.goes_on = batches.once or (steps is not None and not anew)
        self.call, self.single = call, single
        self.asked, self.limit = steps, most
        self._count()
        self.iterator: Iterator[Any] | None = None
        self.seen = 0  # batches taken since the iterator was opened
        self.found = 0  # batches of the pass
        self.held: list[Data] = []  # the first batch, fetched before its pass
        self.packing: Packing | None = None
        self.short = self.begun = False
        name = f"{article(batches.name)} {batches.name}"
        self.path = f"chunks of batches from {name}, fetched while the device computes"
        self.advice_for_speed = (
            f"arrays in place of the {batches.name}, where they fit into memory, would lie on the device"
        )

    def _count(self) -> None:
        """Finds how many steps the next pass has; a data set may change its length."""
        self.wanted = self.batches.length if self.asked is None else self.asked
        known = [number for number in (self.wanted, self.limit) if number is not None]
        self.most = min(known, default=None)
        self.steps = self.most if self.wanted is not None else None

    def begin(self) -> None:
        """Fetches the first batch, by which the model is built."""
        self.batches.begin()
        self.begun = True
        self._open(None)
        found = self._next()
        if found is None:
            advice = " It was used up before, perhaps: make a new one." if self.batches.once else ""
            name = f"{article(self.batches.name)} {self.batches.name}"
            raise ValueError(EMPTY.format(call=self.call, name=name, advice=advice))
        self.held = [found]
        self.example, self.size = found, found.rows

    def windows(
        self, loop: Any, waiting: Callable[[], bool], start: int = 0, order: Any = None
    ) -> Iterator[Window]:
        if order is not None and not self.batches.ordered:
            raise ValueError(NO_ORDER.format(name=self.batches.name))
        if not self.begun:
            self.batches.begin()
        self.begun, self.short, self.found = True, False, 0
        self._count()
        if not self.held and (not self.goes_on or self.seen == self.batches.length):
            self._open(order)
        batches = self._pass(start)
        try:
            yield from (
                self._at_once(batches, start)
                if loop.eager
                else self._chunks(loop, batches, waiting, start)
            )
        finally:
            self.begun = False
            self.batches.end()
        if self.short:
            self.ran_out(self.found, self.wanted or self.found, self.advice)
        elif self.steps is None and self.limit is None:
            self.steps = self.found

    @property
    def advice(self) -> str:
        """What to do about too few batches."""
        return (ONCE if self.batches.once else SHORT).format(name=self.batches.name)

    def each(self, eager: bool) -> Iterator[Any]:
        windows = self.windows(OneByOne(eager), lambda: True)
        with closing(windows):  # type: ignore[type-var]
            for window in windows:
                yield window.batch(window.stop - 1)

    def ended(self, epoch: int, epochs: int) -> None:
        if not self.short:
            self.ran_out(epoch, epochs, self.advice, "epochs")

    def _at_once(self, batches: Iterator[Data], start: int) -> Iterator[Window]:
        """Each batch by itself, fetched here, where a debugger can follow."""
        for step, batch in enumerate(batches, start):
            self.check(batch, step)
            yield Window(step + 1, _always(batch.batch))

    def _chunks(
        self, loop: Any, batches: Iterator[Data], waiting: Callable[[], bool], step: int
    ) -> Iterator[Window]:
        packing = self.packing = self.packing or Packing(
            self.batches.name, loop.samplewise, self.batches.even, self.single
        )
        with Prefetch(batches, packing, self.check) as prefetch:
            while (packed := prefetch.take(waiting)) is not None:
                stop = step + packed.count
                yield Window(stop, _always(packed.batch), packed.data, None, -step)
                step = stop
                self.shapes = len(packing.shapes)

    # -- in the thread -------------------------------------------------------------------------------

    def _pass(self, start: int) -> Iterator[Data]:
        """The batches of the next pass, those before `start` left out."""
        while self.most is None or self.found < self.most:
            if self.batches.length is not None and self.seen >= self.batches.length:
                break
            batch = self._next()
            if batch is None and self.goes_on and self.found == 0 and not self.batches.once:
                self._open(None)
                batch = self._next()
            if batch is None:
                break
            self.seen, self.found = self.seen + 1, self.found + 1
            if self.found > start:
                yield batch
        self.short = self.wanted is not None and self.most is not None and self.found < self.most

    def _open(self, order: Any) -> None:
        if self.batches.once and self.iterator is not None:
            return
        self.close()
        self.iterator, self.seen = self.batches.open(order), 0

    def _next(self) -> Data | None:
        """The next batch as arrays; None where there is none."""
        if self.held:
            return self.held.pop()
        assert self.iterator is not None
        try:
            return self.convert(next(self.iterator))
        except StopIteration:
            self.exhausted = self.batches.once
            return None
        except Exception as error:
            note(error, FETCHING.format(number=self.found, name=self.batches.name))
            raise

    def close(self) -> None:
        if self.iterator is not None and not self.batches.once and hasattr(self.iterator, "close"):
            self.iterator.close()
        if not self.batches.once:
            self.iterator = None


def article(name: str) -> str:
    """Its indefinite article."""
    return "an" if name[0].lower() in "aeiou" else "a"


def _always(batch: Any) -> Callable[[int], Any]:
    """Gives this batch, whatever the step."""
    return lambda step: batch
