"""Prefetch: a thread that fetches batches and puts them on the device while the device computes."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from cornu.training.data import Data
from cornu.training.sources.packing import ROOM, Packed, Packing, Slots

READY = 2  # chunks that lie ready, at most
WORTH = 0.002  # seconds of work that make a call of the program worth while, and that are waited for it
LOOK = 0.1  # seconds between two looks at whether anybody wants to stop
LEAVE = 2.0  # seconds that a thread is waited for when a pass ends early


class Prefetch:
    """A context in which batches are fetched ahead, a few chunks at most.

    The first batch is handed over at once. After that a call of the program gets as many as are there,
    if these are work enough, or a full chunk.

    Args:
        batches: the batches of a pass; they are fetched in a thread.
        packing: how they are put together.
        check: raises an error if the values of these batches, the first of them so numbered, are wrong.
    """

    def __init__(
        self, batches: Iterator[Data], packing: Packing, check: Callable[[Data, int], None]
    ) -> None:
        self.batches, self.packing, self.check = batches, packing, check
        self.changed = threading.Condition()
        self.ready: deque[Packed] = deque()
        self.slots: Slots | None = None
        self.shapes: Any = None  # those of the batches in the slots
        self.number = 0  # of batches fetched
        self.putting = self.done = self.closed = False
        self.error: BaseException | None = None
        self.wanted = 1  # batches that the taker waits for
        self.handed: tuple[float, int] | None = None  # when the last ones were handed over, how many
        self.thread = threading.Thread(target=self._run, name="cornu-data", daemon=True)

    def __enter__(self) -> Prefetch:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.thread.join(LEAVE)

    # -- in the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            for batch in self.batches:
                if not self._add(batch):
                    return
        except BaseException as error:
            self._end(error)
        else:
            self._end(None)

    def _end(self, error: BaseException | None) -> None:
        with self.changed:
            self.error, self.done = self.error or error, True
            self.changed.notify_all()

    def _add(self, batch: Data) -> bool:
        """Takes in one batch; whether more are wanted."""
        place = self.packing.place(batch, self.number)
        if self.slots is not None and place != self.shapes:
            self._put(self._take_slots())
        if place is None:
            error = _checked_alone(batch, self.check, self.number)
            if error is not None:
                raise error
            self._append(Packed(1, batch=batch.batch))
        else:
            with self.changed:
                if self.slots is None:
                    where = self.packing.where
                    masked = self.packing.samplewise and not self.packing.even
                    self.slots, self.shapes = (
                        Slots(batch, place[1], masked, self.number, where, self.packing.own),
                        place,
                    )
                self.slots.add(batch)
                full, filled = self.slots.full, self.slots.filled
                if not full and filled >= self.wanted and not self.ready:
                    self.changed.notify_all()
            if full:
                self._put(self._take_slots())
        self.number += 1
        with self.changed:
            while len(self.ready) >= READY and not self.closed:
                self.changed.wait()
            return not self.closed

    def _take_slots(self) -> Slots | None:
        """The slots as they are now, unless they have been taken; who takes them puts them."""
        with self.changed:
            slots, self.slots = self.slots, None
            self.putting = slots is not None
        return slots

    def _put(self, slots: Slots | None) -> None:
        if slots is None:
            return
        error = slots.checked(self.check)
        packed = slots.packed() if slots.filled else None
        with self.changed:
            self.putting = False
        if packed is not None:
            self._append(packed)
        if error is not None:
            raise error

    def _append(self, packed: Packed) -> None:
        with self.changed:
            self.ready.append(packed)
            self.changed.notify_all()

    # -- in the loop ----------------------------------------------------------------------------------

    def take(self, waiting: Callable[[], bool]) -> Packed | None:
        """The next batches, as soon as there are any; None at the end, or if `waiting` says so."""
        self._want()
        until = time.perf_counter() + (WORTH if self.handed else 0.0)
        if getattr(self.packing.where, "shared", False):
            until = math.inf
        while True:
            with self.changed:
                if self.ready:
                    packed = self.ready.popleft()
                    self.changed.notify_all()
                    break
                slots = self._partial(until)
                if slots is None:
                    if self.done and not self.putting:
                        if self.error is not None:
                            raise self.error
                        return None
                    if not waiting():
                        return None
                    hurry = self.slots is not None and not self.putting
                    left = max(until - time.perf_counter(), 0.0) + 1e-4 if hurry else LOOK
                    self.changed.wait(min(left, LOOK))
                    continue
            found = self._finished(slots)
            if found is None:
                continue
            packed = found
            break
        self.handed = time.perf_counter(), packed.count
        self.packing.warn_of_shapes()
        return packed

    def _want(self) -> None:
        """Sets how many batches are worth a call, from how long the last ones took."""
        if getattr(self.packing.where, "shared", False):  # all processes must take the same batches
            self.wanted = ROOM
        elif self.handed is not None:
            at, count = self.handed
            each = max(time.perf_counter() - at, 1e-6) / count
            self.wanted = max(1, int(WORTH / each))

    def _partial(self, until: float) -> Slots | None:
        """The slots that are not full yet, if they are enough or nothing else is to come."""
        if self.slots is None or self.putting:
            return None
        if self.slots.filled >= self.wanted or self.done or time.perf_counter() >= until:
            slots, self.slots = self.slots, None
            return slots
        return None

    def _finished(self, slots: Slots) -> Packed | None:
        """The batches in the slots, checked; an error in them is raised when those before are done."""
        error = slots.checked(self.check)
        if error is not None:
            with self.changed:
                self.error, self.done, self.closed, self.slots = error, True, True, None
                self.ready.clear()
                self.changed.notify_all()
        return slots.packed() if slots.filled else None


def _checked_alone(batch: Data, check: Callable[[Data, int], None], number: int) -> Exception | None:
    try:
        check(batch, number)
    except Exception as error:
        return error
    return None


__all__ = ["Prefetch"]
