"""Damaged and hostile files, and writes that fail: nothing is lost, and the message says what it is."""

import contextlib
import errno
import json
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


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_file_that_is_cut_off(saved, model, part):
    for name, suffix in (("good.keras", ".keras"), ("good.weights.h5", ".weights.h5")):
        data = (saved / name).read_bytes()
        path = saved / f"cut{suffix}"
        path.write_bytes(data[: int(len(data) * part)])
        refused(model, path, "is damaged or cut off|is no file of a model. It is empty")
        if suffix == ".keras":
            with pytest.raises(ValueError, match=r"is damaged or cut off|It is empty"):
                cornu.models.load_model(path)


def test_a_file_with_wrong_bytes_within(saved, model):
    """Whatever bytes turn, loading ends with an error of ours, or with numbers."""
    data = bytearray((saved / "good.keras").read_bytes())
    rng = np.random.default_rng(4)
    for place in rng.integers(0, len(data), 40):
        wrong = bytearray(data)
        wrong[place : place + 8] = rng.bytes(8)
        (saved / "bad.keras").write_bytes(wrong)
        for call in (cornu.models.load_model, model.load_weights):
            with contextlib.suppress(ValueError, NotBuiltYetError):
                call(saved / "bad.keras")


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
    np.savez(saved / "arrays.npz", a=X)
    refused(
        model, saved / "arrays.npz", 'no member "model.weights.h5", so it is no model. It holds: a.npy'
    )


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


# -------------------------------------------------------------------------------------- hostile files


def put(file, place, make):
    del file[place]
    make(file, place)


def external_dataset(file, place):
    group, _, name = place.rpartition("/")
    kept = file[group].create_dataset(name, (3,), "f4", external=[("/etc/hostname", 0, 12)])
    assert kept.external


def virtual(file, place):
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (3,))
    file.create_virtual_dataset(place, layout)


def huge(file, place):
    file.create_dataset(place, (1 << 40,), "f4", chunks=(1 << 20,), compression="gzip")


def strange_filter(file, place):
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((3,))
    plan.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file.id, place.encode(), h5py.h5t.IEEE_F32LE, space, plan)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda f, p: f.__setitem__(p, h5py.ExternalLink("other.h5", "x")), "a link into another file"),
        (
            lambda f, p: f.__setitem__(p, h5py.SoftLink("/layers/dense_1/vars/1")),
            "a link to another place",
        ),
        (external_dataset, "kept in another file"),
        (virtual, "a view of other arrays"),
        (strange_filter, r"packed with the filter \[32015\]"),
        (lambda f, p: f.create_dataset(p, data=["a", "b", "c"]), "of the type object"),
        (lambda f, p: f.create_group(p), "a group in place of an array"),
        (huge, r"declares 4,398,046,511,104 bytes, but the file holds only 0"),
    ],
)
def test_what_points_out_of_the_file_is_refused(make, words, saved, model):
    path = changed(saved, lambda f: put(f, "layers/dense/vars/1", make))
    refused(model, path, f'"layers/dense/vars/1".*{words}')


def test_a_group_that_is_a_link_is_refused(saved, model):
    def link(file):
        del file["layers/dense"]
        file["layers/dense"] = h5py.ExternalLink("other.h5", "/layers/dense")

    refused(model, changed(saved, link), '"layers/dense" is a link into another file')


def test_a_large_shape_takes_no_memory(saved, model):
    """It is compared with the weight's before anything is read."""
    with h5py.File(saved / "good.weights.h5", "a") as file:
        del file["layers/dense/vars/1"]
        file.create_dataset("layers/dense/vars/1", (1 << 20,), "f4", compression="gzip", fillvalue=1.0)
    refused(
        model, saved / "good.weights.h5", r'"bias" has shape \(3,\), but the file holds one of shape'
    )


def test_a_member_that_unpacks_to_very_much(saved, model):
    path = saved / "bad.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(1 << 25))
    refused(model, path, r"is refused: its member \"model.weights.h5\" would unpack to 33,554,432 bytes")


def test_assets_stay_in_their_folder(tmp_path):
    words = cornu.layers.StringLookup()
    words.adapt(["a", "b"])
    x = cornu.Input((1,), dtype="string")
    cornu.Model(x, words(x)).save(tmp_path / "good.keras")
    folder = "assets/layers/string_lookup/"
    path = members(tmp_path, **{folder + "../../evil.txt": b"x", "../evil.txt": b"x", "/evil": b"x"})
    loaded = cornu.models.load_model(path)
    assert loaded.predict(np.array([["a"]]), verbose=0).shape == (1, 1)
    assert not list(tmp_path.rglob("*evil*"))
    for name in ("..", "a\\b.txt", "c:evil"):
        with pytest.raises(ValueError, match="is refused: it names a file"):
            cornu.models.load_model(members(tmp_path, **{folder + name: b"x"}))


@pytest.mark.parametrize(
    "config, words",
    [
        (b"[]", "describes a list, not a model"),
        (b"nonsense", "is no JSON text"),
        ({"class_name": "system", "module": "os", "config": {}}, '"system" is known'),
        (
            {"class_name": "Adam", "module": "keras.optimizers", "config": {}},
            "describes a Adam, not a model",
        ),
        ({"class_name": "function", "module": "builtins", "config": "eval"}, '"eval" is known'),
    ],
)
def test_what_a_configuration_names_is_looked_up(config, words, saved):
    content = config if isinstance(config, bytes) else json.dumps(config)
    with pytest.raises(ValueError, match=words):
        cornu.models.load_model(members(saved, **{"config.json": content}))


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
