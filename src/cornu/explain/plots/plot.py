"""Plot: a figure of matplotlib that is drawn when it is looked at, with the same in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from cornu.explain.drawing.figure import as_file
from cornu.explain.drawing.shown import Shown

NEEDS_MATPLOTLIB = (
    "A plot is drawn by matplotlib, which is not installed. Install it: "
    'pip install "cornu[plots]". Or print it: its text needs nothing.'
)


class Plot(Shown):
    """A plot that shows itself: in a notebook as an image, in a terminal as text, and in files.

    Nothing is drawn before it is looked at; the text needs no matplotlib.

    Args:
        draw: takes an empty `matplotlib.figure.Figure` and draws into it.
        text: the same in words.
        size: width and height in inches. Default: (6.4, 4.8).

    Example:
        >>> plot = Plot(lambda figure: figure.subplots().plot([3, 2, 1]), "loss: 3 to 1")
        >>> plot
        loss: 3 to 1
        >>> plot.figure.axes[0].lines[0].get_ydata().tolist()
        [3, 2, 1]
    """

    def __init__(
        self, draw: Callable[[Any], Any], text: str, size: tuple[float, float] = (6.4, 4.8)
    ) -> None:
        super().__init__(text)
        self._draw, self._size = draw, size

    @cached_property
    def figure(self) -> Any:
        """The `matplotlib.figure.Figure`, to be changed before it is saved or shown.

        Raises:
            ImportError: if matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise ImportError(NEEDS_MATPLOTLIB) from error
        figure = Figure(figsize=self._size, layout="constrained")
        self._draw(figure)
        return figure

    def as_file(self, kind: str, dpi: float = 144) -> bytes:
        """The content of a file of this kind.

        Args:
            kind: 'txt', or with matplotlib 'png', 'svg', 'pdf' and what else it writes.
            dpi: pixels of an inch, for PNG. Default: 144.

        Raises:
            ImportError: if matplotlib is not installed.
            ValueError: for a kind that cannot be written.
        """
        return f"{self.text}\n".encode() if kind == "txt" else as_file(self.figure, kind, dpi)

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows; without matplotlib the text."""
        try:
            return self.as_file("png", dpi=96)
        except ImportError:
            return None


__all__ = ["Plot"]
