"""The command `cornu`, in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

import cornu as library
from cornu import cli
from tests.compat.process import cornu, environment, python


def program(folder, text, name="script.py"):
    (folder / name).write_text(text)
    return folder / name


def test_version():
    done = cornu("--version")
    assert (done.returncode, done.stdout) == (0, f"cornu {library.__version__}\n")


@pytest.mark.parametrize("words", [["--help"], []])
def test_help_names_the_commands(words):
    done = cornu(*words)
    assert done.returncode == 0
    assert "run a Keras program with Cornu as its keras" in " ".join(done.stdout.split())


def test_help_does_not_import_jax():
    code = "import sys, cornu.cli; cornu.cli.main([]); sys.exit('jax' in sys.modules)"
    assert python("-c", code).returncode == 0


@pytest.mark.parametrize(
    "word, hint",
    [
        ("rnu", 'Did you mean "run"?'),
        ("demolish", "Known commands: run."),
        ("train.py", "Did you mean: cornu run train.py"),
    ],
)
def test_an_unknown_command_gives_status_2_and_the_closest_name(capsys, word, hint):
    assert cli.main([word]) == 2
    assert capsys.readouterr().err == f'cornu: "{word}" is no command. {hint}\n'


def test_a_missing_script_is_named_with_its_neighbour(tmp_path, capsys):
    program(tmp_path, "", "first_mlp.py")
    assert cli.main(["run", str(tmp_path / "frist_mlp.py")]) == 2
    said = capsys.readouterr().err
    assert 'frist_mlp.py" does not exist. Give the path of a .py file.' in said
    assert said.endswith('Did you mean "first_mlp.py"?\n')


def test_a_folder_is_no_script(tmp_path, capsys):
    assert cli.main(["run", str(tmp_path)]) == 2
    assert "is a folder. Give the path of a .py file." in capsys.readouterr().err


def test_run_without_a_script_says_so():
    done = cornu("run")
    assert done.returncode == 2
    assert "the following arguments are required: script" in done.stderr


def test_a_script_runs_as_python_runs_it(tmp_path):
    """Printed facts about the script's surroundings are those under `python script.py`."""
    (tmp_path / "inner").mkdir()
    program(tmp_path / "inner", "ANSWER = 42\n", "helper.py")
    script = program(
        tmp_path / "inner",
        "import sys, os, pickle, helper\n"
        "class Mine: ...\n"
        "pickle.dumps(Mine())\n"
        "print(__name__, __file__, sys.argv, sys.path[0], os.getcwd(), helper.ANSWER)\n"
        "print(sys.modules['__main__'].Mine is Mine, __spec__, __package__, type(__builtins__))\n",
    )
    words = ["--version", "-h", "--", "x y", "-3"]
    for path in (script, "inner/script.py"):
        ours = cornu("run", path, *words, folder=tmp_path)
        theirs = python(path, *words, folder=tmp_path)
        assert (ours.returncode, ours.stderr) == (0, "")
        assert ours.stdout == theirs.stdout


def test_keras_is_cornu_in_a_script(tmp_path):
    text = "import keras, cornu, tensorflow as tf\nprint(keras is cornu is tf.keras)"
    script = program(tmp_path, text)
    assert cornu("run", script).stdout == "True\n"


@pytest.mark.parametrize(
    "ending, status, stderr",
    [
        ("", 0, ""),
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('no data')", 1, "no data\n"),
        ("raise SystemExit", 0, ""),
        ("raise KeyboardInterrupt", 130, "Stopped by Ctrl-C.\n"),
        ("raise KeyboardInterrupt('Stopped in epoch 2.')", 130, "Stopped in epoch 2.\n"),
    ],
)
def test_the_exit_status_is_kept(tmp_path, ending, status, stderr):
    done = cornu("run", program(tmp_path, ending))
    assert (done.returncode, done.stderr) == (status, stderr)


def test_an_error_is_printed_as_python_prints_it(tmp_path):
    script = program(tmp_path, "def f():\n    return 1 / 0\n\nprint('before')\nf()\n")
    ours, theirs = cornu("run", script), python(script)
    assert ours.returncode == theirs.returncode == 1
    assert ours.stderr == theirs.stderr
    assert "ZeroDivisionError" in ours.stderr


def test_a_syntax_error_shows_the_users_line_only(tmp_path):
    script = program(tmp_path, "x = (1,\nprint 'hello'\n")
    ours, theirs = cornu("run", script), python(script)
    assert ours.returncode == 1
    assert ours.stderr == theirs.stderr


def test_the_users_own_excepthook_is_called(tmp_path):
    text = "import sys\nsys.excepthook = lambda *e: print('mine', e[0].__name__)\n1 / 0\n"
    assert cornu("run", program(tmp_path, text)).stdout == "mine ZeroDivisionError\n"


def test_a_missing_name_is_shown_at_the_users_line_without_our_frames(tmp_path):
    done = cornu("run", program(tmp_path, "from keras.layers import Dense, TFSMLayer\n"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[:3] == [
        "Traceback (most recent call last):",
        f'  File "{tmp_path}/script.py", line 1, in <module>',
        "    from keras.layers import Dense, TFSMLayer",
    ]
    assert 'ImportError: Cornu does not have "keras.layers.TFSMLayer" yet.' in done.stderr
    assert "finder.py" not in done.stderr
    assert "importlib" not in done.stderr


# `python -m cornu`, heeding Ctrl-C: what a shell runs in the background ignores it, and so would
# its children.
CORNU = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("cornu", run_name="__main__")
"""
TRAINING = """
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
model = Sequential([Dense(1, input_dim=4)])
model.compile("sgd", "mse")
model.fit(np.ones((64, 4)), np.ones(64), epochs=1, verbose=0)
print("ready", flush=True)
model.fit(np.ones((64, 4)), np.ones(64), epochs=10**9, verbose=0)
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent otherwise on Windows")
@pytest.mark.parametrize(
    "text, said",
    [
        ("import time\nprint('ready', flush=True)\ntime.sleep(60)\n", r"Stopped by Ctrl-C\."),
        (TRAINING, r"Stopped in epoch \d+ of 1000000000\. The model keeps .*"),
    ],
    ids=["sleeping", "training"],
)
def test_ctrl_c_gives_status_130_and_one_line(tmp_path, text, said):
    words = [sys.executable, "-c", CORNU, "run", str(program(tmp_path, text))]
    pipe = subprocess.PIPE
    streams = {"stdout": pipe, "stderr": pipe, "text": True, "env": environment()}
    with subprocess.Popen(words, **streams) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(said + "\n", stderr), stderr
