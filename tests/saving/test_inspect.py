"""`cornu inspect`: the text for files of each kind, and what is said of those that are damaged or no
models."""

import json
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import cornu
from cornu import cli
from cornu.storage.inspecting import inspect
from tests.compat.process import python

KERAS_2 = Path(__file__).parent / "keras2"


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A folder with a trained model as `.keras` and `.weights.h5`, and as JSON."""
    tmp_path = tmp_path_factory.mktemp("once")
    L = cornu.layers
    inner = cornu.Sequential([cornu.Input((3,)), L.Dense(2, name="within")], name="inner")
    inner.trainable = False
    x = cornu.Input((3,), name="x")
    h = L.BatchNormalization(name="normal")(inner(x))
    model = cornu.Model(x, L.Dense(1, name="out")(abs(L.Dropout(0.5, name="drop")(h))), name="net")
    model.compile(cornu.optimizers.Adam(0.01), "mse", metrics=["mae"])
    model.train_on_batch(np.ones((2, 3)), np.ones((2, 1)))
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    (tmp_path / "model.json").write_text(model.to_json())
    return tmp_path


@pytest.fixture
def saved(once, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(once, tmp_path / "saved"))


def below(text):
    """The text without the title, which has a date and a size."""
    return text.partition("\n\n")[2]


def test_a_whole_model(saved):
    text = inspect(saved / "model.keras")
    assert text.startswith("model.keras: a whole model in the format of Keras 3, by Keras 3.15.0, of ")
    assert (
        below(text)
        == """\
layer (class)                input      weights              parameters
-----------------------------------------------------------------------
x (InputLayer)               (None, 3)
inner (Sequential, frozen)   (None, 3)  (3, 2) (2,)                   8
  input_layer (InputLayer)   (None, 3)
  within (Dense, frozen)     (None, 3)  (3, 2) (2,)                   8
normal (BatchNormalization)  (None, 2)  (2,) (2,) (2,) (2,)           8
drop (Dropout)
absolute (Absolute)
out (Dense)                  (None, 2)  (2, 1) (1,)                   3

Parameters: 19 (76 B, float32)
Optimizer: Adam, learning rate 0.01, at step 1, 10 arrays, 64 B
Loss: mse
Metrics: mae
"""
    )


def test_a_folder(saved):
    """It holds what the file holds."""
    with zipfile.ZipFile(saved / "model.keras") as archive:
        archive.extractall(saved / "model")
    text = inspect(saved / "model")
    assert text.startswith("model: a whole model in the format of Keras 3, by Keras 3.15.0, of ")
    assert below(text) == below(inspect(saved / "model.keras"))
    (saved / "model" / "more.txt").write_text("a")
    (saved / "model" / "assets" / "layers").mkdir(parents=True)
    (saved / "model" / "assets" / "layers" / "words.txt").write_text("abc")
    text = inspect(saved / "model")
    assert "Asset: layers/words.txt, 3 B" in text
    assert "Never read: more.txt" in text
    (saved / "model" / "model.weights.h5").unlink()
    assert "Parameters: none in this file" in inspect(saved / "model")


def test_weights_alone(saved):
    assert (
        below(inspect(saved / "model.weights.h5"))
        == """\
layer (class)                            weights              parameters
------------------------------------------------------------------------
layers/batch_normalization (normal)      (2,) (2,) (2,) (2,)           8
layers/dense (out)                       (2, 1) (1,)                   3
layers/sequential/layers/dense (within)  (3, 2) (2,)                   8

Parameters: 19 (76 B, float32)
Optimizer: not named, at step 1, 10 arrays, 64 B
"""
    )


def test_an_architecture(saved):
    text = inspect(saved / "model.json")
    assert text.startswith("model.json: an architecture without weights, in the words of Keras 3")
    assert "within (Dense, frozen)" in text
    assert "Parameters: none in this file" in text


def test_files_of_keras_2():
    assert (
        below(inspect(KERAS_2 / "mlp.h5"))
        == """\
layer (class)             input      weights      parameters
------------------------------------------------------------
dense_input (InputLayer)  (None, 3)
dense (Dense)             (None, 3)  (4,) (3, 4)          16
dense_1 (Dense)                      (1,) (4, 1)           5

