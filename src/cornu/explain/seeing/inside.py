"""A model as a pure function whose layers can be looked at, and changed, while it runs."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.tree_util as tree
from jax.extend.core import get_opaque_trace_state

from cornu.core.errors import did_you_mean
from cornu.core.pure import assigning
from cornu.core.settings import image_data_format
from cornu.layers.layer import Layer
from cornu.layers.observing import wrapped
from cornu.models.model import Model
from cornu.training.compiling import compiled, effort_for

NO_LAYER = 'explain.{call}: model "{model}" has no layer "{layer}". {advice}'
NOT_CALLED = (
    'explain.{call}: layer "{layer}" is not called by itself when model "{model}" runs: it is part of '
    "another layer, or of a loop within one. Layers that can be looked at: {names}."
)

#: Takes the number of a call, its layer, the arguments and the output; gives the output.
Look = Callable[[int, Any, Any, Any], Any]


class Visit(NamedTuple):
    """One call of a layer while the model runs."""

    number: int
    layer: Any
    given: Any  # its first argument: shape and dtype, or a nest of them
    output: Any  # the same of its output
    inner: bool  # whether other visits happen within it
    data_format: str

    @property
    def name(self) -> str:
        return str(self.layer.name)

    @property
    def kind(self) -> str:
        return type(self.layer).__name__

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output; () where there are several."""
        return tuple(getattr(self.output, "shape", ()))

    @property
    def channels(self) -> int:
        """The axis of the output on which its units are."""
        return 1 if self.data_format == "channels_first" and len(self.shape) > 2 else -1


class Inside:
    """A model, and the calls of layers that an input leads to.

    Layers of the library are looked at as a whole, not at what is within them; layers and models of
    one's own are looked into.

    Args:
        call: the function of `explain` that asks, for messages.
        model: a built model.
        x: an input; its numbers do not matter here.
        training: whether layers such as Dropout work as in training.
    """

    def __init__(self, call: str, model: Any, x: Any, training: bool = False) -> None:
        self.call, self.model, self.training = call, model, training
        self.layers = [layer for layer in model._flatten_layers() if layer is not model]
        self.variables = model.variables
        noted: list[tuple[int, Any, Any, Any]] = []

        def note(number: int, layer: Any, args: Any, output: Any) -> Any:
            given = args[0] if args else None
            noted.append((number, layer, _specs(given), _specs(output)))
            return output

        self.outputs = jax.eval_shape(lambda x: assigning(lambda: self.run(x, note))[0], x)
        self.visits = self._in_order(noted)

    def _in_order(self, noted: list[tuple[int, Any, Any, Any]]) -> list[Visit]:
        """Visits by their number. Calls are noted when they end: those within another one before it."""
        ends = {number: place for place, (number, *_) in enumerate(noted)}
        data_format, found = image_data_format(), []
        for number, layer, given, output in sorted(noted, key=lambda each: each[0]):
            inner = number + 1 in ends and ends[number + 1] < ends[number]
            if len(getattr(output, "shape", ())) > 2:
                data_format = getattr(layer, "data_format", None) or data_format
            found.append(Visit(number, layer, given, output, inner, data_format))
        return found

    @property
    def leaves(self) -> list[Visit]:
        """The visits that hold no other ones."""
        return [visit for visit in self.visits if not visit.inner]

    def visit(self, layer: Any) -> Visit:
        """The last call of a layer, given itself or by its name.

        Raises:
            ValueError: if there is none.
        """
        name = layer.name if isinstance(layer, Layer) else str(layer)
        for visit in reversed(self.visits):
            if visit.layer is layer or (visit.name == name and not isinstance(layer, Layer)):
                return visit
        names = list(dict.fromkeys(visit.name for visit in self.visits))
        about = {"call": self.call, "model": self.model.name, "layer": name}
        if any(each is layer or each.name == name for each in self.layers):
            raise ValueError(NOT_CALLED.format(**about, names=", ".join(names)))
        raise ValueError(NO_LAYER.format(**about, advice=did_you_mean(name, names)))

    def run(self, x: Any, look: Look) -> Any:
        """The outputs of the model for x, where each visit goes through `look`."""
        with _watched(self.layers, look):
            return self.model(x, training=self.training)

    def computed(self, function: Callable[..., Any], *arrays: Any) -> Any:
        """What a function of arrays gives that runs the model: compiled, and brought to the host."""
        return self.program(function)(*arrays)

    def program(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same for several calls: it is compiled once."""

        def pure(values: Any, *arrays: Any) -> Any:
            given = dict(zip(self.variables, values, strict=True))
            return assigning(lambda: function(*arrays), given)[0]

        weights = sum(math.prod(variable.shape) for variable in self.variables)
        run = compiled(pure, effort_for(weights, sum(math.prod(v.shape) for v in self.visits), 1))
        values = [variable._value for variable in self.variables]
        return lambda *arrays: jax.device_get(run(values, *arrays))


def _specs(structure: Any) -> Any:
    """Shapes and dtypes in place of arrays."""
    return tree.tree_map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) if hasattr(leaf, "dtype") else None,
        structure,
    )


def of_library(layer: Any) -> bool:
    """Whether it is a layer of ours: one that is not looked into."""
    return type(layer).__module__.startswith("cornu.") and not isinstance(layer, Model)


@contextmanager
def _watched(layers: list[Any], look: Look) -> Iterator[None]:
    """Within the block, calls of layers are numbered and go through `look`: those that happen outside
    of loops, and not within a layer of the library."""
    here = get_opaque_trace_state()
    state = {"number": 0, "closed": False}

    def observe(layer: Any, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def observed(*args: Any, **kwargs: Any) -> Any:
            if state["closed"] or get_opaque_trace_state() != here:
                return call(*args, **kwargs)
            number, state["number"] = state["number"], state["number"] + 1
            state["closed"] = of_library(layer)
            try:
                output = call(*args, **kwargs)
            finally:
                state["closed"] = False
            return look(number, layer, args, output)

        return observed

    with wrapped(layers, "call", observe):
        yield


__all__ = ["Inside", "Look", "Visit", "of_library"]
