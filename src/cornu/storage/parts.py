"""The parts of a model that have a state, each with its place in a file, as Keras names and orders
them."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from cornu.core.module import Module
from cornu.core.names import snake_case
from cornu.layers.layer import Layer

BASES = ("cornu.core.", "cornu.models.", "cornu.training.", "cornu.layers.layer")
# What a model keeps beside its parts, and what training keeps: Keras's files hold none of it.
BESIDE = ("graph", "_graph_layers", "_stack", "_input", "_top")
TRAINING = ("objective", "loss", "history", "_loops", "_state_cache")


def parts(model: Any, left_out: Collection[int] = ()) -> Iterator[tuple[str, Any]]:
    """Places and modules: the model at "", then all below it, each once, where it is met first.

    Those to leave out are named by identity. A part comes before what it holds is looked at, so that
    loading it may make more.
    """
    return _parts(model, "", set(left_out))


def _parts(module: Any, path: str, met: set[int]) -> Iterator[tuple[str, Any]]:
    if id(module) in met:
        return
    met.add(id(module))
    yield path, module
    for name, value in _attributes(module):
        yield from _below(value, f"{path}/{name}" if path else name, met)


def _below(value: Any, path: str, met: set[int]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Module):
        yield from _parts(value, path, met)
    elif isinstance(value, (list, tuple, dict)):
        yield from _within(value.values() if isinstance(value, dict) else value, path, met)


def _within(values: Iterable[Any], path: str, met: set[int]) -> Iterator[tuple[str, Any]]:
    """The parts in a list or dict: named by class, and numbered, whether they were met before or not."""
    counts: dict[str, int] = {}
    for value in values:
        if isinstance(value, Module):
            name = snake_case(vars(type(value)).get("_class_in_files", type(value).__name__))
        elif isinstance(value, (list, tuple, dict)):
            name = "container"
        else:
            continue
        number = counts[name] = counts.get(name, -1) + 1
        yield from _below(value, f"{path}/{name}_{number}" if number else f"{path}/{name}", met)


def _attributes(module: Any) -> Iterator[tuple[str, Any]]:
    """The attributes that may hold parts, in alphabetical order, private ones last; but a model of
    layers starts with these."""
    layers = getattr(module, "_stack", None) is not None or getattr(module, "graph", None) is not None
    if layers:
        yield "layers", module.layers
    cls: Any = type(module)
    other = getattr(module, "_names_in_files", {})
    names = {other.get(name, name): name for name in dir(module) if not name.startswith("__")}
    for shown in sorted(names.keys() - _of_all(cls), key=_private_last):
        if not (layers and shown == "layers"):
            try:
                value = getattr(module, names[shown])
            except Exception:  # a property may need what is not there
                continue
            yield shown, value


def _private_last(name: str) -> str:
    return f"~{name}" if name.startswith("_") else name


@functools.cache
def _of_all(cls: type) -> frozenset[str]:
    """The attributes that every object of our base classes has, which hold no parts of the user's."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith(BASES)]
    names = set().union(*map(dir, ours))
    if issubclass(cls, Layer):
        names |= set(dir(Layer(name="bare")))
    if any(base.__module__ == "cornu.models.model" for base in ours):
        names = (names | {*BESIDE, *TRAINING}) - {"layers"}
    return frozenset(names)
