"""What of the five lecture decks runs, and what Keras 3.15 says to it: a table for docs/course.md.

`python -m tests.table_of_course` prints it, `--write` puts it into docs/course.md; names of programs
after it (`004_imdb`) run these alone. Each program runs in a process of its own: by `cornu run` where
neither Keras nor TensorFlow is installed, and by Python with Keras on its JAX backend. Data sets are
looked for in the folder that CORNU_DATA names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.compat.process import cornu
from tests.course.fragments import FORMULAS, FRAGMENTS, WITHOUT_CODE, Fragment, script

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "tests" / "course" / "programs"
PAGE = ROOT / "docs" / "course.md"
DATA = Path(os.environ.get("CORNU_DATA") or ROOT.parent / "shared" / "data").expanduser()

# Keras takes a data set of these files only with its own hash, which the copies here do not have.
KERAS_FINDS_DATA = """\
import os
import keras.src.datasets.imdb
keras.src.datasets.imdb.get_file = lambda fname, **_: os.path.join(os.environ["CORNU_DATA"], fname)
"""

INTRODUCTION = """\
# Five lecture decks, run as printed

Written by `python -m tests.table_of_course --write`. The programs lie in `tests/course/programs`, a file
for what is printed on slides that follow each other; its name tells deck and slide. What a fragment
takes as given (data, imports, an optimizer) and what is looked at afterwards stand in
`tests/course/fragments.py`; the tests are in `tests/course/test_course.py`. The decks: 000 Machine
Intelligence, week 1; 001 Applied Deep Learning; 002 Deep Learning mit Keras; 003 Introduction to Deep
Learning (cont'd); 004 Introduction to Neural Networks, lecture 02.
"""


def told(fragment: Fragment) -> str:
    """The part of a fragment's line that does not depend on how it ran."""
    folder = "" if fragment in FORMULAS else "tests/course/programs/"
    name = (
        f"`{fragment.program}`"
        if not folder
        else f"[`{fragment.program}`](../{folder}{fragment.program}.py)"
    )
    return f"| {fragment.deck} | {fragment.slide} | {name} | {fragment.asserted} |"


def runs(fragment: Fragment) -> str:
    """How the printed program ends under `cornu run`, without Keras and TensorFlow."""
    with tempfile.TemporaryDirectory() as folder:
        file = prepared(fragment, Path(folder))
        done = cornu("run", file.name, *fragment.words, folder=Path(folder))
    return ending(done, file)


def runs_in_keras(fragment: Fragment) -> str:
    """How the same file ends with Keras itself."""
    with tempfile.TemporaryDirectory() as folder:
        before = KERAS_FINDS_DATA if "datasets" in fragment.before else ""
        file = prepared(fragment, Path(folder), before)
        done = subprocess.run(
            [sys.executable, file.name, *fragment.words],
            cwd=folder,
            env={**os.environ, "KERAS_BACKEND": "jax", "MPLBACKEND": "agg"},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    return ending(done, file)


def prepared(fragment: Fragment, folder: Path, before: str = "") -> Path:
    """The program in a folder of its own, with the data that it wants beside it."""
    if fragment.beside:
        shutil.copy(DATA / fragment.beside, folder)
    file = folder / f"{fragment.program}.py"
    text = (PROGRAMS / file.name).read_text()
    file.write_text(before + script(fragment.program, text))
    return file


def ending(done: subprocess.CompletedProcess[str], file: Path) -> str:
    """'yes', or the error in one line and where it came from: a printed line, or one of the check."""
    if done.returncode == 0:
        return "yes"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"^[\w.]+(Error|Exception|Warning)\b", line)]
    error = (errors or lines)[-1]
    at = re.findall(rf'{re.escape(file.name)}", line \d+.*\n\s+(.+)', done.stderr)
    printed = PROGRAMS.joinpath(file.name).read_text()
    where = "no" if not at or at[-1].strip() in printed else "yes, but a check fails"
    error = re.sub(r"\s+", " ", error).replace("|", "\\|")
    said = error if len(error) <= 160 else error[:157] + "..."
    line = f" at `{at[-1].strip()}`" if at else ""
    return f"{where}: `{said.replace('`', chr(39))}`{line.replace('|', chr(92) + '|')}"


def page(chosen: list[str]) -> str:
    """The page as Markdown; of the programs only the chosen ones, if any."""
    columns = "deck | slide | program | what is asserted | runs | runs in Keras 3.15"
    head = f"| {columns} |\n{'|---' * 6}|"
    lines = [
        f"{told(each)} {runs(each)} | {runs_in_keras(each)} |"
        for each in FRAGMENTS
        if not chosen or each.program in chosen
    ]
    by_hand = [told(each) for each in FORMULAS]
    without = [f"- {deck}: {slides}" for deck, slides in WITHOUT_CODE]
    return "\n".join(
        [
            INTRODUCTION,
            head,
            *lines,
            "\n## Formulas, truth tables and worked examples\n",
            "In `tests/course/test_formulas.py`, or beside the programs.\n",
            "| deck | slide | test | what is asserted |\n|---|---|---|---|",
            *by_hand,
            "\n## Slides without code in their text\n",
            *without,
            "",
        ]
    )


def main() -> None:
    """Print the page, or write it."""
    os.environ["CORNU_DATA"] = str(DATA)
    text = page([argument for argument in sys.argv[1:] if argument != "--write"])
    if "--write" in sys.argv:
        PAGE.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
