"""Puts the old arguments in force: wraps what takes them, as soon as its module is imported.

A wrapped function tells today's signature, and hands on at once what holds no old word. Until compat is
installed nothing is wrapped, and `stop` takes all back.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from cornu.compat.old.arguments import ARGUMENTS, PLACES
from cornu.compat.old.methods import METHODS, Around
from cornu.compat.translator import Translator

#: The modules of Cornu in which the things of a room are made, where they are not below its name.
PLACES_OF_ROOMS = {
    "callbacks": "cornu.training.callback",
    "layers": "cornu.layers cornu.compat.layers",
    "models": "cornu.models cornu.storage",
}


def _parsed(key: str) -> tuple[str, str, str]:
    """Room, name and method of a key: "models.Model.fit" -> ("models", "Model", "fit")."""
    parts = key.split(".")
    at = next((n for n, part in enumerate(parts) if part[0].isupper()), len(parts) - 1)
    return ".".join(parts[:at]), parts[at], ".".join(parts[at + 1 :])


def _index() -> dict[str, list[tuple[str, str]]]:
    """By name, the rooms in which something has old arguments or methods, and its keys."""
    index: dict[str, list[tuple[str, str]]] = {}
    for key in {**METHODS, **ARGUMENTS, **PLACES}:  # methods first: some of them have old arguments
        room, name, _ = _parsed(key)
        index.setdefault(name, []).append((room, key))
    return index


INDEX = _index()


def wrapped(key: str, function: Callable[..., Any], bound: bool) -> Callable[..., Any]:
    """A function, or with `bound` a method, that takes the old arguments, too."""
    _, name, method = _parsed(key)
    translator = Translator(key, method or name, function, bound)
    constructor = function.__name__ == "__init__"

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not translator.concerns(args[bound:], kwargs):
            return function(*args, **kwargs)
        owner = args[0] if bound and args else None
        given = translator.translated(owner, args[bound:], kwargs)
        if given is None:
            return function(*args, **kwargs)
        if constructor:
            _construct_with(owner, args[1:], kwargs, given)
        return function(*args[:bound], **given)

    return call


def _construct_with(
    owner: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], given: dict[str, Any]
) -> None:
    """Lets the configuration hold today's names, where this is the call that the user wrote."""
    before = vars(owner).get("_constructed_with")
    if before is None:
        return
    own = inspect.signature(type(owner).__init__).parameters  # a subclass may have the old words
    same = len(before[0]) == len(args) and all(a is b for a, b in zip(before[0], args, strict=True))
    if same and before[1].keys() == kwargs.keys() and own.keys().isdisjoint(kwargs.keys() - given):
        object.__setattr__(owner, "_constructed_with", ((), dict(given)))


# ---------------------------------------------------------------------------------------------- in force


class Watcher(MetaPathFinder):
    """Is asked for each module that is imported, and has Cornu's own looked at once they are there."""

    def __init__(self) -> None:
        self.undo: list[Callable[[], None]] = []
        self.added: set[str] = set()  # names of attributes that classes have from us

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("cornu."):
            return None
        spec = PathFinder.find_spec(fullname, path)
        execute = getattr(spec and spec.loader, "exec_module", None)
        if spec is None or execute is None:
            return None

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self.look_at(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign, union-attr]
        return spec

    def look_at(self, module: ModuleType) -> None:
        """Wraps what this module makes and the tables name."""
        for name, value in list(vars(module).items()):
            for room, key in INDEX.get(name, ()):
                if getattr(value, "__module__", None) == module.__name__ and _in_room(module, room):
                    self._take(value, name, key)

    def _take(self, value: Any, name: str, key: str) -> None:
        _, _, method = _parsed(key)
        if not inspect.isclass(value):
            self._replace(value, wrapped(key, value, bound=False), name)
            return
        for attribute, new in METHODS.get(key, {}).items():
            there = inspect.getattr_static(value, attribute, None)
            if isinstance(new, Around):
                self._set(value, attribute, new.make(there))
            elif there is None or attribute in self.added:
                self._set(value, attribute, new)
                self.added.add(attribute)
        if key in ARGUMENTS or key in PLACES:
            attribute = method or "__init__"
            self._set(value, attribute, wrapped(key, getattr(value, attribute), bound=True))

    def _set(self, cls: type, name: str, new: Any) -> None:
        """Sets an attribute of a class; undone, the class is as it was."""
        own = vars(cls).get(name)
        setattr(cls, name, new)
        if own is None:
            self.undo.append(lambda: delattr(cls, name))
        else:
            self.undo.append(lambda: setattr(cls, name, own))

    def _replace(self, old: Any, new: Any, name: str) -> None:
        """Puts a function in the place of another in all modules that hold it."""
        _exchange(old, new, name)
        self.undo.append(lambda: _exchange(new, old, name))


def _in_room(module: ModuleType, room: str) -> bool:
    homes = PLACES_OF_ROOMS.get(room, f"cornu.{room}").split()
    return any(f"{module.__name__}.".startswith((f"{home}.", f"{home}s.")) for home in homes)


def _exchange(old: Any, new: Any, name: str) -> None:
    for module in [m for n, m in sys.modules.items() if n.split(".")[0] == "cornu"]:
        if vars(module).get(name) is old:
            setattr(module, name, new)


_watcher = Watcher()


def start() -> None:
    """From now on old arguments are taken."""
    if _watcher not in sys.meta_path:
        sys.meta_path.insert(0, _watcher)
        for module in [m for n, m in sys.modules.items() if n.startswith("cornu.")]:
            _watcher.look_at(module)


def stop() -> None:
    """Gives all classes and functions back as they were."""
    if _watcher in sys.meta_path:
        sys.meta_path.remove(_watcher)
        for undo in reversed(_watcher.undo):
            undo()
        _watcher.undo.clear()
        _watcher.added.clear()


def taker(key: str) -> Any:
    """What a key of the tables names: a class, a function or a method."""
    room, name, method = _parsed(key)
    from cornu.compat.lookup import find

    module = importlib.import_module(f"cornu.{room}")
    try:
        found = getattr(module, name)
    except AttributeError:
        found = find(room, name, "")
    return getattr(found, method) if method else found
