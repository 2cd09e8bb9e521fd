"""Old names that take their arguments otherwise, or have other defaults, than what they are today.

What is made is today's: its class, name and configuration say so, and it is an instance of both.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from cornu.compat.lookup import path_today
from cornu.compat.notes import note
from cornu.compat.old.arguments import ARGUMENTS
from cornu.compat.old.entries import Entry
from cornu.compat.old.eras import OF_NAMES


class OldForm(type):
    """The class of such a name."""

    today: Any

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if "today" not in vars(cls):  # a user's subclass
            return super().__call__(*args, **kwargs)
        return cls.today(*cls.positions(args, kwargs), **kwargs)

    def positions(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments as today's class takes them by position; the rest goes into `kwargs`."""
        raise NotImplementedError

    def __instancecheck__(cls, instance: Any) -> bool:
        if "today" in vars(cls):
            return isinstance(instance, cls.today)
        return type.__instancecheck__(cls, instance)

    def __subclasscheck__(cls, other: type) -> bool:
        if "today" in vars(cls):
            return issubclass(other, cls.today)
        return type.__subclasscheck__(cls, other)


def old_form(kind: type[OldForm], name: str, today: Any, doc: str, **members: Any) -> Any:
    """The class for an old name of a class of today."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        today.__init__(self, *made.positions(args, kwargs), **kwargs)

    names = {"__module__": __name__, "__qualname__": name, "__doc__": doc}
    made = kind(name, (today,), {**names, "__init__": __init__, "today": today, **members})
    return made


class OfItsTime(OldForm):
    """A class of today with the defaults that it had under this name."""

    said: str
    written: str
    defaults: dict[str, Any]

    def positions(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        parameters = list(inspect.signature(cls.today.__init__).parameters)[1:]
        table = ARGUMENTS.get(cls.written.removeprefix("keras."), {})
        given = {*parameters[: len(args)], *kwargs}
        for word, entry in table.items():
            if word in kwargs:
                given.update(entry.names if isinstance(entry, Entry) else (entry,))
        missing = {name: value for name, value in cls.defaults.items() if name not in given}
        kwargs.update(missing)
        for name, value in missing.items():
            note(f"{cls.said}(...) without {name}", f"{cls.written}({name}={value!r}, ...)")
        return args


@cache
def of_its_time(key: str, today: str, path: str, value: Any) -> Any:
    """The class for an old name that had other defaults.

    Args:
        key: its row in `OF_NAMES`, such as "layers.recurrent.LSTM".
        today: what it is now, such as "layers.LSTM".
        path: the import path that the program uses.
        value: the class of today.
    """
    room, _, name = today.rpartition(".")
    return old_form(
        OfItsTime,
        name,
        value,
        f"`{name}` with the defaults of {path}: {OF_NAMES[key]}.",
        said=f"{path}.{key.rpartition('.')[2]}",
        written=f"{path_today(path, room)}.{name}",
        defaults=OF_NAMES[key],
    )
