"""Hints after fit: dead ReLUs, a loss that is no number, and silence in a healthy run."""

import re

import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning

RNG = np.random.default_rng(0)
# Like the Pima table: eight columns of sizes 4, 120, 70, 20, 80, 32, 0.5, 33.
SIZES = np.array([4, 120, 70, 20, 80, 32, 0.5, 33], "float32")
UNSCALED = (SIZES * RNG.uniform(0.5, 1.5, size=(200, 8))).astype("float32")
Y = (RNG.uniform(size=200) < 0.35).astype("float32")


def network(dead=None, width=12, optimizer="adam"):
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential(
        [
            layers.Dense(width, activation="relu", input_shape=(8,), name="first"),
            layers.Dense(8, activation="relu", name="second"),
            layers.Dense(1, activation="sigmoid", name="last"),
        ]
    )
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    if dead is not None:
        layer = model.get_layer(dead)
        layer.set_weights([-np.abs(layer.get_weights()[0]), -np.ones(layer.units, "float32")])
    # The share of ones is the best constant answer, so that training starts where it ends.
    model.get_layer("last").bias.assign([np.log(Y.mean() / (1 - Y.mean()))])
    return model


def test_a_dead_first_layer_is_told_with_what_to_do():
    with pytest.warns(CornuWarning, match="The network has not learnt") as caught:
        history = network("first").fit(UNSCALED, Y, epochs=6, verbose=0)
    loss = f"{history.history['loss'][-1]:.4g}"
    assert str(caught[0].message) == (
        f"The network has not learnt: after 6 epochs the loss stands still at {loss}. "
        'All 12 ReLU units of layer "first" give 0 for every row of x, so no gradient passes and they '
        "can never recover (dead ReLUs). "
        f"The inputs are not scaled (column 1 of x has values around {UNSCALED[:, 1].mean():.3g}). "
        "Scale them first: x = (x - x.mean(axis=0)) / x.std(axis=0). "
        'Then start again with new weights; a smaller learning rate or activation="leaky_relu" also '
        "helps."
    )
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_dead_layer_over_scaled_inputs_is_not_told_to_scale():
    x = (UNSCALED / SIZES).astype("float32")
    with pytest.warns(CornuWarning, match="dead ReLUs") as caught:
        network("second").fit(x, Y, epochs=6, verbose=0)
    text = str(caught[0].message)
    assert 'All 8 ReLU units of layer "second"' in text
    assert "not scaled" not in text


def test_the_advice_helps():
    x = (UNSCALED - UNSCALED.mean(axis=0)) / UNSCALED.std(axis=0)
    y = (x[:, 1] > 0).astype("float32")
    history = network().fit(x, y, epochs=30, verbose=0).history
    assert history["accuracy"][-1] > 0.9


def test_a_learning_rate_that_is_too_high_is_told():
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([layers.Dense(1, input_shape=(8,))])
    model.compile(cornu.optimizers.SGD(10.0), "mse")
    x = (UNSCALED / SIZES).astype("float32")
    with pytest.warns(CornuWarning, match="The loss became NaN or infinite") as caught:
        history = model.fit(x, Y, epochs=40, verbose=0)
    first = int(np.flatnonzero(~np.isfinite(history.history["loss"]))[0]) + 1
    assert str(caught[0].message) == (
        f"The loss became NaN or infinite in epoch {first}. The learning rate is likely too high: try a "
        "tenth of it. With TerminateOnNaN() among the callbacks training stops when that happens, and "
        "you are told in which batch and layer."
    )


def test_a_nan_over_unscaled_inputs_is_told_to_scale():
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([layers.Dense(1, input_shape=(8,))])
    model.compile(cornu.optimizers.SGD(0.1), "mse")
    words = re.escape("try a tenth of it, and scale the inputs. With TerminateOnNaN()")
    with pytest.warns(CornuWarning, match=words):
        model.fit(UNSCALED, Y, epochs=20, verbose=0)


def test_a_loss_that_is_infinite_while_the_weights_are_not_is_explained():
    """Here no gradient passes, so the model still shows what happens."""
    cornu.utils.set_random_seed(1)
    constant = layers.Lambda(lambda t: cornu.ops.stop_gradient(t) * 0 + 3e38, name="huge")
    model = cornu.Sequential([layers.Dense(1, input_shape=(8,)), constant])
    model.compile(cornu.optimizers.SGD(0.0), "mse")
    x = (UNSCALED / SIZES).astype("float32")
    words = r"in epoch 1\. All outputs are finite, from 3e\+38 to 3e\+38, .* but the loss .* is infinite"
    with pytest.warns(CornuWarning, match=words):
        model.fit(x, Y, verbose=0)


@pytest.mark.parametrize("epochs", [1, 2, 10])
def test_a_healthy_run_is_silent(epochs, recwarn):
    x = (UNSCALED / SIZES).astype("float32")
    model = network()
    model.fit(x, (x[:, 1] > 1).astype("float32"), epochs=epochs, verbose=0, validation_split=0.2)
    assert not recwarn.list


def test_a_run_that_has_converged_is_silent(recwarn):
    """The loss stands still, yet no layer is dead."""
    cornu.utils.set_random_seed(1)
    x = (UNSCALED / SIZES).astype("float32")
    model = network(optimizer=cornu.optimizers.SGD(1e-6))
    model.fit(x, Y, epochs=10, verbose=0)
    assert not recwarn.list


def test_hints_do_not_change_the_model():
    model = network("first", optimizer=cornu.optimizers.SGD(0.0))
    before = model.get_weights()
    with pytest.warns(CornuWarning, match="dead"):
        model.fit(UNSCALED, Y, epochs=4, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
