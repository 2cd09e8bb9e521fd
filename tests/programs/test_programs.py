"""Programs of the kind that people write, each trained on real data up to a stated score.

They import Keras, and run as they are through `cornu run`, without Keras.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "scripts"

# What each program must reach on data that it has not seen (the autoencoder: the part of the variance
# that comes back; the writer: letters guessed while training).
PROGRAMS = {
    "mnist_cnn": 0.98,
    "imdb_text_cnn": 0.80,
    "imdb_lstm": 0.77,
    "imdb_transformer": 0.78,
    "cifar_resnet": 0.45,
    "autoencoder": 0.85,
    "character_gru": 0.42,
    "augmentation": 0.42,
    "text_pipeline": 0.80,
}


def result_of(name: str, data_dir: Path) -> float:
    """Runs a program and gives the number after `result` in what it prints."""
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    ran = subprocess.run(
        [sys.executable, "-m", "cornu", "run", str(SCRIPTS / f"{name}.py"), str(data_dir)],
        env=env,
        capture_output=True,
        text=True,
        timeout=1700,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    found = re.search(r"^result (\S+)$", ran.stdout, re.MULTILINE)
    assert found, ran.stdout[-2000:]
    return float(found[1])


@pytest.mark.wide
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_learns(name, data_dir):
    assert result_of(name, data_dir) >= PROGRAMS[name]


def test_every_program_has_its_score():
    assert {path.stem for path in SCRIPTS.glob("*.py")} - {"reviews"} == set(PROGRAMS)
