"""Measure the size of a source tree and hold it to the budgets.

A library that is meant to be read has to stay small in three ways: the usual file, the longest
file, and the length of a function. This script prints the figures, and ends with status 1 when one
is over its budget, naming who is over it and what to do.

    python scripts/size_budget.py [folder]
"""

from __future__ import annotations

import argparse
import ast
import io
import statistics
import sys
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MEDIAN_FILE = 150  # lines, at most
LONGEST_FILE = 600  # lines, at most
USUAL_FUNCTION = 30  # nine functions in ten have fewer lines than this
LONGEST_FUNCTION = 60  # lines without the docstring, at most
#: Rooms that have a budget as a whole. `ops/`: a tenth of the lines that Keras 3.15 has in its `ops`
#: and `backend`, 77,193 without tests. One engine needs a row where five need a class each.
ROOMS = {"ops/": 7_719}

#: What may be longer than the longest file or function, and why: `"layers/core.py"` or
#: `"layers/core.py:Dense.call"` (the path inside the folder measured) -> the reason.
EXCEPTIONS: dict[str, str] = {}

NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class FunctionSize:
    """One function, methods and inner functions included; `lines` is without its docstring."""

    name: str
    line: int
    lines: int


@dataclass(frozen=True)
class FileSize:
    """One file: all lines, those with code, those of docstrings, and its functions."""

    path: str
    lines: int
    code: int
    docstring: int
    functions: tuple[FunctionSize, ...]


def docstring_lines(node: Documented) -> range:
    """The line numbers of a node's own docstring, an empty range if it has none."""
    first = node.body[0] if node.body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return range(0)


def functions_of(node: ast.AST, prefix: str = "") -> Iterator[FunctionSize]:
    """Every function below `node`, under its qualified name (`Dense.call`)."""
    for child in ast.iter_child_nodes(node):
        name = f"{prefix}{getattr(child, 'name', '')}"
        if isinstance(child, Function):
            span = (child.end_lineno or child.lineno) - child.lineno + 1
            yield FunctionSize(name, child.lineno, span - len(docstring_lines(child)))
        inner = f"{name}." if isinstance(child, Function | ast.ClassDef) else prefix
        yield from functions_of(child, inner)


