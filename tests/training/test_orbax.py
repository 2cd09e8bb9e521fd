"""OrbaxCheckpoint: folders of checkpoints, and models made from them."""

import os
import sys
import warnings

import numpy as np
import pytest

import cornu
from cornu.core.errors import NotBuiltYetError

pytest.importorskip("orbax.checkpoint", reason="orbax-checkpoint is not installed")

OrbaxCheckpoint = cornu.callbacks.OrbaxCheckpoint
X = np.random.default_rng(3).normal(size=(30, 4)).astype("float32")
Y = X.sum(axis=1)


def network():
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([cornu.layers.Input((4,)), cornu.layers.Dense(1, name="d")], name="m")
    model.compile("adam", "mse", metrics=["mae"])
    return model


def train(callback, model=None, **arguments):
    model = model or network()
    usual = {"batch_size": 4, "epochs": 3, "validation_split": 0.2, "verbose": 0}
    model.fit(X, Y, callbacks=[callback], **{**usual, **arguments})
    return model


def steps(folder):
    return sorted(int(name) for name in os.listdir(folder))


CASES = {
    "the last epoch": ({}, [2]),
    "all epochs": ({"max_to_keep": None}, [0, 1, 2]),
    "two, written at once": ({"max_to_keep": 2, "save_on_background": False}, [1, 2]),
    "every 4 of 18 batches": ({"max_to_keep": None, "save_freq": 4}, [4, 8, 12, 16]),
    "only the best": ({"max_to_keep": None, "save_best_only": True, "monitor": "loss"}, [0, 1, 2]),
    "never a best": ({"save_best_only": True, "initial_value_threshold": 1e-9}, []),
}


@pytest.mark.parametrize("case", CASES)
def test_which_checkpoints_there_are(case, tmp_path):
    arguments, expected = CASES[case]
    train(OrbaxCheckpoint(tmp_path, **arguments))
    assert steps(tmp_path) == expected


def test_a_model_comes_back_and_trains_on(tmp_path):
    model = train(OrbaxCheckpoint(tmp_path, max_to_keep=2))
    again = cornu.models.load_model(tmp_path)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    orders = {"shuffle": False, "initial_epoch": 3, "epochs": 5}
    kept = OrbaxCheckpoint(tmp_path, max_to_keep=2)
    train(kept, again, **orders)
    train(cornu.callbacks.Callback(), model, **orders)
    for ours, expected in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert steps(tmp_path) == [3, 4]
    assert not cornu.models.load_model(tmp_path, compile=False).compiled


def test_what_keras_wrote_is_loaded(tmp_path):
    import keras
    import orbax.checkpoint

    if not hasattr(orbax.checkpoint, "v1"):
        pytest.skip("this Orbax has no `v1`, by which Keras writes checkpoints")
    layers = [keras.Input((4,)), keras.layers.Dense(2, name="a"), keras.layers.Dense(1, name="b")]
    theirs = keras.Sequential(layers, name="both")
    theirs.compile("adam", "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.fit(X, Y, verbose=0, callbacks=[keras.callbacks.OrbaxCheckpoint(str(tmp_path))])
    ours = cornu.models.load_model(tmp_path)
    np.testing.assert_allclose(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), rtol=1e-5)
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations) > 0


def test_weights_alone(tmp_path):
    model = train(OrbaxCheckpoint(tmp_path, save_weights_only=True))
    with pytest.raises(ValueError, match=r"holds weights alone. Build the model as it was, and write"):
        cornu.models.load_model(tmp_path)
    again = network()
    again.load_weights(tmp_path)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    with pytest.raises(NotBuiltYetError, match="a checkpoint of Orbax, which is loaded as a whole"):
        again.load_weights(tmp_path, skip_mismatch=True)
    other = cornu.Sequential([cornu.layers.Input((4,)), cornu.layers.Dense(2, name="d")], name="m")
    before = other.get_weights()
    with pytest.raises(ValueError, match="this model does not fit"):
        other.load_weights(tmp_path)
    np.testing.assert_array_equal(other.get_weights()[0], before[0])
    renamed = cornu.Sequential([cornu.layers.Input((4,)), cornu.layers.Dense(1, name="e")], name="m")
    with pytest.raises(ValueError, match=r'no variable "m/d/bias".*Layers need the names they had'):
        renamed.load_weights(tmp_path)


def test_a_folder_of_a_later_run_is_not_overwritten(tmp_path):
    train(OrbaxCheckpoint(tmp_path))
    with pytest.raises(ValueError, match="holds a checkpoint of step 2, and this run begins at step 0"):
        train(OrbaxCheckpoint(tmp_path))
    assert steps(tmp_path) == [2]


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"nothing can be written there: .* Nothing was trained yet"):
        train(OrbaxCheckpoint(tmp_path / "file"))


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "orbax.checkpoint", None)
    with pytest.raises(ImportError, match="Install it: pip install orbax-checkpoint"):
        OrbaxCheckpoint("folder")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"save_freq": 0}, "OrbaxCheckpoint: save_freq must be 'epoch' or a whole number"),
        ({"mode": "maxx"}, r'OrbaxCheckpoint\(mode="maxx"\): Did you mean "max"'),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        OrbaxCheckpoint("folder", **arguments)
