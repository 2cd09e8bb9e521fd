"""Damaged files, and writes that fail: nothing is lost, and the message says what it is. Hostile files
are in `tests/hostile/`."""

import errno
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import cornu
from cornu.core import atomic
from cornu.core.errors import CornuWarning, NotBuiltYetError

X = np.ones((2, 4), "float32")


def small(units=3, **names):
    cornu.utils.clear_session(free_memory=False)
    layers = [cornu.layers.Dense(units, name="first"), cornu.layers.Dense(1, name="second")]
    return cornu.Sequential([cornu.Input((4,)), *layers])


@pytest.fixture
def model():
    return small()


@pytest.fixture
def saved(tmp_path):
    """A whole model and its weights, as files."""
    model = small()
    model.save(tmp_path / "good.keras")
    model.save_weights(tmp_path / "good.weights.h5")
    return tmp_path


def refused(model, path, words, error=ValueError):
    """Loading fails with these words, and changes nothing."""
    before = model.get_weights()
    with pytest.raises(error, match=words):
        model.load_weights(path)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def changed(saved, change, name="bad.weights.h5"):
    """The file of weights, changed by hand."""
    path = saved / name
    path.write_bytes((saved / "good.weights.h5").read_bytes())
    with h5py.File(path, "a") as file:
        change(file)
    return path


def members(saved, **contents):
    """The whole model with other members; None leaves one out."""
    path = saved / "bad.keras"
    with zipfile.ZipFile(saved / "good.keras") as good, zipfile.ZipFile(path, "w") as bad:
        found = {name: good.read(name) for name in good.namelist()}
        for name, content in {**found, **contents}.items():
            if content is not None:
                bad.writestr(name, content)
    return path


# --------------------------------------------------------------------------------- cut off, or not it


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "It is empty"),
        (b"\x80\x04\x95", "It looks like a pickle, which Cornu never opens"),
        (b"\x93NUMPY\x01", "It looks like a NumPy array. Load it with numpy.load"),
        (b'{"class_name": "Sequential"}', "It looks like JSON text.*model_from_json"),
        (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS. Fetch the file itself"),
        (b"<!DOCTYPE html>", "a web page or XML"),
        (
            b"hello",
            "It looks like something else. load_weights takes a '.weights.h5', '.weights.json', '.safe",
        ),
    ],
)
def test_what_a_file_looks_like_is_said(content, words, tmp_path, model):
    (tmp_path / "a.weights.h5").write_bytes(content)
    refused(model, tmp_path / "a.weights.h5", words)


def test_members_that_are_missing(saved, model):
    path = members(saved, **{"model.weights.h5": None})
    refused(model, path, 'no member "model.weights.h5", so it is no model. It holds: metadata.json')
    with pytest.raises(ValueError, match=r'no member "model.weights.h5"'):
        cornu.models.load_model(path)
    with pytest.raises(ValueError, match=r'no member "config.json"'):
        cornu.models.load_model(members(saved, **{"config.json": None}))
    path = members(saved, **{"model.weights.h5": None, "model.weights.npz": b""})
    with pytest.raises(NotBuiltYetError, match=r"holds weights as .npz, which is not built yet"):
        cornu.models.load_model(path)
    refused(model, path, "Load it where it was made, and save it again", NotBuiltYetError)


def test_arrays_of_numpy_are_no_weights(saved, model):
    """Keras writes none either."""
    np.savez(saved / "arrays.npz", a=X)
    words = 'no member "model.weights.h5", so it is no model. It holds: a.npy. It looks like arrays of '
    refused(
        model, saved / "arrays.npz", words + r"NumPy.*set_weights. load_weights takes a '.weights.h5'"
    )
    text = r'Write save_weights\("arrays.weights.h5"\). It takes \'.safetensors\' too, \'.weights.json'
    with pytest.raises(ValueError, match=text):
        model.save_weights(saved / "arrays.npz")
    with pytest.raises(ValueError, match=r'Write save\("arrays.keras"\). It takes \'.h5\' too'):
        model.save(saved / "arrays.npz")


# ------------------------------------------------------------------------------ what does not fit


