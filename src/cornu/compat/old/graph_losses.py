"""Losses that look into the graph, as before Keras 3: a function of y_true and y_pred that also uses
symbolic tensors it finds around it, such as the mean and variance of a variational autoencoder."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

import jax.tree_util as tree

from cornu.compat.notes import note
from cornu.core.symbolic import KerasTensor
from cornu.models.function import Function


class GraphLoss:
    """A loss function with the symbolic tensors that it uses.

    In each call of the model the graph hands over the values of these; `__call__` then computes the
    calls that the function makes of them.

    Args:
        function: takes (y_true, y_pred).
        model: the model that is compiled; a graph.
        tensors: what the function uses of it.
    """

    def __init__(self, function: Callable[..., Any], model: Any, tensors: list[KerasTensor]) -> None:
        self.function, self.tensors = function, tensors
        self.__name__ = getattr(function, "__name__", "loss")
        self.rows = model.outputs[0].shape[0]
        self.values: list[Any] = [None] * len(tensors)
        for number, tensor in enumerate(tensors):
            model.graph.look_at(tensor, functools.partial(self.values.__setitem__, number))

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        given = [KerasTensor((self.rows, *each.shape[1:]), each.dtype) for each in (y_true, y_pred)]
        result = self.function(*given)
        values, self.values[:] = list(self.values), [None] * len(self.values)
        return Function([*given, *self.tensors], result)([y_true, y_pred, *values])


def compiling(compile: Any) -> Any:
    """`compile`, for losses that use tensors of the model's graph, too."""

    @functools.wraps(compile)
    def call(model: Any, *args: Any, **kwargs: Any) -> Any:
        given = inspect.signature(compile).bind(model, *args, **kwargs)
        if model.graph is not None and "loss" in given.arguments:
            given.arguments["loss"] = tree.tree_map(
                lambda loss: _looking(loss, model), given.arguments["loss"]
            )
        return compile(*given.args, **given.kwargs)

    return call


def _looking(loss: Any, model: Any) -> Any:
    """The loss, with the tensors of the graph that it uses, if it uses any."""
    if not isinstance(loss, FunctionType):
        return loss
    known = {id(t) for node in model.graph.nodes for t in [*node.inputs, *node.output_list]}
    tensors = {id(tensor): tensor for tensor in _used(loss) if id(tensor) in known}
    if not tensors:
        return loss
    note(
        f"compile(loss={loss.__name__}), which uses tensors of the graph,",
        "model.add_loss(...) with these tensors, or a train_step of your own",
    )
    return GraphLoss(loss, model, list(tensors.values()))


def _used(function: FunctionType) -> Iterator[KerasTensor]:
    """The symbolic tensors among the variables around a function."""
    around = dict(inspect.getclosurevars(function).nonlocals)
    around.update({name: function.__globals__.get(name) for name in _names(function.__code__)})
    for value in around.values():
        for leaf in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(leaf, KerasTensor):
                yield leaf


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function's code, and that of functions within it, uses."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
