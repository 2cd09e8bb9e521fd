"""How plots look: colours that the colour-blind can tell apart, quiet axes, tables with numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

# The palette of Okabe and Ito (2008), darkest first.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5c5c5c", "#8c564b")
GREY = "#8a8a8a"


def color(number: int) -> str:
    """The colour of a class or a curve; after eight they begin anew."""
    return COLORS[number % len(COLORS)]


def rgb(number: int) -> Any:
    """The same as three numbers from 0 to 1."""
    text = color(number)
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def quiet(axes: Any, title: str = "", x: str = "", y: str = "", grid: bool = True) -> Any:
    """Axes without a frame above and to the right, with a light grid and these words."""
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(color="#e6e6e6", linewidth=0.8)
        axes.set_axisbelow(True)
    axes.set(title=title, xlabel=x, ylabel=y)
    return axes


def whole_ticks(axes: Any) -> None:
    """Ticks of the horizontal axis at whole numbers, as epochs and steps are."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def panels(figure: Any, count: int, columns: int = 3) -> list[Any]:
    """So many axes in rows of at most `columns`."""
    across = min(count, columns)
    axes = figure.subplots(math.ceil(count / across), across, squeeze=False).reshape(-1)
    for empty in axes[count:]:
        empty.axis("off")
    return list(axes[:count])


def panel_size(count: int, columns: int = 3, each: tuple[float, float] = (4.4, 3.4)) -> Any:
    """The figure that has room for so many panels, in inches."""
    across = min(count, columns)
    return across * each[0], math.ceil(count / across) * each[1]


def columns(rows: Sequence[Sequence[str]], indent: str = "  ", left: int = 1) -> list[str]:
    """Lines with aligned columns: the first `left` of words, the rest of numbers, to the right.

    >>> columns([["a", "1"], ["bb", "20"]])
    ['  a    1', '  bb  20']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    put = [str.ljust if n < left else str.rjust for n in range(len(widths))]
    return [
        indent + "  ".join(p(t, w) for p, t, w in zip(put, row, widths, strict=True)).rstrip()
        for row in rows
    ]


def brief(value: float) -> str:
    """A number in four figures.

    >>> brief(0.123456), brief(12), brief(1e-7)
    ('0.1235', '12', '1e-07')
    """
    return f"{value:.4g}"


__all__ = [
    "COLORS",
    "GREY",
    "brief",
    "color",
    "columns",
    "panel_size",
    "panels",
    "quiet",
    "rgb",
    "whole_ticks",
]
