"""What the modules of Cornu are taught while they stand for Keras's: old names, and what is missing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from cornu.compat.lookup import find, joined, old_names, public, why_gone
from cornu.compat.old.names import GONE, KEPT, NAMES
from cornu.compat.rooms import ROOMS
from cornu.compat.shims import old_module

_taught: list[tuple[ModuleType, str, Any]] = []
_NONE = object()


class OldName:
    """An attribute of a module that leads to an old name, or to a room below, which is taught, too.

    As a data descriptor it comes before what the module itself holds: `keras.layers.core` is the old
    path, though Cornu has a submodule of that name.
    """

    def __init__(self, room: str, name: str) -> None:
        self.room = room
        self.name = name
        self.own = f"_own_{name}"

    def __get__(self, module: ModuleType | None, cls: type) -> Any:
        if module is None:
            return self
        if self.own in vars(module):
            return vars(module)[self.own]
        key = joined(self.room, self.name)
        if key in ROOMS:
            return importlib.import_module(public(key))
        if key in KEPT or key in NAMES:
            return find(self.room, self.name, "")
        if key not in GONE:
            return old_module(public(key))
        raise AttributeError(key)  # `attribute` below says why

    def __set__(self, module: ModuleType, value: Any) -> None:
        """Keeps what a program puts there; a submodule, which Python puts there at its import, is not
        shown."""
        if not isinstance(value, ModuleType):
            vars(module)[self.own] = value
        elif value.__name__ == f"{module.__name__}.{self.name}":
            vars(module)[self.name] = value


def teach(module: ModuleType, room: str, missing: Callable[[str], str]) -> None:
    """Gives a module its old names, and lets it say what it is missing, where it does not already.

    `__getattr__` serves `keras.layers.Dnse`. With a `__path__`, even an empty one, Python asks the
    finders when `from keras.activations import rleu` finds nothing.
    """
    if any(taught is module for taught, _, _ in _taught):
        return
    own_attribute = vars(module).get("__getattr__")

    def attribute(name: str) -> Any:
        if name.startswith("__") and own_attribute is None:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        # What the descriptor below raised does not reach the program: Python asks here once more.
        gone = why_gone(joined(room, name))
        if gone is None and own_attribute is not None:
            return own_attribute(name)
        # `obj` keeps Python from adding a suggestion of its own to ours.
        raise AttributeError(gone or missing(name), name=name, obj=object())

    _put(module, "__getattr__", attribute)
    if "__path__" not in vars(module):
        _put(module, "__path__", [])
    own = set(getattr(module, "__all__", ()))
    old = [name for name in old_names(room) if name not in own or joined(room, name) in KEPT]
    names = [*old, *rooms_below(room)]
    if names:
        _put(module, "__class__", type("Room", (ModuleType,), {n: OldName(room, n) for n in names}))
        extra = [name for name in names if joined(room, name) in KEPT and name not in own]
        if extra and "__all__" in vars(module):
            _put(module, "__all__", [*module.__all__, *extra, *(["merge"] if room == "layers" else [])])


def rooms_below(room: str) -> list[str]:
    """The rooms of today that are attributes of this one."""
    split = (key.rpartition(".") for key in ROOMS)
    return [name for parent, _, name in split if parent == room]


def forget() -> None:
    """Takes back all that modules were taught."""
    for module, name, before in reversed(_taught):
        if before is _NONE:
            delattr(module, name)
        else:
            setattr(module, name, before)
    _taught.clear()


def _put(module: ModuleType, name: str, value: Any) -> None:
    before = type(module) if name == "__class__" else vars(module).get(name, _NONE)
    _taught.append((module, name, before))
    setattr(module, name, value)
