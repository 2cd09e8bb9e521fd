"""Findings about inputs and targets: unscaled, constant, imbalanced, outside of what can be met."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu import activations
from cornu.explain.checkup.finding import Finding
from cornu.explain.checkup.measures import Measures
from cornu.explain.numbers import number
from cornu.training.checks import check_finite, check_targets
from cornu.training.hints import UNSCALED, unscaled_column
from cornu.training.matching import kind_of

MUCH = 20_000_000  # numbers of x in which constant features are looked for
RARE = 10.0  # how many times rarer than the most frequent class the rarest may be
LISTED = 5
#: What an activation can give.
RANGES = {activations.sigmoid: (0.0, 1.0), activations.tanh: (-1.0, 1.0), activations.relu: (0.0, None)}

TRY_SCALE = "Scale them: x = (x - x.mean(axis=0)) / x.std(axis=0), or begin with layers.Normalization."
TRY_PIXELS = "Scale them: x = x / 255.0, or begin with layers.Rescaling(1 / 255)."
TRY_CONSTANT = "Leave them out; if they should vary, look at how x is made."
TRY_BALANCE = (
    "Look at explain.confusion or recall rather than accuracy; give fit a class_weight, or more "
    "samples of the rare classes."
)
TRY_SAME = "Look at how y is made."
TRY_RANGE = "Scale the targets into that range, or use another last activation, none for any number."


def not_finite(x: Any, y: Any) -> list[Finding]:
    """NaN and infinities in the data, which make all else meaningless."""
    found = []
    for name, structure in (("x", x), ("y", y)):
        for path, leaf in tree.tree_flatten_with_path(structure)[0]:
            if np.asarray(leaf).dtype.kind == "f":
                try:
                    check_finite(np.asarray(leaf), name + tree.keystr(path), name)
                except ValueError as error:
                    found.append(_of_error("not finite", error))
    return found


def _of_error(what: str, error: Exception) -> Finding:
    """An error that teaches as a finding: its first sentence is what was found."""
    first, _, rest = str(error).partition(". ")
    return Finding(what, f"{first}.", rest)


def findings_of_data(x: Any, measures: Measures) -> Iterator[Finding]:
    """What the inputs tell, and what comes to the first layer with a kernel."""
    yield from _unscaled(measures)
    yield from _constant(x)


def _unscaled(measures: Measures) -> Iterator[Finding]:
    entry = measures.entry
    if entry is None:
        return
    numbers: dict[str, Any]
    if np.ndim(entry) == 2:
        column = unscaled_column(entry)
        if column is None:
            return
        numbers = {"column": column[0], "size": column[1]}
        text = f"Column {column[0]} of what comes to it has values around {column[1]:.3g}."
        yield Finding("unscaled inputs", text, TRY_SCALE, measures.entry_name, True, numbers)
    elif entry[0] > UNSCALED:
        numbers = {"size": float(entry[0]), "largest": float(entry[1])}
        text = f"What comes to it has values around {entry[0]:.3g}, up to {entry[1]:.3g}."
        advice = TRY_PIXELS if entry[1] <= 255 else TRY_SCALE
        yield Finding("unscaled inputs", text, advice, measures.entry_name, True, numbers)


def _constant(x: Any) -> Iterator[Finding]:
    leaves = tree.tree_leaves(x)
    if len(leaves) != 1 or np.ndim(leaves[0]) != 2 or len(leaves[0]) < 2:
        return
    array = np.asarray(leaves[0])
    array = array[: max(2, MUCH // array.shape[1])]
    columns = np.flatnonzero((array == array[:1]).all(axis=0))
    if len(columns):
        some = ", ".join(map(str, columns[:LISTED])) + (", ..." if len(columns) > LISTED else "")
        text = (
            f"{len(columns)} of {array.shape[1]} features of x have one value for all {len(array):,} "
            f"rows (columns {some}): nothing can be learnt from them."
        )
        numbers = {"columns": columns.tolist()}
        yield Finding("constant features", text, TRY_CONSTANT, None, False, numbers)


# -- targets ----------------------------------------------------------------------------------------


def wrong_targets(objective: Any, data: Any) -> list[Finding]:
    """Targets that are not of the kind that their loss wants."""
    try:
        check_targets(objective, data)
    except ValueError as error:
        return [_of_error("targets", error)]
    return []


def findings_of_targets(objective: Any, y: Any, ends: list[Any]) -> Iterator[Finding]:
    """What the targets of each output tell; `ends` are the last activations."""
    targets = objective.targets(y, len(objective.outputs))
    for output, target, activation in zip(objective.outputs, targets, ends, strict=True):
        if target is None or output.loss is None:
            continue
        target = np.asarray(target)
        kind = kind_of(output.loss)
        name = output.name
        if kind in ("sparse", "categorical", "binary"):
            yield from _imbalanced(target, kind, output.units, name)
        elif target.size and activation in RANGES:
            yield from _outside(target, activation, name)
        if kind == "distance" and target.size > 1 and (target == target.reshape(-1)[0]).all():
            text = f"All targets are {number(target.reshape(-1)[0])}."
            yield Finding("constant target", text, TRY_SAME, name)


def _imbalanced(target: Any, kind: str, units: int, name: str | None) -> Iterator[Finding]:
    if kind == "categorical" and target.ndim > 1:
        target = target.argmax(axis=-1)
    elif kind == "binary" and units > 1:
        return  # each unit is a question of its own
    counts = np.bincount(np.round(target).astype("int64").reshape(-1), minlength=2)
    present = counts[counts > 0]
    total, most = int(counts.sum()), int(counts.argmax())
    numbers = {"counts": counts.tolist()}
    if len(present) == 1:
        text = f"All {total:,} targets are class {most}."
        yield Finding("constant target", text, TRY_SAME, name, True, numbers)
    elif present.max() > RARE * present.min():
        least = int(np.flatnonzero(counts == present.min())[0])
        text = (
            f"Class {most} is {counts[most]:,} of {total:,} targets ({counts[most] / total:.0%}), class "
            f"{least} {counts[least]:,}: always answering {most} has an accuracy of "
            f"{counts[most] / total:.0%}."
        )
        yield Finding("imbalanced target", text, TRY_BALANCE, name, False, numbers)


def _outside(target: Any, activation: Any, name: str | None) -> Iterator[Finding]:
    low, high = RANGES[activation]
    least, largest = float(target.min()), float(target.max())
    if least < low or (high is not None and largest > high):
        limits = f"from {low:g} to {high:g}" if high is not None else f"from {low:g} on"
        text = (
            f"Targets go from {number(least)} to {number(largest)}, but {activation.__name__} gives "
            f"numbers {limits}: the others can never be met."
        )
        numbers = {"low": least, "high": largest}
        yield Finding("targets out of reach", text, TRY_RANGE, name, True, numbers)


__all__ = ["findings_of_data", "findings_of_targets", "not_finite", "wrong_targets"]
