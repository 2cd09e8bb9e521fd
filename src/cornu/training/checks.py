"""Checks of what `compile` and `fit` are given: once per call, on the host, before anything changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu import losses, metrics
from cornu.core.errors import NotBuiltYetError, did_you_mean, show_shape, warn
from cornu.training.data import Data
from cornu.training.matching import activation_of, kind_of, misfits

BLOCK = 1 << 20  # numbers looked at together, so that no large copy is made

NOT_FINITE = (
    "{name} holds {what} (first in row {row}), which would make the loss NaN at once. Remove "
    "those rows or fill "
    "in the values, for instance\n    {variable} = numpy.nan_to_num({variable})"
)
OUT_OF_RANGE = (
    "y holds the class {label}, but the model's output has {count} units, for the classes 0 to {last}. "
    "{advice}"
)
ONE_HOT = (
    "The loss {loss} wants whole-number classes of shape (samples,), but y has shape {shape}: it "
    "looks one-hot. "
    'Use loss="categorical_crossentropy", or y = y.argmax(axis=-1).'
)
NOT_ONE_HOT = (
    "The loss {loss} wants one column per class, shape {wanted}, but y has shape {shape}: it "
    "looks like whole-number "
    'classes. Use loss="sparse_categorical_crossentropy", or y = cornu.utils.to_categorical(y, {count}).'
)
NOT_BINARY = (
    "The loss {loss} wants targets from 0 to 1, but y goes from {low:g} to {high:g}. "
    "Write the two classes as 0 and 1{advice}."
)
NOT_WHOLE = (
    "The loss {loss} wants whole-number classes, but y holds {example:g}. For a number to be "
    "predicted use "
    'loss="mse".'
)


NOT_BUILT = {"compile": ("sample_weight_mode", "target_tensors")}
WORKERS = ("workers", "use_multiprocessing", "max_queue_size")


def check_arguments(method: Callable[..., Any], unknown: Mapping[str, Any]) -> None:
    """Raises an error for arguments that a method does not have, or not yet."""
    call = method.__name__
    for name in unknown:
        if name in NOT_BUILT.get(call, ()):
            raise NotBuiltYetError(f"{call}({name}=...) is not built yet. Leave it out.")
        known = [
            parameter
            for parameter in inspect.signature(method).parameters
            if parameter not in ("unknown", "older")
        ]
        raise TypeError(f'{call} has no argument "{name}". {did_you_mean(name, known)}')


def worker_settings(method: Callable[..., Any], older: Mapping[str, Any]) -> dict[str, Any]:
    """Keras 2's arguments about workers, None where they are not given.

    Raises:
        TypeError: if there are others among these.
    """
    if older:
        check_arguments(method, {name: v for name, v in older.items() if name not in WORKERS})
    return {name: older.get(name) for name in WORKERS}


def check_names(loss: Any, plain: Any, weighted: Any) -> None:
    """Looks up every name of a loss or metric, so that a misspelt one is an error of `compile`."""
    for name in tree.tree_leaves(loss):
        if isinstance(name, str) and name.lower() not in ("crossentropy", "ce"):
            losses.get(name)
    for name in tree.tree_leaves((plain, weighted)):
        if isinstance(name, str) and name.lower() not in ("accuracy", "acc"):
            metrics.get(name)
    for given, what in ((plain, "metrics"), (weighted, "weighted_metrics")):
        if given is not None and not isinstance(given, (list, tuple, dict)):
            raise ValueError(f"compile({what}=...) takes a list: {what}=[{given!r}].")


def check_values(data: Data, where: str = "") -> None:
    """Raises ValueError if an input or target is NaN or infinite; `where` says which data they are."""
    for variable, structure in (
        ("x", data.x),
        ("y", data.y),
        ("sample_weight", data.sample_weight),
    ):
        for path, array in tree.tree_flatten_with_path(structure)[0]:
            if array.dtype.kind == "f":
                check_finite(np.asarray(array), variable + tree.keystr(path) + where, variable)


def check_finite(array: np.ndarray[Any, Any], name: str, variable: str) -> None:
    flat = array.reshape(-1)
    for start in range(0, flat.size, BLOCK):
        block = flat[start : start + BLOCK]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(
                block.sum()
            ):  # one pass at the speed of memory; only a suspicious block is looked into
                continue
        bad = ~np.isfinite(block)
        if bad.any():
            where = start + int(bad.argmax())
            what = "NaN" if np.isnan(flat[where]) else "an infinite value"
            row = where // max(array[0].size, 1)
            raise ValueError(NOT_FINITE.format(name=name, what=what, row=row, variable=variable))


def check_indices(model: Any, x: Any) -> None:
    """Raises ValueError if a layer that reads rows of a table is given data with an index that it has
    not: a compiled program could not tell.

    It looks at layers that take an input of the model as it is.
    """
    graph = getattr(model, "graph", None)
    if graph is None:
        return
    given = graph.given(x)
    for node in graph.nodes:
        reads_rows = hasattr(node.operation, "check_indices") and not node.kwargs.get("reverse")
        if reads_rows and id(node.inputs[0]) in given:
            node.operation.check_indices(given[id(node.inputs[0])])


def check_targets(objective: Any, data: Data) -> None:
    """Raises ValueError if the targets are not of the kind that their loss wants."""
    if not objective.outputs:
        return
    targets = objective.targets(data.y, len(objective.outputs))
    for output, target in zip(objective.outputs, targets, strict=True):
        for single in output.each_loss() if target is not None else ():
            check = _TARGET_CHECKS.get(kind_of(single.loss) or "")
            if check is not None:
                check(single, np.asarray(target))


def _name(output: Any) -> str:
    return f'"{output.loss.name}"'


def _check_sparse(output: Any, y: np.ndarray[Any, Any]) -> None:
    units = output.units
    if y.ndim > 1 and y.ndim == len(output.shape) and y.shape[-1] == units and units > 1:
        raise ValueError(ONE_HOT.format(loss=_name(output), shape=show_shape(y.shape)))
    if y.dtype.kind == "f" and not np.array_equal(y, np.floor(y)):
        example = y[y != np.floor(y)].flat[0]
        raise ValueError(NOT_WHOLE.format(loss=_name(output), example=float(example)))
    low, high = int(y.min()), int(y.max())
    ignored = getattr(output.loss, "ignore_class", None)
    if ignored is not None:
        kept = y[y != ignored]
        low, high = (int(kept.min()), int(kept.max())) if kept.size else (0, 0)
    if low < 0 or high >= units:
        label = low if low < 0 else high
        advice = f"Give the last layer {high + 1} units, or number the classes from 0."
        if low < 0 or (low == 1 and high == units):
            shift = f"y {'+' if low < 0 else '-'} {abs(low)}"
            advice = f"Number the classes from 0: y = {shift}."
        raise ValueError(OUT_OF_RANGE.format(label=label, count=units, last=units - 1, advice=advice))


def _check_categorical(output: Any, y: np.ndarray[Any, Any]) -> None:
    units = output.units
    if units > 1 and (y.ndim < len(output.shape) or y.shape[-1] == 1):
        wanted = show_shape((len(y), *output.shape[1:]))
        raise ValueError(
            NOT_ONE_HOT.format(loss=_name(output), wanted=wanted, shape=show_shape(y.shape), count=units)
        )


def _check_binary(output: Any, y: np.ndarray[Any, Any]) -> None:
    low, high = float(y.min()), float(y.max())
    if low < 0 or high > 1:
        advice = ": y = (y + 1) / 2" if (low, high) == (-1, 1) else ""
        advice = ": y = y - 1" if (low, high) == (1, 2) else advice
        raise ValueError(NOT_BINARY.format(loss=_name(output), low=low, high=high, advice=advice))


_TARGET_CHECKS = {"sparse": _check_sparse, "categorical": _check_categorical, "binary": _check_binary}


def check_outputs(model: Any, objective: Any) -> None:
    """Warns if a last activation does not fit its loss."""
    graph = getattr(model, "graph", None)
    if graph is None:
        return
    for output, tensor in zip(objective.outputs, graph.output_tensors, strict=True):
        for misfit in misfits(output, activation_of(tensor.node.operation), tensor.name):
            if misfit.surely:
                warn(misfit.text)


__all__ = ["check_finite", "check_names", "check_outputs", "check_targets", "check_values"]
