"""How much of `keras.layers` there is: a table for docs/layers.md, and its sum for the README.

`python -m tests.layers.table_of_names` prints the table; `--write` puts it into docs/layers.md and
the sum into README.md.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import NamedTuple

from tests.table_of_names import ROOT, differences

SUM = re.compile(r"\d+ of the \d+ names in `keras\.layers`[^.]*\.")


class Entry(NamedTuple):
    """One public name of `keras.layers`."""

    name: str
    present: bool
    differences: str  # of its arguments; empty: none
    rows: int  # of the contract table in which it is compared with Keras


def entries() -> list[Entry]:
    """The table."""
    import keras

    import cornu
    from tests.layers.contract import TABLE

    found = []
    for name in sorted(name for name in dir(keras.layers) if not name.startswith("_")):
        theirs = getattr(keras.layers, name)
        if inspect.ismodule(theirs):
            continue
        present = name in cornu.layers.__all__
        ours = getattr(cornu.layers, name) if present else None
        rows = sum(row.name == getattr(ours, "__name__", None) and row.keras for row in TABLE)
        found.append(Entry(name, present, differences(ours, theirs) if present else "", rows))
    return found


def table(found: list[Entry]) -> str:
    """The table as Markdown."""
    head = ["| name | there | arguments | compared with Keras in |", "|---|---|---|---|"]
    return "\n".join(
        head
        + [
            f"| `{entry.name}` | {'yes' if entry.present else 'no'} | "
            f"{(entry.differences or 'the same') if entry.present else ''} | "
            f"{f'{entry.rows} cases' if entry.rows else ''} |"
            for entry in found
        ]
    )


def summary(found: list[Entry]) -> str:
    """The sum as a sentence."""
    there = [entry for entry in found if entry.present]
    same = sum(not entry.differences for entry in there)
    compared = sum(entry.rows > 0 for entry in there)
    return (
        f"{len(there)} of the {len(found)} names in `keras.layers` are there, {same} with the same "
        f"arguments, {compared} compared with Keras case by case."
    )


def main() -> None:
    """Print the table, or write it where it belongs."""
    found = entries()
    if "--write" not in sys.argv:
        print(table(found), summary(found), sep="\n\n")
        return
    text = (
        "# The layers of Keras 3.15\n\nWritten by `python -m tests.layers.table_of_names --write`. "
        "Aliases count as names; a case is a row of the contract table in `tests/layers/rows/`.\n\n"
        f"{summary(found)}\n\n{table(found)}\n"
    )
    (ROOT / "docs" / "layers.md").write_text(text)
    readme = ROOT / "README.md"
    readme.write_text(SUM.sub(summary(found), readme.read_text()))


if __name__ == "__main__":
    main()
