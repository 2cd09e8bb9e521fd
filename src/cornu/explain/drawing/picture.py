"""Picture: what `explain` gives, shown by a notebook, a terminal or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cornu.core.atomic import write_whole
from cornu.explain.drawing.marks import Scene
from cornu.explain.drawing.svg import as_svg


class Picture:
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
        self.scene, self.text = scene, text

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

    def save(self, path: Any, dpi: float = 144) -> None:
        """Writes the picture into a file, of the kind that its name ends in.

        Args:
            path: ends in '.svg' or '.txt', or in '.png', '.pdf' or what else matplotlib writes.
            dpi: pixels for each 72 points, for PNG. Default: 144.

        Raises:
            ImportError: for PNG and PDF, if matplotlib is not installed.
            OSError: if the file cannot be written.
            ValueError: if the name ends otherwise.
        """
        path = Path(path)
        kind = path.suffix.removeprefix(".").lower()
        if not kind:
            raise ValueError(
                f'"{path}" does not say what to write. End it in ".svg", ".png", ".pdf" or ".txt".'
            )
        content = self.as_file(kind, dpi)
        write_whole(path, lambda file: file.write(content))

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


__all__ = ["Picture"]
