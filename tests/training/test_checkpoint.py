"""ModelCheckpoint: which files are written when, and what they hold."""

import os
import resource
import warnings

import keras
import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning, NotBuiltYetError

ModelCheckpoint = cornu.callbacks.ModelCheckpoint
X = np.random.default_rng(3).normal(size=(30, 4)).astype("float32")
Y = X.sum(axis=1)


def network(lib=cornu):
    lib.utils.set_random_seed(1)
    model = lib.Sequential([lib.layers.Input((4,)), lib.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def train(*callbacks, lib=cornu, **arguments):
    model = network(lib)
    usual = {"batch_size": 4, "epochs": 3, "validation_split": 0.2, "verbose": 0}
    model.fit(X, Y, callbacks=list(callbacks), **{**usual, **arguments})
    return model


# -- which files -----------------------------------------------------------------------------------

NAMES = [
    ("m.keras", {}),
    ("{epoch:02d}-{val_loss:.2f}-{loss:.3f}.keras", {}),
    ("{epoch}.weights.h5", {"save_weights_only": True}),
    ("deep/{epoch}/{val_mae:.2f}.keras", {}),
    ("{epoch}-{batch}-{mae:.3f}.keras", {"save_freq": 4}),
    ("{epoch}-{batch}.keras", {"save_freq": 7}),
    ("{epoch}-{batch}.keras", {"save_freq": 100}),
    ("{epoch}.keras", {"save_best_only": True, "monitor": "loss"}),
    ("{epoch}.keras", {"save_best_only": True, "monitor": "val_mae", "mode": "max"}),
    ("{epoch}.keras", {"save_best_only": True, "initial_value_threshold": 2.0}),
    ("{epoch}-{batch}.keras", {"save_freq": 4, "save_best_only": True, "monitor": "mae", "mode": "min"}),
]


@pytest.mark.parity
def test_the_files_are_those_of_keras(tmp_path):
    def run(lib):
        folder = tmp_path / lib.__name__
        callbacks = [
            lib.callbacks.ModelCheckpoint(str(folder / str(number) / name), **arguments)
            for number, (name, arguments) in enumerate(NAMES)
        ]
        train(*callbacks, lib=lib)
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    ours = run(cornu)
    assert ours == run(keras)
    assert len(ours) > 20


def test_a_file_holds_the_model_of_its_moment(tmp_path):
    weights = []
    look = cornu.callbacks.LambdaCallback(on_epoch_end=lambda *_: weights.append(model.get_weights()))
    model = network()
    callbacks = [
        ModelCheckpoint(tmp_path / "{epoch}.keras"),
        ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True),
        ModelCheckpoint(tmp_path / "{epoch}.hdf5", save_weights_only=True),
        ModelCheckpoint(tmp_path / "{epoch}.h5"),
        look,
    ]
    model.fit(X, Y, epochs=2, verbose=0, callbacks=callbacks)
    for epoch in (1, 2):
        whole = cornu.models.load_model(tmp_path / f"{epoch}.keras")
        alone = network()
        alone.load_weights(tmp_path / f"{epoch}.weights.h5")
        older = network()
        older.load_weights(tmp_path / f"{epoch}.hdf5")
        old = cornu.models.load_model(tmp_path / f"{epoch}.h5")
        assert int(whole.optimizer.iterations) == int(old.optimizer.iterations) == epoch
        for found in (whole, alone, older, old):
            for a, b in zip(found.get_weights(), weights[epoch - 1], strict=True):
                np.testing.assert_array_equal(a, b)


SERIES = {
    "falling": [5.0, 4.0, 3.0],
    "bumpy": [5.0, 4.0, 4.5, 3.0, 3.0],
    "rising": [0.1, 0.3, 0.2, 0.3, 0.4],
}


def saved(lib, values, monitor="val_loss", **arguments):
    """The epochs that are saved when these values are seen, and the best of them."""

    class Model:
        def save(self, path, overwrite=True):
            self.saved.append(int(str(path).split("-")[-1].removesuffix(".keras")))

    model = Model()
    model.saved = []
    checkpoint = lib.callbacks.ModelCheckpoint(
        "x-{epoch}.keras", monitor, save_best_only=True, **arguments
    )
    checkpoint.set_model(model)
    checkpoint.set_params({"verbose": 0})
    for epoch, value in enumerate(values):
        checkpoint.on_epoch_begin(epoch)
        checkpoint.on_epoch_end(epoch, {monitor: value})
    return model.saved, checkpoint.best


@pytest.mark.parity
@pytest.mark.parametrize("values", SERIES)
@pytest.mark.parametrize(
    "arguments",
    [{"mode": "min"}, {"mode": "max"}, {"mode": "min", "initial_value_threshold": 4.2}],
    ids=str,
)
def test_the_best_is_that_of_keras(values, arguments):
    assert saved(cornu, SERIES[values], **arguments) == saved(keras, SERIES[values], **arguments)


def test_the_direction_is_found_by_the_name():
    assert saved(cornu, SERIES["rising"], "val_accuracy")[0] == [1, 2, 5]
    assert saved(cornu, SERIES["rising"], "auc")[0] == [1, 2, 5]
    assert saved(cornu, SERIES["rising"], "mae")[0] == [1]
    assert saved(cornu, SERIES["rising"], "val_loss")[0] == [1]


def test_a_loss_that_is_no_number_is_never_the_best():
    nan = float("nan")
    assert saved(cornu, [nan, 3.0, nan, 2.0], mode="min") == ([2, 4], 2.0)


def test_period_of_keras_2(tmp_path):
    train(ModelCheckpoint(tmp_path / "{epoch}.keras", period=2), epochs=5)
    assert sorted(os.listdir(tmp_path)) == ["2.keras", "4.keras"]


def test_the_other_spelling_of_a_log(tmp_path):
    model = network()
    model.compile("sgd", "mse", metrics=["accuracy"])
    checkpoint = ModelCheckpoint(tmp_path / "{epoch}-{acc:.1f}.keras", "acc", save_best_only=True)
    model.fit(X, Y > 0, epochs=1, verbose=0, callbacks=[checkpoint])
    (name,) = os.listdir(tmp_path)
    assert name.startswith("1-0.")


def test_what_it_says(tmp_path, capsys):
    path = tmp_path / "m.keras"
    every = ModelCheckpoint(path, verbose=1)
    best = ModelCheckpoint(path, "loss", 1, True, initial_value_threshold=0.001)
    train(every, best, epochs=1)
    assert capsys.readouterr().out == (
        f"Epoch 1: saved to {path}\nEpoch 1: loss did not improve from 0.00100\n"
    )
    checkpoint = ModelCheckpoint(path, "loss", 1, True)
    train(checkpoint, epochs=1)
    assert capsys.readouterr().out == (
        f"Epoch 1: loss improved from None to {checkpoint.best:.5f}, saved to {path}\n"
    )


def test_the_steps_between_two_files_are_one_call(tmp_path, monkeypatch):
    found = []
    plain = cornu.training.loop.Loop.run

    def noted(self, window, start, stop, *more):
        found.append((start, stop))
        return plain(self, window, start, stop, *more)

    monkeypatch.setattr(cornu.training.loop.Loop, "run", noted)
    train(ModelCheckpoint(tmp_path / "m.keras", save_freq=4), epochs=2, validation_split=0)
    assert found == [(0, 4), (4, 8), (0, 4), (4, 8)]
    found.clear()
    train(ModelCheckpoint(tmp_path / "m.keras"), epochs=1, validation_split=0)
    assert found == [(0, 8)]


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "arguments", "error", "words"),
    [
        (
            "w.keras",
            {"save_weights_only": True},
            ValueError,
            r'must end with "\.weights\.h5"\. Write',
        ),
        (
            "w.weights.h5",
            {},
            ValueError,
            r'whole models the path must end with "\.keras"',
        ),
        ("cp.ckpt", {"save_weights_only": True}, ValueError, r'Write "cp\.weights\.h5"'),
        ("folder", {}, ValueError, r'Write "folder\.keras"'),
        ("w.keras", {"mode": "mni"}, ValueError, r'ModelCheckpoint\(mode="mni"\): Did you mean "min"\?'),
        (
            "w.keras",
            {"save_freq": "batch"},
            ValueError,
            "ModelCheckpoint: save_freq must be 'epoch'",
        ),
        (
            "w.keras",
            {"save_freq": 0},
            ValueError,
            "save_freq must be 'epoch' or a whole number",
        ),
        ("w.keras", {"period": 0}, ValueError, "period must be a whole number of epochs above 0, got 0"),
        (
            "w.keras",
            {"save_best": 1},
            ValueError,
            r'"save_best"\. Did you mean "save_best_only"',
        ),
        ("w.keras", {"load_weights_on_restart": True}, NotBuiltYetError, "add BackupAndRestore"),
        (3, {}, TypeError, "filepath must be a path"),
    ],
)
def test_arguments_that_cannot_be_meant(path, arguments, error, words):
    with pytest.raises(error, match=words):
        ModelCheckpoint(path, **arguments)


