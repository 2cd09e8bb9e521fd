"""Weights in several files, exchanged with Keras."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning

KILOBYTE = 2.0**-20  # in GB
X = np.random.default_rng(3).normal(size=(4, 8)).astype("float32")


def make(k=cornu, trained=False):
    """Adam's state does not fit into one shard, nor does each layer get one of its own."""
    k.utils.clear_session(free_memory=False)
    k.utils.set_random_seed(2)
    layers = [k.layers.Dense(12), k.layers.BatchNormalization(), k.layers.Dense(3, dtype="bfloat16")]
    model = k.Sequential([k.Input((8,)), *layers])
    model.compile("adam", "mse")
    if trained:
        model.train_on_batch(X, X[:, :3])
    else:
        model.optimizer.build(model.trainable_variables)
    return model


def state(model):
    return [np.asarray(v, "float32") for v in (*model.weights, *model.optimizer.variables)]


def same(one, other):
    for a, b in zip(state(one), state(other), strict=True):
        np.testing.assert_array_equal(a, b)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("first, second", [("cornu", "keras"), ("keras", "cornu"), ("cornu", "cornu")])
@pytest.mark.parity
def test_exchange(first, second, tmp_path):
    import keras

    libraries = {"cornu": cornu, "keras": keras}
    saved, loaded = make(libraries[first], True), make(libraries[second])
    saved.save_weights(tmp_path / "a.weights.json", max_shard_size=KILOBYTE)
    assert names(tmp_path)[:3] == ["a.weights.json", "a_00000.weights.h5", "a_00001.weights.h5"]
    loaded.load_weights(tmp_path / "a.weights.json")
    same(loaded, saved)


def test_the_map_is_that_of_keras(tmp_path):
    import keras

    found = []
    for library in (cornu, keras):
        folder = tmp_path / library.__name__
        folder.mkdir()
        make(library).save_weights(folder / "a.weights.json", max_shard_size=KILOBYTE)
        found.append(json.loads((folder / "a.weights.json").read_text()))
        assert names(folder) == names(tmp_path / "cornu")
    assert found[0]["weight_map"] == found[1]["weight_map"]
    assert found[0]["metadata"]["total_size"] == found[1]["metadata"]["total_size"]
    assert any(isinstance(shards, list) for shards in found[0]["weight_map"].values())


def test_each_save_is_whole_and_tidy(tmp_path, monkeypatch):
    """The shards of a save do not touch those of the one before until the map is there."""
    import keras

    path = tmp_path / "a.weights.json"
    one, two = make(trained=True), make()
    one.save_weights(path, max_shard_size=KILOBYTE)
    first, write = names(tmp_path), cornu.storage.shards.write_whole

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cornu.storage.shards, "write_whole", killed)
    with pytest.raises(KeyboardInterrupt):
        two.save_weights(path, max_shard_size=KILOBYTE)
    loaded = make()
    loaded.load_weights(path)
    same(loaded, one)
    monkeypatch.setattr(cornu.storage.shards, "write_whole", write)
    two.save_weights(path, max_shard_size=KILOBYTE)
    second = names(tmp_path)
    assert len(second) == len(first) + 1  # an empty file stays under the first name
    loaded.load_weights(path)
    same(loaded, two)
    of_keras = make(keras)
    of_keras.load_weights(path)
    same(of_keras, two)
    one.save_weights(path, max_shard_size=KILOBYTE)
    assert names(tmp_path) == first


def test_one_shard_and_another_ending(tmp_path):
    model = make(trained=True)
    with pytest.warns(CornuWarning, match=r'have a map, so ".*a.weights.h5" becomes "a.weights.json"'):
        model.save_weights(tmp_path / "a.weights.h5", max_shard_size=1)
    assert names(tmp_path) == ["a.weights.json", "a_00000.weights.h5"]
    loaded = make()
    loaded.load_weights(tmp_path / "a.weights.json")
    same(loaded, model)


