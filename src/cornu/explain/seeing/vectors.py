"""The vectors that `explain.embedding` shows: given ones, a table, or what a layer gives."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.errors import describe, did_you_mean
from cornu.explain.objective import check_model
from cornu.explain.seeing.inside import Inside
from cornu.explain.tracing import as_numbers
from cornu.layers.embedding import Embedding
from cornu.layers.layer import Layer
from cornu.models.model import Model
from cornu.training.checks import check_finite

TOGETHER = 1 << 20  # numbers of samples that are given to the model at once
NO_TABLE = (
    'explain.embedding: model "{model}" has no Embedding layer. Give x, of which a layer makes vectors: '
    'explain.embedding(model, layer="{last}", x=x).'
)
NO_LAYER = 'explain.embedding: model "{model}" has no layer "{layer}". {advice}'
NO_VECTORS = (
    "explain.embedding takes an array with a vector in each of at least 2 rows, or a model, got {given}."
)


def vectors_of(given: Any, layer: Any, x: Any) -> tuple[Any, str]:
    """The vectors as rows, and what they are."""
    if isinstance(given, Model):
        array, title = _table(given, layer) if x is None else _of_samples(given, layer, x)
    else:
        array, title = as_numbers("embedding", "vectors", given), ""
    if getattr(array, "ndim", 0) != 2 or len(array) < 2:
        raise ValueError(NO_VECTORS.format(given=describe(given if not title else array)))
    array = np.asarray(array, "float32")
    check_finite(array, "vectors", "vectors")
    return array, title


def _table(model: Any, layer: Any) -> tuple[Any, str]:
    """The table of an Embedding of the model."""
    check_model("embedding", model)
    layers = [each for each in model._flatten_layers() if each is not model]
    tables = [each for each in layers if isinstance(each, Embedding)]
    if layer is None and tables:
        return tables[0].embeddings.numpy(), f'table of "{tables[0].name}"'
    name = layer.name if isinstance(layer, Layer) else layer
    found = [each for each in layers if each.name == name]
    if name is not None and not found:
        advice = did_you_mean(name, [each.name for each in layers])
        raise ValueError(NO_LAYER.format(model=model.name, layer=name, advice=advice))
    if not found or not isinstance(found[0], Embedding):
        last = name or next(each.name for each in model.layers[-2:])
        raise ValueError(NO_TABLE.format(model=model.name, last=last))
    return found[0].embeddings.numpy(), f'table of "{name}"'


def _of_samples(model: Any, layer: Any, x: Any) -> tuple[Any, str]:
    """What a layer makes of samples, those of several axes made one row each; batch by batch."""
    check_model("embedding", model)
    x = as_numbers("embedding", "x", x)
    for leaf in tree.tree_leaves(x):
        if leaf.dtype.kind == "f":
            check_finite(np.asarray(leaf), "x", "x")
    total = len(tree.tree_leaves(x)[0])
    size = max(1, min(total, 256, TOGETHER * total // sum(leaf.size for leaf in tree.tree_leaves(x))))
    inside = Inside("embedding", model, tree.tree_map(lambda leaf: leaf[:size], x))
    leaves = inside.leaves
    visit = inside.visit(layer) if layer is not None else leaves[max(0, len(leaves) - 2)]

    def run(x: Any) -> Any:
        kept: list[Any] = []

        def look(number: int, layer: Any, args: Any, output: Any) -> Any:
            if number == visit.number:
                kept.append(output)
            return output

        inside.run(x, look)
        return kept[0].reshape(len(kept[0]), -1)

    program, found = inside.program(run), []
    for start in range(0, total, size):
        rows = np.minimum(np.arange(start, start + size), total - 1)
        found.append(program(tree.tree_map(lambda leaf, rows=rows: np.asarray(leaf)[rows], x)))
    return np.concatenate(found)[:total], f'what "{visit.name}" makes of x'


__all__ = ["vectors_of"]
