"""From a function or a model to a program: tracing, with names for what the user has named."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np
from jax.ad_checkpoint import checkpoint_name

from cornu.core.dtypes import is_float
from cornu.core.errors import describe
from cornu.core.masks import mask_of, set_mask
from cornu.core.pure import ForeignVariables, named, pure, read
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import Variable
from cornu.explain.program import MARK, Program, opened
from cornu.layers.layer import Layer
from cornu.layers.observing import wrapped

SYMBOLIC = (
    "explain.{call}: {what} is a symbolic tensor of shape {shape}, which has no numbers to show. Give "
    "an array of the numbers to look at, such as numpy.ones({example})."
)
NO_NUMBERS = (
    "explain.{call}: {what} is {value}, and not made of numbers. Give numbers, lists of them or arrays."
)


@dataclass
class Call:
    """One call of a layer, or of its activation, while the function is traced."""

    name: str
    kind: str  # the class
    layer: Any
    outer: int | None  # the call that it is part of
    leaf: bool = False  # an activation: its operations are shown as one


@dataclass
class Traced:
    """A program, the calls of layers in it, and the arrays it starts from."""

    program: Program
    inputs: list[Any]
    calls: list[Call] = field(default_factory=list)
    name: str = "f"


def as_numbers(call: str, what: str, value: Any) -> Any:
    """A number, list or array as arrays; whole numbers of Python become floats.

    Raises:
        TypeError: for symbolic tensors, and for what holds no numbers.
    """
    return tree.tree_map(functools.partial(_array, call, what), value, is_leaf=_is_whole)


def _is_whole(value: Any) -> bool:
    """Whether this is one array, not several: a list of numbers is."""
    if isinstance(value, (list, tuple)):
        flat = tree.tree_leaves(value)
        return bool(flat) and all(isinstance(leaf, (int, float)) for leaf in flat)
    return False


def _array(call: str, what: str, value: Any) -> Any:
    if isinstance(value, KerasTensor):
        example = tuple(size or 1 for size in value.shape)
        raise TypeError(SYMBOLIC.format(call=call, what=what, shape=value.shape, example=example))
    if isinstance(value, Variable):
        value = value.value
    try:
        array = value if isinstance(value, jax.Array) else np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiub" and "float" not in str(array.dtype):
        raise TypeError(NO_NUMBERS.format(call=call, what=what, value=describe(value)))
    python = isinstance(value, (int, float, list, tuple)) and not isinstance(value, bool)
    if array.dtype == np.float64 or (python and array.dtype.kind in "iu"):
        array = array.astype("float32")
    return array


def argument_names(function: Callable[..., Any], count: int) -> list[str]:
    """Names of the arguments, as the function's signature has them."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    return [names[n] if n < len(names) else f"{rest}{n - len(names) + 1}" for n in range(count)]


def trace(
    function: Callable[..., Any],
    arguments: dict[str, Any],
    layers: Sequence[Any] = (),
    name: str = "f",
) -> Traced:
    """The program of a function at these arguments.

    Args:
        function: takes the arguments by position; it may read variables, and call the layers.
        arguments: by name; each an array or a nest of them.
        layers: their calls are noted.
        name: of the result.
    """
    flat, structure = tree.tree_flatten(tuple(arguments.values()))
    weights: list[Variable] = []
    while True:
        calls: list[Call] = []
        variables = named(weights=weights)
        values = read(variables)
        run = _pure_with_names(function, structure, variables, layers, calls)
        try:
            closed, (result, found) = jax.make_jaxpr(run, return_shape=True)(values, flat)
            break
        except ForeignVariables as error:  # weights that the function reads become arguments, too
            weights += error.variables
    about = [_about(variable) for _, variable in sorted(variables["weights"].items())]
    about += [{"kind": "input", "name": each} for each in _leaf_names(arguments)]
    program = opened(closed, about)
    count = len(tree.tree_leaves(result))
    for each, number in zip(found, program.results[count:], strict=True):
        value = program.values[program.through(number)]
        if value.name is None and value.kind == "step":
            value.name = each
    program = program.needed(program.results[:count]).with_means()
    return Traced(program, [*tree.tree_leaves(values), *flat], calls, name)


