"""The rooms of Keras that Cornu has, and where a name is public."""

from __future__ import annotations

import ast
import importlib
import sys
from functools import cache
from pathlib import Path

ROOMS = (
    *("models", "layers", "optimizers", "losses", "metrics", "callbacks"),
    "optimizers.schedules",
    *("activations", "initializers", "regularizers", "constraints", "utils", "random"),
    *("backend", "config", "distillation", "dtype_policies", "mixed_precision", "saving", "tree"),
    *("preprocessing", "preprocessing.image", "preprocessing.sequence", "preprocessing.text"),
    *("utils.bounding_boxes", "wrappers"),
    *("datasets", "datasets.banknotes", "datasets.boston_housing", "datasets.california_housing"),
    *("datasets.cifar10", "datasets.cifar100", "datasets.fashion_mnist", "datasets.imdb"),
    *("datasets.mnist", "datasets.pima", "datasets.reuters"),
    *("ops", "ops.image", "ops.linalg", "ops.nn", "ops.numpy"),
)


@cache
def names_of(room: str) -> tuple[str, ...]:
    """The public names of a room; "" is the root.

    They are read where they are written, if they are written out there: importing all rooms to say which
    name is meant would take seconds, scikit-learn's part in `wrappers` among them.
    """
    name = f"cornu.{room}" if room else "cornu"
    written = None if name in sys.modules else _written(room)
    return tuple(importlib.import_module(name).__all__) if written is None else written


def _written(room: str) -> tuple[str, ...] | None:
    """The names in `__all__ = [...]` of a room that is a file, if all of them are plain text."""
    path = Path(__file__).parents[1].joinpath(*room.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(path.read_text("utf-8")).body if path.is_file() else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            try:
                return tuple(_plain(node.value))
            except ValueError:
                return None
    return None


def _plain(node: ast.expr) -> list[str]:
    """The texts of a list of texts and of *(...) of such.

    Raises:
        ValueError: if there is anything else.
    """
    if not isinstance(node, (ast.List, ast.Tuple)):
        return [ast.literal_eval(node)]
    return [
        text
        for each in node.elts
        for text in _plain(each.value if isinstance(each, ast.Starred) else each)
    ]


def public_home(name: str, path: str = "") -> str | None:
    """The public module that has this name, one whose own name is in `path` if several have it."""
    parts = path.split(".")
    named = [room for room in ROOMS if room.rpartition(".")[2] in parts]
    for room in (*named, *ROOMS, ""):
        if name in names_of(room):
            return f"keras.{room}" if room else "keras"
    return None
