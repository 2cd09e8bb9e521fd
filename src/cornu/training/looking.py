"""How often callbacks look at batches."""

from __future__ import annotations

import math
from collections.abc import Iterable

from cornu.training.callback import Callback

_TRAIN = ("on_batch_begin", "on_batch_end")


class Looking:
    """Which callbacks look at the batches of a pass: each batch, or only every so many.

    Args:
        callbacks: all callbacks.
        phase: 'train', 'test' or 'predict'.
    """

    def __init__(self, callbacks: Iterable[Callback], phase: str) -> None:
        impatient, patient = told_apart(callbacks, phase)
        self.patient = [callback for callback in patient if callback.looks_in() < math.inf]
        self.each = bool(impatient)  # whether any wants to see each batch
        self.any = self.each or bool(self.patient)

    def wait(self) -> float:
        """How many batches may pass until one of the patient looks; infinity where there are none."""
        return max(min((callback.looks_in() for callback in self.patient), default=math.inf), 1)


def told_apart(callbacks: Iterable[Callback], phase: str) -> tuple[list[Callback], list[Callback]]:
    """The callbacks that want to see each batch of a phase, and those that say when they look."""
    methods = (
        f"on_{phase}_batch_begin",
        f"on_{phase}_batch_end",
        *(_TRAIN if phase == "train" else ()),
    )
    watching = [callback for callback in callbacks if callback.overrides(*methods)]
    patient = [each for each in watching if phase == "train" and _says_when(each, methods)]
    return [each for each in watching if each not in patient], patient


def _says_when(callback: Callback, methods: tuple[str, ...]) -> bool:
    """Whether `looks_in` was written beside what is done then, or below it, so that it holds for it."""
    places = type(callback).__mro__

    def place(name: str) -> int:
        return next(i for i, cls in enumerate(places) if name in vars(cls))

    own = any(method in vars(callback) for method in methods)
    return not own and place("looks_in") <= min(map(place, methods))


__all__ = ["Looking", "told_apart"]
