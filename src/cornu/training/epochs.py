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
from cornu.training.ahead import Ahead, Stopwatch
from cornu.training.callback import Begin
from cornu.training.callbacks import CallbackList
from cornu.training.data import Data
from cornu.training.looking import Looking
from cornu.training.loop import AHEAD, Loop
from cornu.training.progress import INTERVAL, Progress
from cornu.training.replay import Replay
from cornu.training.state import to_floats

LONGEST = 0.5  # seconds that one call may take where nothing is drawn: how long Ctrl-C waits at most
FIRST_STEPS = 16
_FULL = {"steps": "steps_per_epoch", "epochs": "epochs"}
_STOP = {"train": "stop_training", "test": "stop_evaluating"}  # what a callback sets on the model


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
        passes: how many passes are planned.
    """

    def __init__(
        self,
        loop: Loop,
        data: Data,
        progress: Progress,
        phase: str,
        shuffle: bool,
        stride: int,
        passes: int = 1,
    ) -> None:
        self.loop, self.data, self.progress = loop, data, progress
        self.phase, self.shuffle, self.stride = phase, shuffle, stride
        self.steps = progress.steps = capped(loop.steps(data.rows), "steps", max_steps_per_epoch())
        self.steps_to_come = self.steps * passes
        self.short_steps = Stopwatch()
        self.chunk = FIRST_STEPS
        self.limit = INTERVAL if progress.verbose == 1 else LONGEST
        self.warm = False
        self.replay: Replay | None = None  # where a callback wants to know of NaN
        self.begin: Begin | None = None  # where the next pass begins, if not at its first step

    def start(self) -> tuple[int, dict[str, Any]]:
        """The first step of this pass, and the logs until there, once the order of rows is drawn."""
        begin, self.begin = self.begin, None
        if begin is None:
            return 0, {}
        begin.drawn()
        return min(begin.step, self.steps), dict(begin.logs)

    def adapt(self, steps: int, seconds: float) -> None:
        """Chooses the next number of steps so that a call takes about as long as it may."""
        if self.warm and seconds < self.limit / 2 and steps >= self.chunk:
            self.chunk *= 4
        elif self.warm and seconds > 2 * self.limit:
            self.chunk = max(self.chunk // 4, 1)
        self.warm = True

    @property
    def can_run_ahead(self) -> bool:
        """Whether every step of the pass is compiled, and a moment of its own for callbacks."""
        complete = self.steps == self.loop.steps(self.data.rows)
        return self.stride == 1 and complete and not self.loop.eager

    def show(self, step: int, logs: dict[str, Any]) -> None:
        """Draws the progress bar, if it is time."""
        if self.progress.due:
            self.progress.update(step, to_floats(logs))


def run_pass(work: Pass, callbacks: CallbackList, interrupt: Interrupt, model: Any) -> dict[str, Any]:
    """Goes over the data once; gives the logs at the end."""
    rows = work.data.rows
    order = np.random.permutation(rows).astype(np.uint32) if work.shuffle else None
    looking = Looking(callbacks, work.phase)
    watched = looking.any
    halt = callbacks.stops_on_nan and work.phase == "train"
    if halt and work.replay is None:
        work.replay = Replay(model, work.loop, work.data)
    ahead = looking.each and work.phase == "train" and not halt and work.can_run_ahead
    step, logs = work.start()
    while step < work.steps:
        if ahead and work.short_steps.pays and step < work.loop.whole_steps(rows):
            most = int(min(looking.wait(), AHEAD))
            step, logs = _run_ahead(work, order, step, most, callbacks, interrupt, model)
        else:
            few = looking.each or getattr(model, _STOP[work.phase])
            take = work.stride if few else min(work.chunk, looking.wait())
            stop = int(min(step + take, work.steps))
            if watched:
                callbacks.call(f"on_{work.phase}_batch_begin", step, {})
            if work.replay is not None:
                work.replay.before(order, step, stop)
            started = time.perf_counter()
            logs = jax.block_until_ready(work.loop.run(work.data, order, step, stop, halt))
            seconds = time.perf_counter() - started
            work.adapt(stop - step, seconds)
            if ahead:
                work.short_steps.note(seconds, work.steps_to_come - step)
            stop = work.loop.reached
            if work.replay is not None and not np.isfinite(logs.get("loss", 0.0)):
                callbacks.halt(stop - 1, to_floats(logs), work.replay.explain(stop - 1))
            if watched:
                logs = to_floats(logs)
                callbacks.call(f"on_{work.phase}_batch_end", stop - 1, logs)
            step = stop
            work.show(step, logs)
        if interrupt.requested or getattr(model, _STOP[work.phase]):
            break
    work.steps_to_come -= step
    return to_floats(logs)


def _run_ahead(
    work: Pass,
    order: Any,
    step: int,
    most: int,
    callbacks: CallbackList,
    interrupt: Interrupt,
    model: Any,
) -> tuple[int, dict[str, Any]]:
    """Takes short steps in one call, at most so many, and shows them to the callbacks one by one; gives
    the number of steps done, and the logs."""
    logs: dict[str, Any] = {}
    ahead = Ahead(work.loop, work.data, order, step, most)
    with ahead as each:
        for logs in each:
            callbacks.call("on_train_batch_begin", step, {})
            step += 1
            if ahead.touched:
                logs = to_floats(jax.block_until_ready(work.loop.run(work.data, order, step - 1, step)))
            ahead.seen = step
            callbacks.call("on_train_batch_end", step - 1, logs)
            if interrupt.requested or model.stop_training:
                ahead.go_back()
            if ahead.touched:
                work.short_steps.pays = False
                break
            work.show(step, logs)
    return step, logs


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
