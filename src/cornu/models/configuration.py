"""A graph of layers as plain values, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.tree_util as tree

from cornu import ops
from cornu.core.config import custom_object_scope, deserialize, find, serialize
from cornu.core.errors import did_you_mean, show_shape
from cornu.core.symbolic import FUNCTIONS, KerasTensor, Node, Operation
from cornu.layers.layer import Layer
from cornu.models.graph import Graph

CYCLE = (
    "The configuration has a cycle, or names layers that it does not hold: the calls of {names} "
    "wait for each other."
)


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
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": [
            {
                **_operation_config(operation),
                "name": operation.name,
                "inbound_nodes": [_call(node, places) for node in calls[id(operation)] if node.inputs],
            }
            for operation in graph.operations
        ],
        "input_layers": tree.tree_map(lambda tensor: _place(tensor, places), graph.inputs),
        "output_layers": tree.tree_map(lambda tensor: _place(tensor, places), graph.outputs),
    }


def _operation_config(operation: Any) -> dict[str, Any]:
    if isinstance(operation, Layer):
        config: dict[str, Any] = serialize(operation)
        return config
    return {"module": "cornu", "class_name": "Operation", "config": {"kind": operation.kind}}


def _place(tensor: KerasTensor, places: dict[int, Any]) -> list[Any]:
    place: list[Any] = places[id(tensor)]
    return place


def _call(node: Node, places: dict[int, Any]) -> dict[str, Any]:
    """One call: its arguments, with symbolic tensors as references to the call that makes them."""

    def plain(leaf: Any) -> Any:
        if isinstance(leaf, KerasTensor):
            config = {"shape": leaf.shape, "dtype": leaf.dtype, "keras_history": places[id(leaf)]}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(leaf, slice):
            return {"class_name": "__slice__", "config": [leaf.start, leaf.stop, leaf.step]}
        if callable(leaf) and FUNCTIONS.get(leaf.__name__) is getattr(leaf, "__wrapped__", leaf):
            return {"class_name": "__op__", "config": leaf.__name__}
        return serialize(leaf)

    return {"args": _map(plain, node.args), "kwargs": _map(plain, node.kwargs)}


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
    operations = {entry["name"]: _operation(entry, custom_objects) for entry in config["layers"]}
    made: dict[tuple[str, int, int], KerasTensor] = {}
    waiting = []
    for entry in config["layers"]:
        if not entry["inbound_nodes"]:
            made[entry["name"], 0, 0] = operations[entry["name"]].output
        waiting += [(entry["name"], number, call) for number, call in enumerate(entry["inbound_nodes"])]
    while waiting:
        later = []
        for name, number, call in waiting:
            if all(place in made for place in _references(call)):
                with custom_object_scope(custom_objects):
                    args, kwargs = (_filled(call[part], made) for part in ("args", "kwargs"))
                outputs = operations[name](*args, **kwargs)
                made.update(((name, number, i), t) for i, t in enumerate(tree.tree_leaves(outputs)))
            else:
                later.append((name, number, call))
        if len(later) == len(waiting):
            raise ValueError(CYCLE.format(names=", ".join(f'"{name}"' for name, _, _ in later)))
        waiting = later
    ends = {key: _tensors(config[key], made) for key in ("input_layers", "output_layers")}
    model = make(ends["input_layers"], ends["output_layers"], name=config.get("name"))
    if not config.get("trainable", True):
        model.trainable = False
    return model


def _operation(entry: dict[str, Any], custom_objects: Any) -> Any:
    if entry["class_name"] == "Operation":
        kind = entry["config"]["kind"]
        if kind not in FUNCTIONS:
            getattr(ops, kind, None)  # importing the family of an op puts it into the table
        if kind not in FUNCTIONS:
            text = f'The configuration has an operation "{kind}", which is not known. '
            what = (
                "Import cornu.backend first." if kind.startswith("K.") else did_you_mean(kind, FUNCTIONS)
            )
            raise ValueError(text + what)
        return Operation(kind, entry["name"])
    return deserialize(entry, custom_objects=custom_objects)


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
    if isinstance(value, dict) and value.get("class_name") == "__slice__":
        return slice(*value["config"])
    if isinstance(value, dict) and value.get("class_name") == "__op__":
        return FUNCTIONS[value["config"]]
    if isinstance(value, dict) and value.get("class_name") == "function":
        return find(value)
    if isinstance(value, dict):
        return {key: _filled(item, made) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_filled(item, made) for item in value)
    return value


def _tensors(places: Any, made: dict[Any, Any]) -> Any:
    """The symbolic tensors at these places, in the same structure."""
    if isinstance(places, (list, tuple)) and len(places) == 3 and isinstance(places[0], str):
        name, number, index = places
        if (name, number, index) not in made:
            raise ValueError(
                f"The configuration names an output {show_shape(places)} that no layer makes."
            )
        return made[name, number, index]
    if isinstance(places, dict):
        return {key: _tensors(item, made) for key, item in places.items()}
    return [_tensors(item, made) for item in places]
