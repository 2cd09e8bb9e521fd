"""Old import paths and names: what they give today, what is refused, and what is said."""

import importlib
import json

import pytest

from cornu.compat import OldNameWarning, notes, shims
from cornu.compat.lookup import at, find, joined, why_gone
from cornu.compat.old.modules import MODULES, STARS
from cornu.compat.old.names import GONE as GONE_TABLE
from cornu.compat.old.names import KEPT as KEPT_TABLE
from cornu.compat.old.names import NAMES
from tests.compat import old_names
from tests.compat.process import python

INSTALL = "import cornu.compat\ncornu.compat.install()\n"
FOUND = [*old_names.rows(old_names.IMPORTS)]
KEPT = [*old_names.rows(old_names.KEPT)]


@pytest.fixture(autouse=True)
def told_anew():
    notes.forget()
    shims.forget()
    yield
    notes.forget()
    shims.forget()


def imported(path, name):
    """What `from path import name` gives in a program, without the import hook."""
    if shims.is_old(path):
        return getattr(shims.old_module(path), name)
    return find(path.partition(".")[2], name, "")


def today(room, name):
    return getattr(importlib.import_module(f"cornu.{room}" if room else "cornu"), name)


def test_there_are_at_least_150_old_names():
    assert len({(path, name) for path, name, *_ in (*FOUND, *KEPT)}) >= 150


@pytest.mark.parametrize("path, name, room, new", FOUND, ids=lambda part: part)
def test_an_old_import_gives_the_name_of_today(path, name, room, new):
    expected = today(room, new)
    with pytest.warns(OldNameWarning, match=r"is an old name\. Today: (tensorflow\.)?keras") as said:
        found = imported(path, name)
    assert expected in (found, getattr(found, "today", found))  # or with the defaults of its time
    assert len(said) == 1


@pytest.mark.parametrize("path, name, room, new", KEPT, ids=lambda part: part)
@pytest.mark.filterwarnings("ignore::cornu.compat.notes.OldNameWarning")
def test_an_old_name_that_is_kept_is_found(path, name, room, new):
    assert imported(path, name) is today(f"compat.{room}", new)


@pytest.mark.parametrize("row, words", old_names.GONE.items())
def test_what_is_gone_is_refused_with_what_to_write(row, words):
    path, name = row.split()
    key = path.partition(".")[2]
    if shims.is_old(path):
        with pytest.raises(AttributeError) as error:
            imported(path, name)
        assert words in str(error.value)
    else:
        assert words in why_gone(f"{key}.{name}")


def test_each_row_of_the_tables_leads_to_something():
    for old, new in NAMES.items():
        assert callable(at(new)), old
        assert old not in GONE_TABLE
        assert old not in KEPT_TABLE
    for key, file in KEPT_TABLE.items():
        assert callable(today(f"compat.{file}", key.rpartition(".")[2]))
    for path, rooms in MODULES.items():
        for room in rooms:
            assert today(room, "__all__"), path
    for path, names in STARS.items():
        module = shims.old_module(f"keras.{path}")
        assert module.__all__ == names.split()
    assert not set(MODULES) & set(GONE_TABLE)


def test_every_sentence_of_what_is_gone_is_one():
    for text in GONE_TABLE.values():
        assert text[0].isupper()
        assert text.endswith(".")


@pytest.mark.parametrize("path", sorted(STARS))
@pytest.mark.filterwarnings("ignore::cornu.compat.notes.OldNameWarning")
def test_import_star_finds_all_it_names(path):
    module = shims.old_module(f"keras.{path}")
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_an_old_module_without_a_list_brings_what_its_rooms_have():
    assert "Adam" in shims.old_module("keras.optimizers.legacy").__all__
    assert not hasattr(shims.old_module("keras.layers.core"), "__file__")


# --------------------------------------------------------------------------------- in real processes


def test_all_rows_by_the_import_statement():
    found = [(p, n, joined(r, m)) for p, n, r, m in FOUND if n != "Input" or r]
    kept = [(p, n, f"compat.{r}.{m}") for p, n, r, m in KEPT]
    program = f"""
import importlib, json, warnings
warnings.simplefilter("ignore")
bad, wrong = [], {{}}
for path, name, today in {[*found, *kept]!r}:
    names = {{}}
    exec(f"from {{path}} import {{name}}", names)
    room, _, new = today.rpartition(".")
    expected = getattr(importlib.import_module("cornu." + room if room else "cornu"), new)
    if expected not in (names[name], getattr(names[name], "today", None)):
        bad.append((path, name))
for row in {[*old_names.GONE]!r}:
    path, name = row.split()
    for line in (f"from {{path}} import {{name}}", f"import {{path}}\\n{{path}}.{{name}}"):
        try:
            exec(line, {{}})
        except (ImportError, AttributeError) as error:
            wrong[line] = str(error)
print(json.dumps([bad, wrong]))
"""
    done = python("-c", INSTALL + program)
    assert done.returncode == 0, done.stderr
    bad, said = json.loads(done.stdout)
    assert bad == []
    for row, words in old_names.GONE.items():
        path, name = row.split()
        assert words in said[f"from {path} import {name}"]
        assert words in said[f"import {path}\n{path}.{name}"]


