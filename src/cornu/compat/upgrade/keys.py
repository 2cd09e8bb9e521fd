"""The keys of a training's history: `acc` is called as the metric was asked for."""

from __future__ import annotations

import re

import libcst as cst

from cornu.compat.upgrade.arglist import Arguments, literal
from cornu.compat.upgrade.facts import LOGS
from cornu.compat.upgrade.forms import Context

_KEY = re.compile(r"\b(val_)?acc\b")
UNDECIDED = '"acc" is called "accuracy" today if metrics=["accuracy"] was asked for'


def spelt(context: Context) -> str | None:
    """ "accuracy" or "acc", as the metrics of the program say; None if they do not."""
    found: set[str] = set()
    for call in context.facts.found.calls:
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "compile":
            for metric in _written(Arguments(call).literal("metrics", 2)):
                found |= {metric} & {"acc", "accuracy"} if isinstance(metric, str) else set()
    return found.pop() if len(found) == 1 else None


def _written(metrics: object) -> list[object]:
    if isinstance(metrics, dict):
        return [each for value in metrics.values() for each in _written(value)]
    return list(metrics) if isinstance(metrics, (list, tuple)) else [metrics]


def accuracy_key(
    context: Context, original: cst.Subscript, updated: cst.Subscript
) -> cst.BaseExpression:
    """`history.history["acc"]` is `["accuracy"]` where that was asked for."""
    owner = original.value
    index = original.slice[0].slice if len(original.slice) == 1 else None
    if not isinstance(index, cst.Index) or literal(index.value) not in ("acc", "val_acc"):
        return updated
    logs = context.facts.kind(owner) == LOGS
    looks_so = isinstance(owner, cst.Attribute) and owner.attr.value == "history"
    if not (logs or looks_so):
        return updated
    name = spelt(context)
    if name == "acc":
        return updated
    if name is None or not logs:
        context.mark(UNDECIDED)
        return updated
    return updated.with_deep_changes(updated.slice[0].slice, value=renamed(index.value))


def renamed(node: cst.BaseExpression) -> cst.BaseExpression:
    """The string with `accuracy` in the place of `acc`."""
    if isinstance(node, cst.SimpleString):
        return node.with_changes(value=_KEY.sub(lambda found: f"{found[1] or ''}accuracy", node.value))
    return node


def in_arguments(context: Context, args: Arguments, names: tuple[str, ...]) -> None:
    """`monitor="val_acc"` and `"{val_acc:.2f}"` of callbacks."""
    for arg in list(args.args):
        named = arg.keyword is None or arg.keyword.value in names
        if not named or not isinstance(arg.value, cst.SimpleString) or renamed(arg.value) is arg.value:
            continue
        if not _monitors(arg.value):
            continue
        name = spelt(context)
        if name == "accuracy":
            args.set(arg, renamed(arg.value))
        elif name is None:
            context.mark(UNDECIDED)


def _monitors(node: cst.SimpleString) -> bool:
    value = literal(node)
    return value in ("acc", "val_acc") or bool(re.search(r"\{(val_)?acc\b", str(value)))
