"""Passes over the data: how many steps each call of the compiled loop takes, and what happens in
between."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import jax
import numpy as np

from cornu.core import peers
from cornu.core.errors import warn
from cornu.core.in_force import in_force
from cornu.training.ahead import Ahead, Stopwatch
from cornu.training.callback import Begin
from cornu.training.callbacks import CallbackList
from cornu.training.clock import Clock
from cornu.training.looking import Looking
from cornu.training.loop import AHEAD, Loop
from cornu.training.progress import INTERVAL, Progress
from cornu.training.replay import Replay
from cornu.training.sources.source import Source
from cornu.training.state import to_floats
from cornu.training.windows import Window

LONGEST = 0.5  # seconds that one call may take where nothing is drawn: how long Ctrl-C waits at most
FIRST_STEPS = 16
UNKNOWN = 1_000_000  # steps that are taken to be still to come where nobody knows
OTHER_STEPS = (
    "The processes do not get the same batches: process {process} is at step {own[step]} of "
    "{own[phase]} data that lie ready until step {own[stop]}, process 0 at step {first[step]} of "
    "{first[phase]} data until step {first[stop]}. Let all give as many batches, or set "
    "steps_per_epoch."
)
_FULL = {"steps": "steps_per_epoch", "epochs": "epochs"}
_CALLED = {"train": "training", "test": "evaluation"}
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
        source: what to go over.
        progress: the display.
        phase: 'train' or 'test', as in the names of callback methods.
        stride: steps between two calls of callbacks that look at batches.
        passes: how many passes are planned.
    """

    def __init__(
        self, loop: Loop, source: Source, progress: Progress, phase: str, stride: int, passes: int = 1
    ) -> None:
        self.loop, self.source, self.progress = loop, source, progress
        self.phase, self.stride = phase, stride
        progress.steps = source.steps
        self.steps_to_come = UNKNOWN if source.steps is None else source.steps * passes
        self.short_steps = Stopwatch()
        self.clock = Clock()
        self.chunk = FIRST_STEPS
        self.limit = INTERVAL if progress.verbose == 1 else LONGEST
        self.warm = False
        self.replay: Replay | None = None  # where a callback wants to know of NaN
        self.begin: Begin | None = None  # where the next pass begins, if not at its first step

    def start(self) -> tuple[int, dict[str, Any]]:
        """The first step of this pass, and the logs until there."""
        begin, self.begin = self.begin or Begin(0), None
        return begin.step, dict(begin.logs)

    def adapt(self, steps: int, seconds: float) -> None:
        """Chooses the next number of steps so that a call takes about as long as it may."""
        if self.warm and seconds < self.limit / 2 and steps >= self.chunk:
            self.chunk *= 4
        elif self.warm and seconds > 2 * self.limit:
            self.chunk = max(self.chunk // 4, 1)
        self.warm = True

    def show(self, step: int, logs: dict[str, Any]) -> None:
        """Draws the progress bar, if it is time."""
        if self.progress.due:
            self.progress.update(step, to_floats(logs))


def run_pass(work: Pass, callbacks: CallbackList, interrupt: Interrupt, model: Any) -> dict[str, Any]:
    """Goes over the data once; gives the logs at the end.

    Args:
        work: the pass.
        callbacks, interrupt, model: who may end it early.
    """
    step, logs = work.start()
    turn = Turn(work, callbacks, interrupt, model, step, logs)
    windows = work.clock.windows(work.source.windows(work.loop, turn.goes_on, step))
    with closing(windows):
        for window in windows:
            while turn.step < window.stop and turn.goes_on():
                turn.advance(window)
            if not turn.goes_on():
                break
    turn.end_group()
    work.steps_to_come -= turn.step
    if work.source.steps is not None:
        work.progress.steps = work.source.steps
    return to_floats(turn.logs)


class Turn:
    """One pass under way: how far it is, and who may end it."""

    def __init__(
        self,
        work: Pass,
        callbacks: CallbackList,
        interrupt: Interrupt,
        model: Any,
        step: int,
        logs: dict[str, Any],
    ) -> None:
        self.work, self.callbacks, self.interrupt, self.model = work, callbacks, interrupt, model
        self.step = self.told = self.group_end = self.first = step
        self.logs = logs
        self.looking = Looking(callbacks, work.phase)
        self.watched = self.looking.any
        self.halt = callbacks.stops_on_nan and work.phase == "train"
        if self.halt and work.replay is None:
            work.replay = Replay(model, work.loop)
        compiled = work.stride == 1 and not work.loop.eager and not work.loop.shared
        self.ahead = self.looking.each and work.phase == "train" and not self.halt and compiled
        # A model that is told before to stop does so after its first steps, as with Keras.
        self.few = self.looking.each or self.stopped

    @property
    def stopped(self) -> bool:
        return bool(getattr(self.model, _STOP[self.work.phase]))

    def goes_on(self) -> bool:
        """Whether nobody wants the pass to end; a pass makes one step at least."""
        return not (self.interrupt.requested or (self.stopped and self.step > self.first))

    def advance(self, window: Window) -> None:
        """Takes as many steps of the window as may be taken at once."""
        work = self.work
        if self.ahead and work.short_steps.pays and window.data is not None:
            self._run_ahead(window)
            return
        start = self.step
        self._begin_group(window)
        stop = min(self.group_end, window.stop)
        if work.replay is not None:
            work.replay.before(window, start, stop)
        started = time.perf_counter()
        self.logs = jax.block_until_ready(work.loop.run(window, start, stop, self.halt))
        seconds = time.perf_counter() - started
        work.adapt(stop - start, seconds)
        work.clock.ran(window, stop - start, seconds)
        if self.ahead:
            work.short_steps.note(seconds, work.steps_to_come - start)
        self.step = work.loop.reached
        if work.replay is not None and not np.isfinite(self.logs.get("loss", 0.0)):
            finding = work.replay.explain(self.step - 1)
            self.callbacks.halt(self.step - 1, to_floats(self.logs), finding)
        if self.step == self.group_end or not self.goes_on():
            self.end_group()
        work.show(self.step, self.logs)

    def _as_the_first(self, most: int, stop: int) -> int:
        """How many steps process 0 takes now, by its clock: all processes must take as many."""
        own = {"step": self.step, "stop": stop, "phase": self.work.phase}
        mine = {**own, "most": most, "interrupt": self.interrupt.requested}
        first = peers.led(mine, _CALLED[self.work.phase])
        if any(first[name] != value for name, value in own.items()):
            raise RuntimeError(OTHER_STEPS.format(process=in_force.process, own=own, first=first))
        self.interrupt.requested |= first["interrupt"]
        return int(first["most"])

    def _begin_group(self, window: Window) -> None:
        """Tells callbacks of the steps that come, as many as lie between two of their calls."""
        if self.step >= self.group_end:
            most = self.work.stride if self.few else min(self.work.chunk, self.looking.wait())
            if self.work.loop.shared:
                most = self._as_the_first(int(most), window.stop)
            self.group_end = self.step + int(most)
            if self.watched:
                self.callbacks.call(f"on_{self.work.phase}_batch_begin", self.step, {})

    def end_group(self) -> None:
        """Tells callbacks of the steps that are done, if they were told that these begin."""
        if self.watched and self.step > self.told:
            self.logs, self.told = to_floats(self.logs), self.step
            self.callbacks.call(f"on_{self.work.phase}_batch_end", self.step - 1, self.logs)

    def _run_ahead(self, window: Window) -> None:
        """Takes short steps in one call, and shows them to the callbacks one by one."""
        most = int(min(self.looking.wait(), AHEAD))
        ahead = Ahead(self.work.loop, window, self.step, most)
        with ahead as each:
            for logs in each:
                self.callbacks.call("on_train_batch_begin", self.step, {})
                self.step, self.logs = self.step + 1, logs
                self.told = self.group_end = self.step
                if ahead.touched:
                    again = self.work.loop.run(window, self.step - 1, self.step)
                    self.logs = to_floats(jax.block_until_ready(again))
                ahead.seen = self.step
                self.callbacks.call("on_train_batch_end", self.step - 1, self.logs)
                if not self.goes_on():
                    ahead.go_back()
                if ahead.touched:
                    self.work.short_steps.pays = False
                    break
                self.work.show(self.step, self.logs)


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
