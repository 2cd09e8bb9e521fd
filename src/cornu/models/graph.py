"""Graph: the calls that lead from a model's inputs to its outputs, in an order in which they can be
made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core.errors import did_you_mean, show_shape
from cornu.core.symbolic import KerasTensor, Node, known_shape
from cornu.layers.input_layer import InputLayer
from cornu.layers.layer import Layer
from cornu.models.host import Cut, as_input, leaves_of
from cornu.training.host import HostResults
from cornu.training.sparse import SparseRows, dense

NOT_CONNECTED = (
    'The graph is not connected: the output "{output}" needs the input "{missing}", which is not '
    "among the model's inputs ({given}). Add it: Model(inputs=[..., {missing}], outputs=...)."
)
NOT_OPTIONAL = (
    'Input "{name}" was given None, but is needed. Give it data, or declare it as Input({shape}, '
    "optional=True), if the layers after it can do without."
)
CANNOT_DO_WITHOUT = (
    '{cls} "{name}" cannot do without its input "{missing}", which is optional and was given None. Give '
    "the model data for it, or put a layer of your own there, whose call takes None: "
    "def call(self, x, other=None)."
)
CYCLE = 'The graph has a cycle through "{name}": a layer\'s output cannot be among its own inputs.'


class Graph:
    """A directed acyclic graph of layer calls.

    Args:
        inputs: symbolic tensors, as one tensor, a list, a tuple or a dict.
        outputs: symbolic tensors made from them.

    Raises:
        ValueError: if an output depends on an input that is not given, the graph has a cycle, or a
            layer that runs on the host needs the result of one that is learnt.
        TypeError: if an input or output is no symbolic tensor.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.beside: list[tuple[KerasTensor, Callable[[Any], None]]] = []
        # Those of them that a configuration holds, as plain values.
        self.added: list[tuple[KerasTensor, dict[str, Any]]] = []
        self.input_tensors = _symbolic_leaves(inputs, "inputs")
        self.output_tensors = _symbolic_leaves(outputs, "outputs")
        if any(not isinstance(_maker(tensor), InputLayer) for tensor in self.input_tensors):
            self._start_afresh()
        self._find_nodes()
        self.output_names = [_maker(tensor).name for tensor in self.output_tensors]

    def _find_nodes(self) -> None:
        """The calls that lead to the outputs, and to what is looked at beside them."""
        self.nodes, first_met = self._sort()
        self.operations = self._by_depth(first_met)
        self.layers = [operation for operation in self.operations if isinstance(operation, Layer)]
        _refuse_repeated_names(self.operations)
        self.cut = Cut(self.nodes, self.input_tensors, self._wanted())

    def _wanted(self) -> list[KerasTensor]:
        return [*self.output_tensors, *(tensor for tensor, _ in self.beside)]

    def traced_as(self) -> dict[str, Any] | None:
        """What of the graph decides how it is traced; None where a part of it runs on the host."""
        if self.cut.asked:
            return None
        ends = [*self.input_tensors, *self.output_tensors]
        # With one input and one output no data are told apart by their names.
        names = [_maker(tensor).name for tensor in ends] if len(ends) > 2 else []
        return {"graph": (self.inputs, self.outputs, self.nodes, self.beside, names)}

    def look_at(self, tensor: KerasTensor, use: Callable[[Any], None]) -> None:
        """Computes a tensor whenever the graph is called, and hands it to a function."""
        self.beside.append((tensor, use))
        try:
            self._find_nodes()
        except Exception:
            self.beside.pop()
            self._find_nodes()
            raise

    def _start_afresh(self) -> None:
        """Gives a graph that starts from the results of layers inputs of its own, and makes its
        calls again."""
        nodes, _ = self._sort()
        fresh: dict[int, Any] = {}
        for tensor in self.input_tensors:
            layer = _maker(tensor)
            if not isinstance(layer, InputLayer):
                layer = InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype)
            fresh[id(tensor)] = layer.output
        for node in nodes:
            self._call_node(node, fresh)
        self.inputs, self.outputs = tree.tree_map(lambda t: fresh[id(t)], (self.inputs, self.outputs))
        self.input_tensors, self.output_tensors = map(tree.tree_leaves, (self.inputs, self.outputs))

    def _sort(self) -> tuple[list[Node], list[Any]]:
        """The nodes, each after those it needs, and the operations in the order a walk from the
        outputs meets them."""
        given = {id(tensor) for tensor in self.input_tensors}
        order: list[Node] = []
        met: dict[int, Any] = {}
        done: set[int] = set()
        entered: set[int] = set()
        stack = [(tensor.node, tensor) for tensor in reversed(self._wanted())]
        while stack:
            node, tensor = stack[-1]
            if node is None or id(node) in done or _is_inside(tensor, given):
                stack.pop()
                continue
            met.setdefault(id(node.operation), node.operation)
            if id(node) in entered:
                stack.pop()
                entered.discard(id(node))
                done.add(id(node))
                order.append(node)
                continue
            entered.add(id(node))
            if id(tensor) in given:
                continue
            if isinstance(node.operation, InputLayer):
                raise ValueError(self._not_connected(node.operation, stack, entered))
            for needed in reversed(node.inputs):
                if needed.node is not None and id(needed.node) in entered:
                    raise ValueError(CYCLE.format(name=needed.node.operation.name))
                stack.append((needed.node, needed))
        unused = [
            tensor.node
            for tensor in self.input_tensors
            if tensor.node is not None and id(tensor.node) not in done and not _is_inside(tensor, given)
        ]
        return [*unused, *order], [*(node.operation for node in unused), *met.values()]

    def _not_connected(self, missing: InputLayer, stack: Any, entered: set[int]) -> str:
        output = next(node for node, _ in stack if id(node) in entered)
        return NOT_CONNECTED.format(
            output=output.operation.name,
            missing=missing.name,
            given=", ".join(tensor.name for tensor in self.input_tensors),
        )

    def _by_depth(self, first_met: list[Any]) -> list[Any]:
        """The operations from the inputs to the outputs, as Keras orders a model's layers: by
        depth, then as met."""
        depths: dict[int, int] = {}
        operation_depth: dict[int, int] = {}
        for node in reversed(self.nodes):
            depth = max(depths.get(id(node), 0), operation_depth.get(id(node.operation), 0))
            operation_depth[id(node.operation)] = depth
            for tensor in node.inputs:
                depths[id(tensor.node)] = max(depths.get(id(tensor.node), 0), depth + 1)
        return sorted(first_met, key=lambda operation: -operation_depth[id(operation)])

    def __call__(self, inputs: Any) -> Any:
        """The outputs for these inputs, or for what was made of them on the host."""
        values = self._run(inputs)
        for tensor, use in self.beside:
            use(values[id(tensor)])
        outputs = tree.tree_map(lambda tensor: values[id(tensor)], self.outputs)
        # As in Keras, a list of one output gives the output itself.
        return outputs[0] if isinstance(outputs, (list, tuple)) and len(outputs) == 1 else outputs

    def _run(self, inputs: Any) -> dict[int, Any]:
        """The values of all symbolic tensors, by their identity."""
        if isinstance(inputs, HostResults):
            return self._run_compiled_part(inputs.parts)
        values = {id(t): v for t, v in zip(self.input_tensors, self.conform(inputs), strict=True)}
        for node in self.nodes:
            self._call_node(node, values)
        return values

    def on_host(self, inputs: Any, call: str = "predict") -> HostResults:
        """What the compiled part starts from: the results of all calls before the cut.

        Args:
            inputs: arrays of all rows.
            call: name of the method that the user called, for messages.
        """
        values = {id(t): v for t, v in zip(self.input_tensors, self.conform(inputs), strict=True)}
        inner: dict[str, Any] = {}
        for node in self.nodes:
            if id(node) in self.cut.inner:
                given = tree.tree_map(lambda tensor: values[id(tensor)], node.args[0])
                inner[self.cut.inner[id(node)]] = node.operation.graph.on_host(given, call)
            elif id(node) in self.cut.nodes:
                self._call_node(node, values)
        return HostResults({**self.cut.handed_over(values, call), **inner})

    def _run_compiled_part(self, parts: Mapping[str, Any]) -> dict[int, Any]:
        """The values of the tensors from the cut on."""
        values = {id(tensor): parts[name] for name, tensor in self.cut.tensors.items()}
        for node in self.nodes:
            if id(node) in self.cut.inner:
                self._call_node(node, values, HostResults(parts[self.cut.inner[id(node)]].parts))
            elif id(node) not in self.cut.nodes:
                self._call_node(node, values)
        return values

    def given(self, inputs: Any) -> dict[int, Any]:
        """The arrays that inputs, or results of the host, give for symbolic tensors, by identity."""
        if isinstance(inputs, HostResults):
            return {id(tensor): inputs.parts[name] for name, tensor in self.cut.tensors.items()}
        leaves = _leaves(self.by_name(inputs) if isinstance(inputs, Mapping) else inputs)
        pairs = zip(self.input_tensors, leaves, strict=False)
        arrays = (np.ndarray, jax.Array)  # not None, nor a sparse matrix
        return {id(tensor): leaf for tensor, leaf in pairs if isinstance(leaf, arrays)}

    @staticmethod
    def _call_node(node: Node, values: dict[int, Any], prepared: Any = None) -> None:
        """Makes one call, with and into the values of the symbolic tensors, unless its result is
        given; `prepared` takes the place of the call's first argument."""
        if id(node.output_list[0]) in values:
            return
        args, kwargs = tree.tree_map(
            lambda leaf: values[id(leaf)] if isinstance(leaf, KerasTensor) else leaf,
            (node.args if prepared is None else (prepared, *node.args[1:]), node.kwargs),
        )
        try:
            results = node.operation(*args, **kwargs)
        except Exception as error:
            missing = next((t.name for t in node.inputs if values[id(t)] is None), None)
            if missing is None:
                raise
            cls, name = type(node.operation).__name__, node.operation.name
            raise ValueError(CANNOT_DO_WITHOUT.format(cls=cls, name=name, missing=missing)) from error
        for tensor, value in zip(node.output_list, tree.tree_leaves(results), strict=True):
            values[id(tensor)] = value

    def intermediate(self, inputs: Any, wanted: Callable[[Any], bool]) -> list[tuple[Any, Any]]:
        """The operations that are wanted, each with its output for these inputs."""
        values = self._run(inputs)
        return [
            (node.operation, values[id(node.output_list[0])])
            for node in self.nodes
            if wanted(node.operation) and id(node.output_list[0]) in values
        ]

    def conform(self, inputs: Any) -> list[Any]:
        """The given inputs in the order of the graph's, cast to their dtypes."""
        if isinstance(inputs, Mapping):
            inputs = self.by_name(inputs)
        inputs, count = dense(inputs), len(self.input_tensors)
        leaves = leaves_of(inputs, count) if self.cut.asked else _leaves(inputs)
        if len(leaves) != count:
            raise ValueError(
                f"The model has {count} inputs "
                f"({', '.join(tensor.name for tensor in self.input_tensors)}), but was called "
                f"with {len(leaves)}."
            )
        if self.cut.asked:
            pairs = zip(leaves, self.input_tensors, strict=True)
            leaves = [as_input(value, t, stays=id(t) in self.cut.on_host) for value, t in pairs]
        return [
            _conform(value, tensor) for value, tensor in zip(leaves, self.input_tensors, strict=True)
        ]

    def by_name(self, inputs: Mapping[str, Any]) -> list[Any]:
        """Inputs given in a dict, in the order of the graph's."""
        names = list(self.inputs) if isinstance(self.inputs, Mapping) else []
        keys = sorted(names) if names else [tensor.name for tensor in self.input_tensors]
        missing = [key for key in keys if key not in inputs]
        if missing:
            raise ValueError(
                f'The model has an input "{missing[0]}", but the dict it was called with has no '
                f"such key: {did_you_mean(missing[0], inputs)}"
            )
        return [inputs[key] for key in keys]