def test_a_log_that_is_not_there_is_named_and_the_model_saved(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "{epoch}.keras", save_best_only=True)
    words = 'ModelCheckpoint looks at "val_loss", which is not among the logs.*Pass validation data'
    with pytest.warns(CornuWarning, match=words):
        train(checkpoint, validation_split=0, epochs=2)
    assert sorted(os.listdir(tmp_path)) == ["1.keras", "2.keras"]
    checkpoint = ModelCheckpoint(tmp_path / "{epoch}.keras", "val_los", save_best_only=True, mode="min")
    with pytest.warns(CornuWarning, match=r'Did you mean "val_loss"\?'):
        train(checkpoint, epochs=1)


def test_a_log_that_is_not_one_number(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "{epoch}.keras", "confusion", save_best_only=True)
    checkpoint.set_model(network())
    with pytest.warns(CornuWarning, match=r'"confusion" is int64 array of shape \(2, 2\), not one'):
        checkpoint.on_epoch_end(0, {"confusion": np.eye(2, dtype=int)})
    assert os.listdir(tmp_path) == ["1.keras"]


@pytest.mark.parametrize(
    ("name", "freq", "words"),
    [
        (
            "{val_los:.2f}.keras",
            "epoch",
            r'no log val_los\. Did you mean "val_loss"\?.*: loss, mae,',
        ),
        ("{}.keras", "epoch", "may hold {epoch} and these logs"),
        ("{epoch:.2q}.keras", "epoch", "cannot be made: .*format"),
        ("{val_loss}.keras", 2, "At the end of a batch there are only those of training, and {batch}"),
    ],
)
def test_a_name_that_cannot_be_made(name, freq, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        train(ModelCheckpoint(tmp_path / name, save_freq=freq))


def test_places_that_cannot_be_written_to_are_errors_before_training(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "m.keras").mkdir()
    places = [
        (tmp_path / "file" / "{epoch}.keras", r"no file can be written to .*Nothing was trained yet"),
        (tmp_path / "m.keras", "this is a folder. Give the path of a file in it"),
    ]
    if os.path.isdir("/proc/self"):
        places.append(("/proc/models/{epoch}/m.keras", r"no file can be written to \"/proc/models\""))
    for place, words in places:
        model = network()
        with pytest.raises(OSError, match=words):
            model.fit(X, Y, verbose=0, callbacks=[ModelCheckpoint(place)])
        assert int(model.optimizer.iterations) == 0


def test_a_full_disk_costs_a_warning_and_no_training(tmp_path):
    """Files cannot grow beyond 1000 bytes in the second epoch."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(epoch, logs):
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000 if epoch == 1 else limits[0], limits[1]))

    full = cornu.callbacks.LambdaCallback(on_epoch_begin=fill)
    every = ModelCheckpoint(tmp_path / "{epoch}.keras")
    best = ModelCheckpoint(tmp_path / "best.keras", save_best_only=True, verbose=1)
    seen = []
    look = cornu.callbacks.LambdaCallback(on_epoch_end=lambda *_: seen.append(best.best))
    try:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            model = train(full, every, best, look)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    said = [str(warning.message) for warning in found]
    assert len(said) == 2
    for text, kept in zip(said, ("Nothing was left", "The file that was there"), strict=True):
        assert "was not written: File too large" in text
        assert kept in text
        assert "Training goes on" in text
    assert sorted(os.listdir(tmp_path)) == ["1.keras", "3.keras", "best.keras"]
    assert seen[0] == seen[1] > seen[2]  # what was not saved is not the best
    last = cornu.models.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(last.get_weights()[0], model.get_weights()[0])


def test_what_a_killed_write_left_is_cleared_away(tmp_path):
    for name in (".01-[a].keras.x1.tmp", ".other.keras.x1.tmp", "mine.tmp"):
        (tmp_path / name).write_bytes(b"half")
    train(ModelCheckpoint(tmp_path / "{epoch:02d}-[a].keras"), epochs=1)
    assert sorted(os.listdir(tmp_path)) == [".other.keras.x1.tmp", "01-[a].keras", "mine.tmp"]


# -- formats that are not Keras's --------------------------------------------------------------------


def test_weights_in_files_of_safetensors(tmp_path):
    path = tmp_path / "{epoch}.safetensors"
    model = train(ModelCheckpoint(path, save_weights_only=True), epochs=2)
    assert sorted(os.listdir(tmp_path)) == ["1.safetensors", "2.safetensors"]
    again = cornu.models.clone_model(model)
    again.load_weights(tmp_path / "2.safetensors")
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


@pytest.mark.parametrize(
    "name, weights_only, words",
    [
        ("a.weights.json", True, r'a checkpoint is one file, and a name .* Write "a\.weights\.h5"; or'),
        (
            "a.weights.json",
            False,
            r'Write "a\.keras"\. Or, for the weights alone, pass save_weights_only',
        ),
        (
            "a.safetensors",
            False,
            r'Write "a\.keras"\. Or, for the weights alone, pass save_weights_only',
        ),
        ("a", False, r'must end with "\.keras"\. Write "a\.keras"\.$'),
        ("a.npz", True, r'must end with "\.weights\.h5"\. Write "a\.weights\.h5"'),
    ],
)
def test_formats_of_several_files_are_refused(name, weights_only, words):
    with pytest.raises(ValueError, match=words):
        ModelCheckpoint(name, save_weights_only=weights_only)
