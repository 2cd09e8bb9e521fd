"""Callbacks under each distribution do what they do on one device."""

import os
from typing import Any

import jax
import numpy as np
import pytest

import cornu
from cornu import distribution, layers
from cornu.core import placement
from cornu.core.errors import CornuWarning

RNG = np.random.default_rng(0)
X = RNG.normal(size=(48, 8)).astype("float32")
Y = X[:, :4].argmax(1)


def by_layout() -> Any:
    layout_map = distribution.LayoutMap(distribution.DeviceMesh((4, 2), ["batch", "model"]))
    layout_map[".*hidden/kernel"] = (None, "model")
    return distribution.ModelParallel(layout_map=layout_map).scope()


SCOPES = {
    "data": lambda: distribution.DataParallel().scope(),
    "model": by_layout,
    "full": lambda: distribution.FullySharded(min_size=64).scope(),
}


class Halves(cornu.callbacks.Callback):
    """Reads weights, and every third batch writes them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        kernel = self.model.layers[0].kernel
        self.seen.append(float(np.abs(kernel.numpy()).sum()))
        if batch == 2:
            kernel.assign(kernel.numpy() / 2)
            self.model.layers[-1].bias.assign_add(np.ones(4))


def network(**optimizer: Any) -> Any:
    cornu.utils.set_random_seed(1)
    parts = [layers.Dense(64, "relu", name="hidden"), layers.Dropout(0.2), layers.Dense(4, "softmax")]
    model = cornu.Sequential([layers.Input((8,)), *parts], name="net")
    rate = cornu.optimizers.Adam(0.02, **optimizer)
    model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def of_epochs(folder: Any) -> list[Any]:
    """Callbacks that do something at the end of epochs."""
    make = cornu.callbacks
    return [
        make.EarlyStopping("val_loss", patience=3, restore_best_weights=True),
        make.ReduceLROnPlateau("loss", patience=1, min_delta=0.2, factor=0.5),
        make.ModelCheckpoint(folder / "best.keras", save_best_only=True),
        make.ModelCheckpoint(folder / "all.weights.h5", save_weights_only=True),
        make.CSVLogger(folder / "log.csv"),
        make.LearningRateScheduler(lambda epoch, rate: rate * 0.95),
        make.TerminateOnNaN(),
        Halves(),
    ]


def trained(folder: Any) -> tuple[Any, ...]:
    folder.mkdir()
    model, callbacks = network(), of_epochs(folder)
    fitted = {"batch_size": 16, "epochs": 6, "verbose": 0, "validation_data": (X[::3], Y[::3])}
    history = model.fit(X, Y, callbacks=callbacks, **fitted)
    best = cornu.models.load_model(folder / "best.keras")
    latest = network()
    latest.load_weights(folder / "all.weights.h5")
    weights = [*model.get_weights(), *best.get_weights(), *latest.get_weights()]
    return history.history, weights, callbacks[-1].seen, sorted(os.listdir(folder))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: Any) -> tuple[Any, ...]:
    return trained(tmp_path_factory.mktemp("alone") / "a")


@pytest.mark.parametrize("kind", SCOPES)
def test_callbacks_of_epochs_and_batches(kind: str, alone: tuple[Any, ...], tmp_path: Any) -> None:
    with SCOPES[kind]():
        history, weights, seen, files = trained(tmp_path / "a")
    assert history.keys() == alone[0].keys()
    for name, values in alone[0].items():
        np.testing.assert_allclose(history[name], values, rtol=2e-5, atol=1e-6, err_msg=name)
    for found, wanted in zip(weights, alone[1], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-5)
    np.testing.assert_allclose(seen, alone[2], rtol=1e-5)
    assert files == alone[3]


def averaged(kind: str | None) -> Any:
    """What is learnt, and found in evaluations, where averages of the weights are swapped in."""
    with SCOPES[kind]() if kind else placement.under(None):
        model = network(use_ema=True, ema_momentum=0.9)
        swap = cornu.callbacks.SwapEMAWeights(swap_on_epoch=True)
        held = {"validation_data": (X[::3], Y[::3])}
        history = model.fit(X, Y, batch_size=16, epochs=3, verbose=0, callbacks=[swap], **held)
        return history.history["val_loss"], model.get_weights()


@pytest.mark.parametrize("kind", SCOPES)
def test_averages_of_weights_are_swapped_in(kind: str) -> None:
    (losses, weights), (theirs, expected) = averaged(kind), averaged(None)
    np.testing.assert_allclose(losses, theirs, rtol=1e-5)
    for found, wanted in zip(weights, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


class Root(layers.Layer):
    """The root of what is not always above 0."""

    def call(self, x: Any) -> Any:
        return cornu.ops.sqrt(x)


def said_of_nan(kind: str | None) -> tuple[str, Any, list[Any]]:
    """What is said when the loss becomes NaN, the epochs until then, and the weights."""
    with SCOPES[kind]() if kind else placement.under(None):
        cornu.utils.set_random_seed(1)
        parts = [layers.Dense(64, name="hidden"), Root(name="root"), layers.Dense(1, name="out")]
        model = cornu.Sequential([layers.Input((8,)), *parts], name="net")
        model.layers[0].kernel.assign(np.full((8, 64), 0.01))
        model.layers[0].bias.assign(np.full(64, 0.5))
        model.compile(cornu.optimizers.SGD(0.05), "mse")
        x = np.abs(X)
        x[40] = -60
        nan = cornu.callbacks.TerminateOnNaN()
        fitted = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0, "callbacks": [nan]}
        with pytest.warns(CornuWarning, match="The loss became NaN in batch 2 of epoch 1") as told:
            history = model.fit(x, Y, **fitted)
        return str(told[0].message), history.epoch, model.get_weights()


@pytest.mark.parametrize("kind", SCOPES)
def test_where_nan_comes_from_is_found_by_going_back(kind: str) -> None:
    said, epochs, weights = said_of_nan(None)
    assert 'that is NaN is that of layer "root"' in said
    found = said_of_nan(kind)
    assert found[0] == said
    assert found[1] == epochs
    for mine, theirs in zip(found[2], weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-5)


def test_there_are_eight_devices() -> None:
    assert jax.device_count() == 8
