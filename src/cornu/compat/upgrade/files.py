"""A program as text: a script, or the code cells of a notebook taken together."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SEPARATOR = "# %% cornu: the next cell"
_MAGIC = re.compile(r"^([ \t]*)([%!?].*|[\w.]+\?{1,2}|[\w, ]+= *[!%].*)$", re.MULTILINE)
_HIDDEN = re.compile(r"^([ \t]*)pass  # cornu-magic-(\d+)$", re.MULTILINE)
_HARMLESS = ("%%time", "%%timeit", "%%capture")  # their cells hold Python all the same
_FOLDERS = ("__pycache__", "node_modules", "site-packages")


class CannotReadError(ValueError):
    """A program that cannot be understood; the message says where."""


@dataclass
class Script:
    """A .py file: one text."""

    path: Path
    raw: bytes
    encoding: str = "utf-8"

    def texts(self) -> list[tuple[str, str]]:
        """The parts that are shown apart, each with its label."""
        return [(str(self.path), self.raw.decode(self.encoding))]

    def source(self) -> str:
        """The whole as one module."""
        return self.raw.decode(self.encoding)

    def place(self, line: int) -> str:
        """How a person names a line of `source()`."""
        return f"{self.path}:{line}"

    def with_source(self, source: str) -> Script:
        """The same file with other text."""
        return Script(self.path, source.encode(self.encoding), self.encoding)


@dataclass
class Notebook:
    """A .ipynb file: its code cells as one module, outputs and metadata left as they are."""

    path: Path
    raw: bytes
    book: dict[str, Any]
    magics: list[str] = field(default_factory=list)

    def cells(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The code cells, with their numbers among all cells."""
        for number, cell in enumerate(self.book.get("cells", []), 1):
            if cell.get("cell_type") == "code" and _is_python(_text(cell)):
                yield number, cell

    def texts(self) -> list[tuple[str, str]]:
        """The parts that are shown apart, each with its label."""
        return [(f"{self.path} cell {number}", _text(cell)) for number, cell in self.cells()]

    def source(self) -> str:
        """The whole as one module; lines for the notebook alone are hidden in comments."""
        self.magics = []
        return f"\n{_SEPARATOR}\n".join(self._python(_text(cell)) for _, cell in self.cells())

    def place(self, line: int) -> str:
        """How a person names a line of `source()`."""
        starts, at = {}, 1
        for number, text in zip(self._numbers(), self.source().split(f"\n{_SEPARATOR}\n"), strict=True):
            starts[at] = number
            at += text.count("\n") + 2
        first = max((start for start in starts if start <= line), default=1)
        return f"{self.path}, cell {starts.get(first, 1)}, line {line - first + 1}"

    def with_source(self, source: str) -> Notebook:
        """The same notebook with other code."""
        book = json.loads(self.raw)
        new = Notebook(self.path, b"", book)
        for (_, cell), text in zip(new.cells(), source.split(f"\n{_SEPARATOR}\n"), strict=True):
            shown = _HIDDEN.sub(lambda found: found[1] + self.magics[int(found[2])], text)
            if shown != _text(cell):
                one = isinstance(cell["source"], str)
                cell["source"] = shown if one else shown.splitlines(keepends=True)
        new.raw = _as_before(self.raw, book)
        return new

    def _numbers(self) -> list[int]:
        return [number for number, _ in self.cells()]

    def _python(self, text: str) -> str:
        """A cell with lines such as `%matplotlib inline` hidden, if it is no Python with them."""
        try:
            ast.parse(text)
        except SyntaxError:
            return _MAGIC.sub(self._hide, text)
        return text

    def _hide(self, found: re.Match[str]) -> str:
        self.magics.append(found[2])
        return f"{found[1]}pass  # cornu-magic-{len(self.magics) - 1}"


def read(path: Path) -> Script | Notebook:
    """The program in a file.

    Raises:
        CannotReadError: if it is neither Python nor a notebook.
    """
    raw = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            book = json.loads(raw)
        except ValueError as error:
            raise CannotReadError(f"{path} is no notebook: {error}") from None
        if not isinstance(book, dict) or not isinstance(book.get("cells", []), list):
            raise CannotReadError(f"{path} is no notebook of today: it has no list of cells.")
        if book.get("nbformat", 4) < 4:
            raise CannotReadError(
                f"{path} is a notebook of format 3: jupyter nbconvert --to notebook first."
            )
        return Notebook(path, raw, book)
    return Script(path, raw, _encoding(path, raw))


def find(paths: list[str]) -> Iterator[Path]:
    """The programs that are meant: files as they are, folders with all that is below.

    Raises:
        CannotReadError: if one is not there.
    """
    for given in map(Path, paths):
        if given.is_dir():
            for path in sorted(given.rglob("*")):
                below = path.relative_to(given).parts
                hidden = any(part.startswith(".") or part in _FOLDERS for part in below)
                if path.suffix in (".py", ".ipynb") and path.is_file() and not hidden:
                    yield path
        elif given.is_file():
            yield given
        else:
            raise CannotReadError(f'"{given}" does not exist. Give .py or .ipynb files, or folders.')


def _encoding(path: Path, raw: bytes) -> str:
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as error:
        raise CannotReadError(f"{path} cannot be read as text: {error}") from None
    return encoding


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _is_python(text: str) -> bool:
    first = text.lstrip().split("\n")[0]
    return not first.startswith("%%") or first.startswith(_HARMLESS)


def _as_before(raw: bytes, book: dict[str, Any]) -> bytes:
    """The notebook's JSON in the layout that the file had."""
    text = raw.decode("utf-8")
    found = re.match(r"\{\r?\n([ \t]+)", text)
    indent: int | str | None = None
    if found:
        indent = found[1] if "\t" in found[1] else len(found[1])
    escaped = text.isascii() and "\\u" in text
    new = json.dumps(book, indent=indent, ensure_ascii=escaped)
    return (new + text[len(text.rstrip()) :]).encode("utf-8")
