"""Reshaping, padding, cropping and up-sampling: worked values, unknown sizes, and bad input."""

import numpy as np
import pytest
from scipy import ndimage

import cornu
from cornu import layers

X = np.arange(24.0, dtype="float32").reshape(2, 3, 4)
IMAGE = np.arange(12.0, dtype="float32").reshape(1, 3, 4, 1)


# -- worked values ---------------------------------------------------------------------------------


def test_what_numpy_makes_of_it():
    np.testing.assert_array_equal(layers.Reshape((4, -1))(X), X.reshape(2, 4, 3))
    np.testing.assert_array_equal(layers.Permute((2, 1))(X), X.swapaxes(1, 2))
    np.testing.assert_array_equal(layers.RepeatVector(2)(X[0]), np.repeat(X[0][:, None], 2, 1))
    padded = np.pad(IMAGE, [(0, 0), (1, 0), (2, 3), (0, 0)])
    np.testing.assert_array_equal(layers.ZeroPadding2D(((1, 0), (2, 3)))(IMAGE), padded)
    np.testing.assert_array_equal(layers.Cropping2D(((1, 0), (2, 1)))(IMAGE), IMAGE[:, 1:, 2:3])
    np.testing.assert_array_equal(layers.UpSampling1D(3)(X), np.repeat(X, 3, 1))
    twice = np.kron(IMAGE[0, :, :, 0], np.ones((2, 3)))
    np.testing.assert_array_equal(layers.UpSampling2D((2, 3))(IMAGE)[0, :, :, 0], twice)


def test_bilinear_is_that_of_scipy():
    grown = layers.UpSampling2D(2, interpolation="bilinear")(IMAGE)[0, :, :, 0]
    places = np.meshgrid((np.arange(6) + 0.5) / 2 - 0.5, (np.arange(8) + 0.5) / 2 - 0.5, indexing="ij")
    expected = ndimage.map_coordinates(IMAGE[0, :, :, 0], places, order=1, mode="nearest")
    np.testing.assert_allclose(grown, expected, rtol=1e-5, atol=1e-6)


def test_cropping_undoes_padding_and_integers_stay_integers():
    x = np.arange(30).reshape(1, 2, 3, 5)
    for edges in (2, (1, 0), ((1, 2), (0, 3))):
        again = layers.Cropping2D(edges)(layers.ZeroPadding2D(edges)(x))
        np.testing.assert_array_equal(again, x)
        assert again.dtype == "int32"


def test_shapes_of_inputs_whose_sizes_are_not_known():
    steps, image = cornu.Input((None, 4)), cornu.Input((None, None, 3))
    assert layers.Reshape((-1, 2))(steps).shape == (None, None, 2)
    assert layers.Reshape((3, 4))(steps).shape == (None, 3, 4)
    assert layers.Permute((2, 1))(steps).shape == (None, 4, None)
    assert layers.ZeroPadding1D(2)(steps).shape == (None, None, 4)
    assert layers.Cropping2D(1)(image).shape == (None, None, None, 3)
    for interpolation in ("nearest", "bilinear"):
        grown = layers.UpSampling2D(2, interpolation=interpolation)(image)
        assert grown.shape == (None, None, None, 3)


def test_a_reshaped_input_of_unknown_size_is_checked_when_it_comes():
    x = cornu.Input((None, 4))
    model = cornu.Model(x, layers.Reshape((3, 4), name="fold")(x))
    assert model.predict(X, verbose=0).shape == (2, 3, 4)
    with pytest.raises(ValueError, match=r"2 x 4 = 8 numbers.*asks for 3 x 4 = 12"):
        model(X[:, :2])


