"""clone_model: the same architecture with new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.tree_util as tree

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import KerasTensor, Operation
from cornu.layers.input_layer import Input, InputLayer
from cornu.models.graph import Graph
from cornu.models.model import Model, _takes_a_graph
from cornu.models.sequential import Sequential


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A new model of the same architecture, with new layers and new weights, compiled as the old one.

    Args:
        model: a Sequential model, a graph of layers, or a class whose arguments `get_config` gives.
        input_tensors: symbolic tensors to build it on, in the structure of the model's inputs; new ones
            by default.
        clone_function: gives the new layer for a layer; by default made from its configuration.
        call_function: `f(layer, *args, **kwargs)`, which calls a new layer, and may call others before
            and after it; for graphs of layers alone.
        recursive: whether models within are cloned by this function, too, not by `clone_function`.

    Raises:
        TypeError: if it is no model, or an input no symbolic tensor.
        ValueError: if an argument does not go with this kind of model, or inputs have another
            structure.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.layers.Dense(2, input_shape=(3,))])
        >>> copy = cornu.models.clone_model(model)
        >>> copy.output_shape, copy.layers[0] is model.layers[0]
        ((None, 2), False)
    """
    if not isinstance(model, Model):
        raise TypeError(f"clone_model takes a model, got {type(model).__name__}.")
    told = {
        "input_tensors": input_tensors,
        "clone_function": clone_function,
        "call_function": call_function,
    }
    for name, value in told.items():
        if name != "input_tensors" and value is not None and not callable(value):
            raise TypeError(f"clone_model: {name} must be a function, got {describe(value)}.")
    _check_kind(model, told)
    if all(value is None for value in told.values()) and not recursive:
        copy = type(model).from_config(model.get_config())
    else:
        copy = _Cloning(clone_function, call_function, recursive).model(model, input_tensors)
    if model.compiled:
        config = model.get_compile_config()
        if config is not None:
            copy.compile_from_config(config)
    return copy


def _check_kind(model: Model, told: dict[str, Any]) -> None:
    """Raises a ValueError for arguments that this kind of model has no use for."""
    given = [name for name, value in told.items() if value is not None]
    if isinstance(model, Sequential):
        if "call_function" in given:
            raise ValueError(
                "clone_model: call_function is for graphs of layers, Model(inputs, outputs); the "
                "layers of a Sequential model are listed, not called. Use clone_function."
            )
    elif model.graph is None and given:
        raise ValueError(
            f"clone_model: {given[0]} is for Sequential models and graphs of layers. Of "
            f"{type(model).__name__} the layers are known to its own code alone: write "
            "type(model).from_config(model.get_config())."
        )


class _Cloning:
    """One call of clone_model, with the layers that it has cloned so far."""

    def __init__(self, clone: Any, call: Any, recursive: bool) -> None:
        self.clone = clone or (lambda layer: type(layer).from_config(layer.get_config()))
        self.call = call or (lambda layer, *args, **kwargs: layer(*args, **kwargs))
        self.recursive = recursive
        self.made: dict[int, Any] = {}

    def model(self, model: Model, inputs: Any = None) -> Any:
        """The clone of a model."""
        if isinstance(model, Sequential):
            return self.sequential(model, inputs)
        if model.graph is None:
            return self.clone(model)
        return self.graph(model, model.graph, inputs)

    def layer(self, layer: Any) -> Any:
        """The clone of a layer, the same each time."""
        if id(layer) not in self.made:
            if isinstance(layer, Operation):
                new: Any = Operation(layer.kind, layer.name)
            elif self.recursive and isinstance(layer, Model):
                new = self.model(layer)
            else:
                new = self.clone(layer)
            self.made[id(layer)] = new
        return self.made[id(layer)]

    def sequential(self, model: Sequential, inputs: Any) -> Any:
        first: list[Any] = []
        if inputs is not None:
            given = tree.tree_leaves(inputs)
            if len(given) != 1:
                raise ValueError(
                    f"clone_model: a Sequential model has one input, but input_tensors has {len(given)}."
                )
            first = [_input_for(given[0], model._one_input.name if model._one_input else None)]
        elif model._one_input is not None:
            first = [InputLayer.from_config(model._one_input.get_config())]
        layers = [self.layer(layer) for layer in model.layers]
        return type(model)([*first, *layers], name=model.name, trainable=model.trainable)

    def graph(self, model: Model, graph: Graph, inputs: Any) -> Any:
        if inputs is None:
            made = [
                InputLayer.from_config(_maker(tensor).get_config()).output
                for tensor in graph.input_tensors
            ]
            inputs = tree.tree_unflatten(tree.tree_structure(graph.inputs), made)
        else:
            _check_inputs(inputs, graph)
        leaves = tree.tree_leaves(inputs)
        values = {id(old): new for old, new in zip(graph.input_tensors, leaves, strict=True)}
        for node in graph.nodes:
            if id(node.output_list[0]) in values:
                continue
            args, kwargs = tree.tree_map(
                lambda leaf: values[id(leaf)] if isinstance(leaf, KerasTensor) else leaf,
                (node.args, node.kwargs),
            )
            results = self.call(self.layer(node.operation), *args, **kwargs)
            values.update(
                (id(old), new)
                for old, new in zip(node.output_list, tree.tree_leaves(results), strict=True)
            )
        outputs = tree.tree_map(lambda tensor: values[id(tensor)], graph.outputs)
        kind = type(model) if _takes_a_graph(type(model)) else Model
        return kind(inputs, outputs, name=model.name)


def _maker(tensor: KerasTensor) -> Any:
    assert tensor.node is not None
    return tensor.node.operation


def _input_for(tensor: Any, name: str | None) -> Any:
    _check_symbolic(tensor)
    return Input(tensor=tensor, name=name)


def _check_symbolic(tensor: Any) -> None:
    if not isinstance(tensor, KerasTensor):
        raise TypeError(
            f"clone_model: input_tensors must be symbolic tensors, as Input(shape) gives them, got "
            f"{describe(tensor)}."
        )


def _check_inputs(inputs: Any, graph: Graph) -> None:
    """Raises an error if these cannot take the place of the graph's inputs."""
    for tensor in tree.tree_leaves(inputs):
        _check_symbolic(tensor)
    wanted: Any = tree.tree_structure(graph.inputs)
    if tree.tree_structure(inputs) != wanted:
        shown = ", ".join(f"{t.name} {show_shape(t.shape)}" for t in graph.input_tensors)
        raise ValueError(
            f"clone_model: input_tensors must have the structure of the model's inputs ({shown}), got "
            f"{describe(inputs)}."
        )
