"""History: what each log was at the end of each epoch."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean
from cornu.core.notebook import page
from cornu.training.callback import Callback, Logs


class History(Callback):
    """What happened in training: `history` maps each log to its value at the end of each epoch,
    `epoch` counts them.

    Where the metric was asked for as 'accuracy', `history['acc']` answers too, and the reverse.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], epochs=3, verbose=0)
        >>> history.epoch, list(history.history)
        ([0, 1, 2], ['loss'])
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: LogTable = LogTable()
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self

    def plot(
        self,
        metrics: Sequence[str] | None = None,
        log_scale: bool = False,
        tendency: float | None = None,
    ) -> Any:
        """Draws the loss and each metric by epoch, with the validation beside the training: what
        `cornu.explain.curves(history)` gives.

        Args:
            metrics: the panels to draw, such as ['loss']. Default: all.
            log_scale: whether losses have a logarithmic axis. Default: False.
            tendency: between 0 and 1, such as 0.9, for a smooth line through each curve. Default: none.

        Raises:
            ValueError: if there are no epochs yet, no such metric, or `tendency` is out of range.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> model.compile("sgd", "mse")
            >>> plot = model.fit([[0, 1], [1, 0]], [1, 0], epochs=3, verbose=0).plot()
            >>> plot.rows[0]["log"], plot.rows[0]["epochs"]
            ('loss', 3)
        """
        # By name: drawing lies floors above training, which knows nothing of it until it is asked for.
        explain = importlib.import_module("cornu.explain")
        return explain.curves(self, metrics=metrics, log_scale=log_scale, tendency=tendency)

    def __repr__(self) -> str:
        last = [(name, values[-1]) for name, values in self.history.items() if len(values)]
        shown = "".join(f", {name}={float(value):.4g}" for name, value in last if np.ndim(value) == 0)
        return f"<History epochs={len(self.epoch)}{shown}>"

    def _repr_html_(self) -> str:
        return page("history", self)

    def backup_state(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "history": dict(self.history)}


class LogTable(dict[str, Any]):
    """A dict of logs that answers to the other spelling of accuracy, and to 'lr', without listing it.

    Example:
        >>> logs = LogTable({"accuracy": 0.9})
        >>> logs["acc"], list(logs)
        (0.9, ['accuracy'])
    """

    def __missing__(self, name: str) -> Any:
        other = other_spelling(name, self)
        if other is None:
            raise KeyError(f"There is no log {name}. {did_you_mean(name, self)}")
        return self[other]

    def get(self, name: str, default: Any = None) -> Any:
        other = other_spelling(name, self)
        return default if other is None else self[other]


_SPELLINGS = (
    {"acc", "accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"},
    {"lr", "learning_rate"},
)


def other_spelling(name: str, logs: Any) -> str | None:
    """The key in `logs` that `name` means: itself, or the only one of its spellings that is there.

    >>> other_spelling("val_acc", {"val_accuracy": 1, "val_loss": 2})
    'val_accuracy'
    """
    if dict.__contains__(logs, name):
        return name
    prefix, short = ("val_", name[4:]) if name.startswith("val_") else ("", name)
    for spellings in _SPELLINGS:
        if short in spellings:
            found = [key for key in logs if key in {prefix + spelling for spelling in spellings}]
            return found[0] if len(found) == 1 else None
    return None


__all__ = ["History", "LogTable", "other_spelling"]
