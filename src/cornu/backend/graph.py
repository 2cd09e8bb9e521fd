"""Graphs of symbolic tensors, as Keras 2 had them: placeholders, functions, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.backend.phase import LearningPhase, phase_of_run
from cornu.core import dtypes
from cornu.core.context import bound, call_scope, context, state_lock
from cornu.core.errors import NotBuiltYetError, describe
from cornu.core.names import auto_name
from cornu.core.pure import ForeignVariables, named, pure, read, write
from cornu.core.symbolic import KerasTensor, Node
from cornu.core.variable import Variable
from cornu.layers.input_layer import Input, InputLayer
from cornu.models.graph import Graph

__all__ = ["function", "gradients", "is_keras_tensor", "placeholder"]


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False, name: Any = None
) -> KerasTensor:
    """A symbolic tensor that `function` is given a value for.

    Args:
        shape: with the batch axis, None for sizes that may vary.
        ndim: number of axes, in place of a shape.
        dtype: `floatx()` by default.
        name: for messages.

    Raises:
        ValueError: if neither shape nor ndim is given.

    Example:
        >>> placeholder((2, None, 5)).shape
        (2, None, 5)
    """
    if sparse:
        raise NotBuiltYetError("K.placeholder(sparse=True) is not built yet. Leave it out.")
    if shape is None and ndim is None:
        raise ValueError("K.placeholder needs shape=(None, 8), or ndim=2.")
    return Input(batch_shape=(None,) * (ndim or 0) if shape is None else shape, dtype=dtype, name=name)


def is_keras_tensor(x: Any) -> bool:
    """Whether it is a symbolic tensor, made by `Input` or by a call on symbolic tensors.

    Raises:
        ValueError: if it is no tensor at all.

    Example:
        >>> is_keras_tensor(placeholder(ndim=2)), is_keras_tensor(np.zeros(2))
        (True, False)
    """
    if not isinstance(x, KerasTensor) and not hasattr(x, "shape"):
        raise ValueError(f"K.is_keras_tensor takes a tensor or variable, but got {describe(x)}.")
    return isinstance(x, KerasTensor)


class Function:
    """What `function` returns: a compiled function of arrays."""

    def __init__(self, inputs: Sequence[Any], outputs: Any, updates: Sequence[Any]) -> None:
        self.phases = [isinstance(x, LearningPhase) for x in inputs]
        self.inputs = [x for x in inputs if not isinstance(x, LearningPhase)]
        self.outputs = outputs
        self.updates = updates
        wanted = (outputs, [new for _, new in updates])
        self.symbolic = [x for x in tree.tree_leaves(wanted) if isinstance(x, KerasTensor)]
        self.graph = Graph(self.inputs, self.symbolic) if self.symbolic and self.inputs else None
        missing = next(iter(_leaves(self.symbolic)), None) if self.graph is None else None
        if missing is not None:
            raise ValueError(
                f'K.function: the outputs need the input "{missing.name}": give it in inputs.'
            )
        self.variables: list[Variable] = []
        self._compile()

    def _compile(self) -> None:
        self.state = named(all=self.variables)
        self.program = jax.jit(pure(self._run, self.state), static_argnums=(2,))

    def _run(self, arrays: list[Any], training: bool | None) -> Any:
        with call_scope(training, []):
            if self.graph is None:
                found = [node_value(x) for x in self.symbolic]
            else:
                found = tree.tree_leaves(self.graph(arrays))
        values = {id(x): value for x, value in zip(self.symbolic, found, strict=True)}
        for variable, new in self.updates:
            variable.assign(values.get(id(new), new))
        return tree.tree_map(lambda x: values.get(id(x), x), self.outputs)

    def __call__(self, inputs: Any = ()) -> Any:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if len(given) != len(self.phases):
            raise ValueError(
                f"K.function: this function takes {len(self.phases)} values in a list, but got "
                f"{len(given)}. Write f([x]) for a single one."
            )
        arrays = [np.asarray(x) for x, phase in zip(given, self.phases, strict=True) if not phase]
        phases = [bool(x) for x, phase in zip(given, self.phases, strict=True) if phase]
        while True:
            try:
                with state_lock:
                    values, results = self.program(
                        read(self.state), arrays, phases[0] if phases else phase_of_run()
                    )
                    write(self.state, values)
                return tree.tree_map(np.array, results)  # which may be written to
            except ForeignVariables as found:
                self.variables += found.variables
                self._compile()


def node_value(x: KerasTensor) -> Any:
    """The value of a symbolic tensor that depends on no input."""
    values: dict[int, Any] = {}
    for node in _nodes([x]):
        Graph._call_node(node, values)
    return values[id(x)]


def function(inputs: Any, outputs: Any, updates: Any = None, **kwargs: Any) -> Callable[[Any], Any]:
    """The computation from symbolic inputs to symbolic outputs, as a compiled function.

    Args:
        inputs: list of placeholders or inputs of a model, perhaps with `K.learning_phase()`.
        outputs: a symbolic tensor, or a list of them; variables are given as they are then.
        updates: pairs (variable, new value), assigned at each call.

    Returns:
        A function of a list of values, one for each input. It returns arrays of NumPy: a list for
        a list, one for one.

    Raises:
        ValueError: if an output needs an input that is not given.

    Example:
        >>> x = placeholder((None, 2))
        >>> f = function([x], [x * 2.0, x[:, 0]])
        >>> [y.tolist() for y in f([[[1.0, 2.0]]])]
        [[[2.0, 4.0]], [1.0]]
    """
    options = set(kwargs) - {"name"}
    if options:
        raise ValueError(
            f"K.function: {', '.join(sorted(options))} is an option of a session of "
            "TensorFlow. Leave it out."
        )
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    for x in given:
        if not isinstance(x, KerasTensor):
            raise TypeError(
                f"K.function: inputs are symbolic tensors, K.placeholder(...) or model.input, but one "
                f"is {describe(x)}."
            )
    pairs = [update for update in updates or () if not isinstance(update, Variable)]
    return Function(given, outputs, pairs)


def _nodes(tensors: Sequence[KerasTensor]) -> list[Node]:
    """The calls that lead to these tensors, each after those it needs."""
    order: list[Node] = []
    done: set[int] = set()
    stack = [(x.node, False) for x in reversed(tensors)]
    while stack:
        node, ready = stack.pop()
        if node is None or (id(node) in done and not ready):
            continue
        if ready:
            order.append(node)
            continue
        done.add(id(node))
        stack.append((node, True))
        stack += [(x.node, False) for x in node.inputs]
    return order


def _leaves(tensors: Sequence[KerasTensor]) -> Iterator[KerasTensor]:
    """The inputs that these tensors depend on."""
    for node in _nodes(tensors):
        if isinstance(node.operation, InputLayer):
            yield from node.output_list


class Gradients:
    """The operation that computes the derivatives of a symbolic loss; `gradients` makes it."""

    samplewise = False
    kind = "K.gradients"

    def __init__(self, losses: list[KerasTensor], sources: list[Any]) -> None:
        self.name = auto_name("gradients")
        self.losses = losses
        self.sources = sources
        self.leaves = list(_leaves(losses))
        self.nodes = _nodes(losses)

    def __call__(self, *values: Any) -> list[jax.Array]:
        given = dict(zip(map(id, self.leaves), values, strict=True))
        bindings = context.bindings or {}
        start = [
            jnp.zeros_like(source._current()) if isinstance(source, Variable) else None
            for source in self.sources
        ]

        def total(moves: list[Any]) -> Any:
            """The loss, where something is added to each tensor that it is differentiated by."""
            added = {id(x): move for x, move in zip(self.sources, moves, strict=True)}
            moved = {x: x._current() + added[id(x)] for x in self.sources if isinstance(x, Variable)}
            with bound({**bindings, **moved}):
                values = {key: value + added.get(key, 0) for key, value in given.items()}
                for node in self.nodes:
                    if id(node.output_list[0]) not in given:
                        Graph._call_node(node, values)
                        for x in node.output_list:
                            if id(x) in added:
                                values[id(x)] = values[id(x)] + added[id(x)]
                return sum(jnp.sum(values[id(loss)]) for loss in self.losses)

        shapes = self._shapes(given) if any(move is None for move in start) else {}
        moves = [
            jnp.zeros(shapes[id(x)].shape, shapes[id(x)].dtype) if move is None else move
            for x, move in zip(self.sources, start, strict=True)
        ]
        return jax.grad(total)(moves)

    def _shapes(self, given: dict[int, Any]) -> dict[int, Any]:
        """Shapes and dtypes of all tensors on the way."""

        def run() -> dict[int, Any]:
            with bound(dict(context.bindings or {})):
                values = dict(given)
                for node in self.nodes:
                    Graph._call_node(node, values)
            return {key: value for key, value in values.items() if hasattr(value, "dtype")}

        return jax.eval_shape(run)


def gradients(loss: Any, variables: Any) -> list[Any]:
    """The derivatives of a symbolic loss, as symbolic tensors.

    Args:
        loss: symbolic tensor, or list of them; what is no single number is summed up.
        variables: symbolic tensors or variables to differentiate by, or one of them.

    Returns:
        A list with a symbolic tensor for each, in its shape; None for a tensor on which the loss does
        not depend.

    Raises:
        TypeError: if the loss is not symbolic.

    Example:
        >>> x = placeholder((None,))
        >>> f = function([x], gradients(x**2, [x]))
        >>> f([[1.0, 2.0]])[0].tolist()
        [2.0, 4.0]
    """
    losses = loss if isinstance(loss, (list, tuple)) else [loss]
    sources = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    for x in losses:
        if not isinstance(x, KerasTensor):
            raise TypeError(
                f"K.gradients: the loss must be symbolic, computed from inputs, but it is {describe(x)}."
                " For the derivatives of a function by variables write cornu.value_and_grad(function, "
                "variables)."
            )
    there = {id(x) for node in _nodes(losses) for x in node.output_list}
    used = [x for x in sources if isinstance(x, Variable) or id(x) in there]
    for x in used:
        if not dtypes.is_float(x.dtype):
            raise TypeError(f"K.gradients: {x!r} holds no floats, so there is no derivative by it.")
    operation = Gradients(list(losses), used)
    node = Node(operation, tuple(operation.leaves), {})
    node.outputs = [KerasTensor(x.shape, x.dtype, operation.name, node) for x in used]
    found = {id(x): gradient for x, gradient in zip(used, node.outputs, strict=True)}
    return [found.get(id(x)) for x in sources]
