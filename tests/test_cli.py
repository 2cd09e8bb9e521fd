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
        ("demolish", "Known commands: inspect, launch, run, upgrade."),
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
    assert "one of the arguments script -m is required" in done.stderr


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


CHAINED = """\
try:
    from tensorflow import nothing_of_this_name
except ImportError as error:
    found = [error]
try:
    1 / 0
except ZeroDivisionError as error:
    found.append(error)
raise ExceptionGroup("two", found) from found[0]
"""


def test_chained_errors_and_groups_have_no_frame_of_ours(tmp_path):
    script = program(tmp_path, CHAINED)
    done = cornu("run", script)
    files = re.findall(r'File "(.*?)", line', done.stderr)
    assert done.returncode == 1
    assert len(files) == 4
    assert set(files) == {str(script)}
    assert "direct cause" in done.stderr
    assert "ExceptionGroup: two (2 sub-exceptions)" in done.stderr


FAULTS = """\
import io, sys, traceback
import numpy as np
from keras import Sequential, callbacks, config, layers
import cornu.cli
from cornu.compat.program import show_error

class Mine(layers.Layer):
    def call(self, x):
        return x + undefined if MODE == "layer" else x

class Watch(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        {}["callback" if MODE == "callback" else 0] if MODE != "generator" else None

def batches():
    for i in range(3):
        if i == 2 and MODE == "generator":
            open("/no/such/file")
        yield np.ones((2, 3)), np.ones((2, 1))

def train():
    model = Sequential([Mine(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(batches(), steps_per_epoch=3, callbacks=[Watch()], verbose=0)

MODE = "layer"
for MODE in ("layer", "callback", "generator"):
    try:
        train()
    except Exception as error:
        show_error(error, cornu.cli.__file__)
        print("=" * 9, file=sys.stderr)
MODE = "layer"
config.disable_traceback_filtering()
train()
"""


def test_faults_of_the_users_parts_within_fit_are_shown_by_the_users_frames(tmp_path):
    """In a layer, in a callback, in a generator: frames of Cornu between are left out."""
    script = program(tmp_path, FAULTS)
    done = cornu("run", script)
    assert done.returncode == 1
    layer, callback, generator, whole = done.stderr.split("=" * 9 + "\n")
    for said, last, error in (
        (layer, "call", "NameError: name 'undefined' is not defined"),
        (callback, "on_epoch_end", "KeyError: 'callback'"),
        (generator, "batches", "FileNotFoundError: "),
    ):
        frames = re.findall(r'File "(.*?)", line \d+, in (\S+)', said)
        assert frames == [(str(script), "<module>"), (str(script), "train"), (str(script), last)]
        assert said.count("Traceback") == 1
        assert error in said
    assert 'in Mine "' in layer
    assert "training" in whole
    assert whole.rstrip().split("\n")[1].startswith(f'  File "{script}"')


def test_an_error_that_cornu_raises_keeps_its_frames_below_the_users(tmp_path):
    done = cornu("run", program(tmp_path, "from keras.layers import Dense\nDense(-1)\n"))
    assert done.stderr.splitlines()[1].startswith(f'  File "{tmp_path}/script.py", line 2, in <module>')
    assert "Dense" in done.stderr.splitlines()[-1]


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    program(folder, "", "__init__.py")
    program(folder, "import keras\nNAME = keras.__name__\n", "other.py")
    text = "import sys\nfrom . import other\n"
    text += "print(__name__, __file__, __package__, __spec__.name, sys.argv, sys.path[0], other.NAME)\n"
    program(folder, text, "__main__.py")
    text = text.replace("from . import other\n", "").replace(", other.NAME", "")
    program(folder, text, "plain.py")
    return tmp_path


def test_a_module_runs_as_python_m_runs_it(package):
    words = ["package.plain", "-m", "x", "--help"]
    theirs = python("-m", *words, folder=package)
    ours = cornu("run", "-m", *words, folder=package)
    assert (ours.returncode, ours.stderr) == (0, "")
    assert ours.stdout == theirs.stdout
    of_package = cornu("run", "-q", "-m", "package", folder=package)
    assert "package.__main__" in of_package.stdout
    assert of_package.stdout.endswith("cornu\n")


@pytest.mark.parametrize(
    "name, said",
    [
        ("nothing_like_it", 'there is no module "nothing_like_it" here. Give its name without .py.'),
        ("json.nothing", 'there is no module "json.nothing" here.'),
        ("email", 'the package "email" has no __main__.py'),
        ("math", 'the module "math" is not written in Python'),
    ],
)
def test_a_module_that_cannot_be_run_is_named(name, said):
    from cornu.compat.program import NoProgramError, execute_module

    with pytest.raises(NoProgramError) as caught:
        execute_module(name)
    assert said in str(caught.value)


CHILDREN = """\
import inspect, multiprocessing, pickle
import keras

class Mine:
    pass

def work(x):
    import cornu, keras
    return keras is cornu, x

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [1]), keras.__name__)
    print(type(pickle.loads(pickle.dumps(Mine()))) is Mine)
    print(inspect.getsource(Mine) + inspect.getsource(work).splitlines()[-1])
"""


def test_processes_that_a_script_spawns_find_cornu_too(tmp_path):
    done = cornu("run", program(tmp_path, CHILDREN))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "[(True, 1)] cornu\nTrue\nclass Mine:\n    pass\n    return keras is cornu, x\n"
    )


def test_quiet_says_nothing_of_old_names(tmp_path):
    text = (
        "from keras.layers.core import Dense\nfrom keras.layers import Dense as D\nprint(Dense is D)\n"
    )
    script = program(tmp_path, text)
    loud, quiet = cornu("run", script), cornu("run", "--quiet", script)
    assert loud.stdout == quiet.stdout == "True\n"
    assert "keras.layers.core is an old name" in loud.stderr
    assert quiet.stderr == ""


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
