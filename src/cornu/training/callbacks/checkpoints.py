"""Folders of checkpoints: trees of arrays that Orbax, JAX's library for them, writes as they lie on the
devices, each part by itself, and reads as they are to lie then.

A checkpoint is a folder that has a number for its name. It has another name until it is whole, so a
process that is killed leaves whole ones and what can be told apart from them.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core import placement
from cornu.training.callbacks.backup_file import Damaged

ARRAYS, METADATA = "pytree", "_CHECKPOINT_METADATA"  # Orbax's names and, for the first, Keras's
FORMAT = "OCDBT"  # of the files, in what is said of them
SUMS = "cornu_sums"
UNFINISHED = re.compile(r"\d+\.orbax-checkpoint-tmp.*|\.\d+\.gone")
NEEDS_ORBAX = "{owner} needs the package orbax-checkpoint. Install it: pip install orbax-checkpoint"
CODE = re.compile(r"os_error_code='(\d+)'")
FAILED = 'the checkpoint "{path}" was not written: {reason}. Those before are unchanged.'
OTHER_NUMBERS = "its arrays {names} have not the numbers that were saved"

SHOWN = 200  # letters of an error of Orbax that are shown
LEFT_OUT = "left out"
Place = Callable[
    [str, Any], Any
]  # path and metadata of an array -> its sharding; None: on the host; LEFT_OUT


def orbax(owner: str = "OrbaxCheckpoint") -> Any:
    """The library; an error that says what to install if it is missing."""
    try:
        import orbax.checkpoint as found
    except ImportError as error:
        raise ImportError(NEEDS_ORBAX.format(owner=owner)) from error
    for name in ("absl", "asyncio"):
        logging.getLogger(name).addFilter(_is_news)
    return found


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of a log is to be shown: not what Orbax notes of errors, which are raised too."""
    _, error, traced = record.exc_info or (None, None, None)
    frames = [frame.filename for frame in traceback.extract_tb(traced)]
    its_own = any(f"{os.sep}orbax{os.sep}" in name for name in (record.pathname, *frames))
    return not its_own and FORMAT not in str(error)


class Checkpoints:
    """The checkpoints of one folder, written one after another.

    Args:
        folder: the folder, which is there.
        keep: how many stay, the last ones; None for all.
        background: whether a thread writes them, while the caller goes on.
        owner: who needs the library, as messages call it.
    """

    def __init__(self, folder: Path, keep: int | None, background: bool, owner: str) -> None:
        self.folder, self.keep, self.background = folder.absolute(), keep, background
        library = orbax(owner)
        settle(self.folder)
        _open[self.folder] = self
        self._writing: int | None = None
        handler = library.CompositeCheckpointHandler()
        self._writer = (library.AsyncCheckpointer if background else library.Checkpointer)(handler)
        _clear(self.folder)

    def steps(self) -> list[int]:
        """The numbers of those that are there."""
        return steps_in(self.folder)

    def save(self, step: int, arrays: Any, **texts: Any) -> None:
        """Writes a tree of arrays, and beside it what JSON can hold; waits for the one before.

        Raises:
            OSError: if this, or the one before, cannot be written; those before are unchanged.
        """
        self.wait()
        save = orbax().args
        parts = {ARRAYS: save.StandardSave(arrays)}
        parts |= {name: save.JsonSave(text) for name, text in texts.items()}
        on_devices = {k: v for k, v in _named(arrays).items() if isinstance(v, jax.Array)}
        about = {SUMS: _sums(on_devices)}
        _discard(self.folder, step)
        self._writing = step
        self._explained(
            lambda: self._writer.save(
                self.folder / str(step), args=save.Composite(**parts), custom_metadata=about
            )
        )
        if not self.background:
            self._written()

    def wait(self) -> None:
        """Returns when what is being written is on the disk.

        Raises:
            OSError: if it could not be written; those before are unchanged.
        """
        if self._writing is not None:
            self._explained(self._writer.wait_until_finished)
            self._written()

    def close(self) -> None:
        """Waits, and lets go of the threads."""
        _open.pop(self.folder, None)
        try:
            self.wait()
        finally:
            self._writer.close()
            _clear(self.folder)

    def _explained(self, write: Callable[[], Any]) -> None:
        """Has all errors of the writer be of one kind, and of few words."""
        path, reason = self.folder / str(self._writing), _failure(write)
        if reason is None:
            return
        self._writing = None
        _clear(self.folder)
        raise OSError(None, FAILED.format(path=path, reason=reason), str(path))

    def _written(self) -> None:
        """One more is whole: those that it makes superfluous go, and later ones, which were no good."""
        written, self._writing = self._writing, None
        assert written is not None
        good = [step for step in self.steps() if step <= written]
        kept = good[-self.keep :] if self.keep else good
        for step in set(self.steps()) - set(kept):
            _discard(self.folder, step)
        _clear(self.folder)  # what failed may have been writing still when it was cleared


_open: dict[Path, Checkpoints] = {}  # those that may be writing, by folder


def settle(folder: Path) -> None:
    """Waits for what an earlier run in this process began to write there and was stopped meanwhile."""
    before = _open.get(folder.absolute())
    if before is not None:
        with suppress(OSError):  # that run would have been told
            before.wait()


def delete_all(folder: Path) -> None:
    """Deletes all checkpoints of a folder, and the folder if it holds nothing else."""
    for step in steps_in(folder):
        _discard(folder, step)
    _clear(folder)
    with suppress(OSError):  # it holds something of the user's, or is not there
        folder.rmdir()


