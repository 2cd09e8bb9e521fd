"""Where a graph is cut: which of its calls run on the host, before the compiled program.

A compiled program cannot hold strings. So the layers that take them, and what these depend on, are
computed for all rows at once, and the program starts from the results.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core.dtypes import numpy_dtype
from cornu.core.errors import describe
from cornu.core.module import walk
from cornu.core.symbolic import KerasTensor, Node
from cornu.layers.input_layer import InputLayer
from cornu.layers.layer import Layer

BEHIND = (
    '{cls} "{name}" runs on the host, before the compiled part of the model, so it cannot come after '
    '{other} "{other_name}", which is learnt there. Leave it out of the model, and apply it to what the '
    "model gives: {variable} = layer(model.predict(x))."
)
GIVES_STRINGS = (
    'The output "{name}" of the model holds strings, which no compiled program can give. Call the model '
    "instead of {call}: model(x)."
)
WANTS_STRINGS = (
    'Input "{name}" expects strings, but got {given}. Turn numbers into strings first, x.astype(str), '
    'or declare the input as numbers: Input(shape, dtype="int32").'
)
WANTS_NUMBERS = (
    'Input "{name}" expects numbers ({dtype}), but got strings (the first is {example!r}). Declare it '
    'as Input(shape, dtype="string"), and give it to a layer that takes strings, such as '
    "TextVectorization or StringLookup."
)
UNDECLARED = (
    '{cls} "{name}" was given strings for x, and has layers that take them ({layers}), but a class of '
    "your own runs as one compiled program, which cannot hold strings. Apply the layer to the data "
    "first, x = vectorize(x), or build the model as a graph: Model(inputs, outputs)."
)


class Cut:
    """The part of a graph that runs on the host, and the tensors that it hands over.

    Args:
        nodes: the calls of the graph, each after those it needs.
        inputs, outputs: the symbolic tensors at its ends.

    Raises:
        ValueError: if a layer on the host needs the result of one that is learnt.
    """

    def __init__(self, nodes: list[Node], inputs: list[KerasTensor], outputs: list[KerasTensor]) -> None:
        self.asked = any(tensor.dtype == "string" for tensor in inputs)
        self.nodes: set[int] = set()  # calls made on the host, those that make the inputs included
        # Calls of models that are cut themselves, with names of their own.
        self.inner: dict[int, str] = {}
        needed_by: dict[int, Any] = {}  # tensors that the host needs, with the layer that does
        for node in reversed(nodes):
            self._place(node, needed_by)
        self.asked = self.asked or bool(needed_by)
        self.on_host = {id(tensor) for tensor in inputs} & set(needed_by)  # inputs that stay as given
        self.tensors = self._handed_over(nodes, inputs, outputs) if self.asked else {}

    def _place(self, node: Node, needed_by: dict[int, Any]) -> None:
        """Decides where a call is made; those that need its results have been decided."""
        layer = node.operation
        later = next((needed_by[id(t)] for t in node.output_list if id(t) in needed_by), None)
        if isinstance(layer, InputLayer):
            self.nodes.add(id(node))
            return
        host = getattr(layer, "on_host", False)
        if later is not None and _is_learnt(layer):
            raise ValueError(_behind(later, layer))
        if not host and later is None:
            return
        if host and _is_learnt(layer):
            self.inner[id(node)] = f"{layer.name}:{len(self.inner)}"
        else:
            self.nodes.add(id(node))
        needed_by.update(dict.fromkeys(map(id, node.inputs), layer if host else later))

    def _handed_over(
        self, nodes: list[Node], inputs: list[KerasTensor], outputs: list[KerasTensor]
    ) -> dict[str, KerasTensor]:
        """The tensors that the compiled part starts from, by names of their own."""
        inside = [node for node in nodes if id(node) not in self.nodes and id(node) not in self.inner]
        made = {id(t): t for t in inputs}
        made |= {id(t): t for node in nodes if id(node) in self.nodes for t in node.output_list}
        wanted = [*(t for node in inside for t in node.inputs), *outputs]
        tensors: dict[str, KerasTensor] = {}
        for tensor in {id(t): t for t in wanted if id(t) in made}.values():
            name, number = tensor.name, 1
            while name in tensors:
                name, number = f"{tensor.name}_{number}", number + 1
            tensors[name] = tensor
        return tensors

    def handed_over(self, values: dict[int, Any], call: str) -> dict[str, Any]:
        """The arrays of these tensors."""
        for tensor in self.tensors.values():
            if tensor.dtype == "string":
                raise ValueError(GIVES_STRINGS.format(name=tensor.name, call=call))
        given = {name: values[id(tensor)] for name, tensor in self.tensors.items()}
        return {name: None if value is None else np.asarray(value) for name, value in given.items()}


def _is_learnt(operation: Any) -> bool:
    """Whether it has weights that an optimizer changes, or does something else while training."""
    if not isinstance(operation, Layer):
        return False
    return any(v.trainable for v in operation.weights) or any(
        layer._takes_training for layer in operation._flatten_layers()
    )


def _behind(host: Any, other: Any) -> str:
    return BEHIND.format(
        cls=type(host).__name__,
        name=host.name,
        other=type(other).__name__,
        other_name=other.name,
        variable="terms" if getattr(host, "invert", False) else "result",
    )


# -- what such a model is given ---------------------------------------------------------------------


def leaves_of(inputs: Any, count: int) -> list[Any]:
    """The arrays of a structure; lists of strings or numbers are arrays."""
    if isinstance(inputs, (list, tuple)) and len(inputs) == count > 1:
        return list(inputs)
    return tree.tree_leaves(inputs, is_leaf=lambda value: value is None or _is_column(value))


def _is_column(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and not any(
        hasattr(leaf, "shape") for leaf in tree.tree_leaves(value)
    )


def as_input(value: Any, tensor: KerasTensor, stays: bool) -> Any:
    """What was given for an input, as strings or in the input's dtype; in NumPy, if it stays on the
    host."""
    if value is None or isinstance(value, (jax.core.Tracer, KerasTensor)):
        return value
    from cornu.layers.preprocessing.inputs import on_host

    array = on_host(value)
    strings = (
        [item for item in array.flat[:1000] if isinstance(item, (str, bytes))] if _objects(array) else []
    )
    if tensor.dtype == "string":
        if array.size and not _objects(array):
            raise ValueError(WANTS_STRINGS.format(name=tensor.name, given=describe(array)))
        return array
    if strings:
        raise ValueError(WANTS_NUMBERS.format(name=tensor.name, dtype=tensor.dtype, example=strings[0]))
    if isinstance(value, jax.Array) and not stays:
        return value
    return np.asarray(array, numpy_dtype(tensor.dtype))


def _objects(array: Any) -> bool:
    return bool(array.dtype == object)


def holds_strings(values: Any) -> bool:
    """Whether an array or list among these holds strings."""
    return any(
        isinstance(leaf, (str, bytes))
        or (getattr(getattr(leaf, "dtype", None), "kind", "") in "OUST" and _first_is_string(leaf))
        for leaf in tree.tree_leaves(values)
    )


def _first_is_string(array: Any) -> bool:
    flat = np.asarray(array).ravel()
    return bool(flat.size) and isinstance(flat[0], (str, bytes))


def refuse_strings(model: Any, x: Any) -> None:
    """Raises an error if a class of the user's, with layers that take strings, is given some."""
    hosts = [layer for layer in walk(model, Layer) if layer.on_host]
    if hosts and holds_strings(x):
        parts = {id(part) for layer in hosts for part in layer._layers}
        names = ", ".join(f'"{layer.name}"' for layer in hosts if id(layer) not in parts)
        raise ValueError(UNDECLARED.format(cls=type(model).__name__, name=model.name, layers=names))
