"""How much of Keras there is, module by module: a table for docs/names.md.

`python -m tests.table_of_names` prints it, `--write` puts it into docs/names.md; names of modules after
it (`keras.random keras.ops`) give these alone. For layers one by one see tests/layers/table_of_names.py.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")
ROOT = Path(__file__).resolve().parents[1]
# Arguments for what is a stage beside layers: accepted when they ask for nothing.
BESIDE = {"lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size"}


def arguments(thing: Any) -> dict[str, Any]:
    """Names and defaults of the arguments that the constructor, or the function, names."""
    signature = inspect.signature(thing)
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if name != "self" and parameter.kind in kinds
    }


def differences(ours: Any, theirs: Any) -> str:
    """What differs between the arguments of two classes or functions, in words."""
    from cornu.layers import Layer

    mine, wanted = arguments(ours), arguments(theirs)
    common = arguments(Layer) if inspect.isclass(ours) and issubclass(ours, Layer) else {}
    accepts_more = any(
        p.kind is p.VAR_KEYWORD
        for p in inspect.signature(ours.__init__ if inspect.isclass(ours) else ours).parameters.values()
    )
    found = []
    for name, default in wanted.items():
        if name not in mine:
            known = name in BESIDE or (accepts_more and name in common)
            found += [] if known else [f"no {name}"]
        elif not same_default(mine[name], default):
            found.append(f"{name}={mine[name]!r} for {default!r}")
    shared = [name for name in mine if name in wanted]
    if shared != [name for name in wanted if name in mine]:
        found.append("another order")
    return ", ".join(found)


def same_default(mine: Any, theirs: Any) -> bool:
    """Whether two defaults mean the same."""
    if isinstance(mine, str) and isinstance(theirs, str):
        return mine.lower() == theirs.lower()
    if isinstance(theirs, tuple) and theirs and not isinstance(mine, tuple):
        return set(theirs) == {mine}  # a number for each axis, or once for all
    return bool(mine == theirs) or {mine, theirs} == {inspect.Parameter.empty, None}


# Where the names of a module are tested; of the others it is not counted here.
TESTS = {"ops": "tests/ops", "random": "tests/test_random.py", "backend": "tests/backend"}
KERAS_2 = "keras.backend (Keras 2)"


class Room(NamedTuple):
    """One public module of Keras, and what Cornu has of it."""

    name: str
    names: list[str]
    missing: list[str]
    different: dict[str, str]  # name -> what differs between the arguments
    tested: set[str] | None = None  # names that the module's tests name; None where they are not counted

    @property
    def present(self) -> int:
        return len(self.names) - len(self.missing)


def public_modules(module: ModuleType) -> list[ModuleType]:
    """A public module of Keras and those below it, without names of the past."""
    found = [module]
    for name, value in sorted(vars(module).items()):
        inside = inspect.ismodule(value) and value.__name__ == f"{module.__name__}.{name}"
        if inside and name not in ("src", "legacy") and not name.startswith("_"):
            found += public_modules(value)
    return found


def room(theirs: ModuleType, title: str = "") -> Room:
    """What Cornu has of a public module of Keras, whose title is its name by default."""
    names = [
        n for n in dir(theirs) if not n.startswith("_") and not inspect.ismodule(getattr(theirs, n))
    ]
    if title:  # a module of its own, in which names from elsewhere are no public ones
        names = [n for n in names if getattr(theirs, n).__module__ == theirs.__name__]
    title = title or theirs.__name__
    ours = of_cornu(title.split(" ")[0])
    there = set(getattr(ours, "__all__", ()))
    both = [name for name in names if name in there]
    found = {name: difference(getattr(ours, name), getattr(theirs, name)) for name in both}
    different = {name: text for name, text in found.items() if text}
    missing = [name for name in names if name not in there]
    return Room(title, names, missing, different, tested(title, names))


def tested(title: str, names: list[str]) -> set[str] | None:
    """The names that stand in the tests of their module."""
    folder = TESTS.get(title.split(" ")[0].split(".")[-1] if title.count(".") < 2 else "ops")
    if folder is None or not title.startswith(("keras.ops", "keras.random", "keras.backend")):
        return None
    path = ROOT / folder
    files = path.rglob("*.py") if path.is_dir() else [path]
    words = set(re.findall(r"\w+", " ".join(file.read_text() for file in files)))
    return words & set(names)


def of_cornu(name: str) -> ModuleType | None:
    """Cornu's module that stands for a module of Keras; None if there is none."""
    try:
        return importlib.import_module(name.replace("keras", "cornu", 1))
    except ModuleNotFoundError:
        return None


def difference(ours: Any, theirs: Any) -> str:
    """What differs between the arguments of two public things; nothing if they take none."""
    if not callable(theirs):
        return ""
    try:
        return differences(ours, theirs)
    except ValueError:  # a function of C has no signature
        return ""


def rooms() -> list[Room]:
    """The table."""
    import keras
    from keras.src.legacy import backend as of_keras_2

    found = [room(module) for module in public_modules(keras)]
    place = [each.name for each in found].index("keras.backend")
    found.insert(place + 1, room(of_keras_2, KERAS_2))
    return [each for each in found if each.names]


def table(found: list[Room]) -> str:
    """The table as Markdown."""
    head = [
        "| module | names | there | with the same arguments | tested by name |",
        "|---|---|---|---|---|",
    ]
    lines = [
        f"| `{each.name}` | {len(each.names)} | {each.present} | {each.present - len(each.different)} | "
        f"{'' if each.tested is None else len(each.tested)} |"
        for each in found
    ]
    sums = (
        sum(len(each.names) for each in found),
        sum(each.present for each in found),
        sum(each.present - len(each.different) for each in found),
    )
    return "\n".join([*head, *lines, f"| all | {sums[0]} | {sums[1]} | {sums[2]} | |"])


def details(found: list[Room]) -> str:
    """What is missing or different, by module, as Markdown; of what is absent altogether, no names."""
    lines = []
    for each in found:
        if each.present and (each.missing or each.different):
            lines.append(f"\n`{each.name}`:\n")
            if each.missing:
                lines.append(f"- not there: {', '.join(f'`{name}`' for name in each.missing)}")
            lines += [f"- `{name}`: {text}" for name, text in each.different.items()]
    return "\n".join(lines).strip()


def main() -> None:
    """Print the table, or write it."""
    chosen = [argument for argument in sys.argv[1:] if argument != "--write"]
    found = [each for each in rooms() if not chosen or each.name in chosen]
    text = (
        "# The names of Keras 3.15\n\nWritten by `python -m tests.table_of_names --write`. Aliases "
        "count as names; a name under several modules counts in each.\n\n"
        f"{table(found)}\n\n## What differs\n\nModules that are not there at all are left out.\n\n"
        f"{details(found)}\n"
    )
    if "--write" in sys.argv:
        (ROOT / "docs" / "names.md").write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
