"""Streams: batches that come one after another, from a generator, a data loader or a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any, NamedTuple

from cornu.core import placement
from cornu.core.errors import note, warn
from cornu.random import generator_states, set_generator_states
from cornu.training.data import Data
from cornu.training.sources.packing import Packing
from cornu.training.sources.prefetch import Prefetch
from cornu.training.sources.source import Source
from cornu.training.sources.track import Track, same_states
from cornu.training.windows import Window

EMPTY = "{call} got {name} that gives no batch.{advice}"
ONCE = (
    "The {name} gives its batches only once: let it give at least steps * epochs of them, or go on "
    "without end (while True: ...)."
)
SHORT = "The {name} has fewer batches than were asked for."
FETCHING = "  while fetching batch {number} of a pass over the {name}"
REWOUND = (
    "BackupAndRestore: a {name} cannot be rewound; training goes on with the batches that it gives now. "
    "A cornu.utils.PyDataset would go on at the same batch."
)
FOREIGN = (
    "BackupAndRestore: the order of a {name}, if it is random, is drawn by a generator of {library}'s, "
    "which is not kept; training goes on with the order that it gives now."
)
OTHER_LENGTH = (
    "BackupAndRestore: the {name} had {theirs} batches when the backup was made, and now has {mine}; it "
    "begins anew."
)
LIBRARIES = {"torch": "PyTorch", "tensorflow": "TensorFlow"}  # which draw orders themselves


class Batches(ABC):
    """Where the batches of a stream come from.

    Attributes:
        name: what the user would call it.
        length: how many batches one time through it has; None: not known, or without end.
        once: whether it can be gone through only once.
        even: whether all batches are known to have as many rows.
        numbered: whether any batch can be fetched without those before it.
        silent: whether it is known that to fetch a batch changes nothing.
        raced: whether several threads fetch batches.
        own: the rows of each full batch that are there, where other processes have the rest.
        owner: the user's object, whose own state a backup keeps.
    """

    name = "iterator"
    length: int | None = None
    once = False
    even = False
    numbered = silent = raced = False
    own: slice | None = None
    owner: Any = None

    def order(self) -> Any:
        """Draws an order for the next time through; None where there is none to choose."""
        return None

    @abstractmethod
    def open(self, order: Any = None, skip: int = 0) -> Iterator[Any]:
        """Begins anew, in this order, after the first batches."""

    def begin(self) -> None:  # noqa: B027
        """Called at the begin of an epoch."""

    def end(self) -> None:  # noqa: B027
        """Called at the end of an epoch."""


class OneByOne(NamedTuple):
    """Stands for a loop that takes each batch by itself."""

    eager: bool
    samplewise: bool = False
    placement: Any = None


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
        self.track: Track | None = None  # where a backup wants to know the place
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
        self._begin_pass()
        found = self._next()
        if found is None:
            advice = " It was used up before, perhaps: make a new one." if self.batches.once else ""
            name = f"{article(self.batches.name)} {self.batches.name}"
            raise ValueError(EMPTY.format(call=self.call, name=name, advice=advice))
        self.held = [found]
        where = placement.current()
        own_part = where is not None and where.each_its_own
        self.example, self.size = found, where.total(found.rows) if own_part else found.rows

    def _begin_pass(self) -> None:
        """Tells the data set that a pass begins, and opens it unless it goes on where one ended."""
        if self.track is not None:
            self.track.begin_pass(self.seen if self._goes_on else 0)
        self.batches.begin()
        self.begun = True
        if not self._goes_on:
            self._open()

    @property
    def _goes_on(self) -> bool:
        """Whether the next pass takes up where one ended."""
        opened = self.iterator is not None and self.goes_on
        return opened and (self.batches.once or self.seen != self.batches.length)

    def windows(self, loop: Any, waiting: Callable[[], bool], start: int = 0) -> Iterator[Window]:
        if not self.begun:
            self._begin_pass()
        self.short, self.found = False, start
        self._count()
        batches = self._pass()
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
            self.batches.name,
            loop.samplewise,
            self.batches.even,
            self.single,
            loop.placement,
            self.batches.own,
        )
        with Prefetch(batches, packing, self.check) as prefetch:
            while (packed := prefetch.take(waiting)) is not None:
                stop = step + packed.count
                yield Window(stop, _always(packed.batch), packed.data, None, -step)
                step = stop
                self.shapes = len(packing.shapes)

    # -- for a backup --------------------------------------------------------------------------------

    def keep_place(self) -> None:
        self.track = Track(self.batches)

    def place(self) -> dict[str, Any]:
        if self.track is None or self.batches.once:
            return {}
        if self.begun:
            return self.track.during_pass()
        return self.track.snapshot(self.seen if self._goes_on else 0)

    def go_to(self, place: dict[str, Any], step: int | None) -> None:
        if self.track is None or self.batches.once:
            warn(REWOUND.format(name=self.batches.name))
            return
        self.close()
        self.held, self.begun, self.seen = [], False, 0
        if not self._is_same(place):
            step = None
        numbered, turn = self.batches.numbered, place["turn"]
        own = place if numbered or not turn or step is None else turn
        self.track.own.take(own["own"])
        if step is None or not (step or turn):
            return
        saved = generator_states()
        set_generator_states(place["generators"])
        if step:
            self.batches.begin()
            self.begun, self.track.start = True, place
        if not self._replay(place, step):
            set_generator_states(saved)

    def _is_same(self, place: dict[str, Any]) -> bool:
        """Whether these are the batches that the place is of, as far as one can tell; warns if not."""
        name, length = self.batches.name, self.batches.length
        library = LIBRARIES.get(type(self.batches.owner).__module__.split(".")[0])
        if library is not None:
            warn(FOREIGN.format(name=name, library=library))
        if place["length"] != length:
            warn(OTHER_LENGTH.format(name=name, theirs=place["length"], mine=length))
        return bool(place["length"] == length)

    def _replay(self, place: dict[str, Any], step: int) -> bool:
        """Opens the data and leaves out what had been taken; whether the generators of all random
        numbers are by that where they were: if fetching a batch draws from them."""
        drawn, turn = generator_states(), place["turn"]
        known = self.batches.numbered
        skip = place["seen"] + (step if place.get("silent") else 0) if known else 0
        self._open(skip, turn)
        if known and turn:
            set_generator_states(drawn)
        left = place["seen"] + step - skip
        first = self._leave_out(min(left, 1))
        self._leave_out(left - 1)
        self.seen = place["seen"] + step
        if not step or not left or step == self.most:
            return False
        found = self._next()  # one more: two tell whether they draw
        self.held = [] if found is None else [found]
        return not same_states(first, generator_states())

    def _leave_out(self, count: int) -> dict[str, Any]:
        """Takes batches that had been taken before; gives the states of the generators then."""
        assert self.iterator is not None
        for _ in islice(self.iterator, max(count, 0)):
            pass
        return generator_states()

    # -- in the thread -------------------------------------------------------------------------------

    def _pass(self) -> Iterator[Data]:
        """The batches of the next pass, or those that are left of it."""
        while self.most is None or self.found < self.most:
            if self.batches.length is not None and self.seen >= self.batches.length:
                break
            batch = self._next()
            if batch is None and self.goes_on and self.found == 0 and not self.batches.once:
                self._open()
                batch = self._next()
            if batch is None:
                break
            self.seen, self.found = self.seen + 1, self.found + 1
            yield batch
        self.short = self.wanted is not None and self.most is not None and self.found < self.most

    def _open(self, skip: int = 0, turn: Any = None) -> None:
        """Begins anew, after the first batches; or as when a time through the data began."""
        if self.batches.once and self.iterator is not None:
            return
        self.close()
        self.held = []
        if self.track is not None:
            self.track.open(turn)
        self.iterator, self.seen = self.batches.open(self.batches.order(), skip), skip
        if self.track is not None:
            self.track.opened()

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
