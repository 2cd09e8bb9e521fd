"""Callbacks that set the learning rate: LearningRateScheduler, ReduceLROnPlateau."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from cornu.core.errors import describe, did_you_mean, warn
from cornu.core.settings import show
from cornu.training.callback import Callback, Logs
from cornu.training.callbacks.monitor import MonitorCallback, learning_rates

NO_NUMBER = (
    "LearningRateScheduler: schedule must return the learning rate, one number, but for epoch {epoch} "
    "it returned {got}.{hint}"
)
FORGOTTEN = " Perhaps it lacks a `return`."
NO_FUNCTION = (
    "LearningRateScheduler takes a function of the epoch and the learning rate, got {got}. Write for "
    "instance LearningRateScheduler(lambda epoch, lr: lr * 0.9)."
)
OLD_EPSILON = (
    "ReduceLROnPlateau(epsilon=...) is Keras 2's name for min_delta. Write min_delta={epsilon!r}."
)


class LearningRateScheduler(Callback):
    """Sets the learning rate at the begin of each epoch to what a function says.

    The logs of the epoch hold it as 'learning_rate', and so does the history.

    Args:
        schedule: a function `(epoch, learning_rate) -> learning_rate`, or, as in Keras 1, one of the
            epoch alone. Epochs count from 0.
        verbose: 1 prints a line for each epoch. Default: 0.

    Raises:
        TypeError: if `schedule` is no function; in training, if the optimizer has a schedule already.
        ValueError: in training, if it returns no number.

    Example:
        >>> import cornu
        >>> halve = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile(cornu.optimizers.SGD(0.5), "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], epochs=3, verbose=0, callbacks=[halve])
        >>> history.history["learning_rate"]
        [0.25, 0.125, 0.0625]
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise TypeError(NO_FUNCTION.format(got=describe(schedule)))
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        for _, name, optimizer in learning_rates(self.model):
            rate = self._rate(epoch, float(optimizer.learning_rate))
            optimizer.learning_rate = rate
            if self.verbose > 0:
                show(f"\nEpoch {epoch + 1}: LearningRateScheduler setting {name} to {rate}.\n")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        _note_rates(self.model, logs)

    def _rate(self, epoch: int, now: float) -> float:
        both = _takes_two(self.schedule)
        rate = self.schedule(epoch, now) if both else self.schedule(epoch)
        if np.ndim(rate) != 0 or np.asarray(rate).dtype.kind not in "fiu":
            hint = FORGOTTEN if rate is None else ""
            raise ValueError(NO_NUMBER.format(epoch=epoch, got=describe(rate), hint=hint))
        return float(rate)


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by a factor when a log has not improved for some epochs.

    The logs of the epoch hold the rate of that epoch as 'learning_rate', and so does the history.

    Args:
        monitor: name of the log. Default: 'val_loss'.
        factor: what the rate is multiplied by, below 1. Default: 0.1.
        patience: how many epochs without improvement to wait. Default: 10.
        verbose: 1 prints a line when the rate changes. Default: 0.
        mode: 'min', 'max', or 'auto': as the metric of that name has it, else by the name.
        min_delta: the least change that counts as an improvement. Default: 0.0001.
        cooldown: epochs after a change in which none are counted. Default: 0.
        min_lr: the least rate. Default: 0.

    Raises:
        ValueError: if `factor` is not from 0 to below 1, or `mode` is none of these; after an epoch,
            if 'auto' cannot tell.
        TypeError: for an argument that it does not have.

    Example:
        >>> import cornu
        >>> reduce = cornu.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1)
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile(cornu.optimizers.SGD(1e-6), "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], epochs=3, verbose=0, callbacks=[reduce])
        >>> round(float(model.optimizer.learning_rate) * 1e6, 3)
        0.25
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            warn(OLD_EPSILON.format(epsilon=min_delta))
        super().__init__(monitor, mode, min_delta)
        for name in kwargs:
            known = [p for p in inspect.signature(ReduceLROnPlateau).parameters if p != "kwargs"]
            raise TypeError(f'ReduceLROnPlateau has no argument "{name}". {did_you_mean(name, known)}')
        if not 0 <= factor < 1:
            raise ValueError(
                f"ReduceLROnPlateau(factor={factor!r}): the learning rate is multiplied by it, so it "
                "must be from 0 to below 1, for instance 0.1."
            )
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best: float | None = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        _note_rates(self.model, logs)
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improved(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def in_cooldown(self) -> bool:
        """Whether the last change is so recent that no epochs are counted."""
        return self.cooldown_counter > 0

    def _reduce(self, epoch: int) -> bool:
        """Lowers the learning rates that are not at the bottom; gives whether there was one."""
        reduced = False
        for _, name, optimizer in learning_rates(self.model):
            old = float(optimizer.learning_rate)
            if old > np.float32(self.min_lr):
                new = max(old * self.factor, self.min_lr)
                optimizer.learning_rate = new
                reduced = True
                if self.verbose > 0:
                    show(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing {name} to {new}.\n")
        return reduced


def _note_rates(model: Any, logs: Logs | None) -> None:
    """Writes the learning rates into the logs."""
    if logs is not None:
        for log, _, optimizer in learning_rates(model):
            logs[log] = float(optimizer.learning_rate)


def _takes_two(schedule: Callable[..., Any]) -> bool:
    """Whether the function can be called with the learning rate, too."""
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        return True
    return True


__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]
