"""What was logged while training, read from a History or from a dict of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cornu.core.errors import describe
from cornu.training.callbacks import History
from cornu.training.callbacks.monitor import MonitorCallback

NO_HISTORY = (
    "explain.{call} takes what model.fit(...) returned, or a dict of lists such as its `history`, got "
    "{given}."
)
EMPTY = (
    "explain.{call}: {name} has no epochs. Train first: history = model.fit(x, y, epochs=20), then "
    "explain.{call}(history)."
)
NO_NUMBERS = (
    'explain.{call}: the log "{log}" of {name} holds {given}; a list with a number per epoch is needed.'
)


class Record(NamedTuple):
    """The logs of one training; where each was taken, in epochs counted from 1."""

    name: str
    epochs: Any
    logs: dict[str, Any]
    model: Any = None

    def epochs_of(self, log: str) -> Any:
        """The epochs of a log's values; validation may have come every few epochs alone."""
        count, total = len(self.logs[log]), len(self.epochs)
        if count == total:
            return self.epochs
        every = max(total // max(count, 1), 1)
        if total // every == count:
            return self.epochs[every - 1 :: every][:count]
        return np.linspace(self.epochs[0], self.epochs[-1], count)

    def direction(self, log: str) -> str | None:
        """'min' or 'max', whichever is better of this log; None where its name does not tell."""
        looking = MonitorCallback(log)
        looking.model = self.model
        try:
            return looking.direction
        except ValueError:
            return None


def record(call: str, history: Any, name: str) -> Record:
    """The logs of a history.

    Raises:
        TypeError: if it is none, or logs hold no numbers.
        ValueError: if it has no epochs.
    """
    logs = history.history if isinstance(history, History) else history
    if isinstance(logs, (str, bytes)) or not hasattr(logs, "items"):
        given = describe(history)
        if hasattr(history, "fit"):
            given = f"{type(history).__name__}, which is a model. Its last one is model.history"
        raise TypeError(NO_HISTORY.format(call=call, given=given))
    found = {str(log): _numbers(call, name, str(log), values) for log, values in logs.items()}
    longest = max(map(len, found.values()), default=0)
    if not longest:
        raise ValueError(EMPTY.format(call=call, name=name))
    counted = getattr(history, "epoch", None)
    known = isinstance(history, History) and counted and len(counted) == longest
    epochs = np.asarray(counted) + 1 if known else np.arange(1, longest + 1)
    return Record(name, epochs, found, getattr(history, "model", None))


def _numbers(call: str, name: str, log: str, values: Any) -> Any:
    try:
        array = np.asarray(values, "float64")
    except (TypeError, ValueError):
        array = None
    if array is None or array.ndim != 1:
        given = describe(values)
        raise TypeError(NO_NUMBERS.format(call=call, log=log, name=name, given=given))
    return array


def records(call: str, histories: Sequence[Any], names: Sequence[str] | None) -> list[Record]:
    """The logs of several histories, with names to tell them by."""
    if not histories:
        raise TypeError(NO_HISTORY.format(call=call, given="nothing"))
    if names is not None and (isinstance(names, str) or len(names) != len(histories)):
        given = repr(names) if isinstance(names, str) else f"{len(names)} names"
        raise ValueError(
            f"explain.{call}(names=...): a list with one name for each of the {len(histories)} "
            f"histories is needed, got {given}."
        )
    shown = list(names or ())
    if names is None:
        shown = [
            f"history {n + 1}" if len(histories) > 1 else "the history" for n in range(len(histories))
        ]
    return [record(call, each, str(name)) for each, name in zip(histories, shown, strict=True)]


__all__ = ["Record", "record", "records"]
