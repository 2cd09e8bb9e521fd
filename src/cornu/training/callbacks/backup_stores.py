"""Where backups are kept: in files of their own, or, of a state that is split among devices, in the
checkpoints of Orbax, to which each device writes its part."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import jax
import numpy as np

from cornu.core import placement
from cornu.core.atomic import clear_unfinished
from cornu.core.variable import Variable
from cornu.training.callbacks.backup_file import Damaged, fill_backup, read_backup, write_backup
from cornu.training.callbacks.checkpoints import (
    LEFT_OUT,
    Checkpoint,
    Checkpoints,
    delete_all,
    settle,
    steps_in,
)

FILES = ("backup-0.zip", "backup-1.zip")
FOLDER = "backup-sharded"
OWNER = "BackupAndRestore of a model whose state is split among devices"
ODD = (LookupError, TypeError, AttributeError)  # what a tree that is none of ours leads to
NO_TREE = "it is no backup of this version of Cornu"


class Store(Protocol):
    """A kind of place for backups."""

    def write(self, number: int, state: dict[str, Any], variables: Sequence[Variable]) -> None:
        """Begins to keep a state, wholly or not at all, with the values of variables.

        Raises:
            OSError: if it cannot be written; then what was there before stays.
        """

    def wait(self) -> None:
        """Returns when what is being written is there.

        Raises:
            OSError: if it could not be written; then what was there before stays.
        """

    def close(self) -> None:
        """Waits, and lets go of threads."""

    def found(self) -> Iterator[tuple[Path, Any]]:
        """The backups that are there, each with a function that reads it or raises `Damaged`."""

    def delete(self) -> None:
        """Deletes all backups."""


class InFiles:
    """Backups in files, of arrays that are read as a whole.

    Args:
        folder: a folder that may be written to.
        double: whether to keep the one before the last, too.
    """

    def __init__(self, folder: Path, double: bool) -> None:
        self.folder, self.double = folder, double
        for name in FILES:
            clear_unfinished(folder, name)

    def write(self, number: int, state: dict[str, Any], variables: Sequence[Variable]) -> None:
        values = [variable.numpy() for variable in variables]
        name = FILES[number % 2 if self.double else 0]
        write_backup(self.folder / name, _with(state, values=values))

    def wait(self) -> None:
        """What `write` began it has ended."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def found(self) -> Iterator[tuple[Path, Any]]:
        for path in [self.folder / name for name in FILES]:
            if path.exists():
                yield path, partial(read_backup, path)

    def delete(self) -> None:
        for name in FILES:
            (self.folder / name).unlink(missing_ok=True)


class InParts:
    """Backups as checkpoints, which a thread writes while training goes on, and of whose arrays each
    device writes and reads its part.

    What else a backup keeps is an array of bytes beside them: a backup file without the arrays.

    Args:
        folder: a folder that may be written to.
        double: whether to keep the one before the last, too.
    """

    def __init__(self, folder: Path, double: bool) -> None:
        self.folder, self.double = folder / FOLDER, double
        self._checkpoints: Checkpoints | None = None
        settle(self.folder)

    def open(self) -> Checkpoints:
        """The checkpoints, ready to be written."""
        if self._checkpoints is None:
            self.folder.mkdir(exist_ok=True)
            self._checkpoints = Checkpoints(self.folder, 2 if self.double else 1, True, OWNER)
        return self._checkpoints

    def write(self, number: int, state: dict[str, Any], variables: Sequence[Variable]) -> None:
        kinds = [(variable.shape, variable.dtype) for variable in variables]
        rest = io.BytesIO()
        fill_backup(rest, _with(state, arrays=kinds))
        # Of an array that was asked for, no program uses up the memory while it is being written.
        arrays = {str(i): v.value for i, v in enumerate(variables) if v.size}
        tree = {"rest": np.frombuffer(rest.getvalue(), np.uint8), "variables": arrays}
        self.open().save(number, tree)

    def wait(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.wait()

    def close(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()
        self._checkpoints = None

    def found(self) -> Iterator[tuple[Path, Any]]:
        for step in steps_in(self.folder):
            path = self.folder / str(step)
            yield path, partial(_read, path)

    def delete(self) -> None:
        self.close()
        delete_all(self.folder)


def _with(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The state, with more about its model."""
    return {**state, "model": {**state["model"], **more}}


def _read(path: Path) -> dict[str, Any]:
    """A backup whose arrays stay where they are; `read` gives them, for variables in their order."""
    checkpoint = Checkpoint(path, OWNER)
    try:
        rest = checkpoint.read(lambda name, _: None if name == "rest" else LEFT_OUT)["rest"]
        found = read_backup(io.BytesIO(rest.tobytes()))
        kinds = [jax.ShapeDtypeStruct(*kind) for kind in found["model"]["arrays"]]
    except ODD as error:
        raise Damaged(NO_TREE) from error
    return _with(found, values=kinds, read=partial(_arrays, checkpoint, kinds))


def _arrays(checkpoint: Checkpoint, kinds: Sequence[Any], variables: Sequence[Any]) -> list[Any]:
    """The arrays for variables, laid out as these are to lie; on the host where none is there yet."""

    def place(name: str, _: Any) -> Any:
        if name == "rest":
            return LEFT_OUT
        variable = variables[int(name.rpartition("/")[2])]
        return None if variable is None else placement.home(variable)

    found = checkpoint.read(place)["variables"]
    return [
        found[str(number)] if str(number) in found else np.zeros(kind.shape, kind.dtype)
        for number, kind in enumerate(kinds)
    ]


__all__ = ["FILES", "FOLDER", "OWNER", "InFiles", "InParts", "Store"]
