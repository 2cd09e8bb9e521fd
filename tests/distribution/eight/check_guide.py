"""The examples of docs/distribution.md run, one after another, and what it quotes is so."""

import re
from pathlib import Path

from cornu import distribution

GUIDE = (Path(__file__).parents[3] / "docs" / "distribution.md").read_text(encoding="utf-8")


def test_all_examples_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(examples) >= 7
    names: dict[str, object] = {}
    try:
        for number, example in enumerate(examples):
            exec(compile(example, f"docs/distribution.md, example {number}", "exec"), names)
    finally:
        distribution.set_distribution(None)
    table = str(names["found"])
    assert table.splitlines()[2].split() == re.findall(r"^    (all-reduce .*)$", GUIDE, re.M)[0].split()
    assert table.splitlines()[-1].split()[-1] in GUIDE
