"""Paths over a landscape: a figure, and an animation of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cornu.explain.plots.loss_surface import hills
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import GREY, color, panel_size, panels, quiet

FRAMES = 80  # of an animation at most
GRID = 120  # points along each side of the landscape
NEEDS_PILLOW = (
    'A GIF is written by Pillow, which is not installed. Install it: pip install "cornu[images]".'
)


class Paths(Plot):
    """The ways of optimizers: `paths[name]`, of shape (steps + 1, numbers), and `values[name]`, the
    function along them. `save("x.gif")` writes the animation.

    Args:
        paths, values: by name.
        heights: gives the landscape over one axis or two.
        window: bounds of each axis; None: where the paths go.
        text: the same in words.
    """

    def __init__(
        self,
        paths: dict[str, Any],
        values: dict[str, Any],
        heights: Callable[..., Any],
        window: Any,
        text: str,
    ) -> None:
        self.paths, self.values = paths, values
        self._heights, self._window = heights, window
        self.flat = next(iter(paths.values())).shape[1] == 1
        size = panel_size(len(paths), each=(3.8, 3.4)) if self.flat else (6.8, 5.4)
        super().__init__(lambda figure: self._lines(figure), text, size)

    @cached_property
    def bounds(self) -> Any:
        """What is shown of each axis, as (low, high)."""
        if self._window is not None:
            return self._window
        start = next(iter(self.paths.values()))[:1]
        calm = [p for name, p in self.paths.items() if not _leaves(self.values[name])]
        near = np.concatenate([start, *calm])
        low, high = near.min(axis=0), near.max(axis=0)
        half = np.maximum(high - low, 0.35 * (high - low).max()) / 2
        half = np.where(half > 0, half, np.maximum(np.abs(start[0]), 1.0))
        # Those that leave are followed for a while, as far as what the others need is still seen.
        every = np.concatenate([p[np.isfinite(p).all(axis=1)] for p in self.paths.values()])
        low = np.clip(every.min(axis=0), low - half, low)
        high = np.clip(every.max(axis=0), high, high + half)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2, half)
        return np.stack([middle - 1.25 * half, middle + 1.25 * half], axis=1)

    def _lines(self, figure: Any) -> list[Any]:
        """Draws the landscape and the whole paths; gives a line for each."""
        return self._over_curve(figure) if self.flat else self._over_hills(figure)

    def _over_curve(self, figure: Any) -> list[Any]:
        xs = np.linspace(self.bounds[0][0], self.bounds[0][1], 4 * GRID)
        heights = self._heights(xs)
        lowest, highest = np.nanmin(heights), np.nanmax(heights)
        margin = 0.08 * (highest - lowest) or 1.0
        lines = []
        for number, (axes, name) in enumerate(
            zip(panels(figure, len(self.paths)), self.paths, strict=True)
        ):
            quiet(axes, name, "x", "" if number % 3 else "f(x)")
            axes.plot(xs, heights, color=GREY, linewidth=1.4)
            lines += axes.plot(
                self.paths[name][:, 0],
                self.values[name],
                ".-",
                color=color(1),
                linewidth=1,
                markersize=6,
            )
            axes.plot(self.paths[name][0], self.values[name][0], "o", color=color(1), markersize=8)
            axes.set(xlim=self.bounds[0], ylim=(lowest - margin, highest + margin))
        return lines

    def _over_hills(self, figure: Any) -> list[Any]:
        axes = quiet(figure.subplots(), "", "x", "y", grid=False)
        xs, ys = (np.linspace(low, high, GRID) for low, high in self.bounds)
        hills(figure, axes, xs, ys, self._heights(xs, ys), "f(x, y)", pale=True)
        lines = []
        for number, (name, path) in enumerate(self.paths.items()):
            lines += axes.plot(*path.T, ".-", color=color(number), linewidth=1.6, label=name)
        axes.plot(*path[0], "o", color="white", markeredgecolor="black", markersize=8)
        axes.set(xlim=self.bounds[0], ylim=self.bounds[1])
        figure.legend(loc="outside upper center", ncols=3, frameon=False)
        return lines

    def animation(self, interval: float = 80) -> Any:
        """The paths as they grow, a `matplotlib.animation.FuncAnimation`; a notebook shows it by
        `HTML(animation.to_jshtml())`.

        Args:
            interval: milliseconds of a frame. Default: 80.

        Raises:
            ImportError: if matplotlib is not installed.
        """
        lines: list[Any] = []
        figure = Plot(lambda figure: lines.extend(self._lines(figure)), "", self._size).figure
        from matplotlib.animation import FuncAnimation

        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once: frame by frame it would take seconds
        steps = len(next(iter(self.paths.values())))
        frames = np.unique(np.linspace(1, steps, min(steps, FRAMES)).round().astype(int))

        def show(step: int) -> list[Any]:
            for line, (name, path) in zip(lines, self.paths.items(), strict=True):
                heights = self.values[name][:step] if self.flat else path[:step, 1]
                line.set_data(path[:step, 0], heights)
            return lines

        return FuncAnimation(figure, show, frames=list(map(int, frames)), interval=interval)

    def as_file(self, kind: str, dpi: float = 144) -> bytes:
        """The content of a file of this kind; as 'gif' it moves.

        Raises:
            ImportError: if matplotlib, or for a GIF Pillow, is not installed.
            ValueError: for a kind that cannot be written.
        """
        if kind != "gif":
            return super().as_file(kind, dpi)
        try:
            import PIL.Image  # noqa: F401
        except ImportError as error:
            raise ImportError(NEEDS_PILLOW) from error
        moving = self.animation()
        from matplotlib.animation import PillowWriter

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.gif"
            moving.save(path, writer=PillowWriter(fps=12), dpi=min(dpi, 100))
            return path.read_bytes()


def _leaves(values: Any) -> bool:
    return not np.isfinite(values).all() or values[-1] > values[0]


__all__ = ["Paths"]
