"""When a callback saves: after epochs or batches, each time or only what is better than before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from cornu.core.errors import describe, warn
from cornu.core.settings import show
from cornu.training.callback import Logs
from cornu.training.callbacks.backup_and_restore import check_save_freq
from cornu.training.callbacks.history import other_spelling
from cornu.training.callbacks.monitor import MonitorCallback

NOT_ONE_NUMBER = '{who}: "{monitor}" is {value}, not one number, so the model is saved each time.'


class Saver(MonitorCallback):
    """Base of callbacks that save a model while it is trained.

    Args:
        monitor, mode: the log that tells the best, as in `MonitorCallback`.
        verbose: 1 prints a line each time.
        save_best_only: whether to save only what is better than all before.
        save_freq: 'epoch', or a number of batches.
        initial_value_threshold: a value that the best must be better than.
        period: save after every so many epochs.
    """

    def __init__(
        self,
        monitor: str,
        mode: str,
        verbose: int,
        save_best_only: bool,
        save_freq: Any,
        initial_value_threshold: float | None,
        period: int = 1,
    ) -> None:
        super().__init__(monitor, mode)
        check_save_freq(type(self).__name__, save_freq)
        self.verbose, self.save_freq, self.period = verbose, save_freq, period
        self.save_best_only, self.best = bool(save_best_only), initial_value_threshold
        self._epoch = self._step = self._since = self._epochs_since = 0
        self._batches = 0  # in all

    def _write(self, epoch: int, logs: Logs, batch: Mapping[str, int]) -> str | None:
        """Saves the model; gives where to, or None if that failed. `batch` is empty after an epoch."""
        raise NotImplementedError

    # -- the moments ---------------------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch, self._step = epoch, 0

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._since += batch + 1 - self._step
        self._batches += batch + 1 - self._step
        self._step = batch + 1
        if self.save_freq != "epoch" and self._since >= self.save_freq:
            self._since = 0
            self._save(self._epoch, logs or {}, {"batch": batch + 1})

    def looks_in(self) -> float:
        return math.inf if self.save_freq == "epoch" else self.save_freq - self._since

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._epochs_since += 1
            if self._epochs_since >= self.period:
                self._epochs_since = 0
                self._save(epoch, logs or {}, {})

    def backup_state(self) -> dict[str, Any]:
        names = ("best", "found", "_epoch", "_step", "_since", "_epochs_since")
        return {name: getattr(self, name) for name in names}

    # -- saving --------------------------------------------------------------------------------------

    def _save(self, epoch: int, logs: Logs, batch: Mapping[str, int]) -> None:
        current = self._monitored(logs) if self.save_best_only else None
        if current is not None and (math.isnan(current) or not self.improved(current, self.best)):
            self._say(epoch, f"{self.monitor} did not improve from {_number(self.best)}")
            return
        where = self._write(epoch, logs, batch)
        if where is None:
            return
        if current is None:
            self._say(epoch, f"saved to {where}")
        else:
            improved = f"{self.monitor} improved from {_number(self.best)} to {_number(current)}"
            self._say(epoch, f"{improved}, saved to {where}")
            self.best = current

    def _monitored(self, logs: Logs) -> float | None:
        """What decides about the best; None, with a warning, if that cannot be known."""
        name = other_spelling(self.monitor, logs)
        if name is not None and np.ndim(logs[name]):
            value = describe(logs[name])
            warn(NOT_ONE_NUMBER.format(who=type(self).__name__, monitor=self.monitor, value=value))
            return None
        return self.get_monitor_value(logs)

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            bar = self.params.get("verbose") == 1  # whose line has not ended yet
            show("\n" * bar + f"Epoch {epoch + 1}: {text}\n")


def _number(value: float | None) -> str:
    return "None" if value is None else f"{value:.5f}"


__all__ = ["Saver"]
