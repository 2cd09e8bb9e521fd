"""CSVLogger: the logs of each epoch as a row of a file."""

from __future__ import annotations

import csv
import os
from typing import IO, Any

import numpy as np

from cornu.core import placement
from cornu.core.errors import warn
from cornu.training.callback import Callback, Logs

OTHER_COLUMNS = (
    "CSVLogger(append=True): {file} has the columns {old}, but this training has {new}. Its rows "
    "are added all the same; for a file of its own give another name."
)


class CSVLogger(Callback):
    """Writes the logs of each epoch to a CSV file, as it ends.

    The columns are 'epoch' and the names of the logs, sorted; those of a validation are there, with NA
    in them, even where the first epoch has none. A log of several numbers is written as "[1, 2]".

    Args:
        filename: name or path of the file.
        separator: what stands between two columns. Default: ','.
        append: whether to go on with a file that exists, instead of replacing it. Default: False.

    Raises:
        OSError: when training begins, if the file cannot be written.

    Example:
        >>> import cornu, os, pathlib, tempfile
        >>> file = os.path.join(tempfile.mkdtemp(), "log.csv")
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(1,))])
        >>> model.compile("sgd", "mse")
        >>> logger = cornu.callbacks.CSVLogger(file)
        >>> history = model.fit([[0.0]], [0.0], epochs=2, verbose=0, callbacks=[logger])
        >>> print(pathlib.Path(file).read_text())
        epoch,loss,val_loss
        0,0.0,NA
        1,0.0,NA
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys: list[str] | None = None
        self.header: list[str] = []  # of a file that is gone on with

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.keys, self.header = None, []
        with self._open("a" if self.append else "w"):  # fails now, not after an epoch
            pass
        with self._open("r") as file:
            self.header = next(csv.reader(file, delimiter=self.sep), [])

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        with self._open("a") as file:
            writer = csv.writer(file, delimiter=self.sep)
            if self.keys is None:
                self.keys = self._columns(logs)
                columns = ["epoch", *self.keys]
                if not self.header:
                    writer.writerow(columns)
                elif self.header != columns:
                    warn(OTHER_COLUMNS.format(file=self.filename, old=self.header, new=columns))
            writer.writerow([epoch, *(_as_text(logs.get(key, "NA")) for key in self.keys)])

    def backup_state(self) -> dict[str, Any]:
        with self._open("r") as file:
            return {"keys": self.keys, "header": self.header, "text": file.read()}

    def restore_state(self, state: dict[str, Any]) -> None:
        if "text" in state:
            with self._open("w") as file:
                file.write(state.pop("text"))
        super().restore_state(state)

    def _open(self, mode: str) -> IO[str]:
        file = self.filename if placement.is_first() else os.devnull
        return open(file, mode, newline="", encoding="utf-8")

    @staticmethod
    def _columns(logs: Logs) -> list[str]:
        names = sorted(logs)
        validated = any(name.startswith("val_") for name in names)
        return names if validated else [*names, *(f"val_{name}" for name in names)]


def _as_text(value: Any) -> Any:
    """A value as it is written: several numbers in brackets, within quotation marks."""
    if isinstance(value, str) or np.ndim(value) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'


__all__ = ["CSVLogger"]
