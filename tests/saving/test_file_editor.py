"""KerasFileEditor: what is in a file, compared, changed and written anew."""

import h5py
import numpy as np
import pytest

import cornu
from cornu.saving import KerasFileEditor

X = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")


def source(k=cornu):
    x = k.Input((2,))
    return k.Model(x, k.layers.Dense(3, name="last")(k.layers.Dense(3, name="first")(x)))


def target(k=cornu):
    x = k.Input((2,))
    h = k.layers.Dense(3, name="second")(k.layers.Dense(3, name="first")(x))
    return k.Model(x, k.layers.Dense(3, name="last")(h))


@pytest.fixture
def editor(tmp_path):
    source().save(tmp_path / "a.keras")
    return KerasFileEditor(str(tmp_path / "a.keras"))


def counts(editor, model):
    found = editor.compare(model)
    return found["status"], found["error_count"], found["match_count"]


def test_a_layer_is_added_as_in_keras(tmp_path, capsys):
    """The steps that Keras takes in its own tests, by both, with the same outcomes."""
    import keras

    model, saved = source(keras), tmp_path / "a.keras"
    model.save(saved)
    rng = np.random.default_rng(1)
    kernel, bias = rng.normal(size=(3, 3)), rng.normal(size=3)
    outcomes = []
    for library in (cornu, keras):
        editor = library.saving.KerasFileEditor(str(saved))
        new = target(library)
        seen = [editor.compare(source(library)), editor.compare(new)]
        editor.add_object("layers/dense_3", weights={"0": kernel})
        seen.append(editor.compare(new))
        editor.rename_object("dense_3", "dense_4")
        editor.rename_object("layers/dense_4", "dense_2")
        editor.add_weights("dense_2", weights={"1": bias})
        seen.append(editor.compare(new))
        editor.add_object("layers/dense_3", weights={"0": kernel})
        seen.append(editor.compare(new))
        editor.delete_object("layers/dense_3")
        editor.delete_weight("dense_2", "1")
        seen.append(editor.compare(new))
        editor.add_weights("dense_2", {"1": np.zeros(7)})
        seen.append(editor.compare(new))
        editor.add_weights("dense_2", {"1": bias})
        path = tmp_path / f"{library.__name__}.weights.h5"
        editor.save(path)
        outcomes.append([(each["status"], each["error_count"]) for each in seen])
    assert (
        outcomes[0]
        == [("success", 0), *[("error", n) for n in (1, 2)], ("success", 0)] + [("error", 1)] * 3
    )
    assert [status for status, _ in outcomes[0]] == [status for status, _ in outcomes[1]]
    shown = capsys.readouterr().out
    assert "Object /layers/dense_2 present in reference model, missing from saved file" in shown
    assert "In reference model: shape=(3,)" in shown
    predictions = []
    for library, other in ((cornu, "keras"), (keras, "cornu"), (cornu, "cornu")):
        loaded = target(library)
        loaded.load_weights(tmp_path / f"{other}.weights.h5")
        predictions.append(np.asarray(loaded(X)))
    np.testing.assert_allclose(predictions[0], predictions[1], rtol=1e-6)
    np.testing.assert_array_equal(predictions[0], predictions[2])
    first, last = (layer.get_weights() for layer in model.layers[1:])
    expected = ((X @ first[0] + first[1]) @ last[0] + last[1]) @ kernel + bias
    np.testing.assert_allclose(predictions[0], expected, rtol=1e-5)


