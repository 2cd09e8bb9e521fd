"""A model as a diagram of its layers: what `plot_model` and `model_to_dot` draw."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax.tree_util as tree

from cornu.core.errors import describe
from cornu.core.symbolic import KerasTensor, Node
from cornu.explain.drawing.diagram import DARK, LIGHT, Arrow, Box, Cell, Diagram
from cornu.layers.input_layer import InputLayer
from cornu.models.model import Model
from cornu.models.sequential import Sequential
from cornu.models.summary import type_name

NOT_BUILT = (
    'Model "{name}" is not built, so its layers know no shapes. Build it first: give a Sequential an '
    "Input, or call the model on a batch of data."
)
DIRECTIONS = ("TB", "BT", "LR", "RL")
#: What Graphviz calls its kinds of lines, and ours.
LINES = {
    "ortho": "ortho",
    "curved": "curved",
    "spline": "curved",
    "true": "curved",
    "polyline": "straight",
    "line": "straight",
    "false": "straight",
    "none": "none",
    "": "none",
}
TRAINABLE, FROZEN = "#228b22", "#b22222"


@dataclass(frozen=True)
class Shown:
    """What is said of each layer."""

    shapes: bool = False
    dtype: bool = False
    names: bool = True
    activations: bool = False
    trainable: bool = False
    nested: bool = False
    direction: str = "TB"
    lines: str = "ortho"


def architecture(model: Any, shown: Shown) -> Diagram:
    """The layers of a model and the calls that join them.

    Raises:
        TypeError: if it is no model.
        ValueError: if it is not built.
    """
    if not isinstance(model, Model):
        raise TypeError(f"A model is needed, got {describe(model)}.")
    if not model.built:
        raise ValueError(NOT_BUILT.format(name=model.name))
    if model.graph is None:
        chain = model.layers if isinstance(model, Sequential) else [model]
        boxes = [_card(layer, [], shown) for layer in chain]
        keys = [box.key for box in boxes]
        arrows = [Arrow(*pair) for pair in itertools.pairwise(keys)]
        return Diagram(boxes, arrows, shown.direction, shown.lines)
    return _of_graph(model, shown, ports=False)


def _of_graph(model: Any, shown: Shown, ports: bool) -> Diagram:
    """The diagram of a graph; within another one also with the places where that joins it."""
    graph = model.graph
    # A Sequential's input is no layer of it.
    hidden = {id(t.node) for t in graph.input_tensors} if isinstance(model, Sequential) else set()
    calls: dict[int, list[Node]] = {}
    for node in graph.nodes:
        calls.setdefault(id(node.operation), []).append(node)
    boxes = [
        _box(operation, calls.get(id(operation), []), shown)
        for operation in graph.operations
        if not hidden or not isinstance(operation, InputLayer)
    ]
    groups = {box.key for box in boxes if box.inner is not None}
    arrows = [
        _arrow(tensor, key(node.operation), number, groups)
        for node in graph.nodes
        for number, tensor in enumerate(node.inputs)
        if tensor.node is not None and id(tensor.node) not in hidden
    ]
    if ports:
        boxes = [*(_port(f"in{n}", "first") for n in range(len(graph.input_tensors))), *boxes]
        boxes += [_port(f"out{n}", "last") for n in range(len(graph.output_tensors))]
        arrows += _joints(graph, hidden, groups)
    return Diagram(boxes, list(dict.fromkeys(arrows)), shown.direction, shown.lines)


def _arrow(tensor: KerasTensor, head: str, number: int, groups: set[str]) -> Arrow:
    """From the maker of a tensor to what takes it as its input of this number."""
    tail, port = _end(tensor, groups)
    inside = f"in{number}" if head in groups else None
    return Arrow(tail, head, port, inside, pointed=inside is None)


def _end(tensor: KerasTensor, groups: set[str]) -> tuple[str, str | None]:
    node: Any = tensor.node
    tail = key(node.operation)
    number = next(n for n, output in enumerate(node.output_list) if output is tensor)
    return tail, f"out{number}" if tail in groups else None


def _joints(graph: Any, hidden: set[int], groups: set[str]) -> Iterator[Arrow]:
    """The arrows from and to the places where a graph is joined with the one around it."""
    for number, tensor in enumerate(graph.input_tensors):
        if not hidden:
            yield Arrow(f"in{number}", key(tensor.node.operation))
            continue
        for node in graph.nodes:
            for place, given in enumerate(node.inputs):
                if given is tensor:
                    head = key(node.operation)
                    port = f"in{place}" if head in groups else None
                    yield Arrow(f"in{number}", head, None, port, pointed=port is None)
    for number, tensor in enumerate(graph.output_tensors):
        if id(tensor.node) not in hidden:
            tail, port = _end(tensor, groups)
            yield Arrow(tail, f"out{number}", port, None, pointed=False)


def key(operation: Any) -> str:
    """What arrows call a layer."""
    return str(id(operation))


def _port(name: str, rank: str) -> Box:
    return Box(name, shape="port", rank=rank)


def _box(operation: Any, calls: list[Node], shown: Shown) -> Box:
    if shown.nested and getattr(operation, "graph", None) is not None:
        inner = _of_graph(operation, shown, ports=True)
        return Box(key(operation), [[Cell(operation.name, bold=True)]], "group", inner=inner)
    return _card(operation, calls, shown)


def _card(operation: Any, calls: list[Node], shown: Shown) -> Box:
    kind = type_name(operation)
    title = f"{operation.name} ({kind})" if shown.names else kind
    rows = [[Cell(title, LIGHT, DARK, bold=True, size=14)]]
    activation = getattr(operation, "activation", None)
    if shown.activations and activation is not None:
        name = getattr(activation, "name", None) or getattr(activation, "__name__", str(activation))
        rows.append([Cell(f"Activation: {name}")])
    if len(calls) > 1:
        rows.append([Cell(f"called {len(calls)} times")])
    fields = list(_fields(operation, calls, shown))
    return Box(key(operation), [*rows, fields] if fields else rows)


def _fields(operation: Any, calls: list[Node], shown: Shown) -> Iterator[Cell]:
    if shown.shapes:
        if not isinstance(operation, InputLayer):
            yield Cell(f"Input shape: {_given(operation, calls)}")
        yield Cell(f"Output shape: {_made(operation, calls)}")
    if shown.dtype:
        dtypes = {str(_plain(node.outputs, "dtype")) for node in calls}
        yield Cell(
            f"Output dtype: {' / '.join(sorted(dtypes)) or getattr(operation, 'compute_dtype', '?')}"
        )
    if shown.trainable and getattr(operation, "weights", None):
        trains = operation.trainable
        text = "Trainable" if trains else "Non-trainable"
        yield Cell(text, LIGHT, TRAINABLE if trains else FROZEN, bold=True)


def _plain(tensors: Any, what: str) -> Any:
    """Shapes or dtypes in place of symbolic tensors; a list of one is that one."""
    leaves = tree.tree_leaves(tensors)
    if len(leaves) == 1:
        return getattr(leaves[0], what)
    found = tree.tree_map(lambda tensor: getattr(tensor, what), tensors)
    if isinstance(found, dict):
        return ", ".join(f"{name}: {value}" for name, value in found.items())
    return found


def _given(operation: Any, calls: list[Node]) -> str:
    shapes = [str(_plain(node.inputs, "shape")) for node in calls]
    built = getattr(operation, "_build_shapes", None)
    if not shapes and built:
        shapes = [str(shape) for shape in built.values()]
    return " / ".join(dict.fromkeys(shapes)) or "?"


def _made(operation: Any, calls: list[Node]) -> str:
    shapes = [str(_plain(node.outputs, "shape")) for node in calls]
    return " / ".join(dict.fromkeys(shapes or map(str, getattr(operation, "_output_shapes", ())))) or "?"


__all__ = ["DIRECTIONS", "LINES", "Shown", "architecture", "key"]