def _leaves(inputs: Any) -> list[Any]:
    """The arrays of a structure, sparse ones whole, and None where an optional input has none."""
    return tree.tree_leaves(inputs, is_leaf=lambda leaf: leaf is None or isinstance(leaf, SparseRows))


def _conform(value: Any, tensor: KerasTensor) -> Any:
    """A value with the dtype of an input, and the last axis of size 1 that it may lack."""
    if value is None:
        if not getattr(_maker(tensor), "optional", False):
            raise ValueError(NOT_OPTIONAL.format(name=tensor.name, shape=show_shape(tensor.shape[1:])))
        return None
    if tensor.dtype != "string" and value.dtype != tensor.dtype:
        value = jnp.asarray(value, tensor.dtype)
    if value.ndim == tensor.ndim - 1 and tensor.shape[-1] == 1:
        value = value[..., None]
    elif value.ndim == tensor.ndim + 1 and value.shape[-1] == 1:
        value = value[..., 0]
    if value.ndim != tensor.ndim:
        raise ValueError(
            f'Input "{tensor.name}" expects data of shape {show_shape(tensor.shape)}, '
            f"but got shape {show_shape(known_shape(value.shape))}. Rows of samples come first: "
            "write x.reshape(len(x), -1) for one row per sample, or x[None] for a single sample."
        )
    return value


def _maker(tensor: KerasTensor) -> Any:
    return tensor.node.operation if tensor.node is not None else tensor


def _is_inside(tensor: KerasTensor, given: set[int]) -> bool:
    """Whether the graph starts from this result of a layer, so that the layer is no part of it."""
    return id(tensor) in given and not isinstance(_maker(tensor), InputLayer)


def _refuse_repeated_names(operations: list[Any]) -> None:
    names = [operation.name for operation in operations]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f'The name "{name}" is used by {names.count(name)} layers of the model. Give each '
                'layer a name of its own: name="...".'
            )


def _symbolic_leaves(structure: Any, what: str) -> list[KerasTensor]:
    leaves = tree.tree_leaves(structure)
    for leaf in leaves:
        if not isinstance(leaf, KerasTensor):
            raise TypeError(
                f"Model({what}=...) takes symbolic tensors, made by Input(shape) and by calling "
                f"layers on them, but got a {type(leaf).__name__}."
            )
    if not leaves:
        raise ValueError(f"Model({what}=...) needs at least one symbolic tensor, got none.")
    return leaves
