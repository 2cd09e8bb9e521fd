"""A graph of layers as plain values, and back."""

from __future__ import annotations

import heapq
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.config import custom_object_scope, deserialize, find, making, serialize
from cornu.core.errors import show_shape
from cornu.core.symbolic import FUNCTIONS, KerasTensor, Node, Operation
from cornu.layers.layer import Layer
from cornu.models.graph import Graph
from cornu.storage import functions

CYCLE = (
    "The configuration has a cycle, or names layers that it does not hold: the calls of {names} "
    "wait for each other."
)
TWICE = (
    'The configuration has two layers of the name "{name}", and its calls tell layers by their names.'
)
NO_TENSOR = 'The configuration calls "{name}" on no tensor, so that it is no part of the graph.'
SHOWN = 5  # names that a message lists
# What a configuration of a graph holds; the rest is for the constructor of a class of the user's.
KNOWN = ("name", "trainable", "layers", "added")


def of_graph(model: Any) -> dict[str, Any]:
    """Layers in order, each with the calls made of it, and which of their outputs are the model's."""
    graph: Graph = model.graph
    calls: dict[int, list[Node]] = {id(operation): [] for operation in graph.operations}
    for node in graph.nodes:
        calls[id(node.operation)].append(node)
    places = {
        id(tensor): [node.operation.name, number, index]
        for nodes in calls.values()
        for number, node in enumerate(nodes)
        for index, tensor in enumerate(node.output_list)
    }
    # Losses and metrics from symbolic tensors: Keras has none such, and refuses what has the word.
    added = [{**what, "tensor": places[id(tensor)]} for tensor, what in graph.added]
    return {
        "name": model.name,
        "trainable": model.trainable,
        **({"added": added} if added else {}),
        "layers": [
            _entry(operation, [node for node in calls[id(operation)] if node.inputs], places)
            for operation in graph.operations
        ],
        "input_layers": tree.tree_map(lambda tensor: _end(tensor, places), graph.inputs),
        "output_layers": tree.tree_map(lambda tensor: _end(tensor, places), graph.outputs),
    }


def _entry(operation: Any, nodes: list[Node], places: dict[int, Any]) -> dict[str, Any]:
    """A layer or function, with the calls that are made of it."""
    entry = serialize(operation) if isinstance(operation, Layer) else _function(operation, nodes[0])
    entry.update(name=operation.name, inbound_nodes=[_call(node, places) for node in nodes])
    return entry


def _function(operation: Operation, node: Node) -> dict[str, Any]:
    """A function of tensors as Keras writes it: a class, configured by the arguments without tensors."""
    module, cls = functions.written(operation.kind)
    return {
        "module": module,
        "class_name": cls,
        "config": {"name": operation.name, **serialize(functions.divided(node)[2])},
        "registered_name": cls,
    }


def _end(tensor: KerasTensor, places: dict[int, Any]) -> list[Any]:
    """Where an input or output of the model is made."""
    name, number, index = places[id(tensor)]
    return [name, number + _first_end(tensor.node.operation), index]  # type: ignore[union-attr]


def _first_end(operation: Any) -> int:
    """From what Keras counts the calls of an operation where it names the ends of a graph: a graph
    within has one call more, that of its own making."""
    return int(getattr(operation, "graph", None) is not None and not hasattr(operation, "_stack"))


def _call(node: Node, places: dict[int, Any]) -> dict[str, Any]:
    """One call: its arguments, with symbolic tensors as references to the call that makes them."""

    def plain(leaf: Any) -> Any:
        if isinstance(leaf, KerasTensor):
            config = {"shape": leaf.shape, "dtype": leaf.dtype, "keras_history": places[id(leaf)]}
            return {"class_name": "__keras_tensor__", "config": config}
        if callable(leaf) and FUNCTIONS.get(leaf.__name__) is getattr(leaf, "__wrapped__", leaf):
            return {"class_name": "__op__", "config": leaf.__name__}
        if isinstance(leaf, slice):
            ends = {name: getattr(leaf, name) for name in ("start", "stop", "step")}
            return {"class_name": "__slice__", "config": ends}
        if leaf is ...:
            return {"class_name": "__ellipsis__", "config": {}}
        if hasattr(leaf, "dtype") and hasattr(leaf, "tolist"):
            config = {"value": np.asarray(leaf).tolist(), "dtype": str(leaf.dtype)}
            return {"class_name": "__numpy__", "config": config}
        return serialize(leaf)

    args, kwargs = node.args, node.kwargs
    if isinstance(node.operation, Operation):
        args, kwargs, _ = functions.divided(node)
    call = {"args": _map(plain, args), "kwargs": _map(plain, kwargs)}
    return {**call, "told_training": True} if "training" in kwargs else call