@pytest.mark.parametrize(
    "size, words",
    [
        (0, "a number above 0, got 0"),
        ("1GB", "a number above 0, got '1GB'"),
        (KILOBYTE / 8, r'the array "layers/dense/0" has 384 bytes.*Allow at least 3.58e-07'),
    ],
)
def test_sizes_that_make_no_sense(size, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        make().save_weights(tmp_path / "a.weights.json", max_shard_size=size)
    assert names(tmp_path) == []


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    make(trained=True).save_weights(folder / "a.weights.json", max_shard_size=KILOBYTE)
    return folder


def refused(folder, words):
    model = make()
    before = state(model)
    with pytest.raises(ValueError, match=words):
        model.load_weights(folder / "a.weights.json")
    for a, b in zip(state(model), before, strict=True):
        np.testing.assert_array_equal(a, b)


def missing(folder):
    (folder / "a_00001.weights.h5").unlink()


def of_another_save(folder):
    (folder / "b").mkdir()
    make().save_weights(folder / "b" / "a.weights.json", max_shard_size=KILOBYTE)
    shutil.copy(folder / "b" / "a_00001.weights.h5", folder)


def swapped(folder):
    shutil.copy(folder / "a_00000.weights.h5", folder / "a_00001.weights.h5")


def cut_off(folder):
    path = folder / "a_00001.weights.h5"
    path.write_bytes(path.read_bytes()[:3000])


def no_hdf5(folder):
    (folder / "a_00001.weights.h5").write_bytes(b"\x80\x04pickle")


def linked(folder):
    outside = folder.parent / f"{folder.name}_outside.h5"
    (folder / "a_00001.weights.h5").rename(outside)
    (folder / "a_00001.weights.h5").symlink_to(outside)


def link_within(folder):
    with h5py.File(folder / "a_00001.weights.h5", "a") as file:
        file["layers/x"] = h5py.ExternalLink("a_00000.weights.h5", "/layers")
    found = json.loads((folder / "a.weights.json").read_text())
    found["weight_map"] = dict.fromkeys(found["weight_map"], "a_00001.weights.h5")
    (folder / "a.weights.json").write_text(json.dumps(found))


def mapped(name):
    def change(folder):
        text = (folder / "a.weights.json").read_text()
        changed = text.replace('"a_00001.weights.h5",', f"{json.dumps(name)},", 1)
        (folder / "a.weights.json").write_text(changed)

    return change


def text(content):
    return lambda folder: (folder / "a.weights.json").write_text(content)


@pytest.mark.parametrize(
    "change, words",
    [
        (missing, r"1 of the 3 shards .* are missing: a_00001.weights.h5"),
        (of_another_save, r'"a_00001.weights.h5" is another one of this name.*all shards from one save'),
        (swapped, r'"a_00001.weights.h5" is another one of this name'),
        (cut_off, r'a_00001.weights.h5" is damaged or cut off'),
        (no_hdf5, r'a_00001.weights.h5" is damaged or cut off'),
        (
            linked,
            r'it names the file "a_00001.weights.h5", and shards are plain files .*beside their map',
        ),
        (link_within, r'has no "layers/dense"'),
        (mapped("../a.h5"), r'is refused: it names the file "../a.h5"'),
        (mapped("/etc/passwd.h5"), r'is refused: it names the file "/etc/passwd.h5"'),
        (mapped("..\\a.h5"), r"is refused: it names the file"),
        (mapped("a\n.h5"), r"is refused: it names the file"),
        (mapped("a.json"), r'is refused: it names the file "a.json"'),
        (mapped(3), r"is in no file"),
        (text("{"), "no JSON text"),
        (text("[]"), 'has no "weight_map"'),
        (text('{"weight_map": 3}'), 'has no "weight_map"'),
        (text('{"weight_map": {}}'), "the file holds none for it"),
        (text('{"weight_map": {"/layers/dense/vars": [[1]]}}'), "is in no file"),
    ],
)
def test_maps_and_shards_that_are_wrong(change, words, saved, tmp_path):
    folder = tmp_path / "shards"
    shutil.copytree(saved, folder)
    change(folder)
    refused(folder, words)


def test_layers_that_the_model_lacks_are_told(saved):
    model = cornu.Sequential([cornu.Input((8,)), cornu.layers.Dense(12)])
    with pytest.warns(CornuWarning, match="layers that the model does not have.*layers/dense_1"):
        model.load_weights(Path(saved) / "a.weights.json")
    with pytest.raises(ValueError, match="by_name=True"):
        model.load_weights(Path(saved) / "a.weights.json", by_name=True)
