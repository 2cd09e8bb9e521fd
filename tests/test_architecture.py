"""The house: who may import whom, and how long a file or a function may be."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import size_budget

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src" / "cornu").rglob("*.py"))

#: Libraries that take long to import: wanted only at the moment of use, inside a function.
HEAVY = {
    *("h5py", "matplotlib", "numpyro", "onnx", "optax", "pandas", "polars", "rich", "scipy"),
    *("sklearn", "tensorboard"),
}


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a project's pyproject.toml on the code in its `src`."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is missing: pip install -e .[dev]"
    return subprocess.run(
        [command, "--no-cache"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def house(tmp_path):
    """Build a made-up house under the real contracts: `house({"core": "import cornu.layers"})`."""

    def build(modules: dict[str, str]) -> Path:
        package = tmp_path / "src" / "cornu"
        package.mkdir(parents=True)
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        for name, text in {"__init__": "", "core": "", "native": "", **modules}.items():
            (package / f"{name}.py").write_text(text)
        return tmp_path

    return build


# --------------------------------------------------------------------------------------- arrows


def test_the_arrows_go_down():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_house_with_arrows_down_passes(house):
    project = house(
        {
            "cli": "import cornu\nimport cornu.compat",
            "compat": "from cornu import models",
            "models": "from cornu.training import fit",
            "training": "from cornu.layers import Dense",
            "layers": "from cornu import losses\nfrom cornu.core import Layer",
            "losses": "from cornu import ops",
            "ops": "from cornu import core",
        }
    )
    result = lint_imports(project)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("modules", "broken"),
    [
        ({"core": "from cornu.layers import Dense", "layers": ""}, "Arrows go down the house"),
        ({"ops": "def f():\n    from cornu import training", "training": ""}, "Arrows go down"),
        ({"losses": "import cornu.models", "models": ""}, "Arrows go down the house"),
        ({"models": "from cornu import saving", "saving": ""}, "Arrows go down the house"),
        ({"attic": ""}, "Arrows go down the house"),
        ({"layers": "import cornu"}, "No room goes in through the front door"),
        ({"layers": "import keras"}, "Keras, TensorFlow and PyTorch stay outside"),
    ],
    ids=["core", "inside-function", "losses", "models", "unknown-room", "front-door", "keras"],
)
def test_an_arrow_up_is_caught(house, modules, broken):
    result = lint_imports(house(modules))
    assert result.returncode == 1, result.stdout + result.stderr
    assert re.search(rf"{broken}.* BROKEN", result.stdout)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_heavy_libraries_wait_until_used(path):
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    assert not names & HEAVY, f"import {names & HEAVY} inside the function that uses it"


# -------------------------------------------------------------------------------------- budgets


def function(name: str, lines: int) -> str:
    """A function of so many lines, with a docstring of two lines that does not count."""
    return f'def {name}():\n    """One\n    two."""\n' + "    x = 1\n" * (lines - 1)


@pytest.fixture
def tree(tmp_path):
    """Write files under a folder and return it: `tree({"a.py": "x = 1"})`."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


def found(root: Path, exceptions: dict[str, str] | None = None) -> list[str]:
    return size_budget.offences(size_budget.measure(root), exceptions or {})


def test_the_library_is_within_its_budgets(capsys):
    status = size_budget.main([str(ROOT / "src" / "cornu")])
    assert status == 0, capsys.readouterr().out


def test_lines_are_told_apart(tree):
    root = tree(
        {
            "a.py": '"""Module\n\ntext."""\n\n# a comment\nx = 1  # code\n\n\n'
            'class A:\n    """Doc."""\n\n    def f(self):\n        """Doc."""\n'
            '        return """not a\n\n        docstring"""\n'
        }
    )
    (file,) = size_budget.measure(root)
    assert (file.lines, file.code, file.docstring) == (16, 5, 5)
    assert file.functions == (size_budget.FunctionSize("A.f", 12, 4),)


def test_inner_functions_carry_qualified_names(tree):
    root = tree({"a.py": "class A:\n    if True:\n        def f(self):\n            def g(): ...\n"})
    (file,) = size_budget.measure(root)
    assert [f.name for f in file.functions] == ["A.f", "A.f.g"]


@pytest.mark.parametrize(
    ("values", "expected"), [([], 0), ([7], 7), (list(range(1, 11)), 9), (list(range(1, 21)), 18)]
)
def test_nine_in_ten(values, expected):
    assert size_budget.ninetieth(values) == expected


def test_a_small_tree_passes(tree, capsys):
    root = tree({"a.py": function("f", 60) + "".join(function(f"g{i}", 3) for i in range(9))})
    assert size_budget.main([str(root)]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"function, longest +60 +at most 60", printed)
    assert "Over budget" not in printed


def test_a_long_file_is_named(tree):
    small = {f"small{i}.py": "x = 1\n" for i in range(4)}
    root = tree({"layers/long.py": "x = 1\n" * 601, **small})
    (offence,) = found(root)
    assert offence.startswith("layers/long.py has 601 lines")
    assert "split it by idea" in offence


def test_a_long_function_is_named(tree):
    text = "".join(function(f"g{i}", 3) for i in range(9)) + function("f", 61)
    (offence,) = found(tree({"a.py": text}))
    assert offence.startswith("a.py:46 f has 61 lines")


def test_many_long_functions_are_named(tree):
    text = "".join(function(f"f{i}", 30) for i in range(2))
    (offence,) = found(tree({"a.py": text}))
    assert offence.startswith("2 of 2 functions have 30 lines or more")
    assert "a.py:33 f1" in offence


def test_a_high_median_is_named(tree):
    (offence,) = found(tree({"a.py": "x = 1\n" * 151}))
    assert offence.startswith("Half of the files have over 150 lines")
    assert "a.py" in offence


def test_a_room_has_a_budget_as_a_whole(tree, monkeypatch):
    monkeypatch.setattr(size_budget, "ROOMS", {"ops/": 3})
    root = tree({"ops/a.py": "x = 1\n" * 2, "ops/b.py": "x = 1\n" * 2, "a.py": "x = 1\n" * 9})
    assert found(root) == ["ops/ has 4 lines in all, at most 3 are allowed: make rows of it."]


def test_an_exception_needs_a_reason_and_a_cause(tree):
    root = tree({"long.py": "x = 1\n" * 601, **{f"small{i}.py": "x = 1\n" for i in range(4)}})
    assert not found(root, {"long.py": "A table that reads best in one piece."})
    assert "has no reason" in found(root, {"long.py": " "})[0]
    assert "delete the entry" in found(root, {"long.py": "A table.", "small1.py": "Why?"})[0]


def test_over_budget_ends_with_status_1(tree, capsys):
    assert size_budget.main([str(tree({"a.py": "x = 1\n" * 601}))]) == 1
    assert "a.py has 601 lines" in capsys.readouterr().out


def test_an_empty_folder_is_no_pass(tmp_path, capsys):
    assert size_budget.main([str(tmp_path)]) == 2
    assert "No Python files" in capsys.readouterr().err
