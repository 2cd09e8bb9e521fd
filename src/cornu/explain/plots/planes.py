"""A plane through the space of features: what `explain.boundary` draws in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cornu.core.errors import describe, did_you_mean
from cornu.explain.plots.outputs import as_rows
from cornu.explain.plots.style import brief

TOO_MANY = (
    "explain.boundary draws two features, and x has {count}: {known}. Choose two, and the others are "
    "held at their mean: features=({first}, {second}), the two that tell the classes apart best. Or "
    'draw the plane in which the rows differ most: project="pca".'
)
TOO_FEW = "explain.boundary draws two features, and x has {count}. {instead}"
CHOICE = "explain.boundary(features={given}): two different features are needed, of {known}.{hint}"


class Plane(NamedTuple):
    """Two directions from a point: a row is centre + a · first + b · second, plus what is held."""

    points: Any  # (rows, 2): where each row of x lies
    back: Any  # (2, features)
    centre: Any  # (features,): what is added to get a row
    labels: tuple[str, str]
    note: str

    def rows(self, places: Any) -> Any:
        """Places of the plane as rows of features."""
        return (self.centre + np.asarray(places) @ self.back).astype("float32")


def plane_of(x: Any, y: Any, features: Any, project: str | None) -> Plane:
    """The plane that was asked for; the only one, of two features.

    Raises:
        TypeError: if x is no array of numbers.
        ValueError: if it has more or fewer features and none were chosen.
    """
    columns = [str(name) for name in getattr(x, "columns", ())]
    x = as_rows("boundary", "x", x)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"explain.boundary: x is {describe(x)}; numbers are needed.")
    if x.ndim != 2:
        instead = "Flatten the rows, or see explain.misclassified for images."
        raise ValueError(
            f"explain.boundary: x has shape {x.shape}; (rows, features) is needed. {instead}"
        )
    x, count = x.astype("float64"), x.shape[1]
    names = columns or [f"feature {n}" for n in range(count)]
    if project is not None:
        return _principal(x, project, features)
    if count < 2:
        instead = "Of one, draw the outputs themselves: model.predict(x)."
        raise ValueError(TOO_FEW.format(count=count, instead=instead))
    if features is None and count > 2:
        first, second = _telling(x, y)
        listed = f" ({', '.join(columns[:6])}{', ...' * (len(columns) > 6)})" if columns else ""
        known = f"0 to {count - 1}{listed}"
        raise ValueError(TOO_MANY.format(count=count, known=known, first=first, second=second))
    return _of_two(x, _chosen((0, 1) if features is None else features, names), names)


def _chosen(features: Any, names: list[str]) -> tuple[int, int]:
    """The numbers of two features, given by number or name."""
    known = f"0 to {len(names) - 1}"
    places = []
    many = isinstance(features, Sequence) and not isinstance(features, str) and len(features) == 2
    for each in features if many else ():
        if isinstance(each, str) and each in names:
            places.append(names.index(each))
        elif isinstance(each, (int, np.integer)) and -len(names) <= each < len(names):
            places.append(int(each) % len(names))
        elif isinstance(each, str):
            hint = f" {did_you_mean(each, names)}"
            raise ValueError(CHOICE.format(given=features, known=known, hint=hint))
    if len(set(places)) != 2:
        raise ValueError(CHOICE.format(given=features, known=known, hint=""))
    return places[0], places[1]


def _of_two(x: Any, places: tuple[int, int], names: list[str]) -> Plane:
    back = np.zeros((2, x.shape[1]))
    back[0, places[0]] = back[1, places[1]] = 1
    centre = x.mean(axis=0)
    others = [n for n in range(x.shape[1]) if n not in places]
    centre[list(places)] = 0
    held = ", ".join(f"{names[n]} = {brief(centre[n])}" for n in others[:6]) + ", ..." * (
        len(others) > 6
    )
    note = f"Held at the mean: {held}." if others else ""
    return Plane(x[:, places], back, centre, (names[places[0]], names[places[1]]), note)


def _principal(x: Any, project: str, features: Any) -> Plane:
    """The plane of the first two principal components."""
    if project != "pca" or features is not None:
        extra = "not both features and project" if features is not None else f"got {project!r}"
        raise ValueError(f'explain.boundary: write project="pca", or features=(0, 1); {extra}.')
    if min(x.shape) < 2:
        raise ValueError(TOO_FEW.format(count=x.shape[1], instead="There is no plane to project to."))
    centre = x.mean(axis=0)
    _, sizes, directions = np.linalg.svd(x - centre, full_matrices=False)
    back = (
        directions[:2] * np.sign(directions[:2][[0, 1], np.abs(directions[:2]).argmax(axis=1)])[:, None]
    )
    share = float((sizes[:2] ** 2).sum() / max((sizes**2).sum(), 1e-300))
    note = (
        f"The plane of the first two principal components, which hold {share:.0%} of the rows' "
        "variance; the model is drawn as it is in this plane."
    )
    points = (x - centre) @ back.T
    return Plane(points, back, centre, ("first component", "second component"), note)


def _telling(x: Any, y: Any) -> tuple[int, int]:
    """The two features whose means differ most between classes, against how they vary within them."""
    labels = np.asarray(y)
    labels = labels.argmax(axis=1) if labels.ndim == 2 and labels.shape[1] > 1 else labels.reshape(-1)
    if len(labels) != len(x):
        return 0, 1
    parts = [x[labels == each] for each in np.unique(labels)]
    between = sum(len(p) * (p.mean(axis=0) - x.mean(axis=0)) ** 2 for p in parts)
    within = sum(((p - p.mean(axis=0)) ** 2).sum(axis=0) for p in parts)
    best = np.argsort(-between / (within + 1e-12), kind="stable")
    first, second = sorted(int(each) for each in best[:2])
    return first, second


__all__ = ["Plane", "plane_of"]
