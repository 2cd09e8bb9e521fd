"""What a data set of the user's changes in itself during training: orders, counters, generators.

A backup keeps it, so that a run that goes on finds the data set as it was.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from cornu.core.errors import describe, warn
from cornu.core.module import Module, walk
from cornu.training.callbacks.backup_file import NotPlain, packed

LARGE = 1 << 26  # bytes of an array that a backup does not keep
SAMPLE = 1 << 22  # elements of an array that are looked at for changes, at most
NOT_KEPT = (
    "BackupAndRestore cannot keep {name}.{attribute} ({value}), which has changed while training: a run "
    "that is started again finds it as the program makes it. {advice}"
)
OTHER_KIND = "Keep what changes in arrays, lists or generators, or write backup_state and restore_state."
TOO_LARGE = "Shuffle an array of row numbers in place of the data."


class Kept(NamedTuple):
    """A kind of object that is no plain value: how its state is read and set."""

    kind: Any
    read: Callable[[Any], Any]
    set: Callable[[Any, Any], None]


def _set_generator(generator: Any, state: Any) -> None:
    generator.bit_generator.state = state


def _seeds(module: Any) -> list[Any]:
    """The states of the random generators of a layer, which augments data perhaps."""
    return [vars(each)["state"] for each in walk(module, Module, skip=()) if each.part == "random"]


def _set_seeds(module: Any, values: Any) -> None:
    for state, value in zip(_seeds(module), values, strict=True):
        state.assign(value)


KINDS = (
    Kept(np.random.Generator, lambda g: g.bit_generator.state, _set_generator),
    Kept(np.random.RandomState, lambda g: g.get_state(), lambda g, state: g.set_state(state)),
    Kept(random.Random, lambda g: g.getstate(), lambda g, state: g.setstate(state)),
    Kept(Module, lambda module: [state.numpy() for state in _seeds(module)], _set_seeds),
)


class OwnState:
    """The state that an object keeps in its attributes, as far as it has changed since the beginning.

    An object that has `backup_state()` and `restore_state(state)` says itself what it is.

    Args:
        owner: the object, as the program made it.
    """

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        attributes = self._attributes()
        self.first = {name: _mark(value) for name, value in attributes.items()}
        self.begun_with = {
            name: _copied(state)
            for name, value in attributes.items()
            if _is_kept(state := _state(value))
        }
        self.told: set[str] = set()

    def _attributes(self) -> dict[str, Any]:
        if hasattr(self.owner, "backup_state"):
            return dict(self.owner.backup_state())
        return dict(getattr(self.owner, "__dict__", {}))

    def values(self) -> dict[str, Any]:
        """The attributes that have changed, as a backup can hold them."""
        found = {}
        for name, value in self._attributes().items():
            if _same(_mark(value), self.first.get(name)):
                continue
            state = _state(value)
            if _is_kept(state):
                found[name] = _copied(state)
            else:
                self._tell(name, value, TOO_LARGE if _size(state) > LARGE else OTHER_KIND)
        return found

    def _tell(self, attribute: str, value: Any, advice: str) -> None:
        if attribute not in self.told:
            self.told.add(attribute)
            name = type(self.owner).__name__
            warn(NOT_KEPT.format(name=name, attribute=attribute, value=describe(value), advice=advice))

    def differs(self, found: Mapping[str, Any]) -> bool:
        """Whether the attributes are others than when `values` gave this."""
        now = self.values()
        return now.keys() != found.keys() or any(
            not _same(_mark(now[name]), _mark(found[name])) for name in now
        )

    def take(self, found: Mapping[str, Any]) -> None:
        """Gives the object back what `values` gave."""
        state = {**self.begun_with, **found}
        if hasattr(self.owner, "restore_state"):
            self.owner.restore_state(state)
            return
        now = self._attributes()
        for name, value in state.items():
            if name not in now or not _same(_mark(now[name]), _mark(value)):
                _give(self.owner, name, value)


def _give(owner: Any, name: str, state: Any) -> None:
    """Sets an attribute; lists, arrays and generators stay the same objects, which others may hold."""
    mine = getattr(owner, name, None)
    kept = _kind(mine)
    if kept is not None:
        kept.set(mine, state)
    elif isinstance(mine, list) and isinstance(state, list):
        mine[:] = state
    elif isinstance(mine, dict) and isinstance(state, dict):
        mine.clear()
        mine.update(state)
    elif isinstance(mine, np.ndarray) and _fits(mine, state):
        mine[...] = state
    else:
        setattr(owner, name, _copied(state))


def _fits(mine: np.ndarray[Any, Any], state: Any) -> bool:
    alike = isinstance(state, np.ndarray) and (mine.shape, mine.dtype) == (state.shape, state.dtype)
    return alike and mine.flags.writeable


def _kind(value: Any) -> Kept | None:
    return next((each for each in KINDS if isinstance(value, each.kind)), None)


def _state(value: Any) -> Any:
    kept = _kind(value)
    return value if kept is None else kept.read(value)


def _is_kept(state: Any) -> bool:
    """Whether it is plain, and no array that is too large."""
    if _size(state) > LARGE or isinstance(state, np.memmap):
        return False
    with suppress(NotPlain):
        packed(state, [])
        return True
    return False


def _copied(state: Any) -> Any:
    """The same values in containers and arrays of their own."""
    if isinstance(state, np.ndarray):
        return state.copy()
    if type(state) in (list, tuple):
        return type(state)(map(_copied, state))
    return {key: _copied(item) for key, item in state.items()} if isinstance(state, dict) else state


def _size(state: Any) -> int:
    return int(state.nbytes) if isinstance(state, np.ndarray) else 0


def _mark(value: Any) -> Any:
    """What tells whether a value has changed: for arrays a sum over their bytes, for what is no plain
    value the object itself."""
    state = _state(value)
    if isinstance(state, np.memmap) or str(getattr(state, "dtype", "")) == "object":
        return state
    if isinstance(state, np.ndarray):
        return "array", _sum(state)
    arrays: list[Any] = []
    try:
        return repr(packed(state, arrays)), *map(_sum, arrays)
    except NotPlain:
        return state


def _sum(array: Any) -> Any:
    some = np.ascontiguousarray(array.reshape(-1)[:: max(array.size // SAMPLE, 1)])
    return array.shape, array.dtype.name, zlib.crc32(some.tobytes())


def _same(one: Any, other: Any) -> bool:
    marks = isinstance(one, tuple) and isinstance(other, tuple)
    return bool(one == other) if marks else one is other


__all__ = ["OwnState"]