def test_weights_of_other_shapes(saved):
    other = small(units=5)
    refused(
        other, saved / "good.weights.h5", r'Dense "first": the weight "kernel" has shape \(4, 5\), but'
    )
    before = other.get_weights()
    with pytest.warns(
        CornuWarning, match=r'2 of the model\'s parts do not fit(.|\n)*"second": the weight'
    ):
        other.load_weights(saved / "good.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], before[0])


def test_one_layer_that_does_not_fit_is_skipped_alone(saved, model):
    good = small()
    good.load_weights(saved / "good.weights.h5")
    path = changed(saved, lambda f: f.__delitem__("layers/dense_1/vars/1"))
    refused(model, path, r'Dense "second" has 2 weights \(kernel, bias\), but the file holds 1 for it')
    with pytest.warns(CornuWarning, match="1 of the model's parts do not fit"):
        model.load_weights(path, skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[0], good.get_weights()[0])


def test_layers_that_are_missing_or_too_many(saved, model):
    path = changed(saved, lambda f: f.__delitem__("layers/dense_1"))
    refused(
        model, path, r'Dense "second" has 2 weights \(kernel, bias\), but the file holds none for it'
    )
    path = changed(saved, lambda f: f.create_dataset("layers/dense_2/vars/0", data=X))
    with pytest.warns(
        CornuWarning, match="holds weights of layers that the model does not have.*dense_2"
    ):
        model.load_weights(path)


def test_an_optimizer_of_another_kind_starts_afresh(saved):
    for optimizer in ("adam", "sgd"):
        model = small()
        model.compile(optimizer, "mse")
        model.train_on_batch(X, X[:, :1])
        if optimizer == "adam":
            model.save_weights(saved / "adam.weights.h5")
    with pytest.warns(CornuWarning, match='SGD "sgd" has 2 variables, but the file holds 10'):
        model.load_weights(saved / "adam.weights.h5")


# --------------------------------------------------------------------------------- writes that fail


@pytest.mark.parametrize("name", ["good.keras", "good.weights.h5"])
@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_write_that_fails_leaves_the_old_file(name, step, saved, model, monkeypatch):
    before = (saved / name).read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, step, full)
    write = model.save if name.endswith(".keras") else model.save_weights
    with pytest.raises(
        OSError, match=r"was not written: No space left on device. The file.*is unchanged"
    ):
        write(saved / name)
    assert (saved / name).read_bytes() == before
    assert sorted(path.name for path in saved.iterdir()) == ["good.keras", "good.weights.h5"]


def test_a_layer_that_fails_while_saving_leaves_the_old_file(saved):
    class Failing(cornu.layers.Layer):
        def call(self, inputs):
            return inputs

        def save_own_variables(self, store):
            raise RuntimeError("not today")

    before = (saved / "good.keras").read_bytes()
    model = cornu.Sequential([cornu.Input((4,)), Failing()])
    with pytest.raises(RuntimeError, match="not today"):
        model.save(saved / "good.keras")
    assert (saved / "good.keras").read_bytes() == before


def test_a_folder_that_is_missing(tmp_path, model):
    with pytest.raises(
        FileNotFoundError, match=r"was not written: No such file or directory. Nothing was"
    ):
        model.save(tmp_path / "no" / "a.keras")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_closed(tmp_path, model):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="was not written: Permission denied"):
        model.save(tmp_path / "a.keras")
    tmp_path.chmod(0o700)


def test_a_link_stays_a_link_and_rights_stay(saved, model):
    (saved / "link.keras").symlink_to(saved / "good.keras")
    (saved / "good.keras").chmod(0o640)
    model.save(saved / "link.keras")
    assert (saved / "link.keras").is_symlink()
    assert (saved / "good.keras").stat().st_mode & 0o777 == 0o640
    assert zipfile.is_zipfile(saved / "good.keras")


WRITER = """
import sys, itertools
import cornu
model = cornu.Sequential([cornu.Input((200,)), cornu.layers.Dense(2000), cornu.layers.Dense(1)])
for number in itertools.count():
    model.layers[1].bias.assign([number])
    model.save(sys.argv[1])
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_while_saving_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.keras"
    source = Path(cornu.__file__).parent.parent
    for delay in (0.0, 0.013, 0.031):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(source)},
        )
        with child:
            child.stdout.readline()
            time.sleep(delay)
            child.kill()
            written = child.stdout.read().split()
        loaded = cornu.models.load_model(path)
        last = int(written[-1]) if written else 0
        assert int(loaded.layers[1].bias[0]) in (last, last + 1)


def test_reading_leaves_a_file_alone(saved, model):
    before = (saved / "good.weights.h5").read_bytes()
    (saved / "good.weights.h5").chmod(0o400)
    model.load_weights(saved / "good.weights.h5")
    assert (saved / "good.weights.h5").read_bytes() == before
