"""The state of a model in training, and the compiled loops over it."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.inlining import only_ours
from cornu.core.module import Module, walk
from cornu.core.pure import numbered
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import Variable
from cornu.layers.layer import is_samplewise
from cornu.training.loop import Loop
from cornu.training.stateless import imperative, overridden

# What a pass over the data may change. The rest is an input of the compiled program, not a result.
CHANGES = {
    "train": ("trainable", "non_trainable", "optimizer", "metrics", "random"),
    "test": ("non_trainable", "metrics", "random"),
}


def traced_outputs(model: Any, inputs: Any) -> Any:
    """Shapes and dtypes of a model's outputs for inputs of these shapes and dtypes, by a symbolic call
    that leaves no trace in graphs."""
    nodes = list(model._nodes)
    outputs = model(tree.tree_map(lambda spec: KerasTensor(spec.shape, spec.dtype), inputs))
    model._nodes[:] = nodes
    return outputs


def state_of(model: Any) -> dict[str, dict[str, Variable]]:
    """All variables of a compiled model, by part: the one pytree that the compiled programs work on.

    They are numbered, not named: names would be part of the program, and a model built anew
        ('dense_1' where it was
    'dense') would not find its program in the compilation cache.
    """
    trainable = model.trainable_variables
    modules = [module for module in walk(model, Module, skip=()) if module is not model]
    random = _variables(module for module in modules if module.part == "random")
    metrics = _variables(model.metrics)
    elsewhere = {id(variable) for variable in (*trainable, *random, *metrics)}
    parts = {
        "trainable": trainable,
        "non_trainable": [v for v in model.variables if id(v) not in elsewhere],
        "optimizer": _variables(module for module in modules if module.part == "optimizer"),
        "metrics": metrics,
        "random": random,
    }
    return {part: numbered(variables) for part, variables in parts.items()}


def _variables(modules: Any) -> list[Variable]:
    found = {id(variable): variable for module in modules for variable in variables_of(module)}
    return list(found.values())


def variables_of(module: Any) -> list[Variable]:
    """A module's variables: a random generator's is its state."""
    return list(module.variables) if hasattr(module, "variables") else [module.state]


def make_loop(
    model: Any,
    kind: str,
    batch_size: int,
    state: dict[str, dict[str, Variable]],
    effort: str,
    placement: Any = None,
) -> Loop:
    """The compiled loop of a model for 'train' or 'test', with a placement if it is on many devices."""
    step = imperative(model, kind)
    names = (f"{kind}_step", "compute_metrics", "get_metrics_result")
    usual = not any(overridden(model, name) for name in names)
    alone = usual and not overridden(model, "compute_loss")
    return Loop(
        step,
        model.get_metrics_result if usual else None,
        model.reset_metrics,
        state if kind == "train" else {part: v for part, v in state.items() if part != "optimizer"},
        CHANGES[kind],
        batch_size,
        alone and model.objective.samplewise and is_samplewise(model),
        model.run_eagerly,
        effort,
        (kind, model) if alone and only_ours([model, model.optimizer]) else None,
        placement,
    )


def to_floats(logs: dict[str, Any]) -> dict[str, Any]:
    """Logs as Python numbers, sorted by name."""
    values = {name: np.asarray(logs[name]) for name in sorted(logs)}  # device_get takes 5 times as long
    return {name: float(value) if value.ndim == 0 else value for name, value in values.items()}
