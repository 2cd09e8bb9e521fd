"""Puts the arguments of one function into the words of today."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cornu.compat.notes import note
from cornu.compat.old.arguments import ARGUMENTS, DEFAULTS, PLACES
from cornu.compat.old.entries import Call, Changed, Entry, Places, Renamed
from cornu.compat.old.eras import OF_KERAS_1, WORDS_OF_KERAS_1
from cornu.core.errors import describe


class Translator:
    """What knows the old arguments of one function, from its key in the tables.

    Args:
        key: such as "layers.Dense".
        name: how errors and notes call the function.
        function: what takes the arguments of today.
        bound: whether the first one is the object that it belongs to.
    """

    def __init__(self, key: str, name: str, function: Callable[..., Any], bound: bool) -> None:
        table = ARGUMENTS.get(key, {})
        self.table: Mapping[str, Entry] = {
            word: Renamed(entry) if isinstance(entry, str) else entry for word, entry in table.items()
        }
        self.places: Places | None = PLACES.get(key)
        self.defaults = DEFAULTS.get(key, {})
        self.of_keras_1 = OF_KERAS_1.get(key, {})
        self.words = frozenset(table)
        self.name, self.function, self.bound = name, function, bound
        self.looks_at_places = self.places is not None or any(
            isinstance(entry, Changed) and entry.when is not None for entry in self.table.values()
        )

    def concerns(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        """Whether there may be something to translate."""
        if kwargs and not self.words.isdisjoint(kwargs):
            return True
        return self.looks_at_places if args else bool(self.defaults)

    @functools.cached_property
    def names(self) -> list[str]:
        """The arguments that may be given by place."""
        parameters = inspect.signature(self.function).parameters.values()
        return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD][self.bound :]

    def translated(
        self, owner: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """All arguments by today's names; None if they are those of today already, or too many.

        Raises:
            TypeError: if one thing is given twice, or half of it.
            NotBuiltYetError: if a value has no meaning today.
        """
        places = self.places if self._told_by_place(args, kwargs) else None
        names: Sequence[str] = self.names if places is None else places.names
        if len(args) > len(names):
            return None
        by_place = dict(zip(names, args, strict=False))
        for name in by_place:
            if name in kwargs:
                raise TypeError(f"{self.name} got {name} by place and by name. Leave one of them out.")
        call = Call(owner, self._called(owner), {**by_place, **kwargs})
        missing = {} if args else {k: v for k, v in self.defaults.items() if k not in kwargs}
        old = self._old(call.given)
        if places is None and not missing and not old:
            return None
        if places is not None:
            _say(call, ", ".join([*names[: len(args)], "..."]), places.today)
        for word in old:
            if word in call.given:  # else it went with another one
                self._put(call, word, call.given.pop(word))
        self._leave_as_they_were(call, missing)
        if not WORDS_OF_KERAS_1.isdisjoint(old):
            self._leave_as_they_were(call, self.of_keras_1)
        return call.given

    def _leave_as_they_were(self, call: Call, defaults: Mapping[str, Any]) -> None:
        """Gives what was left out the value that it had then."""
        for word, value in defaults.items():
            entry = self.table.get(word)
            new = {word: value} if entry is None else entry.becomes(call, word, value)
            if new.keys().isdisjoint(call.given):
                call.given.update(new)
                source = entry.source if isinstance(entry, Changed) else {}
                today = source.get(repr(value), repr(value))
                _say(call, f"without {word}", ", ".join(f"{name}={today}" for name in new))

    def _told_by_place(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        return self.places is not None and self.places.told(args, self.words & frozenset(kwargs))

    def _called(self, owner: Any) -> str:
        """What a constructor is called: the class of ours that is made, else that of the table."""
        ours = type(owner).__module__.startswith("cornu.")
        return type(owner).__name__ if ours and self.function.__name__ == "__init__" else self.name

    def _old(self, given: Mapping[str, Any]) -> list[str]:
        """The old words among these arguments, in the order of the table."""
        return [
            word for word, entry in self.table.items() if word in given and entry.is_old(given[word])
        ]

    def _put(self, call: Call, word: str, value: Any) -> None:
        """Puts an old argument, which was taken out of the call, into it as it is today."""
        entry = self.table[word]
        new = entry.becomes(call, word, value)
        for name in new.keys() & call.given.keys():
            raise TypeError(
                f"{call.name} got {word}={describe(value)} and {name}={describe(call.given[name])}, two "
                f"names of one thing. Leave {word} out."
            )
        call.given.update(new)
        if word in entry.names and isinstance(entry, Changed):  # the value alone is an old one
            today = entry.source.get(repr(value), "...")
            _say(call, f"{word}={describe(value)}", f"{word}={today}")
        else:
            _say(call, f"{word}=...", entry.written)


def _say(call: Call, old: str, today: str) -> None:
    """The note: today's form within the call, if it is one of arguments."""
    within = "(" not in today.split("=")[0] and ":" not in today
    note(f"{call.name}({old})", f"{call.name}({today})" if within else today)
