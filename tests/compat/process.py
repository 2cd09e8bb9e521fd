"""Programs in a process of their own, where neither Keras nor TensorFlow can be imported."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SRC = HERE.parent.parent / "src"
WITHOUT_KERAS = HERE / "without_keras"


def environment(block: bool = True) -> dict[str, str]:
    """This process's environment, with Cornu, and without Keras and TensorFlow if `block`."""
    paths = [str(WITHOUT_KERAS)] * block + [str(SRC)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def python(
    *words: str | Path, folder: Path | None = None, block: bool = True, timeout: float = 240
) -> subprocess.CompletedProcess[str]:
    """Runs `python words...` in `folder`; gives what it wrote and its exit status."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=environment(block),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def cornu(*words: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs `cornu words...` in `folder`."""
    return python("-m", "cornu", *words, folder=folder)