def test_they_train_inside_of_a_model():
    model = cornu.Sequential(
        [
            layers.Reshape((4, 4, 1), input_shape=(16,)),
            layers.ZeroPadding2D(1),
            layers.UpSampling2D(),
            layers.Cropping2D(((2, 2), (1, 3))),
            layers.Permute((3, 1, 2)),
            layers.Flatten(),
            layers.RepeatVector(2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    assert model.output_shape == (None, 1)
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(11, 16)).astype("float32")
    history = model.fit(x, np.zeros((11, 1)), batch_size=4, epochs=10, verbose=0).history["loss"]
    assert history[-1] < history[0]


# -- bad input -------------------------------------------------------------------------------------


def test_a_shape_of_another_size_names_both_products():
    expected = (
        r'Reshape "r": a sample of shape \(3, 4\) has 3 x 4 = 12 numbers, and '
        r"target_shape=\(5, 2\) asks for 5 x 2 = 10, which must be the same number"
    )
    with pytest.raises(ValueError, match=expected):
        layers.Reshape((5, 2), name="r")(X)
    expected = r"3 x 4 = 12 numbers, and target_shape=\(-1, 5\) asks for 5 = 5, which must divide it"
    with pytest.raises(ValueError, match=expected):
        layers.Reshape((-1, 5))(cornu.Input((3, 4)))


@pytest.mark.parametrize("shape", [5, (2, -2), (2.0, 6), "ab", (None, 2)])
def test_a_target_shape_is_a_tuple_of_sizes(shape):
    with pytest.raises(
        ValueError, match=r"target_shape must be a tuple of sizes.*Reshape\(\(28, 28, 1\)\)"
    ):
        layers.Reshape(shape)


def test_two_sizes_cannot_both_be_left_open():
    with pytest.raises(ValueError, match=r"only one size may be -1.*got target_shape=\(-1, -1\)"):
        layers.Reshape((-1, -1))


@pytest.mark.parametrize("dims", [(0, 1), (1, 3), (1, 1), 2, (1.0, 2), ()])
def test_dims_name_each_axis_once(dims):
    with pytest.raises(
        ValueError, match=r"dims must name each axis once, counted from 1.*Permute\(\(2, 1\)\)"
    ):
        layers.Permute(dims)


def test_permute_needs_an_input_of_its_rank():
    with pytest.raises(ValueError, match="expects inputs of rank 3, but got rank 4"):
        layers.Permute((2, 1))(IMAGE)


@pytest.mark.parametrize("make, name", [(layers.RepeatVector, "n"), (layers.UpSampling1D, "size")])
def test_a_number_of_repetitions_is_whole_and_above_0(make, name):
    for value in (2.0, "2", None):
        with pytest.raises(TypeError, match=f"{name}.* must be a whole number.*got {name}="):
            make(value)
    for value in (0, -1):
        with pytest.raises(ValueError, match=f"{name}.* must be a whole number.*got {name}={value}"):
            make(value)


@pytest.mark.parametrize("size", [0, 1.5, (2, 2, 2), (1, -1)])
def test_factors_are_whole_and_above_0(size):
    with pytest.raises(ValueError, match="size must be a whole number, 1 or more, or a tuple of 2"):
        layers.UpSampling2D(size)


def test_a_misspelt_interpolation_is_named():
    with pytest.raises(
        ValueError, match=r"interpolation must be .*got interpolation='bilinaer'.*\"bilinear\""
    ):
        layers.UpSampling2D(interpolation="bilinaer")
    assert layers.UpSampling2D(interpolation="BICUBIC").interpolation == "bicubic"


@pytest.mark.parametrize("edges", [-1, 1.5, (1, 2, 3), ((1, 2), (3,)), ((1, -1), 0), "1"])
def test_edges_are_a_number_or_pairs(edges):
    expected = "must be a whole number, 0 or more, a tuple of 2 of them, for .*, or of 2 pairs, got"
    with pytest.raises(ValueError, match=f"padding {expected}"):
        layers.ZeroPadding2D(edges)
    with pytest.raises(ValueError, match=f"cropping {expected}"):
        layers.Cropping2D(edges)


@pytest.mark.parametrize("edges", [-1, (1, 2, 3), (1,), ((1, 2),)])
def test_edges_of_a_sequence_are_a_number_or_a_pair(edges):
    with pytest.raises(
        ValueError, match=r"0 or more, or a pair of them, \(before, after\), got padding="
    ):
        layers.ZeroPadding1D(edges)


def test_cropping_everything_away_names_axis_and_shape():
    expected = (
        r'Cropping2D "c": cropping=\(\(0, 1\), \(2, 2\)\) takes 2 \+ 2 from axis 2, which has size 4, '
        r"so nothing is left: the input has shape \(1, 3, 4, 1\)"
    )
    with pytest.raises(ValueError, match=expected):
        layers.Cropping2D(((0, 1), (2, 2)), name="c")(IMAGE)
    with pytest.raises(
        ValueError, match=r"takes 2 \+ 1 from axis 1, which has size 3, so nothing is left"
    ):
        layers.Cropping1D((2, 1))(cornu.Input((3, 4)))
