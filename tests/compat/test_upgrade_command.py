"""The command `cornu upgrade`: what it shows, what it writes, what it gives back."""

import json
import os
import sys

import pytest

from cornu import cli
from tests.compat.process import cornu, environment, python

OLD = "from keras.layers.core import Dense\n\nDense(output_dim=3)  # a comment\n"
NEW = "from keras.layers import Dense\n\nDense(units=3)  # a comment\n"


def upgrade(*words):
    return cli.main(["upgrade", *map(str, words)])


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "old.py"
    path.write_text(OLD)
    return path


def test_the_difference_is_shown_and_nothing_written(script, capsys):
    assert upgrade(script) == 0
    said = capsys.readouterr()
    assert said.err == "1 of 1 programs to be rewritten (cornu upgrade --write).\n"
    assert said.out == (
        f"--- {script}\n+++ {script} (upgraded)\n@@ -1,3 +1,3 @@\n"
        "-from keras.layers.core import Dense\n+from keras.layers import Dense\n \n"
        "-Dense(output_dim=3)  # a comment\n+Dense(units=3)  # a comment\n"
    )
    assert script.read_text() == OLD
    assert os.listdir(script.parent) == ["old.py"]


def test_on_a_terminal_it_is_coloured(script, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    upgrade(script)
    said = capsys.readouterr().out
    assert "\x1b[32m+Dense(units=3)  # a comment\x1b[0m" in said
    assert "\x1b[31m-Dense(output_dim=3)  # a comment\x1b[0m" in said


def test_write_keeps_what_was_there(script, capsys):
    script.chmod(0o755)
    assert upgrade("--write", script) == 0
    assert capsys.readouterr().err == "1 of 1 programs rewritten.\n"
    assert script.read_text() == NEW
    assert (script.parent / "old.py.orig").read_text() == OLD
    assert script.stat().st_mode & 0o777 == 0o755
    script.write_text("from keras.layers.core import Dropout\nDropout(p=1)\n")
    upgrade("--write", script)
    assert (script.parent / "old.py.orig").read_text() == OLD  # the first is not lost
    assert "p=1" in (script.parent / "old.py.orig1").read_text()


def test_no_backup_keeps_nothing(script):
    upgrade("--write", "--no-backup", script)
    assert os.listdir(script.parent) == ["old.py"]
    assert script.read_text() == NEW


def test_check_gives_1_if_anything_would_change(script):
    assert upgrade("--check", script) == 1
    assert script.read_text() == OLD
    script.write_text(NEW)
    assert upgrade("--check", script) == 0


def test_folders_are_searched_but_not_what_is_hidden(tmp_path, capsys):
    for name in ("a.py", "deep/b.py", ".hidden/c.py", "__pycache__/d.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(OLD)
    assert upgrade("--check", tmp_path) == 1
    said = capsys.readouterr().out
    assert "a.py (upgraded)" in said
    assert "b.py (upgraded)" in said
    assert said.count("+++") == 2


def test_what_a_person_has_to_look_at_is_listed_with_its_line(tmp_path, capsys):
    path = tmp_path / "old.py"
    path.write_text("import keras\n\nx = keras.layers.Highway()\n")
    assert upgrade(path, "--write") == 0
    said = capsys.readouterr().out
    assert said.endswith(
        f"1 line needs a person's eye:\n  {path}:4: Keras 3 has no layers.Highway (cornu run has)\n"
    )
    assert path.read_text().splitlines()[2:] == [
        "# cornu upgrade: Keras 3 has no layers.Highway (cornu run has)",
        "x = keras.layers.Highway()",
    ]
    assert upgrade("--check", path) == 0  # marked once
    assert f"{path}:4: Keras 3 has no" in capsys.readouterr().out


def test_a_program_that_is_no_python_is_named_with_its_line_and_the_others_are_done(tmp_path, capsys):
    bad, good = tmp_path / "bad.py", tmp_path / "good.py"
    bad.write_text("import keras\nprint 'hello'\n")
    good.write_text(OLD)
    assert upgrade("--write", bad, good) == 2
    said = capsys.readouterr().err
    assert f"{bad}:2: this is not Python 3: Missing parentheses in call to 'print'" in said
    assert "Left as it is.\n1 of 2 programs rewritten.\n" in said
    assert good.read_text() == NEW


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("nothing.py", None, r'nothing.py" does not exist. Give .py or .ipynb files, or folders.'),
        ("bytes.py", b"import keras\n\xff\n", "cannot be read as text"),
        ("book.ipynb", b"{", "is no notebook: "),
        ("list.ipynb", b"[]", "has no list of cells"),
        ("old.ipynb", b'{"nbformat": 3, "worksheets": []}', "is a notebook of format 3"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, capsys, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert upgrade(path) == 2
    assert said in capsys.readouterr().err
    assert not path.exists() or path.read_bytes() == content


def test_encodings_stay(tmp_path):
    path = tmp_path / "old.py"
    text = "# -*- coding: latin-1 -*-\n# caf\xe9\n" + OLD
    path.write_bytes(text.encode("latin-1"))
    upgrade("--write", path)
    assert path.read_bytes() == text.replace(OLD, NEW).encode("latin-1")
    path.write_bytes(b"\xef\xbb\xbf" + OLD.encode())
    upgrade("--write", path)
    assert path.read_bytes() == b"\xef\xbb\xbf" + NEW.encode()


def test_without_libcst_it_says_what_to_install(script, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "libcst", None)
    assert upgrade(script) == 2
    assert 'pip install "cornu[upgrade]"' in capsys.readouterr().err


def test_nothing_else_imports_libcst():
    code = "import sys, cornu.cli, cornu.compat; cornu.compat.install(); import keras.layers\n"
    assert python("-c", code + "sys.exit('libcst' in sys.modules)").returncode == 0


# -- notebooks ------------------------------------------------------------------------------------

CELLS = [
    "%matplotlib inline\n!pip install keras\nfrom keras.layers.core import Dense\n"
    "from keras.models import Sequential",
    "model = Sequential()\nmodel.add(Dense(output_dim=3))\nprint('%d'\n      % 3)",
    "%%time\nmodel.fit(x, y, nb_epoch=3)\n",
    "%%bash\nDense(output_dim=3)",
    "h = model.predict_classes(x)\nmodel?",
]


@pytest.fixture
def notebook(tmp_path):
    cells = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {"tags": ["é"]},
            "outputs": [{"text": "Dense(output_dim=3)"}],
            "source": cell.splitlines(keepends=True),
        }
        for cell in CELLS
    ]
    cells.insert(1, {"cell_type": "markdown", "metadata": {}, "source": "Dense(output_dim=3)"})
    book = {"cells": cells, "metadata": {"kernelspec": {}}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n")
    return path


def test_the_code_cells_of_a_notebook_are_one_program(notebook, capsys):
    before = notebook.read_text()
    assert upgrade("--write", notebook) == 0
    after = notebook.read_text()
    sources = [
        "".join(cell["source"]) for cell in json.loads(after)["cells"] if cell["cell_type"] == "code"
    ]
    assert sources == [
        "%matplotlib inline\n!pip install keras\nfrom keras.layers import Dense\n"
        "from keras.models import Sequential",
        "model = Sequential()\nmodel.add(Dense(units=3))\nprint('%d'\n      % 3)",
        "%%time\nmodel.fit(x, y, epochs=3)\n",
        "%%bash\nDense(output_dim=3)",
        "h = model.predict(x).argmax(axis=-1)\nmodel?",
    ]
    changed = [
        (old, new)
        for old, new in zip(before.splitlines(), after.splitlines(), strict=True)
        if old != new
    ]
    assert len(changed) == 4  # everything else stands letter by letter
    said = capsys.readouterr().out
    assert f"--- {notebook} cell 1\n" in said
    assert f"+++ {notebook} cell 6 (upgraded)\n" in said
    assert upgrade("--check", notebook) == 0


def test_marks_in_notebooks_name_cell_and_line(notebook, capsys):
    book = json.loads(notebook.read_text())
    book["cells"].append({"cell_type": "code", "source": "import keras\n\nkeras.layers.Highway()"})
    notebook.write_text(json.dumps(book))
    upgrade("--write", notebook)
    assert f"{notebook}, cell 7, line 4: Keras 3 has no layers.Highway" in capsys.readouterr().out
    assert "\n" not in notebook.read_text()  # written on one line, as before


def test_a_cell_that_is_no_python_is_named(notebook, capsys):
    book = json.loads(notebook.read_text())
    book["cells"][2]["source"] = "x = 1\nprint 'hello'"
    notebook.write_text(json.dumps(book))
    assert upgrade(notebook) == 2
    assert f"{notebook}, cell 3, line 2: this is not Python 3" in capsys.readouterr().err


# -- the programs run -----------------------------------------------------------------------------

KERAS_1 = """\
import numpy as np
from keras.models import Sequential, Model
from keras.layers.core import Dense, Activation, Flatten, Dropout
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers import merge, Input
from keras.optimizers import SGD
from keras.utils import np_utils
from keras.regularizers import l2
from keras import backend as K

random = np.random.RandomState(0)
x = random.normal(size=(32, 6, 6, 2)).astype("float32")
labels = random.randint(3, size=32)
y = np_utils.to_categorical(labels, nb_classes=3)
model = Sequential()
model.add(Convolution2D(4, 3, 3, border_mode='same', dim_ordering='tf', input_shape=(6, 6, 2)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2), border_mode='valid', dim_ordering='tf'))
model.add(Flatten())
model.add(Dropout(p=0.0))
model.add(Dense(output_dim=3, init='uniform', W_regularizer=l2(0.01), activation='softmax'))
model.set_weights([random.normal(size=w.shape) * 0.3 for w in model.get_weights()])
model.compile(SGD(lr=0.1, decay=0.01, momentum=0.9), 'categorical_crossentropy', metrics=['accuracy'])
h = model.fit(x, y, nb_epoch=4, batch_size=8, shuffle=False, verbose=0)
a, b = Input(shape=(2,)), Input(shape=(3,))
both = Model(input=[a, b], output=merge([a, b], mode='concat', concat_axis=1))
loss = K.mean(K.square(K.concatenate([x[0, 0], x[1, 0]])), axis=-1)
print(repr([
    h.history['loss'], h.history['acc'], model.predict_classes(x, verbose=0).tolist(),
    both.predict([x[:2, 0, 0], x[:2, 0, :, 0][:, :3]], verbose=0).tolist(),
    np.asarray(loss).tolist(),
]))
"""


@pytest.mark.wide
def test_the_new_program_gives_in_keras_what_the_old_one_gives_here(tmp_path):
    import ast
    import subprocess

    import numpy as np

    script = tmp_path / "old.py"
    script.write_text(KERAS_1)
    ours = cornu("run", "--quiet", script)
    assert (ours.returncode, ours.stderr) == (0, "")
    assert upgrade("--write", script) == 0
    again = cornu("run", script)
    assert (again.returncode, again.stderr) == (0, "")
    variables = {**environment(block=False), "KERAS_BACKEND": "jax"}
    theirs = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert theirs.returncode == 0, theirs.stderr
    shown = [ast.literal_eval(done.stdout.splitlines()[-1]) for done in (ours, again, theirs)]
    for part in range(5):
        np.testing.assert_allclose(shown[1][part], shown[0][part], rtol=1e-6)
        np.testing.assert_allclose(shown[2][part], shown[0][part], rtol=1e-5, atol=1e-6)
