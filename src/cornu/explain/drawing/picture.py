"""Picture: what `explain` gives, shown by a notebook, a terminal or a file."""

from __future__ import annotations

from cornu.explain.drawing.marks import Scene
from cornu.explain.drawing.shown import Shown
from cornu.explain.drawing.svg import as_svg


class Picture(Shown):
    """A picture that shows itself: in a notebook as SVG, in a terminal as text, in a file as asked for.

    Args:
        scene: what is drawn.
        text: the same in words.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.Input((8,)), cornu.layers.Dense(1)])
        >>> picture = cornu.utils.plot_model(model, to_file=None)
        >>> picture.to_svg()[:4]
        '<svg'
    """

    def __init__(self, scene: Scene, text: str) -> None:
        super().__init__(text)
        self.scene = scene

    def to_svg(self) -> str:
        """The text of an SVG file."""
        return as_svg(self.scene)

    def as_file(self, kind: str, dpi: float = 144) -> bytes:
        """The content of a file of this kind.

        Args:
            kind: 'svg', 'txt', or with matplotlib 'png', 'pdf' and what else it writes.
            dpi: pixels for each 72 points, for PNG. Default: 144.

        Raises:
            ImportError: for PNG and PDF, if matplotlib is not installed.
            ValueError: for a kind that cannot be written, or too many pixels.
        """
        if kind == "svg":
            return self.to_svg().encode()
        if kind == "txt":
            return f"{self.text}\n".encode()
        from cornu.explain.drawing.figure import rendered

        return rendered(self.scene, kind, dpi)

    def _repr_svg_(self) -> str:
        return self.to_svg()


__all__ = ["Picture"]
