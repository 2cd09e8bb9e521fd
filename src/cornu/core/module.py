"""Module: an object that owns variables and other modules, found by walking its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from cornu.core.variable import Variable

T = TypeVar("T")
_CONTAINERS = (list, tuple, dict)
_UNTRACKED = frozenset({"_constructed_with", "_nodes"})


class Structure:
    """Counts changes of what modules own, so that what was derived from it can be kept until then."""

    version = 0


class Module:
    """Base of everything that owns variables: layers, models, metrics, optimizers.

    Nothing is registered. What a module owns is what its attributes hold, in the order of assignment,
    through lists, tuples and dicts. An attribute that must not count is named in `_UNTRACKED`.
    """

    # The part of the state that its variables are in: "layers", "random", "metrics", "optimizer" or
    # "memory": what a layer keeps from one batch for the next, also while predicting.
    part = "layers"

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, (Module, Variable, *_CONTAINERS)):
            Structure.version += 1
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        Structure.version += 1
        object.__delattr__(self, name)


def owned(module: Module, kind: type[T]) -> list[T]:
    """The things of this kind that the module's attributes hold, each once, not looking into other
    modules."""
    found: dict[int, T] = {}
    for name, value in vars(module).items():
        if name not in _UNTRACKED:
            for thing in _leaves(value):
                if isinstance(thing, kind):
                    found.setdefault(id(thing), thing)
    return list(found.values())


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (Module, Variable)):
        yield value
    elif isinstance(value, (list, tuple)):
        if value and isinstance(value[0], (str, int, float)):
            return  # a vocabulary or a shape, perhaps a long one
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)


def outermost(module: Module, part: str, skip: tuple[str, ...] = ("optimizer",)) -> list[Any]:
    """The modules of one part of the state below a module, without those inside one of them."""
    found: dict[int, Module] = {}
    seen: set[int] = set()
    stack = [module]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.part == part and current is not module:
            found[id(current)] = current
        else:
            stack.extend(child for child in reversed(owned(current, Module)) if child.part not in skip)
    return list(found.values())


def walk(module: Module, kind: type[T], skip: tuple[str, ...] = ("optimizer",)) -> Iterator[T]:
    """The module, if it is of this kind, and all modules below it, depth first, each once, less one
    part."""
    seen: set[int] = set()
    stack: list[Module] = [module]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, kind):
            yield current
        stack.extend(child for child in reversed(owned(current, Module)) if child.part not in skip)
