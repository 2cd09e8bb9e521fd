"""`keras` and `tensorflow.keras` are Cornu's modules once `install()` was called.

Each program runs in a process of its own: this one may have imported the real Keras.
"""

import importlib
import json
import re
import sys
from types import ModuleType

import pytest

from cornu import compat
from cornu.compat import missing, rooms, tensorflow
from cornu.compat.finder import ROOMS, ROOTS
from tests.compat.process import python

INSTALL = "import cornu.compat\ncornu.compat.install()\n"


def said(program: str, **options) -> str:
    """What a program prints after `install()`."""
    done = python("-c", INSTALL + program, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_process_of_these_tests_has_no_keras():
    for name in ("keras", "tensorflow", "tf_keras"):
        done = python("-c", f"import {name}")
        assert done.returncode == 1
        assert f"{name} is blocked in this process" in done.stderr


def test_every_alias_is_the_module_object_itself():
    program = """
import importlib
for alias, ours in cornu.compat.ALIASES.items():
    module = importlib.import_module(alias)
    assert module is importlib.import_module(ours), alias
    assert module.__name__ == module.__spec__.name == ours, alias
print("all")
"""
    assert said(program) == "all"


def test_the_aliases_cover_keras_tf_keras_and_tensorflow_keras():
    wanted = "models layers optimizers losses metrics callbacks activations initializers"
    wanted += " regularizers constraints utils random backend"
    assert set(wanted.split()) <= set(ROOMS)
    assert ROOTS == ("keras", "tf_keras", "tensorflow.keras")


@pytest.mark.parametrize(
    "line",
    [
        "from tensorflow.keras.layers import Dense",
        "from keras.layers import Dense",
        "from keras import layers; Dense = layers.Dense",
        "import keras; Dense = keras.layers.Dense",
        "import keras.layers as l; Dense = l.Dense",
        "import tensorflow as tf; Dense = tf.keras.layers.Dense",
        "import tensorflow.keras as k; Dense = k.layers.Dense",
        "from tensorflow import keras; Dense = keras.layers.Dense",
        "from tf_keras.layers import Dense",
        "from keras.layers import *",
    ],
)
def test_each_way_to_import_gives_cornus_class(line):
    assert said(f"{line}\nimport cornu.layers\nprint(Dense is cornu.layers.Dense)") == "True"


def test_importing_keras_alone_does_not_import_jax():
    program = "import sys, keras, tensorflow\nprint('jax' in sys.modules)"
    assert said(program) == "False"


def test_it_wins_over_an_installed_keras(tmp_path):
    for name in ("keras", "tensorflow"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong one')\n")
    program = "import keras, tensorflow\nprint(keras is cornu, tensorflow.keras is cornu)"
    assert said(program, folder=tmp_path, block=False) == "True True"


@pytest.mark.parametrize("name", ["tensorflow_datasets", "kerasy", "cornu.core.nothing"])
def test_other_imports_are_left_alone(errors, name):
    assert errors[f"import {name}"] == f"ModuleNotFoundError No module named '{name}'"


def test_installing_twice_is_installing_once():
    program = "import sys\nbefore = list(sys.meta_path)\ncornu.compat.install()\n"
    assert said(program + "print(sys.meta_path == before, cornu.compat.installed())") == "True True"


def test_uninstall_gives_the_names_back(tmp_path):
    (tmp_path / "keras.py").write_text("name = 'another'\n")
    program = """
import keras, keras.losses, keras.activations
assert keras is cornu
cornu.compat.uninstall()
cornu.compat.uninstall()
assert not hasattr(cornu.activations, "__path__") and not hasattr(cornu.losses, "__getattr__")
import keras
print(keras.name, cornu.compat.installed())
"""
    assert said(program, folder=tmp_path, block=False) == "another False"


@pytest.mark.parametrize("name", ["keras", "tensorflow", "tf_keras"])
def test_installing_after_the_real_one_was_imported_is_refused(monkeypatch, name):
    for other in ("keras", "tensorflow", "tf_keras"):
        monkeypatch.delitem(sys.modules, other, raising=False)
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    with pytest.raises(RuntimeError, match=rf"comes too late: the real {name} .* Call it first"):
        compat.install()
    assert not compat.installed()


OTHERS = ["import tensorflow_datasets", "import kerasy", "import cornu.core.nothing"]
MISSING = [
    ("from keras.layers import TFSMLayer", 'ImportError .*not have "keras.layers.TFSMLayer" yet'),
    ("from keras.layers import Dnse", 'ImportError .*yet. Did you mean "Dense"\\?'),
    ("from tensorflow.keras.layers import Dnse", 'ImportError .*Did you mean "Dense"\\?'),
    ("from keras.activations import rleu", 'ImportError .*Did you mean "relu"\\?'),
    ("from keras.layers import Sequential", "ImportError .*Write: from keras.models import"),
    ("from keras.layers import Variable", "ImportError .*in keras. Write: from keras import Variable"),
    ("from keras import Dens", 'ImportError .*Did you mean "Dense" of keras.layers\\?'),
    ("import keras.layers; keras.layers.Dnse", 'AttributeError .*Did you mean "Dense"\\?'),
    ("import keras.activations as a; a.rleu", 'AttributeError .*Did you mean "relu"\\?'),
    (
        "import keras.applications",
        'ModuleNotFoundError Cornu does not have "keras.applications".*not built yet',
    ),
    ("from keras.applications import VGG16", "ModuleNotFoundError .*keras.applications"),
    (
        "from keras import applications",
        'ImportError Cornu does not have "keras.applications".*not built yet',
    ),
    ("from keras.datasets import minst", 'ImportError .*keras.datasets.minst.*Did you mean "mnist"\\?'),
    ("import keras.optimizer", 'ModuleNotFoundError .*Did you mean "optimizers"\\?'),
    ("import keras.a.b", 'ModuleNotFoundError Cornu does not have "keras.a" yet'),
    ("import tensorflow.lite", "ModuleNotFoundError .*stand-in.*Use model.save"),
    ("import tensorflow.estimator", "ModuleNotFoundError .*stand-in.*Use a keras.Model with fit"),
    ("import tensorflow as tf; tf.contrib", "AttributeError .*tensorflow.contrib.*keras.layers"),
    ("import tensorflow.math as m; m.reduce_meen", 'AttributeError .*mean "reduce_mean"'),
    ("from tensorflow.nn import sofmax", 'ImportError .*Did you mean "softmax"'),
    (
        "import tensorflow.compat.v1 as tf; tf.Session",
        "AttributeError .*no graphs and sessions.*tf.function",
    ),
    ("import tensorflow.compat.v1 as tf; tf.disable_v2_behavior()", "AttributeError .*no graphs"),
    (
        "import tensorflow.data.servise",
        "ModuleNotFoundError .*tensorflow.data.servise. is not built yet",
    ),
    ("from tensorflow.data import Datset", 'ImportError .*Did you mean "Dataset"'),
    ("import tensorflow as tf; tf.data.Datset", 'AttributeError .*Did you mean "Dataset"'),
    ("from tensorflow import placeholder", "ImportError .*stand-in.*Use a function's argument"),
    ("import tensorflow as tf; tf.foobarbaz", "AttributeError .*stand-in.*Use keras.ops or NumPy"),
    ("import tensorflow as tf; tf.constnt", 'AttributeError .*Did you mean "constant"\\?'),
    ("import tensorflow as tf; tf.kears", 'AttributeError .*Did you mean "keras"\\?'),
]


@pytest.fixture(scope="module")
def errors():
    """The error that each of these lines raises, with its class."""
    program = f"""
import importlib
import json
errors = {{}}
for line in {[*OTHERS, *(line for line, _ in MISSING)]!r}:
    try:
        exec(line, {{}})
    except Exception as error:
        errors[line] = f"{{type(error).__name__}} {{error}}"
print(json.dumps(errors))
"""
    return json.loads(said(program))


@pytest.mark.parametrize("line, message", MISSING)
def test_what_is_missing_is_named_with_the_closest_name(errors, line, message):
    assert re.search(message, errors[line]), errors[line]


def test_looking_for_a_name_that_is_missing_is_no_error():
    program = "import keras.layers, tensorflow\nprint(hasattr(keras.layers, 'TFSMLayer'), "
    assert said(program + "hasattr(tensorflow, 'placeholder'))") == "False False"


def test_python_adds_no_suggestion_of_its_own():
    done = python("-c", INSTALL + "import keras.layers\nkeras.layers.Dens")
    assert done.stderr.strip().endswith('Did you mean "Dense"?')


def test_an_unknown_name_is_told_without_importing_what_is_heavy():
    program = """
import sys
try:
    from keras.layers import Dnse
except ImportError as error:
    print(error)
heavy = ("sklearn", "pandas", "PIL", "h5py", "cornu.wrappers", "cornu.layers.core")
print([name for name in heavy if name in sys.modules])
"""
    assert said(program).splitlines()[1:] == ["[]"]


def test_names_are_those_of_the_rooms():
    for room in ("", *ROOMS):
        written = rooms._written(room)
        found = importlib.import_module(f"cornu.{room}".rstrip(".")).__all__
        assert written is None or written == tuple(found)
    assert sum(rooms._written(room) is not None for room in ROOMS) > 25


def test_the_stand_in_says_that_it_is_one():
    assert "+cornu." in tensorflow.__version__
    assert tensorflow.__doc__.startswith("Cornu's stand-in for TensorFlow")
    with pytest.raises(AttributeError, match=r"Cornu's stand-in.*Use tf.GradientTape"):
        _ = tensorflow.gradients
    for name, instead in missing.INSTEAD_OF_TENSORFLOW.items():
        assert missing.missing_in_tensorflow(name).endswith(f"{instead}.")


def test_matplotlib_draws_beside_the_stand_in():
    program = "import tensorflow, matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('drawn')"
    assert said(program) == "drawn"
