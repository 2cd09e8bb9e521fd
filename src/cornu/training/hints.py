"""Hints after `fit`: when a network has visibly not learnt, why, and what to try."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu import activations
from cornu.core.errors import warn
from cornu.training.data import Data
from cornu.training.matching import activation_of
from cornu.training.nan import bad_weight, diagnose

SAMPLE = 1000  # rows looked at
ENOUGH = 1_000_000  # numbers that tell whether columns are scaled
UNSCALED = 10.0  # a typical size of inputs from which on training is likely to suffer

NOT_LEARNT = "The network has not learnt: {evidence}. "
DEAD = (
    'All {units} ReLU units of layer "{layer}" give 0 for every row of x, so no gradient passes '
    "and they can never recover (dead ReLUs). "
)
SCALE = (
    "The inputs are not scaled (column {column} of x has values around {size:.3g}). Scale them first: "
    "x = (x - x.mean(axis=0)) / x.std(axis=0). "
)
TRY = 'Then start again with new weights; a smaller learning rate or activation="leaky_relu" also helps.'
NAN = (
    "The loss became NaN or infinite in epoch {epoch}. {cause} With TerminateOnNaN() among the "
    "callbacks training stops when that happens, and you are told in which batch and layer."
)
LIKELY = "The learning rate is likely too high: try a tenth of it{scale}.{index}"
NO_INDEX = (
    ' Or "{layer}" was given an index that it lacks, which gives NaN in a compiled program: '
    "compile(..., run_eagerly=True) finds it."
)


def hint_after_fit(model: Any, data: Data, history: Any, callbacks: Any) -> None:
    """Warns, once, if the loss has become NaN, or stands still because a layer's ReLU units are dead."""
    losses = history.history.get("loss", [])
    if not losses:
        return
    unscaled = unscaled_column(data.x)
    if not np.isfinite(losses[-1]):
        if not callbacks.stops_on_nan:  # which has told already
            first = next(i for i, loss in enumerate(losses) if not np.isfinite(loss))
            warn(NAN.format(epoch=history.epoch[first] + 1, cause=_cause(model, data, unscaled)))
    elif len(losses) > 1 and _stands_still(losses):
        dead = _dead_relu(model, data)
        if dead is not None:
            evidence = f"after {len(losses)} epochs the loss stands still at {losses[-1]:.4g}"
            scale = SCALE.format(column=unscaled[0], size=unscaled[1]) if unscaled else ""
            warn(
                NOT_LEARNT.format(evidence=evidence)
                + DEAD.format(layer=dead[0], units=dead[1])
                + scale
                + TRY
            )


def _cause(model: Any, data: Data, unscaled: Any) -> str:
    """Why the loss is likely no number, as far as the model tells after training."""
    if bad_weight(model) is None:  # then the first rows may show it
        finding = diagnose(model, data.take(slice(0, SAMPLE)).batch)
        if finding is not None:
            return finding.text
    scale = ", and scale the inputs" if unscaled else ""
    tables = (layer for layer in model._flatten_layers() if hasattr(layer, "check_indices"))
    index = next((NO_INDEX.format(layer=layer.name) for layer in tables), "")
    return LIKELY.format(scale=scale, index=index)


def _stands_still(losses: list[float]) -> bool:
    """Whether the last half of training changed the loss by less than one percent."""
    middle, last = losses[len(losses) // 2 - 1], losses[-1]
    return abs(middle - last) < 0.01 * abs(middle)


def unscaled_column(x: Any) -> tuple[int, float] | None:
    """The column of the largest values, and their size; None if the inputs are of moderate size."""
    leaves = tree.tree_leaves(x)
    if len(leaves) != 1 or leaves[0].ndim != 2:
        return None
    few = max(1, min(SAMPLE, ENOUGH // max(1, leaves[0].shape[1])))
    sizes = np.abs(np.asarray(leaves[0][:few], dtype="float32")).mean(axis=0)
    column = int(sizes.argmax())
    return (column, float(sizes[column])) if sizes[column] > UNSCALED else None


def _dead_relu(model: Any, data: Data) -> tuple[str, int] | None:
    """The first layer whose ReLU units are all zero for all rows: its name and width."""
    layers = getattr(model, "layers", [])
    if getattr(model, "graph", None) is None or not any(is_relu(layer) for layer in layers):
        return None
    outputs = model.graph.intermediate(tree.tree_map(lambda array: array[:SAMPLE], data.x), is_relu)
    for layer, values in outputs:
        values = np.asarray(values)
        if not values.any():
            return layer.name, values.shape[-1]
    return None


def is_relu(layer: Any) -> bool:
    """Whether what a layer gives goes through a ReLU last."""
    return not getattr(layer, "layers", None) and activation_of(layer) is activations.relu
