"""`explain.loss_surface`: the loss around a model's weights, with the way the optimizer took."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.pure import numbered
from cornu.explain.objective import NO_LOSS, Loss, check_model
from cornu.explain.plots.directions import Directions, along, drawn
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import brief, color, columns, quiet
from cornu.explain.plots.sweep import rows_drawn, swept, whole
from cornu.training.compiling import effort_for

WORK = 2e11  # products of weights, rows and points that are computed at most
FEWEST_ROWS, FEWEST_POINTS = 32, 11
SHOWN = 5  # rows and columns of the table in words
NO_WEIGHTS = 'explain.loss_surface: model "{name}" has no trainable weights to move.'


class LossSurface(Plot):
    """Losses on a plane through the weights: `losses[row, column]` at `xs[column]` along the first
    direction and `ys[row]` along the second; `here`, the loss of the model; `path`, where the optimizer
    was (None without one), `shares` of its way that lie along the directions, and `directions`."""

    xs: Any
    ys: Any
    losses: Any
    here: float
    path: Any
    shares: tuple[float, float]
    directions: Directions


def loss_surface(
    model: Any,
    x: Any,
    y: Any,
    path: Any = None,
    loss: Any = None,
    points: int = 25,
    span: float | None = None,
    rows: int = 256,
    seed: int = 0,
) -> LossSurface:
    """Draws the loss at w + a · u + b · v: around the weights w of a model, along two directions u, v.

    They are random, each filter as long as that of the model, so that plots of different models can be
    compared; or, with a path, those in which the optimizer has gone farthest. The model keeps its
    weights.

    Args:
        model: a built model.
        x, y: data as for `fit`.
        path: a `cornu.explain.WeightPath` that was among the callbacks of fit. Default: None.
        loss: of a model that is not compiled, such as 'mse'.
        points: along each side. Default: 25. Of large models fewer are computed; the text says so.
        span: how far to go to each side. Default: 1 filter length; of a path, so far that it fits.
        rows: how many rows are drawn from more. Default: 256.
        seed: of what is drawn. Default: 0.

    Raises:
        TypeError: if it is no model, x or y hold no numbers, or `path` is none.
        ValueError: if the model is not built, has no loss or nothing to train, lengths differ, there is
            NaN, or the path is too short or of another model.

    Example:
        >>> import cornu
        >>> import numpy as np
        >>> model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1)])
        >>> plot = cornu.explain.loss_surface(model, np.eye(2), [[1], [2]], loss="mse", points=3)
        >>> plot.losses.shape, bool(plot.here == plot.losses[1, 1])
        ((3, 3), True)

    Source: Li et al., Visualizing the Loss Landscape of Neural Nets (2018).
    """
    points, rows = whole("loss_surface", "points", points, 2), whole("loss_surface", "rows", rows, 1)
    if span is not None and not (np.ndim(span) == 0 and float(span) > 0):
        raise ValueError(f"explain.loss_surface(span={span!r}): a number above 0 is needed.")
    check_model("loss_surface", model)
    if loss is None and not model.compiled:
        raise ValueError(NO_LOSS.format(call="loss_surface"))
    if not model.trainable_variables:
        raise ValueError(NO_WEIGHTS.format(name=model.name))
    weights = [np.asarray(variable._value) for variable in model.trainable_variables]
    fewer, points = _affordable(sum(weight.size for weight in weights), rows, points)
    x, y, total = rows_drawn("loss_surface", x, y, fewer, seed)
    ways = drawn(weights, seed) if path is None else along(weights, path)
    xs, ys = _axes(ways, points, span)
    places = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    found = _losses(model, Loss(model, loss, False), x, y, ways, np.concatenate([places, [[0, 0]]]))
    plot = LossSurface(lambda figure: _draw(figure, plot), "", (6.4, 5.2))
    plot.xs, plot.ys, plot.losses = xs, ys, found[:-1].reshape(points, points)
    plot.here, plot.path, plot.shares = float(found[-1]), ways.path, ways.shares
    plot.directions = ways
    plot.text = _text(plot, min(fewer, total), total, sum(weight.size for weight in weights))
    return plot


def _affordable(weights: int, rows: int, points: int) -> tuple[int, int]:
    """Rows and points that are computed in bounded time: fewer of both, of large models."""
    while weights * rows * points**2 > WORK and (rows > FEWEST_ROWS or points > FEWEST_POINTS):
        if points <= FEWEST_POINTS or (rows > FEWEST_ROWS and rows / 256 >= points**2 / 625):
            rows = max(rows // 2, FEWEST_ROWS)
        else:
            points = max(points - 2, FEWEST_POINTS)
    return rows, points


def _axes(ways: Directions, points: int, span: float | None) -> tuple[Any, Any]:
    """Coordinates to each side of the weights."""
    if span is not None or ways.path is None:
        side = np.linspace(-(span or 1.0), span or 1.0, points)
        return side, side
    ends = [(min(each.min(), 0), max(each.max(), 0)) for each in ways.path.T]
    widest = max(high - low for low, high in ends)
    axes = []
    for low, high in ends:
        margin = max(0.2 * (high - low), (0.5 * widest - (high - low)) / 2)
        axes.append(np.linspace(low - margin, high + margin, points))
    return axes[0], axes[1]


def _losses(model: Any, end: Loss, x: Any, y: Any, ways: Directions, places: Any) -> Any:
    """The loss at each place of the plane."""
    moved = model.trainable_variables
    state = {"moved": numbered(moved), "kept": numbered(model.non_trainable_variables)}

    def step(constants: Any, place: Any) -> Any:
        x, y, start, first, second = constants
        for variable, w, u, v in zip(moved, start, first, second, strict=True):
            variable.assign(w + (place[0] * u + place[1] * v).astype(w.dtype))
        return end.call(x, y, model(x, training=False))

    start = [variable._value for variable in moved]
    size = sum(w.size for w in start)
    row = sum(np.size(leaf) for leaf in tree.tree_leaves((x, y)))
    constants = (x, y, start, ways.first, ways.second)
    effort = effort_for(size, row, len(places))
    return np.asarray(swept(step, state, constants, places.astype("float32"), effort))


def _text(plot: LossSurface, rows: int, total: int, weights: int) -> str:
    finite = np.where(np.isfinite(plot.losses), plot.losses, np.inf)
    low = np.unravel_index(finite.argmin(), finite.shape)
    at = f"({brief(plot.xs[low[1]])}, {brief(plot.ys[low[0]])})"
    lines = [
        f"The loss is {brief(plot.here)} at the weights, (0, 0) here; on the plane it is lowest at "
        f"{at}, {brief(plot.losses[low])}, and highest {brief(finite[np.isfinite(finite)].max())}."
    ]
    if plot.path is None:
        lines.append("Two random directions, filter-normalised (Li et al., 2018).")
    else:
        both = f"{plot.shares[0]:.0%} and {plot.shares[1]:.0%}"
        lines.append(
            f"The two directions in which the path of {len(plot.path)} records went farthest; {both} "
            "of it lie along them."
        )
    if rows < total:
        lines.append(f"Computed from {rows} rows, drawn from {total:,}.")
    if len(plot.xs) ** 2 * weights * rows > WORK / 4:
        lines.append(f"Of {weights:,} weights {len(plot.xs)} x {len(plot.xs)} points are computed.")
    pick = np.unique(np.linspace(0, len(plot.xs) - 1, SHOWN).round().astype(int))
    table = [["", *(brief(plot.xs[n]) for n in pick)]]
    table += [[brief(plot.ys[n]), *(brief(plot.losses[n, m]) for m in pick)] for n in pick[::-1]]
    return "\n".join([*lines, *columns(table, left=0)])


def _draw(figure: Any, plot: LossSurface) -> None:
    share = ["" if plot.path is None else f" ({each:.0%} of the way)" for each in plot.shares]
    words = [f"{n} direction{s}" for n, s in zip(("first", "second"), share, strict=True)]
    axes = quiet(figure.subplots(), "", words[0], words[1], grid=False)
    hills(figure, axes, plot.xs, plot.ys, plot.losses, "loss")
    if plot.path is not None:
        axes.plot(*plot.path.T, ".-", color="white", linewidth=3)
        axes.plot(*plot.path.T, ".-", color=color(1), linewidth=1.4, markersize=5)
        axes.plot(*plot.path[0], "o", color=color(1), markeredgecolor="white", label="start")
    axes.plot(0, 0, "*", color="black", markeredgecolor="white", markersize=14, label="the model")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    axes.set(xlim=(plot.xs[0], plot.xs[-1]), ylim=(plot.ys[0], plot.ys[-1]))


def hills(
    figure: Any, axes: Any, xs: Any, ys: Any, heights: Any, label: str, pale: bool = False
) -> None:
    """A landscape as contours, as many above as below the middle; `pale` under many paths."""
    masked = np.ma.masked_invalid(heights)
    levels = np.unique(np.quantile(masked.compressed(), np.linspace(0, 1, 22)))
    if len(levels) < 3:
        return
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
    from matplotlib.ticker import FuncFormatter

    norm = BoundaryNorm(levels, 256)
    shades: Any = "viridis"
    lines = "#5c6b7a" if pale else "white"
    if pale:
        shades = LinearSegmentedColormap.from_list("pale", ["#b9c8d8", "#f6f6f6"])
    shown = axes.contourf(xs, ys, masked, levels=levels, cmap=shades, norm=norm, alpha=0.85)
    axes.contour(xs, ys, masked, levels=levels, colors=lines, linewidths=0.4, alpha=0.6)
    words = FuncFormatter(lambda value, _: f"{value:.3g}")
    figure.colorbar(shown, ax=axes, label=label, ticks=levels[::3], format=words)


__all__ = ["LossSurface", "hills", "loss_surface"]
