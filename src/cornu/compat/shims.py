"""Modules that stand for old import paths: `keras.layers.core`, `keras.engine.topology`."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from cornu.compat.lookup import find, joined, of_its_time, public, room_module, why_gone
from cornu.compat.missing import missing_in_old
from cornu.compat.old.modules import MODULES, OF_TODAY, ROOTS, STARS
from cornu.compat.rooms import ROOMS, public_home

_made: dict[str, OldModule] = {}


class OldModule(ModuleType):
    """A module that finds its names in rooms of today.

    Args:
        path: what the program calls it, such as "keras.layers.core".
        key: the same below today's root, "layers.core".
        rooms: where its names are looked for.
    """

    def __init__(self, path: str, key: str, rooms: tuple[str, ...]) -> None:
        super().__init__(path, f"The old import path {path}.")
        self.__path__: list[str] = []
        self._key = key
        self._rooms = rooms

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._star()
        if name.startswith("__"):
            raise AttributeError(name)
        path = f"{self.__name__}.{name}"
        if is_old(path):
            return old_module(path)
        said = "" if self._key in OF_TODAY else self.__name__
        for room in self._rooms:
            if joined(room, name) in MODULES:
                return old_module(public(joined(room, name)))
            try:
                found = find(room, name, said)
            except AttributeError:
                continue
            return of_its_time(joined(self._key, name), joined(room, name), self.__name__, found)
        raise AttributeError(self.missing(name), name=name, obj=object())

    def _star(self) -> list[str]:
        if self._key in STARS:
            return STARS[self._key].split()
        return [name for room in self._rooms for name in room_module(room).__all__]

    def missing(self, name: str) -> str:
        """What is said about a name that is in none of the rooms."""
        for room in ("", *self._rooms, self._key):
            gone = why_gone(joined(room, name))
            if gone is not None:
                return gone
        return missing_in_old(self.__name__, name, self._rooms)


class MergeModule(OldModule):
    """`keras.layers.merge`: a function in Keras 1, a module in Keras 2; here both."""

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        from cornu.compat.layers.merging import merge

        return merge(inputs, *args, **kwargs)


class InsideModule(OldModule):
    """`keras.src` and all below it, which refuses its names and says where they are public."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(self.missing(name), name=name, obj=object())

    def missing(self, name: str) -> str:
        home = public_home(name, self.__name__)
        where = f"Write: from {home} import {name}" if home else "Write a public name of Keras."
        return f"{self.__name__} is the inside of Keras, which changes without notice. {where}"


def key_of(path: str) -> tuple[str, str] | None:
    """The old root that a path begins with, if it does, else `keras`, and the rest."""
    for root in (*sorted(ROOTS, key=len, reverse=True), "keras", "tf_keras", "tensorflow.keras"):
        if path == root or path.startswith(f"{root}."):
            return root, path[len(root) + 1 :]
    return None


def is_old(path: str) -> bool:
    """Whether this is an old import path, as `keras.layers.core` or `tensorflow.python.keras`."""
    if path.partition(".")[0] not in ("keras", "tf_keras", "tensorflow"):
        return False
    root, key = key_of(path) or ("", "")
    if root in ROOTS:
        return key in MODULES or _is_room(key) or _inside(path) or _leads_to_root(path)
    return key in MODULES if root else _leads_to_root(path)


def old_module(path: str) -> OldModule:
    """The module that stands for an old import path; the same one each time."""
    if path not in _made:
        _made[path] = _make(path)
    return _made[path]


def forget() -> None:
    """Forgets the modules made."""
    _made.clear()


def _make(path: str) -> OldModule:
    if _inside(path):
        return InsideModule(path, "", ())
    root, key = key_of(path) or ("", "")
    if not root:
        return OldModule(path, "", ())
    kind = MergeModule if key == "layers.merge" else OldModule
    return kind(path, key, MODULES.get(key, (key,)))


def _is_room(key: str) -> bool:
    return key in ("", *ROOMS)


def _inside(path: str) -> bool:
    name = path.rpartition(".")[2]
    return f"{path}.".startswith("keras.src.") and (name in ROOMS or not public_home(name, path))


def _leads_to_root(path: str) -> bool:
    return "." in path and any(root.startswith(f"{path}.") for root in ROOTS)
