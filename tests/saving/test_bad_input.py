"""What is said of a file that needs more than is there, and of a disk that takes no more."""

import errno
import io
import json
import os
import zipfile

import numpy as np
import pytest

import cornu
from cornu.core import atomic
from cornu.core.errors import CornuWarning

X, Y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")


class Scale(cornu.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


class Shift(cornu.layers.Layer):
    def call(self, inputs):
        return 1 + inputs


def cubed(x):
    return x**3


def worst(y_true, y_pred):
    return cornu.ops.max(abs(y_true - y_pred), axis=-1)


def edited(path, **members):
    """A copy of an archive in which members are others."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()} | members
    copy = path.with_name(f"edited_{path.name}")
    with zipfile.ZipFile(copy, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return copy


@pytest.fixture
def own(tmp_path):
    """A file of a model with two layers, an activation and a loss of the user's."""
    model = cornu.Sequential([cornu.Input((3,)), Scale(), Shift(), cornu.layers.Dense(1, cubed)])
    model.compile("sgd", worst)
    model.save(tmp_path / "own.keras")
    return tmp_path / "own.keras"


def test_all_that_is_missing_is_named_with_the_line_to_write(own):
    load = cornu.models.load_model
    with pytest.raises(ValueError, match="are not known") as caught:
        load(own)
    said = str(caught.value)
    assert (
        'needs 4 classes and functions of yours that are not known: "Scale", "Shift", "cubed", "worst"'
        in said
    )
    line = 'custom_objects={"Scale": Scale, "Shift": Shift, "cubed": cubed, "worst": worst}'
    assert f"load_model(path, {line})" in said
    assert "@register_keras_serializable() before" in said
    with pytest.raises(ValueError, match=r'needs 3 .* "Shift", "cubed", "worst"'):
        load(own, custom_objects={"Scale": Scale})
    with pytest.raises(ValueError, match=r'"worst" is known(.|\n)*custom_objects=\{"worst": worst\}'):
        load(own, custom_objects={"Scale": Scale, "Shift": Shift, "cubed": cubed})
    mine = {"Scale": Scale, "Shift": Shift, "cubed": cubed}
    assert load(own, custom_objects=mine, compile=False).count_params() == 4


def test_a_newer_format_is_named_where_it_does_not_load(own):
    newer = json.dumps({"keras_version": "4.2.0", "date_saved": "2030-01-01@00:00:00"})
    with pytest.raises(
        ValueError, match=r"not known(.|\n)*written by Keras 4.2.0, and Cornu knows files up to"
    ):
        cornu.models.load_model(edited(own, **{"metadata.json": newer}))
    config = json.dumps({"module": "keras.layers", "class_name": "Sequential", "config": {"blocks": []}})
    with pytest.raises((ValueError, TypeError), match=r"written by Keras 4\.2\.0"):
        cornu.models.load_model(edited(own, **{"metadata.json": newer, "config.json": config}))
    same = json.dumps({"keras_version": "3.15.9"})
    with pytest.raises(ValueError, match="not known") as caught:
        cornu.models.load_model(edited(own, **{"metadata.json": same}))
    assert "written by" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5", "model.h5"])
def test_a_disk_that_fills_up_while_arrays_are_written(name, tmp_path, monkeypatch):
    model = cornu.Sequential([cornu.Input((64,)), cornu.layers.Dense(64)])
    write = model.save_weights if name == "model.weights.h5" else model.save
    write(tmp_path / name)
    before = (tmp_path / name).read_bytes()
    room = len(before) // 2

    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + memoryview(data).nbytes > room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    with monkeypatch.context() as patched:
        patched.setattr(atomic.os, "fdopen", Full)
        with pytest.raises(
            OSError, match=r"was not written: .*The file that was there before is unchanged"
        ):
            write(tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_folder_that_may_not_be_written_to(number, tmp_path, monkeypatch):
    """Root may write anywhere, so the system's answer is given here."""

    def closed(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic.tempfile, "mkstemp", closed)
    model = cornu.Sequential([cornu.Input((3,)), cornu.layers.Dense(1)])
    for write, name in (
        (model.save, "a.keras"),
        (model.save_weights, "a.weights.h5"),
        (model.save, "a.h5"),
    ):
        with pytest.raises(
            OSError, match=f'{name}" was not written: {os.strerror(number)}. Nothing was left'
        ):
            write(tmp_path / name)


def test_a_model_that_load_model_would_refuse_is_warned_about(tmp_path, monkeypatch):
    """Models of more parts than any known one; its weights can be loaded all the same."""
    from cornu.core import allowance
    from cornu.storage import archive

    cornu.utils.clear_session(free_memory=False)
    model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(2), cornu.layers.Dense(1)])
    model.save(tmp_path / "a.keras")
    for module in (allowance, archive):
        monkeypatch.setattr(module, "MOST_PARTS", 6)
    with pytest.warns(CornuWarning, match=r"so many layers, calls and weights that load_model may"):
        model.save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match=r"layers, .* calls of layers and .* weights it asks for"):
        cornu.models.load_model(tmp_path / "a.keras")
    model.load_weights(tmp_path / "a.keras")


def test_a_save_counts_no_fewer_parts_than_loading_does(tmp_path, monkeypatch):
    """Layers that hold layers, which are called without the model's knowing."""
    from cornu.core.allowance import CALL, Allowance
    from cornu.storage.archive import _parts_of

    layers, counted = cornu.layers, []
    monkeypatch.setattr(
        Allowance,
        "count",
        lambda self, layers=0, calls=0, weights=0: counted.append(layers + CALL * calls + weights),
    )
    for inner in (
        [layers.Bidirectional(layers.LSTM(2, return_sequences=True)) for _ in range(3)],
        [layers.TimeDistributed(layers.Dense(2)), layers.RNN([layers.LSTMCell(2), layers.GRUCell(2)])],
        [cornu.Sequential([cornu.Input((4, 3)), layers.Dense(2)]), layers.Dropout(0.5)],
    ):
        model = cornu.Sequential([cornu.Input((4, 3)), *inner])
        model.save(tmp_path / "a.keras")
        counted.clear()
        cornu.models.load_model(tmp_path / "a.keras")
        assert 0 < sum(counted) <= _parts_of(model) <= 1.4 * sum(counted)