def _discard(folder: Path, step: int) -> None:
    path = folder / str(step)
    if placement.is_first() and path.exists():
        gone = folder / f".{step}.gone"  # killed in the middle, it is not taken for whole
        shutil.rmtree(gone, ignore_errors=True)
        os.rename(path, gone)
        shutil.rmtree(gone, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Deletes what is not whole."""
    if placement.is_first() and folder.is_dir():
        for path in folder.iterdir():
            if UNFINISHED.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True)


def steps_in(folder: Path) -> list[int]:
    """The numbers of the checkpoints in a folder."""
    if not folder.is_dir():
        return []
    steps = (int(each.name) for each in folder.iterdir() if each.name.isdigit())
    return sorted(step for step in steps if (folder / str(step) / ARRAYS).is_dir())


class Checkpoint:
    """A checkpoint to be read: `arrays` is the tree of what is said of them, shapes and dtypes.

    Args:
        path: its folder.
        owner: who needs the library, as messages call it.

    Raises:
        Damaged: if it cannot be read.
    """

    def __init__(self, path: Path, owner: str = "OrbaxCheckpoint") -> None:
        self.path = path.absolute()
        self._handler = orbax(owner).PyTreeCheckpointHandler()
        self.arrays = self._read(lambda: self._handler.metadata(self.path / ARRAYS).tree)

    def read(self, place: Place) -> Any:
        """The tree with the arrays, each laid out as `place` says by its path: each device reads its
        own part alone.

        Raises:
            Damaged: if they cannot be read, or are not what was saved.
        """

        library = orbax()

        def arguments(path: Any, about: Any) -> Any:
            sharding = place("/".join(str(step.key) for step in path), about)
            if sharding is LEFT_OUT:
                return LEFT_OUT
            if sharding is None:
                return library.RestoreArgs(restore_type=np.ndarray)
            return library.ArrayRestoreArgs(sharding=sharding, global_shape=about.shape)

        how = tree.tree_map_with_path(arguments, self.arrays, is_leaf=_is_array)
        wanted = tree.tree_map(lambda each: library.PLACEHOLDER if each is LEFT_OUT else 0, how)
        restore = library.args.PyTreeRestore(item=wanted, restore_args=how)
        found = self._read(lambda: self._handler.restore(self.path / ARRAYS, args=restore))
        noted, arrays = self._sums(), _named(found)
        sums = _sums({name: arrays[name] for name in noted if name in arrays})
        bad = [name for name, value in sums.items() if noted[name] != value]
        if bad:
            raise Damaged(OTHER_NUMBERS.format(names=", ".join(bad[:3])))
        return found

    def _sums(self) -> Mapping[str, int]:
        """The sums that were noted; none in what others wrote."""
        path = self.path / METADATA
        about = self._read(lambda: json.loads(path.read_bytes())) if path.exists() else {}
        return dict((about.get("custom_metadata") or {}).get(SUMS, {}))

    def _read(self, read: Callable[[], Any]) -> Any:
        found: list[Any] = []
        reason = _failure(lambda: found.append(read()))
        if reason is not None:
            raise Damaged(reason)
        return found[0]


def _failure(call: Callable[[], Any]) -> str | None:
    """Why a call of Orbax fails, in few words; None if it does not. It raises what its parts do, of
    many kinds, and what it leaves half done complains when it is collected: here and now."""
    try:
        call()
    except Exception as error:
        code = CODE.search(str(error))
        number = int(code[1]) if code else getattr(error, "errno", None)
        text = str(error).split("\n")[0].strip("'\"")[:SHOWN] or type(error).__name__
        reason = os.strerror(number) if number else text
    else:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        try:
            gc.collect()
        finally:
            sys.unraisablehook = hook
    return reason


def _is_array(node: Any) -> bool:
    return hasattr(node, "shape")


def _sums(arrays: Mapping[str, Any]) -> dict[str, int]:
    """A sum for each array: another one if a bit of it changes or parts change places. It is the same
    however the array lies, as it is computed modulo 2**32."""
    sums = {name: _sum(array) for name, array in arrays.items()}  # under way before one is waited for
    return {name: int(placement.on_host(value)) for name, value in sums.items()}


def _named(arrays: Any) -> dict[str, Any]:
    """The arrays of a tree by their paths."""
    leaves = [(path, leaf) for path, leaf in tree.tree_leaves_with_path(arrays) if _is_array(leaf)]
    return {"/".join(str(step.key) for step in path): leaf for path, leaf in leaves}


@jax.jit
def _sum(array: Any) -> Any:
    if jnp.iscomplexobj(array):
        return _sum(array.real) + 3 * _sum(array.imag)
    if array.dtype == jnp.bool_ or array.dtype.itemsize == 1:
        bits = array.astype(jnp.uint8) if array.dtype == jnp.bool_ else array.view(jnp.uint8)
    else:
        kind = jnp.uint16 if array.dtype.itemsize == 2 else jnp.uint32
        bits = jax.lax.bitcast_convert_type(array, kind)
    place = jnp.zeros(bits.shape, jnp.uint32)
    for axis in range(bits.ndim):
        place = place * np.uint32(2654435769) + jax.lax.broadcasted_iota(jnp.uint32, bits.shape, axis)
    return jnp.sum(bits.astype(jnp.uint32) * (2 * place + 1), dtype=jnp.uint32)


__all__ = ["LEFT_OUT", "Checkpoint", "Checkpoints", "delete_all", "orbax", "settle", "steps_in"]