def test_old_paths_are_attributes_too(tmp_path):
    program = """
import warnings
warnings.simplefilter("ignore")
import keras, tensorflow as tf
import keras.layers.core as core
from keras.layers import *
from keras.optimizers import adam
assert keras.layers.core.Dropout is core.Dropout is Dropout
assert keras.layers.core is core
assert keras.utils.np_utils.to_categorical is tf.keras.utils.to_categorical
assert keras.engine.topology.Layer is keras.layers.Layer
assert tf.keras.layers.experimental.preprocessing.Rescaling is keras.layers.Rescaling
assert keras.optimizers.adam is keras.optimizers.Adam is adam
assert Merge is keras.layers.Merge and merge.add is keras.layers.add
from keras.layers.core import *
assert Dense is keras.layers.Dense
model = keras.Sequential([keras.Input((3,)), Highway(), MaxoutDense(2), ThresholdedReLU(0.1)])
model.save("model.keras")
again = keras.models.load_model("model.keras")
assert [type(each) for each in again.layers] == [Highway, MaxoutDense, keras.layers.ReLU]
config = {"class_name": "ThresholdedReLU", "config": {"theta": 0.5, "name": "t"}}
assert keras.layers.deserialize(config).threshold == 0.5
config = {"class_name": "CuDNNLSTM", "config": {"units": 2, "name": "r", "time_major": False}}
assert keras.layers.deserialize(config).units == 2
keras.backend.image_dim_ordering = lambda: "th"
assert keras.backend.image_dim_ordering() == "th"
before = warnings.formatwarning(UserWarning("w"), UserWarning, "f", 1, "code")
cornu.compat.uninstall()
assert before == warnings.formatwarning(UserWarning("w"), UserWarning, "f", 1, "code")
assert before == "f:1: UserWarning: w\\n  code\\n"
assert warnings.formatwarning.__module__ == "warnings"
assert not hasattr(cornu.layers, "Merge") and type(cornu.layers) is type(warnings)
assert cornu.layers.Convolution2D is cornu.layers.Conv2D
cornu.compat.install()
import keras
assert keras.layers.Merge is Merge and keras.layers.Convolution2D is not keras.layers.Conv2D
print("all")
"""
    done = python("-c", INSTALL + program, folder=tmp_path)
    assert done.stdout == "all\n", done.stderr


MODERN = """
import keras
import numpy as np
from keras import layers, models, optimizers, losses, metrics, callbacks, regularizers
from keras import initializers, utils
from keras import backend as K, preprocessing, saving, ops, random, constraints, mixed_precision
from keras.layers import *
from keras.utils import Sequence, to_categorical, pad_sequences
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.image import load_img, img_to_array
from keras.regularizers import l1, l2, l1_l2
from keras.constraints import max_norm
from keras.layers import Convolution2D
from tensorflow import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.preprocessing.text import Tokenizer
from tensorflow.keras.layers import Dense
import tensorflow.keras.backend as K
model = keras.Sequential([keras.Input((6, 6, 1)), Convolution2D(2, (3, 3), activation="relu"), Flatten(),
    Dense(2, activation="softmax", kernel_regularizer=l2(0.01), kernel_constraint=max_norm(2))])
model.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(np.zeros((4, 6, 6, 1), "float32"), np.array([0, 1, 0, 1]), epochs=1, verbose=0)
print(model.layers[0].name, K.image_data_format())
"""


def test_code_that_is_right_today_is_told_nothing():
    done = python("-W", "error", "-c", INSTALL + MODERN)
    assert (done.stderr, done.stdout) == ("", "conv2d channels_last\n")


OLD = """
import keras.objectives
from keras.layers.core import Dense
from keras.layers.core import Dense, Dropout
from keras.utils import np_utils
for _ in range(2):
    np_utils.to_categorical([0, 1])
"""


@pytest.mark.parametrize(
    "words, install, lines",
    [
        ((), "", ["3: OldNameWarning: keras.layers.core", "7: OldNameWarning: keras.utils.np_utils"]),
        (
            ("-W", "always"),
            "",
            ["3: OldNameWarning: keras.layers.core", "7: OldNameWarning: keras.utils.np_utils"],
        ),
        (("-W", "ignore"), "", []),
        ((), "notes=False", []),
    ],
    ids=["by default", "always", "ignored", "turned off"],
)
@pytest.mark.wide
def test_a_note_is_one_line_once_at_the_users_line(tmp_path, words, install, lines):
    (tmp_path / "script.py").write_text(OLD)
    program = f"import cornu.compat, runpy\ncornu.compat.install({install})\nrunpy.run_path('script.py')"
    done = python(*words, "-c", program, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert len(said) == len(lines)
    for line, expected in zip(said, lines, strict=True):
        assert line.startswith(f"script.py:{expected} is an old name. Today: keras.")


# ------------------------------------------------------------------------------------------- notes


def spoken(*calls):
    """The notes that these calls give under the filter "always"."""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for call in calls:
            notes.note(*call)
    return caught


def test_a_name_is_told_once_under_either_root():
    said = spoken(("keras.a", "b"), ("tensorflow.keras.a", "b"), ("keras.a", "b"), ("keras.c", "d"))
    assert [str(each.message) for each in said] == [
        "keras.a is an old name. Today: b",
        "keras.c is an old name. Today: d",
    ]
    assert {each.filename for each in said} == {__file__}
    assert {each.category for each in said} == {OldNameWarning}


@pytest.mark.parametrize("value", ["0", "off", "False", "no"])
def test_the_environment_silences_notes(monkeypatch, value):
    monkeypatch.setenv(notes.SILENT, value)
    assert spoken(("keras.a", "b")) == []
    monkeypatch.setenv(notes.SILENT, "1")
    assert len(spoken(("keras.a", "b"))) == 1


def test_notes_can_be_turned_off():
    notes.turn(False)
    try:
        assert spoken(("keras.a", "b")) == []
    finally:
        notes.turn(True)


def test_where_warnings_are_errors_each_use_is_one():
    for _ in range(2):
        with pytest.raises(OldNameWarning, match=r"keras\.a is an old name"):
            notes.note("keras.a", "b")
