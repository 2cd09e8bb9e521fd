"""The kinds of hostile files: how each is made, at which door it is loaded, and what the error says."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind: `make(yard)` gives the path of a file, and `words` is a pattern of the message.

    `loads` says that the file does no harm, and is loaded; `wide`, that it takes seconds.
    """

    name: str
    door: str
    make: Callable
    words: str
    loads: bool = False
    wide: bool = False


KINDS: dict[str, Kind] = {}


def add(name, door, make, words, loads=False, wide=False):
    """Puts a kind into the table."""
    assert name not in KINDS, name
    KINDS[name] = Kind(name, door, make, words, loads, wide)


def kind(door, words, name="", loads=False):
    """A decorator: the function below makes a file of this kind."""

    def note(make):
        called = " ".join(filter(None, (name, make.__name__.strip("_").replace("_", " "))))
        add(called, door, make, words, loads)
        return make

    return note
