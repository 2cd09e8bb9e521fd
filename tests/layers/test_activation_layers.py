"""Activations as layers: their formulas, weights that are learnt, masks, and what goes wrong."""

import numpy as np
import pytest
from scipy.special import softmax

import cornu
from cornu import layers

X = np.linspace(-4, 4, 41).astype("float32").reshape(1, -1)
SERIES = np.random.default_rng(2).normal(size=(3, 4, 5)).astype("float32")


@pytest.mark.parametrize("most", [None, 0.0, 2.5])
@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_rectified_in_its_three_parts(most, slope, threshold):
    layer = layers.ReLU(max_value=most, negative_slope=slope, threshold=threshold)
    expected = np.where(threshold < X, X, slope * (X - threshold))
    if most is not None:
        expected = np.where(threshold < X, np.minimum(X, most), expected)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-6, atol=1e-6)


def test_leaky_and_exponential():
    np.testing.assert_allclose(layers.LeakyReLU()(X), np.where(X > 0, X, 0.3 * X), rtol=1e-6)
    np.testing.assert_allclose(layers.ELU(2.0)(X), np.where(X > 0, X, 2 * np.expm1(X)), rtol=1e-5)
    assert layers.LeakyReLU(negative_slope=0)(X).min() == 0


@pytest.mark.parametrize(
    ("shared", "shape"),
    [(None, (4, 5)), (1, (1, 5)), ([2], (4, 1)), ((1, 2), (1, 1)), (-1, (4, 1)), ([], (4, 5))],
)
def test_slopes_are_shared_along_axes(shared, shape):
    layer = layers.PReLU(alpha_initializer="he_normal", shared_axes=shared)
    output = layer(SERIES)
    assert layer.alpha.shape == shape
    expected = np.where(SERIES > 0, SERIES, layer.alpha.numpy() * SERIES)
    np.testing.assert_allclose(output, expected, rtol=1e-6)


def test_slopes_are_learnt_within_their_constraint():
    layer = layers.PReLU(
        alpha_initializer="ones", alpha_constraint="non_neg", alpha_regularizer="l2", shared_axes=1
    )
    model = cornu.Sequential([layer])
    model.compile(cornu.optimizers.SGD(0.3), "mse")
    model.fit(SERIES, np.abs(SERIES), epochs=10, verbose=0)  # which asks for slopes of -1
    alpha = layer.alpha.numpy()
    assert alpha.min() == 0
    assert 0 < alpha.max() < 1
    np.testing.assert_allclose(float(model.losses[0]), 0.01 * (alpha**2).sum(), rtol=1e-5)
    squared = np.mean((layer(SERIES) - np.abs(SERIES)) ** 2)
    penalized = model.evaluate(SERIES, np.abs(SERIES), verbose=0)
    np.testing.assert_allclose(penalized, squared + 0.01 * (alpha**2).sum(), rtol=1e-5)


def test_slopes_of_images_of_any_size():
    model = cornu.Sequential([cornu.Input((None, None, 3)), layers.PReLU(shared_axes=[1, 2])])
    assert model.count_params() == 3
    assert model.predict(np.ones((2, 4, 5, 3)), verbose=0).shape == (2, 4, 5, 3)


@pytest.mark.parametrize("axis", [-1, 1, 0, (1, 2), [0, 2], (-1,)])
def test_softmax_along_axes(axis):
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    np.testing.assert_allclose(layers.Softmax(axis=axis)(SERIES), softmax(SERIES, axes), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("kind", [bool, "float32", "int32"])
def test_softmax_of_what_the_mask_keeps(kind, dtype):
    mask = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]]).astype(kind)
    x = SERIES[:, 0]
    output = np.asarray(layers.Softmax(dtype=dtype)(x, mask=mask), "float32")
    expected = np.where(mask, softmax(np.where(mask, x, -1e4), -1), 0)
    np.testing.assert_allclose(output, expected, rtol=1e-5 if dtype == "float32" else 0.02)


def test_a_mask_of_steps_broadcasts():
    kept = np.array([True, True, False, True])
    output = layers.Softmax(axis=(1, 2))(SERIES, mask=kept[:, None])
    np.testing.assert_allclose(np.sum(output, (1, 2)), 1, rtol=1e-5)
    assert np.max(output[:, 2]) == 0


U = np.ones((2, 3, 4), "float32")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda: layers.LeakyReLU(alpha=0.2),
            ValueError,
            r'no argument "alpha".*"negative_slope": LeakyReLU\(negative_slope=0.2\)',
        ),
        (
            lambda: layers.LeakyReLU(None),
            ValueError,
            "negative_slope must be .* got negative_slope=None",
        ),
        (lambda: layers.LeakyReLU(-0.1), ValueError, "at least 0, got negative_slope=-0.1"),
        (lambda: layers.ReLU(max_value=-1), ValueError, "max_value must be .* got max_value=-1"),
        (lambda: layers.ReLU(max_value="6"), ValueError, "got max_value='6'"),
        (lambda: layers.ReLU(negative_slope=-1), ValueError, "got negative_slope=-1"),
        (lambda: layers.ReLU(negative_slope=None), ValueError, "got negative_slope=None"),
        (lambda: layers.ReLU(threshold=-1), ValueError, "threshold must be .* got threshold=-1"),
        (lambda: layers.ReLU(threshold=None), ValueError, "got threshold=None"),
        (lambda: layers.ELU(alpha=None), ValueError, "alpha must be a number, got alpha=None"),
        (lambda: layers.PReLU(shared_axes=3)(U), ValueError, r"shared_axes=\[3\] is out of range"),
        (lambda: layers.PReLU(shared_axes=0)(U), ValueError, "has the batch .* are 1 to 2"),
        (lambda: layers.PReLU(shared_axes=[1, -2])(U), ValueError, "names an axis twice"),
        (
            lambda: layers.PReLU(shared_axes="1"),
            TypeError,
            "shared_axes must be a whole number or a list",
        ),
        (
            lambda: layers.PReLU()(cornu.Input((None, 4))),
            ValueError,
            r"weights along axis 1.*\(None, None, 4\)",
        ),
        (lambda: layers.Softmax(axis=3)(U), ValueError, "axis=3 is out of range"),
        (lambda: layers.Softmax(axis=(2, -1))(U), ValueError, "names an axis twice"),
        (lambda: layers.Softmax(axis="x"), TypeError, "whole number or a list of them, got axis='x'"),
        (
            lambda: layers.Softmax(name="s")(U, mask=np.ones((2, 3), bool)),
            ValueError,
            r'"s" takes a mask .*shape \(2, 3\) with an input of shape \(2, 3, 4\).*mask\[:, :, None\]',
        ),
        (lambda: layers.Softmax()(U[0], mask=np.ones((1, 3, 4))), ValueError, r"shape \(1, 3, 4\)"),
        (lambda: layers.Softmax()(U[:1], mask=np.ones((2, 1, 1))), ValueError, r"shape \(2, 1, 1\)"),
    ],
)
def test_errors_teach(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_an_input_of_another_size_is_named():
    layer = layers.PReLU(shared_axes=1)
    layer(U)
    assert layer(np.ones((2, 7, 4))).shape == (2, 7, 4)
    with pytest.raises(ValueError, match="expects size 4 on the last axis, but got size 5"):
        layer(np.ones((2, 3, 5)))