def _map(function: Any, structure: Any) -> Any:
    """`function` of each leaf of nested tuples, lists and dicts; None is a leaf."""
    if isinstance(structure, dict):
        return {key: _map(function, item) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(_map(function, item) for item in structure)
    return function(structure)


def to_graph(make: Callable[..., Any], config: dict[str, Any], custom_objects: Any = None) -> Any:
    """The model that `of_graph` described, with new weights, made by `make(inputs, outputs,
    name=...)`."""
    with making():
        operations = {entry["name"]: _operation(entry, custom_objects) for entry in config["layers"]}
    if len(operations) != len(config["layers"]):
        names = [entry["name"] for entry in config["layers"]]
        raise ValueError(TWICE.format(name=next(name for name in names if names.count(name) > 1)))
    made: dict[tuple[Any, ...], KerasTensor] = {}
    calls = []
    for entry in config["layers"]:
        if not entry["inbound_nodes"]:
            made[entry["name"], 0, 0] = operations[entry["name"]].output
        calls += _calls(entry, operations[entry["name"]])
    for name, number, args, kwargs in _in_order(calls, made):
        with custom_object_scope(custom_objects):
            args, kwargs = _filled(args, made), _filled(kwargs, made)
        outputs = operations[name](*args, **kwargs)
        made.update(((name, number, i), t) for i, t in enumerate(tree.tree_leaves(outputs)))
    for (name, number, index), tensor in list(made.items()):
        made["end", name, number + _first_end(operations[name]), index] = tensor
    ends = {key: _tensors(config[key], made) for key in ("input_layers", "output_layers")}
    more = {key: value for key, value in config.items() if key not in (*ends, *KNOWN)}
    model = make(ends["input_layers"], ends["output_layers"], name=config.get("name"), **more)
    for each in config.get("added", ()):
        _add(model, each, made)
    if not config.get("trainable", True):
        model._trainable = False  # its layers say themselves whether they train
    return model


def _add(model: Any, entry: Mapping[str, Any], made: dict[Any, Any]) -> None:
    """Adds a loss or a metric from a symbolic tensor."""
    place = tuple(entry["tensor"])
    if place not in made or entry["as"] not in ("loss", "metric"):
        raise ValueError(f"The configuration adds {entry!r} to the model, which no layer makes.")
    if entry["as"] == "loss":
        model.add_loss(made[place])
    else:
        model.add_metric(made[place], entry["name"], entry["aggregation"])


def _in_order(calls: list[Any], made: Mapping[Any, Any]) -> Iterator[Any]:
    """The calls, each when the tensors that it refers to are made, else in the order in which they are
    listed.

    Raises:
        ValueError: if some wait for each other, or for what is never made, or one refers to no tensor.
    """
    wanted = [set(_references(call[2:])) for call in calls]
    waiting: dict[Any, list[int]] = {}  # calls by a tensor that they wait for
    ready = list(range(len(calls)))
    left = dict.fromkeys(ready)
    while ready:
        number = heapq.heappop(ready)
        if not wanted[number]:
            raise ValueError(NO_TENSOR.format(name=calls[number][0]))
        missing = next((place for place in wanted[number] if place not in made), None)
        if missing is not None:
            waiting.setdefault(missing[:2], []).append(number)
            continue
        yield calls[number]
        del left[number]
        for each in waiting.pop(calls[number][:2], ()):
            heapq.heappush(ready, each)
    if left:
        names = ", ".join(f'"{calls[number][0]}"' for number in list(left)[:SHOWN])
        raise ValueError(CYCLE.format(names=names))


def _operation(entry: dict[str, Any], custom_objects: Any) -> Any:
    kind = functions.read(str(entry.get("module")), entry["class_name"], entry["name"])
    if kind is not None:
        return Operation(kind, entry["name"])
    return deserialize(entry, custom_objects=custom_objects)


def _calls(entry: dict[str, Any], operation: Any) -> list[tuple[str, int, Any, Any]]:
    """The calls of an operation: its name, the call's number, and the arguments."""
    found = []
    for number, call in enumerate(entry["inbound_nodes"]):
        args, kwargs = call["args"], dict(call["kwargs"])
        if isinstance(operation, Operation):
            plain = {key: value for key, value in entry["config"].items() if key != "name"}
            kwargs = {**deserialize(plain), **kwargs}
            if operation.kind == "get_item" and isinstance(args[1], (list, tuple)):
                args = [args[0], tuple(args[1])]
        elif not call.get("told_training") and _is_default(operation, kwargs):
            del kwargs["training"]
        if not _takes_mask(operation) and kwargs.get("mask", ...) is None:
            del kwargs["mask"]
        found.append((entry["name"], number, args, kwargs))
    return found


def _is_default(operation: Any, kwargs: dict[str, Any]) -> bool:
    """Whether Keras, not the user, wrote the argument `training`: it always notes a default that is no
    None."""
    if "training" not in kwargs or not operation._takes_training:
        return False
    return inspect.signature(operation.call).parameters["training"].default is kwargs["training"]


def _takes_mask(operation: Any) -> bool:
    return "mask" in getattr(operation, "_call_parameters", ())


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"


def _references(call: Any) -> list[tuple[str, int, int]]:
    if _is_reference(call):
        return [tuple(call["config"]["keras_history"])]
    items = call.values() if isinstance(call, dict) else call if isinstance(call, (list, tuple)) else ()
    return [place for item in items for place in _references(item)]


def _filled(value: Any, made: dict[Any, Any]) -> Any:
    """A call's arguments, with the symbolic tensors that its references mean."""
    if _is_reference(value):
        return made[tuple(value["config"]["keras_history"])]
    if isinstance(value, dict) and value.get("class_name") == "__op__":
        return FUNCTIONS[value["config"]]
    if isinstance(value, dict) and value.get("class_name") == "function":
        return find(value)
    if isinstance(value, dict) and "class_name" in value:
        return deserialize(value)
    if isinstance(value, dict):
        return {key: _filled(item, made) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_filled(item, made) for item in value)
    return value


def _tensors(places: Any, made: dict[Any, Any]) -> Any:
    """The symbolic tensors at these places, in the same structure."""
    if isinstance(places, (list, tuple)) and len(places) == 3 and isinstance(places[0], str):
        if ("end", *places) not in made:
            raise ValueError(
                f"The configuration names an output {show_shape(places)} that no layer makes."
            )
        return made["end", *places]
    if isinstance(places, dict):
        return {key: _tensors(item, made) for key, item in places.items()}
    return [_tensors(item, made) for item in places]
