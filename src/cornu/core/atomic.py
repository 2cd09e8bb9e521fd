"""Writing a file as a whole or not at all.

What is not whole yet has a name of its own, `.name.xxxxxxxx.tmp`, and is locked. The lock ends with the
process, however that ends: so the next write of this name tells what was left behind, and deletes it.

Of several processes the first writes. The others go through the same, as reading split variables takes
all of them, into files that are thrown away, and wait until the true one is there.
"""

from __future__ import annotations

import ctypes
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any

from cornu.core.errors import describe
from cornu.core.peers import writing

try:
    import fcntl
except ImportError:  # on Windows, where nobody can delete a file that is open
    fcntl = None  # type: ignore[assignment]

FAILED = '"{path}" was not written: {reason}. {kept}'
KEPT = "The file that was there before is unchanged."
NOTHING = "Nothing was left there."
NO_FOLDER = '"{path}" is a file, and a folder cannot be put in its place. Choose another name.'
OTHERS = (
    '"{path}" holds {others}, which would be lost if the folder were replaced. Choose another folder, '
    "or move that away."
)


def write_whole(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Has `write` fill a new file, which `whole` puts in the old one's place."""
    with whole(path) as file:
        write(file)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A new file beside the old one to write into, put in the old one's place at the end of the block,
    when it is safe on the disk.

    Raises:
        OSError: if the disk is full, the folder is missing or closed to writing; the old file stays.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    with writing(str(path)) as turn:
        if turn.first:
            with _whole(path, target) as file:
                turn.next()
                yield file
        else:
            turn.next()
            with tempfile.TemporaryFile() as file:
                yield file


@contextmanager
def _whole(path: Path, target: Path) -> Iterator[IO[bytes]]:
    with _explained(path, target), _begun(target) as (handle, name):
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, _mode(target))
            os.replace(name, target)
        except BaseException:
            name.unlink(missing_ok=True)
            raise
        _settle(target.parent)


@contextmanager
def whole_folder(path: Path, may_hold: Collection[str]) -> Iterator[Path]:
    """A new folder beside the old one to write into, put in the old one's place at the end of the block.

    Linux exchanges the two in one step. Elsewhere the old one is first put aside, under a name that ends
    with '.old': a process killed between these two steps leaves it there.

    Raises:
        FileExistsError: if there is something else than a folder, or one with more than it may hold.
        OSError: if it cannot be written; the old folder stays.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_dir():
        raise FileExistsError(NO_FOLDER.format(path=path))
    others = sorted({each.name for each in target.iterdir()} - set(may_hold)) if target.exists() else ()
    if others:
        raise FileExistsError(OTHERS.format(path=path, others=", ".join(others[:5])))
    with writing(str(path)) as turn:
        if turn.first:
            with _whole_folder(path, target) as folder:
                turn.next()
                yield folder
        else:
            turn.next()
            with tempfile.TemporaryDirectory() as name:
                yield Path(name)


@contextmanager
def _whole_folder(path: Path, target: Path) -> Iterator[Path]:
    with _explained(path, target), _begun(target, folder=True) as (_, new):
        try:
            yield new
            for each in (*new.rglob("*"), new):
                _settle(each)
            os.chmod(new, _mode(target, 0o777))
            old = _put_in_place(new, target)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        _settle(target.parent)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)


def _put_in_place(new: Path, target: Path) -> Path | None:
    """Gives a folder its name; where the old one is now, if there was one."""
    if not target.exists():
        os.rename(new, target)
        return None
    if _exchanged(new, target):
        return new
    aside = new.with_suffix(".old")
    os.rename(target, aside)
    try:
        os.rename(new, target)
    except BaseException:
        os.rename(aside, target)
        raise
    return aside


def _exchanged(one: Path, other: Path) -> bool:
    """Whether two folders changed names in one step, which Linux can do on most file systems."""
    exchange = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if exchange is None:
        return False
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(exchange(here, os.fsencode(one), here, os.fsencode(other), swap) == 0)


@contextmanager
def _explained(path: Path, target: Path) -> Iterator[None]:
    """Has errors of the system say which file was not written, and what became of the old one."""
    kept = KEPT if target.exists() else NOTHING
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        text = FAILED.format(path=path, reason=reason, kept=kept)
        raise OSError(error.errno, text, str(path)) from error


def clear_unfinished(folder: Path, name: str) -> None:
    """Deletes what processes that were killed while they wrote left of files and folders of this name,
    in which `*` stands for anything; what somebody is writing now stays."""
    for path in folder.glob(f".{name}.*.tmp"):
        if fnmatchcase(path.name.removesuffix(".tmp").rpartition(".")[0], f".{name}"):
            with suppress(OSError):  # it is being written, or gone, or another's
                _delete_unless_locked(path)


def _delete_unless_locked(path: Path) -> None:
    if fcntl is None:
        path.unlink()
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (shutil.rmtree if path.is_dir() else os.unlink)(path)
    finally:
        os.close(handle)


@contextmanager
def _begun(target: Path, folder: bool = False) -> Iterator[tuple[int, Path]]:
    """A new file or folder beside the target: a handle of the file, and the name. Locked within the
    block; the handle is the caller's to close."""
    clear_unfinished(target.parent, glob.escape(target.name))
    name, place = f".{target.name}.", target.parent
    while True:
        if folder:
            handle, new = -1, tempfile.mkdtemp(".tmp", name, place)
        else:
            handle, new = tempfile.mkstemp(".tmp", name, place)
        with ExitStack() as stack:
            if fcntl is not None:
                lock = os.open(new, os.O_RDONLY) if folder else os.dup(handle)
                stack.callback(os.close, lock)
                with suppress(OSError):  # a file system without locks: there nothing is cleared up
                    fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.exists(new):
                yield handle, Path(new)
                return
        if not folder:  # somebody came before the lock, and took it for left behind
            os.close(handle)


def _mode(target: Path, new: int = 0o666) -> int:
    """The rights of the file or folder that is replaced, or those that a new one gets."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return new & ~mask


def _settle(path: Path) -> None:
    """Has a file, or a folder's own entry, safe on the disk, where the system can do that."""
    if path.is_file():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    elif hasattr(os, "O_DIRECTORY"):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
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