def _pure_with_names(
    function: Callable[..., Any], structure: Any, variables: Any, layers: Any, calls: list[Call]
) -> Callable[..., Any]:
    """The function of values of variables and arrays; it gives its local variables, too."""

    def run(values: Any, leaves: Any) -> Any:
        found: dict[str, Any] = {}

        def body(*leaves: Any) -> Any:
            with _noted(layers, calls), _locals_of(function, found):
                return function(*tree.tree_unflatten(structure, leaves))

        _, result = pure(body, variables)(values, *leaves)
        return result, found

    return run


def _about(variable: Variable) -> dict[str, Any]:
    trained = variable.trainable and is_float(variable.dtype)
    kind = "weight" if trained else "state"
    return {"kind": kind, "name": variable.path, "variable": variable}


def _leaf_names(arguments: dict[str, Any]) -> list[str]:
    names = []
    for name, value in arguments.items():
        paths = tree.tree_flatten_with_path(value)[0]
        names += [name + tree.keystr(path) for path, _ in paths]
    return names


# -- what the user has named ------------------------------------------------------------------------


@contextmanager
def _locals_of(function: Callable[..., Any], found: dict[str, Any]) -> Iterator[None]:
    """Keeps the arrays that the function's local variables hold when it returns."""
    code = getattr(function, "__code__", None)
    before = sys.getprofile()
    if code is None or before is not None:  # a profiler is at work; names are not worth disturbing it
        yield
        return

    def look(frame: Any, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code is code:
            given = code.co_varnames[: code.co_argcount]
            made = {n: v for n, v in frame.f_locals.items() if isinstance(v, jax.core.Tracer)}
            found.update({name: value for name, value in made.items() if name not in given})

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


@contextmanager
def _noted(layers: Sequence[Any], calls: list[Call]) -> Iterator[None]:
    """Within the block, operations bear the numbers of the calls that they are part of."""
    open_calls: list[int] = []

    def begin(call: Call) -> int:
        calls.append(call)
        open_calls.append(len(calls) - 1)
        return len(calls) - 1

    def of_layer(layer: Layer, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            outer = open_calls[-1] if open_calls else None
            kind = type(layer).__name__ if isinstance(layer, Layer) else layer.kind
            number = begin(Call(layer.name, kind, layer, outer))
            try:
                with jax.named_scope(f"cornu_call_{number}"):
                    return tree.tree_map(functools.partial(_marked, number), function(*args, **kwargs))
            finally:
                open_calls.pop()

        return noted

    def of_activation(layer: Layer, function: Callable[..., Any]) -> Callable[..., Any]:
        name = str(getattr(function, "__name__", type(function).__name__))

        @functools.wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            outer = open_calls[-1] if open_calls else None
            number = begin(Call(name, name, layer, outer, leaf=True))
            try:
                with jax.named_scope(f"cornu_call_{number}"):
                    return function(*args, **kwargs)
            finally:
                open_calls.pop()

        return noted

    active = [layer for layer in layers if callable(getattr(layer, "activation", None))]
    active = [layer for layer in active if not isinstance(layer.activation, Layer)]
    with ExitStack() as stack:
        stack.enter_context(wrapped(layers, "call", of_layer))
        stack.enter_context(wrapped(active, "activation", of_activation))
        yield


def _marked(number: int, output: Any) -> Any:
    """An output of a layer, findable in the traced program."""
    if not isinstance(output, jax.core.Tracer):
        return output
    marked = checkpoint_name(output, f"{MARK}{number}")
    mask = mask_of(output)
    if mask is not None:
        set_mask(marked, mask)
    return marked


__all__ = ["Call", "Traced", "argument_names", "as_numbers", "trace"]
