"""`cornu upgrade`: shows what it would change, or changes it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from cornu.compat.upgrade.files import CannotReadError, Notebook, Script, find, read
from cornu.core.atomic import write_whole

NAMESPACES = ("same", "keras")
CHANGED, FAILED = 1, 2
NO_LIBCST = (
    "cornu upgrade reads programs with LibCST, which is not installed. "
    'Write: pip install "cornu[upgrade]" (or: pip install libcst)'
)


def upgrade(
    paths: Sequence[str],
    write: bool = False,
    check: bool = False,
    backup: bool = True,
    namespace: str = "same",
) -> int:
    """Rewrites programs of Keras 1, Keras 2 and tf.keras in the words of Keras 3; shows the difference.

    Args:
        paths: .py and .ipynb files, or folders of them.
        write: puts the new text in the place of the old.
        check: gives 1 if anything would change.
        backup: keeps what is replaced beside it, as `script.py.orig`.
        namespace: "keras" turns `tf.keras` into `keras`; "same" lets it be.

    Returns:
        the exit status: 0; 1 with `check`, if anything would change; 2 if a program cannot be read.
    """
    try:
        import libcst  # noqa: F401
    except ImportError:
        return _fail(NO_LIBCST)
    try:
        programs = list(find(list(paths)))
    except CannotReadError as error:
        return _fail(str(error))
    status = count = 0
    marks: list[str] = []
    for path in programs:
        try:
            changed = _upgrade_one(path, write, backup, namespace, marks)
        except (CannotReadError, OSError) as error:
            status = _fail(str(error))
        else:
            count += changed
            status = max(status, CHANGED if changed and check else 0)
    _say_marks(marks)
    verb = "rewritten" if write else "to be rewritten (cornu upgrade --write)"
    print(f"{count} of {len(programs)} programs {verb}.", file=sys.stderr)
    return status


def _upgrade_one(path: Path, write: bool, backup: bool, namespace: str, marks: list[str]) -> bool:
    """Whether a program changes; `marks` gets a line for each place that a person has to look at."""
    from cornu.compat.upgrade.rewrite import find_marks, rewrite

    old = read(path)
    source = old.source()
    try:
        text = rewrite(source, namespace)
    except SyntaxError as error:
        place = old.place(error.lineno or 1)
        raise CannotReadError(f"{place}: this is not Python 3: {error.msg}. Left as it is.") from None
    new = old.with_source(text)
    marks += [f"{new.place(line)}: {said}" for line, said in find_marks(text)]
    if text == source:
        return False
    _show(old, new)
    if write:
        if backup:
            write_whole(_backup_of(path), lambda file: file.write(old.raw))
        write_whole(path, lambda file: file.write(new.raw))
    return True


def _backup_of(path: Path) -> Path:
    """Where the old text goes: not over one that is there already."""
    first = path.with_name(path.name + ".orig")
    names = (path.with_name(f"{path.name}.orig{n}") for n in range(1, 10**6))
    return first if not first.exists() else next(name for name in names if not name.exists())


def _show(old: Script | Notebook, new: Script | Notebook) -> None:
    """Prints the difference: in colours on a terminal."""
    lines: list[str] = []
    for (label, before), (_, after) in zip(old.texts(), new.texts(), strict=True):
        old_lines, new_lines = before.splitlines(), after.splitlines()
        lines += difflib.unified_diff(old_lines, new_lines, label, f"{label} (upgraded)", lineterm="")
    if not sys.stdout.isatty():
        print("\n".join(lines))
        return
    from rich.console import Console
    from rich.text import Text

    colours = {"+": "green", "-": "red", "@": "cyan"}
    console = Console()
    for line in lines:
        bold = "bold " if line.startswith(("+++", "---")) else ""
        console.print(Text(line, style=bold + colours.get(line[:1], "")), soft_wrap=True)


def _say_marks(marks: list[str]) -> None:
    if marks:
        noun = "line needs" if len(marks) == 1 else "lines need"
        print(f"{len(marks)} {noun} a person's eye:")
        for mark in marks:
            print(f"  {mark}")


def _fail(message: str) -> int:
    print(f"cornu: {message}", file=sys.stderr)
    return FAILED
