"""A large model is never held twice in memory, neither while it is saved nor while it is loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.saving import measured

LINUX = sys.platform == "linux"
MEGABYTES = 200


def process(*arguments):
    """What `measured` prints in a process of its own."""
    command = [sys.executable, "-m", "tests.saving.measured", *map(str, arguments)]
    paths = (Path(measured.cornu.__file__).parents[1], Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1:]


@pytest.fixture(scope="module", params=["eight arrays", "giant"])
def large(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    process("save_keras", folder, MEGABYTES, request.param)
    return folder, request.param


@pytest.mark.wide
@pytest.mark.skipif(not LINUX, reason="reads /proc")
@pytest.mark.parametrize("kind", measured.FILES)
def test_saving_and_loading_take_little_more_than_the_model(kind, large):
    """The model is among what is measured: of eight arrays, or of a single one."""
    folder, how = large
    for verb in ("save", "load"):
        (times,) = process(f"{verb}_{kind}", folder, MEGABYTES, how)
        assert 0.9 < float(times) < 1.2, verb
