"""Passes over the data: how many steps each call of the compiled loop takes, and what happens in
between."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

from cornu.core.errors import warn
from cornu.core.settings import max_steps_per_epoch
from cornu.training.callbacks import CallbackList
from cornu.training.data import Data
from cornu.training.loop import Loop
from cornu.training.progress import INTERVAL, Progress
from cornu.training.state import to_floats

LONGEST = 0.5  # seconds that one call may take where nothing is drawn: how long Ctrl-C waits at most
FIRST_STEPS = 16
_FULL = {"steps": "steps_per_epoch", "epochs": "epochs"}


def capped(asked: int, what: str, most: int | None) -> int:
    """A number of epochs or steps, and no more than `cornu.config` allows."""
    if most is None or asked <= most:
        return asked
    warn(f"Only {most} of {asked} {what} are made, as set by cornu.config.set_max_{_FULL[what]}.")
    return most


class Pass:
    """What a pass over the data needs.

    Args:
        loop: the compiled loop.
        data: what to go over.
        progress: the display.
        phase: 'train' or 'test', as in the names of callback methods.
        shuffle: whether each pass takes the rows in a new order.
        stride: steps between two calls of callbacks that look at batches.
    """

    def __init__(
        self, loop: Loop, data: Data, progress: Progress, phase: str, shuffle: bool, stride: int
    ) -> None:
        self.loop, self.data, self.progress = loop, data, progress
        self.phase, self.shuffle, self.stride = phase, shuffle, stride
        self.steps = progress.steps = capped(loop.steps(data.rows), "steps", max_steps_per_epoch())
        self.chunk = FIRST_STEPS
        self.limit = INTERVAL if progress.verbose == 1 else LONGEST
        self.warm = False

    def adapt(self, steps: int, seconds: float) -> None:
        """Chooses the next number of steps so that a call takes about as long as it may."""
        if self.warm and seconds < self.limit / 2 and steps >= self.chunk:
            self.chunk *= 4
        elif self.warm and seconds > 2 * self.limit:
            self.chunk = max(self.chunk // 4, 1)
        self.warm = True


def run_pass(
    work: Pass, callbacks: CallbackList, interrupt: Interrupt, model: Any = None
) -> dict[str, Any]:
    """Goes over the data once; gives the logs at the end."""
    rows = work.data.rows
    order = np.random.permutation(rows).astype(np.uint32) if work.shuffle else None
    watched = callbacks.watches(work.phase)
    halt = callbacks.stops_on_nan and work.phase == "train"
    begin, end = f"on_{work.phase}_batch_begin", f"on_{work.phase}_batch_end"
    step, logs = 0, {}
    while step < work.steps:
        stop = min(step + (work.stride if watched else work.chunk), work.steps)
        if watched:
            callbacks.call(begin, step, {})
        started = time.perf_counter()
        logs = jax.block_until_ready(work.loop.run(work.data, order, step, stop, halt))
        work.adapt(stop - step, time.perf_counter() - started)
        if watched:
            logs = to_floats(logs)
            callbacks.call(end, stop - 1, logs)
        if work.progress.due:
            work.progress.update(stop, to_floats(logs))
        step = stop
        if interrupt.requested or (halt and not np.isfinite(logs["loss"])):
            break
        if model is not None and watched and model.stop_training:
            break
    return to_floats(logs)


class Interrupt:
    """Whether Ctrl-C was pressed, and where training was."""

    def __init__(self) -> None:
        self.requested = False
        self.where = ""

    def request(self, signum: int, frame: Any) -> None:
        if self.requested:  # pressed again: the user does not want to wait
            raise KeyboardInterrupt
        self.requested = True

    def raise_if_requested(self) -> None:
        if self.requested:
            place = f" in {self.where}" if self.where else ""
            raise KeyboardInterrupt(f"Stopped{place}. The model keeps the weights it had reached.")


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Within the block, Ctrl-C waits until the compiled loop has returned and the weights are in
    place."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    previous = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, interrupt.request)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, previous)
