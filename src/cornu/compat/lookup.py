"""Where an old name leads: the tables in force."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from cornu.compat.notes import note
from cornu.compat.old.eras import OF_NAMES
from cornu.compat.old.modules import MODULES
from cornu.compat.old.names import GONE, KEPT, NAMES


def room_module(room: str) -> ModuleType:
    """The module of Cornu for a room of Keras; "" is the root."""
    return importlib.import_module(f"cornu.{room}" if room else "cornu")


def public(key: str) -> str:
    """ "layers.Dense" as a program writes it."""
    return f"keras.{key}" if key else "keras"


def joined(room: str, name: str) -> str:
    return f"{room}.{name}" if room else name


def at(key: str) -> Any:
    """What today's "layers.Dense" names."""
    room, _, name = key.rpartition(".")
    return getattr(room_module(room), name)


def kept(key: str) -> Any:
    """An old name that Cornu keeps."""
    name = key.rpartition(".")[2]
    return getattr(importlib.import_module(f"cornu.compat.{KEPT[key]}"), name)


def find(room: str, name: str, path: str) -> Any:
    """A name of a room, today's or old, reached by an old `path`, which is noted.

    Raises:
        AttributeError: if the room has no such name.
    """
    key = joined(room, name)
    if key in KEPT:
        return kept(key)
    if key in NAMES and name not in getattr(room_module(room), "__all__", ()):
        note(public(key), public(NAMES[key]))
        return of_its_time(key, NAMES[key], public(room), at(NAMES[key]))
    if key in GONE:
        raise AttributeError(name)
    value = getattr(room_module(room), name)
    if path and not room.startswith("compat."):
        note(path, path_today(path, room))
    return value


def of_its_time(key: str, today: str, path: str, value: Any) -> Any:
    """What an old name leads to, with the defaults that it had, where these are others today."""
    if key not in OF_NAMES:
        return value
    from cornu.compat.old_form import of_its_time

    return of_its_time(key, today, path, value)


def path_today(path: str, room: str) -> str:
    """Today's path of a room, under the root that the program uses."""
    root = "tensorflow.keras" if path.startswith("tensorflow.") else "keras"
    return f"{root}.{room}" if room else root


def why_gone(key: str) -> str | None:
    """What to write in place of a name, or of a module or what is in it, that is gone."""
    parts = key.split(".")
    for end in range(len(parts), 0, -1):
        found = ".".join(parts[:end])
        if found in GONE:
            return f'Cornu does not have "{public(key)}". {GONE[found]}'
    return None


def old_names(room: str) -> set[str]:
    """The old names that a room is to have beside its own."""
    tables = (KEPT, NAMES, MODULES, GONE)
    split = (key.rpartition(".") for table in tables for key in table)
    return {name for parent, _, name in split if parent == room}
