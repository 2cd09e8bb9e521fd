"""Catalogues: tables of public names, each in a module that is imported when the name is first used."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Catalogue(Mapping[str, Any]):
    """What a room offers by name.

    Args:
        room: the package's name.
        places: for each module below it, the names that it holds.
        key: what makes a name the key under which it is found here; the name itself by default.

    Example:
        >>> shelf = Catalogue("cornu.optimizers", {"adam": ("Adam",)}, key=str.lower)
        >>> list(shelf), shelf["adam"].__name__
        (['adam'], 'Adam')
    """

    def __init__(
        self, room: str, places: Mapping[str, tuple[str, ...]], key: Callable[[str], str] = str
    ) -> None:
        self.room = room
        self.homes = {name: module for module, names in places.items() for name in names}
        self._names = {key(name): name for name in self.homes}

    def find(self, name: str) -> Any:
        """What has this public name; AttributeError if nothing has, as for a name of a module."""
        if name not in self.homes:
            raise AttributeError(f"module {self.room!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{self.room}.{self.homes[name]}"), name)

    def __getitem__(self, key: str) -> Any:
        return self.find(self._names[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
