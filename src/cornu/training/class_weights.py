"""Class weights: one weight per sample, from the class that its target names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core import dtypes
from cornu.core.errors import describe, did_you_mean
from cornu.training.objective import names_of

SEVERAL = (
    "class_weight={given} does not say for which of the {count} outputs it is{names}. Write a dict of "
    "weights for each, by name or in a list: class_weight={example}."
)
BOTH = "Pass class_weight or sample_weight, not both: multiply them into sample_weight."
NO_DICT = (
    "class_weight must be a dict of classes and weights, got {given}. "
    "Write for instance class_weight={{0: 1.0, 1: 5.0}}."
)


def class_weights(model: Any, y: Any, class_weight: Any, sample_weight: Any) -> Any:
    """One weight per sample, for each output that has class weights; classes that are not named
    count 1.

    Args:
        model: names the outputs, if it is a graph.
        y: the targets.
        class_weight: {class: weight}; for several outputs a dict of those by the outputs' names, or a
            list of them.
        sample_weight: must be None.

    Raises:
        ValueError: if there are sample weights as well, a weight for no class or output, or no word on
            which output is meant.

    >>> class_weights(None, np.array([0, 1, 1]), {1: 3.0}, None).tolist()
    [1.0, 3.0, 3.0]
    >>> pair = {"a": np.array([0, 1]), "b": np.array([1, 0])}
    >>> class_weights(None, pair, {"b": {0: 2.0}}, None)["b"].tolist()
    [1.0, 2.0]
    """
    if sample_weight is not None:
        raise ValueError(BOTH)
    targets, names = _targets(model, y)
    tables = _tables(class_weight, names, len(targets))
    weights = [
        None if table is None else weights_of(target, table)
        for target, table in zip(targets, tables, strict=True)
    ]
    if isinstance(y, Mapping):
        return dict(zip(names, weights, strict=True))
    return weights if len(weights) > 1 else weights[0]


def _targets(model: Any, y: Any) -> tuple[list[Any], list[str | None]]:
    """The targets, and the names of their outputs where they are known."""
    if isinstance(y, Mapping):
        paths = names_of(y, None)
        return tree.tree_leaves(y), paths
    targets = tree.tree_leaves(y)
    graph = getattr(model, "graph", None)
    names = [] if graph is None else names_of(graph.outputs, graph.output_names)
    return targets, names if len(names) == len(targets) else [None] * len(targets)


def _tables(given: Any, names: list[str | None], count: int) -> list[Any]:
    """The class weights of each output, None where there are none."""
    known = [name for name in names if name]
    by_name = isinstance(given, Mapping) and any(isinstance(each, Mapping) for each in given.values())
    if isinstance(given, Mapping) and by_name:
        for name in given:
            if name not in known:
                hint = did_you_mean(str(name), known or ["(the outputs have no names: use a list)"])
                raise ValueError(
                    f'class_weight names an output "{name}" that the model does not have. {hint}'
                )
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)) and len(given) == count and _are_tables(given):
        return list(given)
    if count > 1:
        shown = f" ({', '.join(known)})" if known else ""
        example = {name: {0: 1.0, 1: 5.0} for name in known[:1]} or [{0: 1.0, 1: 5.0}, None]
        raise ValueError(
            SEVERAL.format(given=describe(given), count=count, names=shown, example=example)
        )
    return [given]


def _are_tables(given: Any) -> bool:
    return all(each is None or isinstance(each, Mapping) for each in given)


def weights_of(y: Any, table: Any) -> np.ndarray[Any, Any]:
    """The weights of targets that are class numbers, or one-hot along the last axis: one per row, or,
    where rows have many places, one per place."""
    if not isinstance(table, Mapping):
        raise ValueError(NO_DICT.format(given=describe(table)))
    labels = np.asarray(y)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    elif labels.ndim == 2 or (labels.ndim > 2 and _one_hot(labels)):
        labels = labels.argmax(axis=-1)
    labels = np.round(labels).astype("int64")
    weights = np.ones(labels.shape, dtypes.numpy_dtype(dtypes.floatx()))
    for label, weight in table.items():
        if not isinstance(label, (int, np.integer)):
            raise ValueError(f"class_weight={dict(table)}: the keys are classes, whole numbers from 0.")
        weights[labels == label] = weight
    return weights


def _one_hot(labels: np.ndarray[Any, Any]) -> bool:
    """Whether the last axis tells how probable each class is."""
    return bool(labels.min() >= 0) and np.allclose(labels.sum(axis=-1), 1)
