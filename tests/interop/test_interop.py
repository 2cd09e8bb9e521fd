"""Keras and Cornu, each in a process of its own, read what the other one wrote: the weights are the same
to the bit, so are predictions and the next five steps of training up to rounding."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.interop.cases import CASES

QUICK = ("siamese", "partly_frozen", "stacked_gru", "optimizer-6-Adam")
EXACT = ("weights", "alone", "optimizer")
ORDER = (*EXACT, "outputs", "logs", "after", "state_after")  # the first that differs tells most


class Pair:
    """The two processes."""

    def __init__(self, folder):
        self.folder = folder
        environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        self.errors = {name: (folder / f"{name}.log").open("w") for name in ("keras", "cornu")}
        self.processes = {
            name: subprocess.Popen(
                [sys.executable, "-m", "tests.interop.worker", name, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=environment,
            )
            for name, log in self.errors.items()
        }
        for name in self.processes:
            assert self._answer(name) == "ready"

    def _answer(self, name):
        line = self.processes[name].stdout.readline().strip()
        return line or f"the process ended: {(self.folder / f'{name}.log').read_text()[-2000:]}"

    def both(self, task, name):
        """Both do a task at once; gives the errors."""
        for process in self.processes.values():
            process.stdin.write(f"{task} {name}\n")
            process.stdin.flush()
        answers = [self._answer(each) for each in self.processes]
        return [json.loads(a) if a.startswith('"') else a for a in answers if a != "done"]

    def close(self):
        for process in self.processes.values():
            process.stdin.close()
            process.wait(timeout=60)
            process.stdout.close()
        for log in self.errors.values():
            log.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    found = Pair(tmp_path_factory.mktemp("interop"))
    yield found
    found.close()


def arrays(pair, name, what):
    with np.load(pair.folder / f"{name}.{what}.npz") as found:
        return {key: found[key] for key in found.files}


def check(pair, name):
    """All that both libraries saw of one case."""
    errors = pair.both("write", name) + pair.both("read", name)
    if errors:
        pytest.fail("\n".join(errors), pytrace=False)
    for writer, reader in (("keras", "cornu"), ("cornu", "keras")):
        expected, found = arrays(pair, name, f"{writer}-wrote"), arrays(pair, name, f"{reader}-read")
        expected |= {
            key.replace("weights", "alone"): a for key, a in expected.items() if "weights" in key
        }
        assert sorted(found) == sorted(expected), f"{writer} to {reader}"
        for key in sorted(expected, key=lambda key: ORDER.index(key.rpartition("-")[0])):
            exact = key.rpartition("-")[0] in EXACT
            np.testing.assert_allclose(
                found[key],
                expected[key],
                rtol=0 if exact else 2e-4,
                atol=0 if exact else 2e-5,
                err_msg=f"{writer} to {reader}: {key}",
            )


@pytest.mark.parity
def test_some_models_go_both_ways(pair):
    for name in QUICK:
        check(pair, name)


@pytest.mark.wide
@pytest.mark.parity
@pytest.mark.parametrize("name", [name for name in CASES if name not in QUICK])
def test_every_model_goes_both_ways(pair, name):
    check(pair, name)
