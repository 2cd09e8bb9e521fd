"""`explain.embedding`: vectors of many numbers as points on a plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean
from cornu.explain.drawing.measure import text_width
from cornu.explain.plots.plot import Plot
from cornu.explain.seeing.labels import placed
from cornu.explain.seeing.vectors import vectors_of
from cornu.explain.written import aligned

MOST = 2_000  # points
MANY = 20_000_000  # numbers from which the directions are found
LABELLED = 60  # names that are tried
SIZE = 8.0  # of a label, in points
WIDTH, HEIGHT, EDGE = 6.4, 5.2, 0.35  # of the figure, and around what is drawn, in inches
LISTED = 8  # neighbours in the text
METHODS = ("pca", "tsne")
NEEDS_SKLEARN = (
    'explain.embedding(method="tsne") uses scikit-learn, which is not installed. Install it: '
    'pip install scikit-learn. Or leave method out: "pca" needs nothing.'
)
NO_NAMES = (
    "explain.embedding: {what} has {count} entries, but there are {rows} vectors. Give one for each."
)


class Embedding(Plot):
    """`points` (rows, 2) are the places of the vectors, `rows` says which vectors these are, `variance`
    the shares of the variance that both axes show (None for t-SNE)."""

    def __init__(self, draw: Any, text: str, points: Any, rows: Any, variance: Any) -> None:
        super().__init__(draw, text, (WIDTH, HEIGHT))
        self.points, self.rows, self.variance = points, rows, variance


def embedding(
    vectors: Any,
    layer: Any = None,
    names: Sequence[Any] | None = None,
    method: str = "pca",
    x: Any = None,
    groups: Any = None,
    seed: int = 0,
) -> Embedding:
    r"""Shows vectors on a plane: words of an Embedding, or what a layer makes of samples.

    By principal components: with the centred vectors $X = U S V^T$ the points are the first two columns
    of $U S$, and their axes show $S_i^2 / \sum_j S_j^2$ of the variance, which is told. t-SNE keeps
    neighbours together instead; its axes and distances mean nothing.

    Args:
        vectors: an array (rows, features), or a built model.
        layer: of a model: an Embedding, whose table is shown; with `x` any layer. By default the first
            Embedding, with `x` the last layer but one.
        names: a label for each row, such as the words of a vocabulary in its order. Default: the numbers
            of the rows.
        method: 'pca' (default), or 'tsne', by scikit-learn.
        x: samples, whose vectors are what the layer makes of them.
        groups: a number or name for each row, which gives its colour.
        seed: of the draw, if there are more than 2,000 vectors, and of t-SNE. Default: 0.

    Returns:
        a figure in which no two labels overlap; `points`, `rows`, `variance` for programs.

    Raises:
        ValueError: if the model is not built or has no such layer, there are fewer than 2 vectors,
            vectors hold NaN, or there are not as many names or groups as vectors, or no such method.
        TypeError: if there are no numbers.
        ImportError: for t-SNE without scikit-learn; when it is drawn without matplotlib.

    Example:
        >>> import cornu
        >>> words = np.array([[0.0, 0.0, 1.0], [4.0, 0.0, 1.0], [4.0, 3.0, 1.0], [0.0, 3.0, 1.0]])
        >>> print(cornu.explain.embedding(words, names=["a", "b", "c", "d"]))
        4 vectors of 3 numbers on a plane, by their principal components.
        The axes show 64.0% and 36.0% of the variance, together 100.0%.
          left   a, d
          right  b, c
          below  a, b
          above  c, d

    Source: Pearson, On lines and planes of closest fit, 1901; van der Maaten, Hinton, Visualizing Data
    using t-SNE, 2008.
    """
    if method not in METHODS:
        raise ValueError(
            f"explain.embedding has no method {method!r}. {did_you_mean(str(method), METHODS)}"
        )
    array, title = vectors_of(vectors, layer, x)
    labels = _entries("names", names, len(array))
    colours = _entries("groups", groups, len(array))
    total = len(array)
    rows = np.arange(total)
    if total > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(total, MOST, replace=False))
    points, variance = (_pca if method == "pca" else _tsne)(array, rows, seed)
    shown = [str(row) if labels is None else str(labels[row]) for row in rows]
    of_group = None if colours is None else [colours[row] for row in rows]
    text = _text(points, shown, total, array.shape[1], variance, title)
    return Embedding(
        lambda figure: _draw(figure, points, shown, of_group, variance, title),
        *(text, points, rows, variance),
    )


def _entries(what: str, given: Any, rows: int) -> list[Any] | None:
    if given is None:
        return None
    entries = list(np.asarray(given).reshape(-1)) if hasattr(given, "dtype") else list(given)
    if len(entries) != rows:
        raise ValueError(NO_NAMES.format(what=what, count=f"{len(entries):,}", rows=f"{rows:,}"))
    return entries


# -- the plane --------------------------------------------------------------------------------------


def _pca(array: Any, rows: Any, seed: int) -> tuple[Any, tuple[float, float]]:
    """The first two principal components, each so that its largest weight is above 0."""
    most = max(MOST, MANY // array.shape[1])
    used = array if len(array) <= most else array[rows]
    mean = used.mean(axis=0, dtype="float64")
    centred = used - mean
    if len(used) > used.shape[1]:  # the same directions from the smaller matrix
        squares, vectors = np.linalg.eigh(centred.T @ centred)
        squares, directions = squares[::-1], vectors.T[::-1]
    else:
        _, values, directions = np.linalg.svd(centred, full_matrices=False)
        squares = values**2
    first = np.zeros((2, array.shape[1]))
    first[: min(2, len(directions))] = directions[:2]
    signs = np.sign(first[np.arange(2), np.abs(first).argmax(axis=1)])
    first *= np.where(signs == 0, 1, signs)[:, None]
    total = max(float(np.maximum(squares, 0).sum()), 1e-30)
    shares = [max(float(square), 0.0) / total for square in squares[:2]] + [0.0, 0.0]
    return (array[rows] - mean) @ first.T, (shares[0], shares[1])


def _tsne(array: Any, rows: Any, seed: int) -> tuple[Any, None]:
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise ImportError(NEEDS_SKLEARN) from error
    near = min(30.0, (len(rows) - 1) / 3)
    method = TSNE(2, perplexity=near, init="pca" if array.shape[1] > 1 else "random", random_state=seed)
    return method.fit_transform(array[rows]).astype("float64"), None


# -- in words, and drawn ----------------------------------------------------------------------------


def _text(points: Any, names: list[str], total: int, size: int, variance: Any, title: str) -> str:
    how = "t-SNE" if variance is None else "their principal components"
    what = f", {title}," if title else ""
    lines = [f"{total:,} vectors of {size:,} numbers{what} on a plane, by {how}."]
    if variance is not None:
        one, two = variance
        lines.append(f"The axes show {one:.1%} and {two:.1%} of the variance, together {one + two:.1%}.")
    else:
        lines.append("Near points were near before; axes and larger distances mean nothing.")
    ends = [("left", 0, 1), ("right", 0, -1), ("below", 1, 1), ("above", 1, -1)]
    few = min(LISTED, max(1, len(names) // 2))
    table = []
    for end, axis, sign in ends:
        order = np.argsort(sign * np.round(points[:, axis], 6), kind="stable")[:few]
        table.append([end, ", ".join(dict.fromkeys(names[n] for n in order))])
    lines += aligned(table, "  ")
    if len(names) < total:
        lines.append(f"Of the {total:,} vectors {len(names):,} are shown, drawn by chance.")
    return "\n".join(lines)


def _draw(
    figure: Any, points: Any, names: list[str], groups: list[Any] | None, variance: Any, title: str
) -> None:
    known = sorted(set(groups), key=str) if groups is not None else []
    right = 1.0 if known else 0.0  # inches for the legend
    width, height = 72 * (WIDTH - 2 * EDGE - right), 72 * (HEIGHT - 3 * EDGE)
    where = ((EDGE) / WIDTH, 1.8 * EDGE / HEIGHT, width / 72 / WIDTH, height / 72 / HEIGHT)
    figure.set_layout_engine("none")
    axes = figure.add_axes(where, xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    places = _on_page(points, width, height)
    radius = 2.0 if len(places) > 300 else 2.5
    if groups is None:
        axes.scatter(*places.T, s=(2 * radius) ** 2, color="#2166ac", linewidths=0)
    for n, group in enumerate(known):
        own = places[[each == group for each in groups or []]]
        colour = f"C{n % 10}"
        axes.scatter(*own.T, s=(2 * radius) ** 2, color=colour, linewidths=0, label=str(group))
    picked = _named(len(names))
    sizes = [
        (text_width(name, SIZE) + 1, SIZE * 1.3) if n in picked else (0.0, 0.0)
        for n, name in enumerate(names)
    ]
    for name, corner, (_, tall) in zip(
        names, placed([(x, y) for x, y in places], sizes, (width, height), radius), sizes, strict=True
    ):
        if corner is not None:
            axes.text(
                corner[0], corner[1] + tall / 2, name.replace("$", r"\$"), fontsize=SIZE, va="center"
            )
    if known:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8, frameon=False)
    if variance is not None:
        axes.set_xlabel(f"first component, {variance[0]:.0%} of the variance", fontsize=9)
        axes.set_ylabel(f"second, {variance[1]:.0%}", fontsize=9)
    axes.set_title(title, fontsize=10)


def _on_page(points: Any, width: float, height: float) -> Any:
    """The points in the area of the figure, with a margin; up is up."""
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - low) / np.where(high > low, high - low, 1.0)
    x = 15 + scaled[:, 0] * (width - 30)
    return np.stack([x, 15 + (1 - scaled[:, 1]) * (height - 30)], axis=1)


def _named(total: int) -> set[int]:
    """Which points have a label, if there is room: of many those at equal distances."""
    if total <= LABELLED:
        return set(range(total))
    return {round(n * (total - 1) / (LABELLED - 1)) for n in range(LABELLED)}


__all__ = ["Embedding", "embedding"]
