"""What `explain` writes: text for a terminal, a table for a notebook, rows for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from cornu.core.atomic import write_whole


class Written:
    """An explanation in words and numbers; `print` shows it as text, a notebook as a table.

    Args:
        text: what is printed.
        rows: the same as dicts with equal keys, for programs; arrays in them are NumPy's.
        columns: for a notebook: headings and what stands below each, row by row.

    Example:
        >>> import cornu
        >>> steps = cornu.explain.backprop(lambda x: x * x, 3.0)
        >>> steps.rows[0]["by"], float(steps.rows[0]["gradient"])
        ('x', 3.0)
    """

    def __init__(
        self, text: str, rows: list[dict[str, Any]], columns: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.text, self.rows = text, rows
        self._columns = columns

    def save(self, path: Any) -> None:
        """Writes the text into a file, or, if its name ends in '.html', the table.

        Raises:
            OSError: if the file cannot be written.
        """
        path = Path(path)
        content = self._repr_html_() if path.suffix == ".html" else f"{self.text}\n"
        write_whole(path, lambda file: file.write(content.encode()))

    def _repr_html_(self) -> str:
        if self._columns is None:
            return f"<pre>{escape(self.text)}</pre>"
        head = "".join(f"<th>{escape(name)}</th>" for name in self._columns)
        body = "\n".join(
            f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in line)}</tr>"
            for line in zip(*self._columns.values(), strict=True)
        )
        return f"<table>\n<tr>{head}</tr>\n{body}\n</table>"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def aligned(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Lines with aligned columns.

    >>> aligned([["a", "1"], ["bb", "2"]])
    ['a   1', 'bb  2']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [indent + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def beside(*blocks: Sequence[str]) -> list[str]:
    """Blocks of lines side by side, the lower ones of fewer lines in the middle.

    >>> beside(["[ 1 2 ]"], ["·"], ["[ 3 ]", "[ 4 ]"])
    ['[ 1 2 ] · [ 3 ]', '          [ 4 ]']
    """
    height = max(map(len, blocks))
    columns = []
    for block in blocks:
        width = max(map(len, block), default=0)
        above = (height - len(block)) // 2
        lines = [""] * above + list(block) + [""] * (height - len(block) - above)
        columns.append([line.ljust(width) for line in lines])
    return [" ".join(line).rstrip() for line in zip(*columns, strict=True)]


__all__ = ["Written", "aligned", "beside"]
