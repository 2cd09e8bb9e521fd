"""Models in pickles: a '.keras' file, and the classes and functions of the user's that it names."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from cornu.core.module import Module, walk
from cornu.storage.archive import from_bytes, to_bytes


def reduced(model: Any) -> tuple[Any, ...]:
    """What `pickle` keeps of a model."""
    return from_bytes, (to_bytes(model), custom_objects_of(model))


def custom_objects_of(model: Any) -> Mapping[str, Any]:
    """The classes and functions of the user's that a model is made of, by their names."""
    found: dict[str, Any] = {}
    for module in walk(model, Module, skip=()):
        for thing in (type(module), *_functions(vars(module).values())):
            if not thing.__module__.startswith("cornu."):
                found[thing.__name__] = thing
    return found


def _functions(values: Any) -> Iterator[Any]:
    """The functions among these values, and in lists and dicts of them."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _functions(value)
        elif isinstance(value, dict):
            yield from _functions(value.values())
        elif inspect.isfunction(value):
            yield value