def measure_file(path: Path, root: Path) -> FileSize:
    """Count one file. Code is what is neither blank, nor a comment, nor a docstring."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text, filename=str(path))
    docstring = {
        line for node in ast.walk(tree) if isinstance(node, Documented) for line in docstring_lines(node)
    }
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NOT_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    blank = {number for number, line in enumerate(lines, start=1) if not line.strip()}
    return FileSize(
        path=path.relative_to(root).as_posix(),
        lines=len(lines),
        code=len(code - docstring - blank),
        docstring=len(docstring),
        functions=tuple(functions_of(tree)),
    )


def measure(root: Path) -> list[FileSize]:
    """Count every Python file below `root`."""
    return [measure_file(path, root) for path in sorted(root.rglob("*.py"))]


def ninetieth(values: list[int]) -> int:
    """The smallest value that at least nine values in ten do not exceed."""
    return sorted(values)[max(0, -(-9 * len(values) // 10) - 1)] if values else 0


def table(files: list[FileSize]) -> str:
    """The figures, one to a line, each beside its budget."""
    sizes = [file.lines for file in files] or [0]
    functions = [function.lines for file in files for function in file.functions] or [0]
    rooms = [(room, sum(file.lines for file in files if file.path.startswith(room))) for room in ROOMS]
    code, docstring = sum(file.code for file in files), sum(file.docstring for file in files)
    rows = [
        ("files", f"{len(files):,}", ""),
        ("lines", f"{sum(sizes):,}", ""),
        ("code lines", f"{code:,}", ""),
        ("docstring : code", f"{docstring / max(code, 1):.2f}", ""),
        ("file, median", f"{statistics.median(sizes):g}", f"at most {MEDIAN_FILE}"),
        ("file, longest", f"{max(sizes)}", f"at most {LONGEST_FILE}"),
        ("function, median", f"{statistics.median(functions):g}", ""),
        ("function, nine in ten", f"{ninetieth(functions)}", f"under {USUAL_FUNCTION}"),
        ("function, longest", f"{max(functions)}", f"at most {LONGEST_FUNCTION}"),
        *((f"{room}, lines", f"{lines:,}", f"at most {ROOMS[room]:,}") for room, lines in rooms),
    ]
    return "\n".join(f"{name:<22}{value:>9}   {budget}".rstrip() for name, value, budget in rows)


def over_the_ceilings(files: list[FileSize], exceptions: Mapping[str, str]) -> Iterator[str]:
    """Files and functions that are too long, and exceptions that nobody needs."""
    used = set()
    for file in files:
        if file.lines > LONGEST_FILE:
            used.add(file.path)
            if file.path not in exceptions:
                yield (
                    f"{file.path} has {file.lines} lines, at most {LONGEST_FILE} are allowed: "
                    "split it by idea."
                )
        for function in file.functions:
            key = f"{file.path}:{function.name}"
            if function.lines > LONGEST_FUNCTION:
                used.add(key)
                if key not in exceptions:
                    yield (
                        f"{file.path}:{function.line} {function.name} has {function.lines} lines "
                        f"without its docstring, at most {LONGEST_FUNCTION} are allowed: give its "
                        "steps names of their own."
                    )
    for key, reason in exceptions.items():
        if key not in used:
            yield f"EXCEPTIONS: {key!r} is not over its budget: delete the entry."
        if not reason.strip():
            yield f"EXCEPTIONS: {key!r} has no reason: say why it has to be long."


def over_the_averages(files: list[FileSize]) -> Iterator[str]:
    """The median file and the usual function, with the longest ones named."""
    if files and statistics.median(file.lines for file in files) > MEDIAN_FILE:
        longest = sorted(files, key=lambda file: -file.lines)[:10]
        names = "".join(f"\n      {file.lines:5}  {file.path}" for file in longest)
        yield f"Half of the files have over {MEDIAN_FILE} lines: split these first.{names}"
    functions = [(function, file.path) for file in files for function in file.functions]
    long = [pair for pair in functions if pair[0].lines >= USUAL_FUNCTION]
    if 10 * len(long) > len(functions):
        long.sort(key=lambda pair: -pair[0].lines)
        names = "".join(f"\n      {f.lines:5}  {path}:{f.line} {f.name}" for f, path in long[:20])
        yield (
            f"{len(long)} of {len(functions)} functions have {USUAL_FUNCTION} lines or more, "
            f"one in ten may: shorten these first.{names}"
        )


def over_the_rooms(files: list[FileSize]) -> Iterator[str]:
    """Rooms that are too long as a whole."""
    for room, most in ROOMS.items():
        lines = sum(file.lines for file in files if file.path.startswith(room))
        if lines > most:
            yield f"{room} has {lines:,} lines in all, at most {most:,} are allowed: make rows of it."


def offences(files: list[FileSize], exceptions: Mapping[str, str]) -> list[str]:
    """Everything that is over budget, in words; an empty list if nothing is."""
    return [*over_the_ceilings(files, exceptions), *over_the_averages(files), *over_the_rooms(files)]


def main(argv: list[str] | None = None) -> int:
    """Print the table; 1 if anything is over budget, else 0."""
    parser = argparse.ArgumentParser(description="Measure a source tree against the size budgets.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "src" / "cornu")
    folder = parser.parse_args(argv).folder
    files = measure(folder)
    if not files:
        print(f"No Python files in {folder}.", file=sys.stderr)
        return 2
    print(table(files))
    found = offences(files, EXCEPTIONS)
    if found:
        print("\nOver budget:")
        for offence in found:
            print(f"  - {offence}")
        print("\nWhere length is right, say why in EXCEPTIONS in scripts/size_budget.py.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