def test_what_is_in_a_file(tmp_path, capsys):
    """A layer's own weights and the layers within it, short floats, the optimizer's state."""

    class Mixed(cornu.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = cornu.layers.Dense(1, dtype="bfloat16", name="inner")

        def build(self, input_shape):
            self.scale = self.add_weight((), "ones", name="scale")

        def call(self, x):
            return self.inner(x) * self.scale

    model = cornu.Sequential([cornu.Input((2,)), Mixed(name="mixed")])
    model.compile("sgd", "mse")
    model.train_on_batch(X, X[:, :1])
    model.save(tmp_path / "a.keras")
    editor = KerasFileEditor(tmp_path / "a.keras")
    assert editor.config["class_name"] == "Sequential"
    mixed = editor.weights_dict["layers"]["mixed"]
    assert list(mixed) == ["inner", "0"]
    assert mixed["inner"]["0"].dtype.name == "bfloat16"
    assert counts(editor, model) == ("success", 0, 5)
    assert editor.object_metadata["/layers/mixed"] == {"name": "mixed"}
    capsys.readouterr()
    editor.summary()
    assert "    mixed ('mixed')\n      inner ('inner')\n        0: shape=(2, 1), dtype=bfloat16" in (
        capsys.readouterr().out
    )
    editor.resave_weights(tmp_path / "b.weights.h5")
    again = KerasFileEditor(tmp_path / "b.weights.h5")
    assert counts(again, model) == ("success", 0, 5)
    assert again.object_metadata["/layers/mixed/inner"] == {"name": "inner"}
    model.load_weights(tmp_path / "b.weights.h5")
    again.rename_object("mixed", "other")
    assert again.object_metadata["/layers/other/inner"] == {"name": "inner"}


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda e: e.rename_object("dens", "a"),
            r'no object "dens". Known names: layers, layers/d',
        ),
        (lambda e: e.rename_object("dense", "a/b"), r'new_name is a name without "/", got "a/b"'),
        (lambda e: e.rename_object("dense", "dense_1"), r'there is "layers/dense_1" already'),
        (lambda e: e.delete_object("layers/x"), r'no object "layers/x"'),
        (lambda e: e.delete_weight("dense", "7"), r'"dense" has no weight "7". It has: 0, 1'),
        (lambda e: e.add_object("lay/x", {}), r'no object "lay". Did you mean "layers"\?'),
        (lambda e: e.add_object("layers/dense", {}), r'there is "layers/dense" already'),
        (lambda e: e.add_object("layers/x", [1]), r"weights are a dict from names, .*got \[1\]"),
        (lambda e: e.add_weights("dense", {"0": "x"}), r"to arrays of numbers, got \"0\": 'x'"),
        (lambda e: e.save("a.keras"), r'must end with ".weights.h5"'),
        (lambda e: KerasFileEditor("a.h5"), r'must end with ".weights.h5", got "a.h5"'),
    ],
)
def test_what_is_not_possible_is_said(call, words, editor):
    with pytest.raises(ValueError, match=words):
        call(editor)
    assert counts(editor, source())[0] == "success"


def test_a_name_that_several_objects_have(editor):
    editor.add_object("other", {})
    editor.add_object("other/dense", {"0": [1.0]})
    with pytest.raises(ValueError, match=r"Give the whole path: layers/dense, other/dense"):
        editor.delete_object("dense")
    editor.delete_object("other/dense")


def circle(file):
    file["layers/dense/again"] = file["layers"]


def twice(file):
    file["layers/more"] = file["layers/dense"]


def linked(file):
    file["layers/more"] = h5py.ExternalLink("other.h5", "/layers")


def deep(file):
    file.create_group("a/" * 120)


@pytest.mark.parametrize(
    "change, words",
    [
        (circle, "in the file twice"),
        (twice, "in the file twice"),
        (linked, "a link into another file"),
        (deep, "a very deep group"),
    ],
)
def test_hostile_files(change, words, tmp_path):
    source().save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.weights.h5", "a") as file:
        change(file)
    with pytest.raises(ValueError, match=words):
        KerasFileEditor(tmp_path / "a.weights.h5")
    (tmp_path / "b.weights.h5").write_bytes(b"\x80\x04")
    with pytest.raises(ValueError, match=r"KerasFileEditor: .* a pickle, which Cornu never opens"):
        KerasFileEditor(tmp_path / "b.weights.h5")
