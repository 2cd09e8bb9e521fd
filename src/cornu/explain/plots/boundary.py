"""`explain.boundary`: where a model changes its mind, over two features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.explain.plots.classes import Judged, judged, probabilities
from cornu.explain.plots.outputs import outputs_of
from cornu.explain.plots.planes import Plane, plane_of
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import brief, color, columns, quiet, rgb

POINTS = 2000  # examples that are drawn at most
SYMBOLS = ".#o+x*%@"  # of classes in the map that is text
MAP = (12, 48)  # its rows and columns
MARKS = "osD^vP*X"


class Boundary(Plot):
    """Probabilities over a grid: `xs`, `ys`, and `probabilities[row, column, class]` at (xs[column],
    ys[row]); `accuracy` on the data, `names` of the classes, `held` (a row of the features that are
    held, 0 for those that are drawn) and `points` where the examples lie."""

    xs: Any
    ys: Any
    probabilities: Any
    accuracy: float
    names: list[str]
    held: Any
    points: Any


def boundary(
    model: Any,
    x: Any,
    y: Any,
    features: Any = None,
    project: str | None = None,
    names: Sequence[str] | None = None,
    resolution: int = 150,
    threshold: float = 0.5,
    from_logits: bool = False,
) -> Boundary:
    """Draws the decision boundary of a classifier over two features, its probabilities as shades, and
    the examples.

    A network without a hidden layer has a straight boundary; one with hidden layers can bend it.

    Args:
        model: anything with `predict` (or `predict_proba`), of two or more classes.
        x: rows of numbers, or a table of pandas.
        y: true labels, or one-hot rows.
        features: two of more features, by number or name; the others are held at their mean. Needed,
            or `project`, where x has more than two.
        project: 'pca' draws the plane in which the rows differ most. Default: None.
        names: of the classes. Default: their labels.
        resolution: points of the grid along each side. Default: 150.
        threshold: of two classes, from which probability on it is the second. Default: 0.5.
        from_logits: whether the outputs come before the sigmoid or softmax. Default: False.

    Raises:
        TypeError: if the model cannot predict, or x or y hold no numbers or labels.
        ValueError: if x has more features than two and none were chosen, the model is not built, its
            outputs are no probabilities, lengths differ, or there is NaN.

    Example:
        >>> import cornu
        >>> import numpy as np
        >>> model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1, activation="sigmoid")])
        >>> model.set_weights([np.array([[20.0], [20.0]]), np.array([-30.0])])  # a logical AND
        >>> plot = cornu.explain.boundary(model, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
        >>> plot.accuracy, plot.probabilities.shape
        (1.0, (150, 150, 2))
    """
    if isinstance(resolution, bool) or not isinstance(resolution, int) or not 2 <= resolution <= 2000:
        raise ValueError(
            f"explain.boundary(resolution={resolution!r}): a whole number from 2 to 2000 is needed."
        )
    plane = plane_of(x, y, features, project)
    data = np.asarray(x).astype("float32")
    found = judged("boundary", model, data, y, names, threshold, from_logits)
    xs, ys = (_axis(plane.points[:, n], resolution) for n in (0, 1))
    grid = plane.rows(np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2))
    chances = probabilities("boundary", outputs_of("boundary", model, grid), from_logits)
    plot = Boundary(lambda figure: _draw(figure, plot, plane, found, threshold), "", (6.4, 5.2))
    plot.xs, plot.ys, plot.points = xs, ys, plane.points
    plot.probabilities = chances.reshape(resolution, resolution, -1)
    plot.held, plot.names = plane.centre, found.names
    plot.accuracy = float((found.said == found.truth).mean())
    plot.text = _text(plot, plane, found, threshold)
    return plot


def _axis(values: Any, resolution: int) -> Any:
    """Numbers from a little below the lowest to a little above the highest."""
    low, high = values.min(), values.max()
    margin = 0.15 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, resolution)


def _classes(chances: Any, threshold: float) -> Any:
    """The class that is said, for probabilities along the last axis."""
    two = chances.shape[-1] == 2
    return (chances[..., 1] >= threshold).astype(int) if two else chances.argmax(axis=-1)


def _text(plot: Boundary, plane: Plane, found: Judged, threshold: float) -> str:
    said = _classes(plot.probabilities, threshold)
    count = len(plot.names)
    shares = np.bincount(said.reshape(-1), minlength=count) / said.size
    right = [int((found.said == found.truth)[found.truth == n].sum()) for n in range(count)]
    total = np.bincount(found.truth, minlength=count)
    symbols = [SYMBOLS[n % len(SYMBOLS)] for n in range(count)]
    rows = [["", "class", "area", "right", "of"]]
    for n, name in enumerate(plot.names):
        rows.append([symbols[n], name, f"{shares[n]:.0%}", str(right[n]), str(total[n])])
    across, up = (f"{brief(each[0])} to {brief(each[-1])}" for each in (plot.xs, plot.ys))
    lines = [
        f"{plane.labels[0]} (across) from {across}, {plane.labels[1]} (up) from {up};",
        f"{plot.accuracy:.1%} of {len(found.truth):,} examples are right.",
        *([plane.note] if plane.note else []),
        *columns(rows, left=2),
        *_map(said, symbols),
    ]
    return "\n".join(lines)


def _map(said: Any, symbols: list[str]) -> list[str]:
    """The plane as letters, the highest row first."""
    down, across = (
        np.linspace(0, size - 1, n).round().astype(int) for size, n in zip(said.shape, MAP, strict=True)
    )
    return ["  " + "".join(symbols[each] for each in said[row][across]) for row in down[::-1]]


def _draw(figure: Any, plot: Boundary, plane: Plane, found: Judged, threshold: float) -> None:
    axes = quiet(figure.subplots(), "", *plane.labels, grid=False)
    edges = (plot.xs[0], plot.xs[-1], plot.ys[0], plot.ys[-1])
    shade = _two_shades if len(plot.names) == 2 else _shades
    shade(figure, axes, plot, edges, threshold)
    if len(plot.names) > 2:  # a class ends where its lead over the best of the others does
        for number in range(len(plot.names)):
            others = np.delete(plot.probabilities, number, axis=-1).max(axis=-1)
            _line(axes, plot, plot.probabilities[..., number] - others, 0.0)
    drawn = np.random.default_rng(0).permutation(len(plane.points))[:POINTS]
    for number, name in enumerate(plot.names):
        own = drawn[found.truth[drawn] == number]
        axes.plot(
            *plane.points[own].T,
            MARKS[number % len(MARKS)],
            color=color(number),
            markeredgecolor="white",
            markeredgewidth=0.7,
            markersize=9 if len(drawn) < 30 else 6 if len(drawn) < 300 else 4.5,
            label=name,
            linestyle="",
        )
    axes.set(xlim=edges[:2], ylim=edges[2:])
    figure.legend(loc="outside upper center", ncols=min(len(plot.names), 6), frameon=False)


def _line(axes: Any, plot: Boundary, values: Any, level: float) -> None:
    if values.min() < level < values.max():
        axes.contour(plot.xs, plot.ys, values, levels=[level], colors="black", linewidths=1.4)


def _two_shades(figure: Any, axes: Any, plot: Boundary, edges: Any, threshold: float) -> None:
    """From the one class's colour over white to the other's."""
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("two", [rgb(0), (1, 1, 1), rgb(1)])
    second = plot.probabilities[..., 1]
    shown = axes.imshow(
        second, cmap=shades, vmin=0, vmax=1, alpha=0.6, extent=edges, origin="lower", aspect="auto"
    )
    figure.colorbar(shown, ax=axes, label=f"probability of {plot.names[1]}")
    _line(axes, plot, second, threshold)


def _shades(figure: Any, axes: Any, plot: Boundary, edges: Any, threshold: float) -> None:
    """The colour of the likeliest class, the whiter the less sure."""
    count = len(plot.names)
    sure = (plot.probabilities.max(axis=-1, keepdims=True) - 1 / count) / (1 - 1 / count)
    colors = np.stack([rgb(n) for n in range(count)])[plot.probabilities.argmax(axis=-1)]
    axes.imshow(1 - 0.6 * sure * (1 - colors), extent=edges, origin="lower", aspect="auto")


__all__ = ["Boundary", "boundary"]
