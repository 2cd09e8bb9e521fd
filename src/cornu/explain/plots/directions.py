"""Two directions in the space of a model's weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cornu.core.errors import describe
from cornu.explain.plots.weight_path import WeightPath

NO_PATH = (
    "explain.loss_surface(path=...): a cornu.explain.WeightPath that was among the callbacks of fit, "
    "or a list of the weights at several times, is needed, got {given}."
)
TOO_SHORT = (
    "explain.loss_surface(path=...): the path has {count} records that differ; two directions need at "
    "least 3. Train longer, or record more often: WeightPath(every=1)."
)
OTHER_MODEL = (
    "explain.loss_surface(path=...): record {number} has weights of shapes {given}, but the model's "
    "trainable weights have {known}. Give the path of this model."
)


class Directions(NamedTuple):
    """Two directions, each an array per weight; a path in their coordinates, and their shares of it."""

    first: list[Any]
    second: list[Any]
    path: Any = None  # (records, 2)
    shares: tuple[float, float] = (0.0, 0.0)


def drawn(weights: list[Any], seed: int) -> Directions:
    """Two random directions, filter-normalised: the part of each filter, a slice along the last axis,
    is as long as the filter. Biases and scales, of one axis, stay."""
    draw = np.random.default_rng(seed)

    def direction() -> list[Any]:
        return [_like_filters(draw.standard_normal(w.shape, "float32"), w) for w in weights]

    return Directions(direction(), direction())


def _like_filters(noise: Any, weight: Any) -> Any:
    if weight.ndim < 2:
        return np.zeros_like(weight)
    axes = tuple(range(weight.ndim - 1))
    lengths = [np.sqrt(np.sum(np.square(each), axis=axes)) for each in (weight, noise)]
    return (noise * (lengths[0] / (lengths[1] + 1e-10))).astype(weight.dtype)


def along(weights: list[Any], path: Any) -> Directions:
    """The two directions in which a path has gone farthest from where the weights are now: the first
    principal components of the differences, of length 1."""
    records = _records(weights, path)
    # Of n records and many more weights: the products of n x n pairs have the same components.
    gram = np.zeros((len(records), len(records)))
    steps = [[r - w for r, w in zip(record, weights, strict=True)] for record in records]
    for number, _ in enumerate(weights):
        flat = np.stack([step[number].reshape(-1) for step in steps])
        gram += flat @ flat.T
    sizes, vectors = np.linalg.eigh(gram)
    sizes, vectors = sizes[::-1], vectors[:, ::-1]
    if len(records) < 3 or sizes[1] <= 1e-9 * sizes[0]:
        raise ValueError(TOO_SHORT.format(count=int((sizes > 1e-9 * max(sizes[0], 1e-30)).sum()) + 1))
    first, second = (
        [
            sum(v * step[i] for v, step in zip(vectors[:, n], steps, strict=True)) / np.sqrt(sizes[n])
            for i in range(len(weights))
        ]
        for n in (0, 1)
    )
    shares = sizes[:2] / np.trace(gram)
    return Directions(first, second, vectors[:, :2] * np.sqrt(sizes[:2]), (shares[0], shares[1]))


def _records(weights: list[Any], path: Any) -> list[list[Any]]:
    records = path.records if isinstance(path, WeightPath) else path
    if not isinstance(records, (list, tuple)) or not all(isinstance(r, (list, tuple)) for r in records):
        raise TypeError(NO_PATH.format(given=describe(path)))
    if len(records) < 3:
        raise ValueError(TOO_SHORT.format(count=len(records)))
    known = [weight.shape for weight in weights]
    for number, record in enumerate(records):
        given = [np.shape(each) for each in record]
        if given != known:
            raise ValueError(OTHER_MODEL.format(number=number, given=given, known=known))
    return [[np.asarray(each, "float32") for each in record] for record in records]


__all__ = ["Directions", "along", "drawn"]