Parameters: 21 (84 B, float32)
Optimizer: Adam, learning rate 0.001, at step 2, 9 arrays, 176 B
Loss: binary_crossentropy
Metrics: accuracy
"""
    )
    text = inspect(KERAS_2 / "nested.h5")
    assert 'Refused: Lambda "lambda" holds code, which is never run; give its function' in text
    assert inspect(KERAS_2 / "weights_only.h5").startswith(
        "weights_only.h5: weights in the format of Keras 2, by Keras 2."
    )


def member(path, name, change):
    """A copy of an archive in which a member is changed, or added."""
    with zipfile.ZipFile(path) as archive:
        content = {each: archive.read(each) for each in archive.namelist()}
    content[name] = change(content.get(name))
    copy = path.with_name("changed.keras")
    with zipfile.ZipFile(copy, "w") as archive:
        for each, data in content.items():
            archive.writestr(each, data)
    return copy


def with_layer(**entry):
    def change(content):
        config = json.loads(content)
        config["config"]["layers"].append({"name": "new", "inbound_nodes": [], **entry})
        return json.dumps(config)

    return change


def test_what_loading_needs_and_refuses(saved):
    path = member(
        saved / "model.keras",
        "config.json",
        with_layer(
            module="os", class_name="system", config={"name": "own"}, registered_name="mine>system"
        ),
    )
    text = inspect(path)
    assert 'Needs: your class mine>system of the module "os", which is never imported' in text
    assert (
        'Write: cornu.models.load_model("changed.keras", custom_objects={"mine>system": system})' in text
    )
    code = {
        "class_name": "__lambda__",
        "config": {"code": "4wEAAAA=", "defaults": None, "closure": None},
    }
    path = member(
        saved / "model.keras",
        "config.json",
        with_layer(
            module="keras.layers", class_name="Lambda", config={"name": "twice", "function": code}
        ),
    )
    assert 'Refused: Lambda "twice" holds code, which is never run' in inspect(path)
    assert "Never read: ../../evil.sh" in inspect(
        member(saved / "model.keras", "../../evil.sh", lambda _: b"rm")
    )
    newer = member(saved / "model.keras", "metadata.json", lambda _: b'{"keras_version": "4.1.0"}')
    assert "by Keras 4.1.0 (Cornu knows those up to 3.15.0)" in inspect(newer)


def test_names_in_a_file_cannot_speak_to_the_terminal(saved):
    entry = {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"name": "\x1b[2J\nParameters: 0"},
    }
    text = inspect(member(saved / "model.keras", "config.json", with_layer(**entry)))
    assert "?[2J?Parameters: 0 (Dense)" in text
    assert "\x1b" not in text


def test_what_points_out_of_a_file_is_shown_and_not_followed(saved):
    path = saved / "model.weights.h5"
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/x")
        file["layers/dense/again"] = file["layers"]  # groups without end
    text = inspect(path)
    assert 'Refused: The file is refused: "layers/dense/vars/0" is a link into another file' in text
    assert "is a group that is elsewhere in the file too" in text


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "It is empty"),
        (b"\x80\x04\x95", "It looks like a pickle, which Cornu never opens"),
        (b"<html>", "a web page or XML"),
        (b"version https://git-lfs.github.com", "git lfs pull"),
        (b'{"class_name": ', "begins like JSON text, but is none"),
        (b'{"a": 1}', 'describes no model: it has no "class_name"'),
        (b"[" * 100_000, "lie within each other more than 128 levels deep"),
        (b"PK\x03\x04 and no more", "is damaged or cut off"),
        (b"\x89HDF\r\n\x1a\n and no more", "is damaged or cut off"),
    ],
)
def test_what_is_no_model(content, words, tmp_path, capsys):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert cli.main(["inspect", str(path)]) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_other_archives_and_arrays(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("photo.jpg", b"")
    with pytest.raises(ValueError, match=r"is a zip archive, but no model.* It holds: photo.jpg"):
        inspect(tmp_path / "a.zip")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("measurements")
    with pytest.raises(ValueError, match=r"an HDF5 file, but no model.* It holds: measurements"):
        inspect(tmp_path / "a.h5")
    with pytest.raises(FileNotFoundError, match=r'Did you mean ".*a.h5"'):
        inspect(tmp_path / "b.h5")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5"])
def test_files_that_are_cut_off(name, part, saved):
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[: int(part * len(content))])
    with pytest.raises(ValueError, match=r"damaged or cut off|no file of a model"):
        inspect(saved / name)


def test_nothing_heavy_is_imported(saved):
    code = (
        "import sys, cornu.cli; cornu.cli.main(['inspect', sys.argv[1]]); "
        "print('jax' in sys.modules, 'keras' in sys.modules)"
    )
    done = python("-c", code, str(saved / "model.keras"))
    assert done.stdout.endswith("False False\n"), done.stderr


def test_several_files(saved, capsys):
    status = cli.main(["inspect", str(saved / "model.keras"), str(saved / "no.keras")])
    said = capsys.readouterr()
    assert status == 1
    assert "Parameters: 19" in said.out
    assert "there is no file" in said.err
