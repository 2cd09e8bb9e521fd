"""What all pictures can do, whoever draws them: show themselves, and be written to a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from cornu.core.atomic import write_whole


class Shown(ABC):
    """Something to look at: a drawing, and the same in words.

    Args:
        text: what a terminal prints.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @abstractmethod
    def as_file(self, kind: str, dpi: float = 144) -> bytes:
        """The content of a file of this kind."""

    def save(self, path: Any, dpi: float = 144) -> None:
        """Writes the picture into a file, of the kind that its name ends in.

        Args:
            path: ends in '.svg' or '.txt', or in '.png', '.pdf' or what else matplotlib writes.
            dpi: pixels for each 72 points, for PNG. Default: 144.

        Raises:
            ImportError: if matplotlib is needed, and not installed.
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

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


__all__ = ["Shown"]
