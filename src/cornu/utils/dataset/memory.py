"""What a dataset remembers from one time through it to the next: orders, what it keeps, generators.

It is found by looking at what the functions of a dataset use, so that no method has to hand it on.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any

from cornu.random import generator_states, set_generator_states

Part = tuple[Any, Callable[[Any], Any], Callable[[Any, Any], None]]  # it, how it is read and set
MANY = 100  # items of a list from which on it holds data


class Turns:
    """Counts how often a dataset was gone through."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> int:
        self.count += 1
        return self.count - 1

    def backup_state(self) -> Any:
        return self.count

    def restore_state(self, state: Any) -> None:
        self.count = state


class Cache:
    """The elements, kept when they have been gone through to the end once.

    Args:
        make: gives them.
        length: their number; below 0, if that is not known.
    """

    def __init__(self, make: Callable[[], Iterable[Any]], length: int) -> None:
        self.make, self.length = make, length
        self.kept: list[Any] | None = None
        self.began: Any = None  # where the time through began by which they were kept

    def __iter__(self) -> Iterator[Any]:
        if self.kept is not None:
            yield from self.kept
            return
        new = []
        began = {"parts": states_of(self.make), "generators": generator_states()}
        for item in self.make():
            new.append(item)
            if len(new) == self.length:
                self.kept, self.began = new, began
            yield item
        self.kept, self.began = new, began

    def backup_state(self) -> Any:
        return None if self.kept is None else self.began

    def restore_state(self, state: Any) -> None:
        """Keeps the elements again: they are made as they were then."""
        self.kept = None
        if state is not None:
            now = generator_states()
            set_states(self.make, state["parts"])
            set_generator_states(state["generators"])
            for _ in self:
                pass
            set_generator_states(now)


def states_of(make: Any) -> list[Any]:
    """The states of all that a dataset, or a function that makes elements, remembers."""
    return [read(part) for part, read, _ in _remembered(make)]


def set_states(make: Any, states: Iterable[Any]) -> None:
    """Sets them to what `states_of` gave."""
    for (part, _, give), state in zip(_remembered(make), states, strict=False):
        give(part, state)


def _remembered(start: Any) -> list[Part]:
    """The objects that remember something, how it is read and how it is set, in a fixed order."""
    from cornu.training.sources.own_state import KINDS

    found: list[Part] = []
    stack, seen = [start], set()
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        kept = next((kind for kind in KINDS if isinstance(each, kind.kind)), None)
        if isinstance(each, (Turns, Cache)):
            kind: Any = type(each)
            found.append((each, kind.backup_state, kind.restore_state))
        elif kept is not None:
            found.append((each, kept.read, kept.set))
        stack.extend(reversed(_used_by(each)))
    return found


def _used_by(each: Any) -> list[Any]:
    """What an object of ours or a function of anyone's uses."""
    if isinstance(each, MethodType):
        return [each.__self__, each.__func__]
    if isinstance(each, functools.partial):
        return [each.func, *each.args, *each.keywords.values()]
    if isinstance(each, FunctionType):
        cells = [cell.cell_contents for cell in each.__closure__ or () if _is_filled(cell)]
        ours = each.__module__.startswith("cornu.")
        names = () if ours else each.__code__.co_names
        return [*cells, *(each.__globals__[name] for name in names if name in each.__globals__)]
    if type(each) in (list, tuple, dict) and len(each) <= MANY:
        return list(each.values() if type(each) is dict else each)
    if isinstance(each, Cache):
        return [each.make]
    ours = type(each).__module__.startswith("cornu.utils.dataset")
    return list(getattr(each, "__dict__", {}).values()) if ours else []


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:  # a name that gets its value later
        return False
    return True


__all__ = ["Cache", "Turns", "set_states", "states_of"]
