"""Steps on the way to a built layer: the shape of its input, the call of `build`, its own variables."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from cornu.core.context import context, name_scope
from cornu.core.module import Module, owned
from cornu.core.variable import Variable
from cornu.random import SeedGenerator


def own_variables(module: Module) -> list[Variable]:
    """A module's own variables: trainable ones first, each in the order of creation."""
    variables = owned(module, Variable)
    if isinstance(module, SeedGenerator) or len(variables) < 2:
        return variables
    return sorted(variables, key=lambda variable: not variable._trained_first)


def once(build: Callable[..., None]) -> Callable[..., None]:
    """A subclass's `build`, run in the layer's scope of names; afterwards the layer counts as built."""

    @functools.wraps(build)
    def built_once(self: Any, *args: Any, **kwargs: Any) -> None:
        if self._building:  # super().build(...)
            build(self, *args, **kwargs)
            return
        self._building = True
        try:
            with name_scope(self.name):
                self._path = "/".join(context.path)
                build(self, *args, **kwargs)
        finally:
            self._building = False
        self.built = True
        self._build_shapes = {**dict(zip(names, args, strict=False)), **kwargs}

    names = tuple(inspect.signature(build).parameters)[1:]
    return built_once


def take_input_shape(kwargs: dict[str, Any]) -> tuple[int | None, ...] | None:
    """Takes the input's shape, batch axis included, out of a constructor's keyword arguments."""
    batch = kwargs.pop("batch_size", None)
    if "batch_input_shape" in kwargs:
        return tuple(kwargs.pop("batch_input_shape"))
    if "input_shape" in kwargs:
        shape = kwargs.pop("input_shape")
        return (batch, *((shape,) if isinstance(shape, int) else shape))
    if "input_dim" in kwargs:
        return (batch, kwargs.pop("input_dim"))
    return None


def as_shapes(config: Any) -> Any:
    """Shapes as a file has them, with tuples for the lists of sizes."""
    if is_shape(config):
        return tuple(config)
    if isinstance(config, dict):
        return {name: as_shapes(item) for name, item in config.items()}
    return [as_shapes(item) for item in config] if isinstance(config, (list, tuple)) else config


def is_shape(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and all(
        size is None or isinstance(size, int) for size in value
    )
