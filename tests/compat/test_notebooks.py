"""Cornu as `keras` in a notebook: by `%load_ext cornu`, or by a first cell. No kernel is needed."""

import json

import pytest

from tests.compat.process import python

SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell = InteractiveShell.instance()
results = []
for cell in json.loads(sys.argv[1]):
    with capture_output() as captured:
        done = shell.run_cell(cell)
    error = done.error_before_exec or done.error_in_exec
    results.append([captured.stdout, f"{type(error).__name__}: {error}" if error else ""])
print(json.dumps(results))
"""


def run(*cells, **options):
    """What each cell prints, and its error."""
    done = python("-c", SHELL, json.dumps(cells), **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


ASK = "import keras, cornu\nfrom keras.layers import Dense\nprint(keras is cornu, Dense(3).units)"


def test_the_extension_and_its_end(tmp_path):
    (tmp_path / "keras.py").write_text("__version__ = 'the other one'\n")
    found = run(
        "%load_ext cornu",
        ASK,
        "%reload_ext cornu",
        "%unload_ext cornu",
        "import keras\nprint(keras.__version__)",
        "%load_ext cornu",
        folder=tmp_path,
        block=False,
    )
    assert found[:5] == [["", ""], ["True 3\n", ""], ["", ""], ["", ""], ["the other one\n", ""]]
    # too late: that was the other one
    assert found[5][1].startswith("RuntimeError: cornu.compat.install() comes too late: the real keras")


def test_a_first_cell():
    install = "import cornu.compat; cornu.compat.install()"
    fit = "import numpy as np\nfrom keras.models import Sequential\nmodel = Sequential([Dense(1)])\n"
    fit += "model.compile('sgd', 'mse')\n"
    fit += "print(sorted(model.fit(np.ones((4, 2)), np.ones(4), epochs=1, verbose=0).history))"
    assert run(install, ASK, fit) == [["", ""], ["True 3\n", ""], ["['loss']\n", ""]]
