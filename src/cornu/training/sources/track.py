"""Track: what a backup has to know of a stream, to come to the same batch again."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import warn
from cornu.random import generator_states, set_generator_states
from cornu.training.sources.own_state import OwnState

State = dict[str, Any]
RACED = (
    "BackupAndRestore: several workers of {name} draw random numbers, in an order that is another in "
    "each run, so a run that goes on will not end with the same bits. Draw them by index, as from "
    "numpy.random.default_rng((epoch, index)), or use one worker."
)


class Track:
    """The states of random generators and of the user's data set where a time through it began, and
    where a pass did; between them lie whole batches, which can be counted.

    Args:
        batches: where batches come from, as the program made it.
    """

    def __init__(self, batches: Any) -> None:
        self.batches = batches
        self.own = OwnState(batches.owner)
        self.turn = self.start = self._now()  # where the time through the data began; where the pass
        self._opened = generator_states()
        self._told = False

    def _now(self) -> State:
        return {"own": self.own.values(), "generators": generator_states()}

    def snapshot(self, seen: int) -> State:
        """The place between two passes, after so many batches of this time through."""
        turn = self.turn if seen else None
        return {**self._now(), "seen": seen, "turn": turn, "length": self.batches.length}

    def begin_pass(self, seen: int) -> None:
        self.start = self.snapshot(seen)

    def open(self, turn: State | None) -> None:
        """A time through begins: now, or again as one that began so."""
        self.turn = turn or self._now()
        if turn is not None:
            set_generator_states(turn["generators"])

    def opened(self) -> None:
        self._opened = generator_states()

    def during_pass(self) -> State:
        """The place where the pass began, and whether it changes nothing to fetch a batch."""
        untouched = same_states(generator_states(), self._opened)
        silent = untouched and not self.own.differs(self.start["own"])
        if not silent and self.batches.raced and not self._told:
            self._told = True
            warn(RACED.format(name=type(self.batches.owner).__name__))
        return {**self.start, "silent": self.batches.silent or silent}


def same_states(one: State, other: State) -> bool:
    """Whether two states of the generators are the same."""
    return one["python"] == other["python"] and all(
        np.array_equal(mine, theirs)
        for mine, theirs in zip(
            (*one["numpy"], one["unseeded"]), (*other["numpy"], other["unseeded"]), strict=True
        )
    )


__all__ = ["Track", "same_states"]
