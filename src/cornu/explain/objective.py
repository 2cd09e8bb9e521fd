"""A model with a loss as a function to look into."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu import losses
from cornu.core.errors import describe
from cornu.explain.architecture import NOT_BUILT
from cornu.explain.tracing import Traced, as_numbers, trace
from cornu.models.model import Model
from cornu.training.objective import Objective
from cornu.training.stateless import overridden

ROWS = 256  # of a batch that are looked at
NO_LOSS = (
    "explain.{call}: the model is not compiled, so it has no loss. Write model.compile(loss=...), or "
    'give one here: explain.{call}(model, x, y, loss="mse").'
)
NO_TARGETS = (
    "explain.{call} needs targets for the loss: explain.{call}(model, x, y). explain.forward(model, x) "
    "and explain.graph(model, x) show the way forwards alone."
)
ON_HOST = (
    'explain.{call}: model "{name}" has layers that run on the host, on strings for instance. Give the '
    "part of the model that comes after them."
)


class Loss:
    """The loss of a model, as a part whose calls can be looked at like a layer's."""

    def __init__(self, model: Any, loss: Any, training: bool) -> None:
        self.model, self.training = model, training
        given = loss if loss is not None else model.objective.loss
        weights = model.objective.loss_weights if loss is None else None
        self.objective = Objective(given, weights, None, None)
        self.own = loss is None and overridden(model, "compute_loss")
        self.name = "loss"
        self.kind = _name_of(given)

    def call(self, x: Any, y: Any, y_pred: Any) -> Any:
        if self.own:
            return self.model.compute_loss(x, y, y_pred, None, training=self.training)
        if not self.objective.built:
            self.objective.build(y, y_pred, getattr(self.model, "output_names", None))
        return self.objective.total_loss(y, y_pred, None, self.model.losses)


def _name_of(loss: Any) -> str:
    if isinstance(loss, str):
        loss = losses.get(loss)
    if isinstance(loss, (list, tuple, dict)):
        return "losses"
    return str(getattr(loss, "__name__", type(loss).__name__))


def check_model(call: str, model: Any) -> None:
    """Raises an error unless this is a built model of numbers."""
    if not isinstance(model, Model):
        raise TypeError(f"explain.{call} takes a model first, got {describe(model)}.")
    if not model.built:
        raise ValueError(NOT_BUILT.format(name=model.name))
    if model.on_host:
        raise ValueError(ON_HOST.format(call=call, name=model.name))


def first_rows(call: str, what: str, value: Any, rows: int = ROWS) -> tuple[Any, int]:
    """The first rows of a batch, and how many it has."""
    arrays = as_numbers(call, what, value)
    total = max((len(leaf) for leaf in tree.tree_leaves(arrays) if np.ndim(leaf)), default=0)
    return tree.tree_map(lambda leaf: leaf[:rows] if np.ndim(leaf) else leaf, arrays), total


def trace_model(
    call: str, model: Any, x: Any, y: Any = None, loss: Any = None, training: bool = False
) -> tuple[Traced, list[str]]:
    """A model, with its loss if there are targets, as a program; and what is to be said of it.

    Raises:
        ValueError: if the model is not built, or there is no loss for the targets.
        TypeError: if it is no model, or x or y are no numbers.
    """
    check_model(call, model)
    x, total = first_rows(call, "x", x)
    notes = [f"Of {total:,} rows the first {ROWS} are looked at."] if total > ROWS else []
    parts: list[Any] = [layer for layer in model._flatten_layers() if layer is not model]
    if y is None:
        return trace(lambda x: model(x, training=training), {"x": x}, parts, "output"), notes
    if loss is None and not model.compiled:
        raise ValueError(NO_LOSS.format(call=call))
    y, _ = first_rows(call, "y", y)
    end = Loss(model, loss, training)

    def with_loss(x: Any, y: Any) -> Any:
        return end.call(x, y, model(x, training=training))

    # Targets and inputs in the order of the figure: what comes in first, then what it should be.
    return trace(with_loss, {"x": x, "y": y}, [*parts, end], "loss"), notes


__all__ = ["NO_TARGETS", "Loss", "check_model", "first_rows", "trace_model"]
