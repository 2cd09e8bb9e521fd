"""Writing a file as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from cornu.core.errors import describe

FAILED = '"{path}" was not written: {reason}. {kept}'
KEPT = "The file that was there before is unchanged."
NOTHING = "Nothing was left there."


def write_whole(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Has `write` fill a new file beside the old one, and puts it in the old one's place when it is safe
    on the disk.

    Raises:
        OSError: if the disk is full, the folder is missing or closed to writing; the old file stays.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    kept = KEPT if target.exists() else NOTHING
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(handle, "w+b") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, _mode(target))
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _settle(target.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        text = FAILED.format(path=path, reason=reason, kept=kept)
        raise OSError(error.errno, text, str(path)) from error


def clear_unfinished(folder: Path, name: str) -> None:
    """Deletes what a process that was killed within `write_whole` left of files of this name, in which
    `*` stands for anything."""
    for path in folder.glob(f".{name}.*.tmp"):
        path.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """The rights of the file that is replaced, or those that a new file gets."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _settle(folder: Path) -> None:
    """Has the folder's own entry written, where the system can do that."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def may_write(path: Path, overwrite: bool) -> bool:
    """Whether a file may be put there: if one is there and `overwrite` is False, the user is asked.

    Raises:
        FileExistsError: if there is nobody to ask.
    """
    if overwrite or not path.exists():
        return True
    try:
        answer = ""
        while answer not in ("y", "n"):
            answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    except EOFError:
        raise FileExistsError(
            f'"{path}" is there already, and was left as it is. Pass overwrite=True to replace it.'
        ) from None
    return answer == "y"


def as_path(filepath: Any) -> Path:
    """The path that was given.

    Raises:
        TypeError: if it is none.
    """
    if not isinstance(filepath, (str, os.PathLike)):
        raise TypeError(f"filepath must be a path, such as 'model.keras', got {describe(filepath)}.")
    return Path(os.fsdecode(filepath))
