"""Dropout, noise and penalties: what they do to the numbers, and what goes wrong."""

import jax
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.pure import named, pure, read

ONES = np.ones((60, 50, 20), "float32")
WITH_RATE = [
    *("Dropout", "AlphaDropout", "GaussianDropout"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
]


# -- what they do ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    x = np.random.default_rng(1).normal(size=(1000, 300)).astype("float32")
    output = np.asarray(layers.AlphaDropout(rate, seed=2)(x, training=True))
    assert abs(output.mean()) < 0.02
    assert abs(output.std() - 1) < 0.02
    _, counts = np.unique(output, return_counts=True)  # all that is dropped has the same value
    assert abs(counts.max() / output.size - rate) < 0.01


def test_alpha_dropout_drops_to_the_lowest_value_of_selu():
    layer = layers.AlphaDropout(0.5)
    assert abs(float(cornu.activations.selu(-100.0)) - layer.lowest) < 1e-6


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_gaussian_dropout_has_the_variance_of_dropout(rate):
    output = np.asarray(layers.GaussianDropout(rate, seed=2)(3 * ONES, training=True))
    assert abs(output.mean() - 3) < 0.05
    assert abs(output.std() - 3 * np.sqrt(rate / (1 - rate))) < 0.05


@pytest.mark.parametrize("stddev", [0.3, 2.0])
def test_gaussian_noise_is_added(stddev):
    output = np.asarray(layers.GaussianNoise(stddev, seed=2)(3 * ONES, training=True))
    assert abs(output.mean() - 3) < 0.05
    assert abs(output.std() - stddev) < 0.02 * stddev


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "together"),
    [
        ("SpatialDropout1D", {}, (4, 5, 6), (1,)),
        ("SpatialDropout2D", {}, (4, 3, 5, 6), (1, 2)),
        ("SpatialDropout2D", {"data_format": "channels_first"}, (4, 6, 3, 5), (2, 3)),
        ("SpatialDropout3D", {}, (4, 2, 3, 5, 6), (1, 2, 3)),
        ("SpatialDropout3D", {"data_format": "channels_first"}, (4, 6, 2, 3, 5), (2, 3, 4)),
        ("Dropout", {"noise_shape": (None, 1, 6)}, (4, 5, 6), (1,)),
        ("Dropout", {"noise_shape": [4, None, 1]}, (4, 5, 6), (2,)),
    ],
)
def test_what_is_dropped_together(name, arguments, shape, together):
    layer = getattr(layers, name)(0.5, seed=1, **arguments)
    output = np.asarray(layer(np.ones(shape, "float32"), training=True))
    assert set(np.unique(output)) == {0.0, 2.0}
    np.testing.assert_array_equal(output.min(together), output.max(together))
    rest = output.mean(together)
    assert 0 < rest.mean() < 2  # some channels are kept, some are not


@pytest.mark.parametrize("name", WITH_RATE)
def test_nothing_happens_without_training_and_at_rate_zero(name):
    x = np.ones((2,) * {"1D": 3, "2D": 4, "3D": 5}.get(name[-2:], 3), "float32")
    np.testing.assert_array_equal(getattr(layers, name)(0.5)(x), x)
    layer = getattr(layers, name)(0)
    np.testing.assert_array_equal(layer(x, training=True), x)
    assert layer.variables == []


@pytest.mark.parametrize("layer", [layers.Dropout(0.5, seed=1), layers.GaussianNoise(1.0, seed=1)])
def test_each_step_of_a_program_draws_anew(layer):
    layer(ONES[0], training=True)
    state = named(all=layer.variables)
    step = jax.jit(pure(lambda x: layer(x, training=True), state))
    values, first = step(read(state), ONES[0])
    _, second = step(values, ONES[0])
    assert not np.array_equal(first, second)


def test_the_penalty_on_activity_is_in_the_loss():
    x = np.array([[1.0, -2.0], [3.0, 0.0]], "float32")
    layer = layers.ActivityRegularization(l1=0.1, l2=0.01)
    np.testing.assert_array_equal(layer(x), x)
    expected = (0.1 * 6 + 0.01 * 14) / 2
    np.testing.assert_allclose(float(layer.losses[0]), expected, rtol=1e-6)
    model = cornu.Sequential([layer])
    model.compile("sgd", "mse")
    np.testing.assert_allclose(model.evaluate(x, x, verbose=0), expected, rtol=1e-6)


def test_a_spatial_dropout_can_be_frozen_and_come_first():
    layer = layers.SpatialDropout1D(0.3, input_shape=(5, 2), trainable=False)
    assert cornu.Sequential([layer]).output_shape == (None, 5, 2)


# -- bad input -------------------------------------------------------------------------------------

U = np.ones((2, 3, 4), "float32")


@pytest.mark.parametrize("name", WITH_RATE)
@pytest.mark.parametrize("rate", [-0.1, 1.5, "0.5", None, True, float("nan")])
def test_rates_outside_of_zero_to_one(name, rate):
    with pytest.raises(ValueError, match=rf"{name}.*rate must be a number from 0 to 1.*{name}\(0.5\)"):
        getattr(layers, name)(rate)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.AlphaDropout(1), "rate must be below 1, got rate=1, for which the noise"),
        (lambda: layers.GaussianDropout(1.0, name="g"), '"g": rate must be below 1'),
        (lambda: layers.GaussianNoise(-0.1), "stddev must be a number of at least 0.*got stddev=-0.1"),
        (lambda: layers.GaussianNoise("big"), "got stddev='big'"),
        (lambda: layers.GaussianNoise(float("nan")), "got stddev=nan"),
        (lambda: layers.Dropout(0.5, seed="a"), "seed must be an integer"),
        (lambda: layers.Dropout(0.5, noise_shape="ab"), "noise_shape must be a tuple of sizes"),
        (lambda: layers.Dropout(0.5, noise_shape=3), "noise_shape must be a tuple .*got noise_shape=3"),
        (lambda: layers.Dropout(0.5, noise_shape=(None, 0)), r"noise_shape=\(None, 0\). Write"),
        (lambda: layers.AlphaDropout(0.5, noise_shape=(1.0, 2)), r"noise_shape=\(1.0, 2\)"),
        (
            lambda: layers.Dropout(0.5, noise_shape=(None, 1))(U, training=True),
            r"noise_shape=\(None, 1\) does not fit an input of shape \(2, 3, 4\)",
        ),
        (
            lambda: layers.AlphaDropout(0.5, noise_shape=(None, 2, 4))(U, training=True),
            "Give each axis its size, 1, or None",
        ),
        (lambda: layers.SpatialDropout1D(0.5)(U[0]), "expects inputs of rank 3, but got rank 2"),
        (lambda: layers.SpatialDropout2D(0.5)(U), "expects inputs of rank 4, but got rank 3"),
        (lambda: layers.SpatialDropout3D(0.5)(U), "expects inputs of rank 5, but got rank 3"),
        (lambda: layers.SpatialDropout2D(0.5, "first"), "data_format must be .*got data_format='first'"),
        (lambda: layers.ActivityRegularization(l1=-1), "l1"),
    ],
)
def test_errors_teach(make, words):
    with pytest.raises(ValueError, match=words):
        make()
