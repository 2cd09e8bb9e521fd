"""Pooling layers: masks, names, use in models, and bad input."""

import keras
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.masks import mask_of, set_mask

X = np.random.default_rng(2).normal(size=(3, 6, 4)).astype("float32")
MASK = np.array([[1, 1, 0, 0, 1, 1], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], bool)


# -- masks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("keepdims", [False, True])
def test_the_mean_over_the_steps_that_count(keepdims):
    layer = layers.GlobalAveragePooling1D(keepdims=keepdims)
    expected = np.stack([x[kept].mean(0, keepdims=keepdims) for x, kept in zip(X, MASK, strict=True)])
    np.testing.assert_allclose(layer(X, mask=MASK), expected, rtol=1e-5, atol=1e-6)
    first = layers.GlobalAveragePooling1D("channels_first", keepdims)(X.mT, mask=MASK)
    np.testing.assert_allclose(first, expected.mT if keepdims else expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parity
def test_the_mean_under_a_mask_is_that_of_keras_also_where_no_step_counts():
    mask = MASK * np.array([[1], [0], [1]], bool)
    expected = keras.layers.GlobalAveragePooling1D()(X, mask=mask)
    found = layers.GlobalAveragePooling1D()(X, mask=mask)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_mask_of_the_input_is_used_and_ends_there():
    x = cornu.layers.Activation("linear")(X)
    set_mask(x, MASK)
    layer = layers.GlobalAveragePooling1D()
    pooled = layer(x)
    np.testing.assert_allclose(pooled, layer(X, mask=MASK), rtol=1e-6)
    assert mask_of(pooled) is None


def test_a_mask_of_another_shape_is_refused():
    expected = r"mask has shape \(3, 5\), but its input has shape \(3, 6, 4\)"
    with pytest.raises(ValueError, match=expected):
        layers.GlobalAveragePooling1D()(X, mask=MASK[:, :5])


# -- names and models ------------------------------------------------------------------------------


def test_short_names_are_the_same_layers():
    for rank in (1, 2, 3):
        for scope in ("", "Global"):
            pair = [("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling")]
            for short, long in pair:
                assert getattr(layers, f"{scope}{short}{rank}D") is getattr(
                    layers, f"{scope}{long}{rank}D"
                )


def test_a_network_with_pooling_trains_and_predicts_a_short_batch():
    x = np.random.default_rng(0).normal(size=(21, 9, 8, 3)).astype("float32")
    model = cornu.Sequential(
        [
            layers.MaxPooling2D((2, 2), input_shape=(9, 8, 3)),
            layers.AveragePooling2D(2, strides=1),
            layers.AdaptiveMaxPooling2D(2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
        ]
    )
    assert [layer.output.shape for layer in model.layers[:4]] == [
        *((None, 4, 4, 3), (None, 3, 3, 3), (None, 2, 2, 3), (None, 3)),
    ]
    model.compile("adam", "mse")
    history = model.fit(x, x[:, 0, 0, :1], batch_size=8, epochs=15, verbose=0).history["loss"]
    assert history[-1] < history[0]
    np.testing.assert_allclose(model.predict(x, verbose=0)[:5], model(x[:5]), rtol=1e-4, atol=1e-5)


def test_images_of_any_size():
    x = cornu.Input((None, None, 3))
    y = layers.GlobalMaxPooling2D()(layers.MaxPooling2D(2)(x))
    model = cornu.Model(x, y)
    assert layers.MaxPooling2D(3, 2, "same")(x).shape == (None, None, None, 3)
    assert layers.AdaptiveAveragePooling2D((5, 7))(x).shape == (None, 5, 7, 3)
    for size in (4, 7):
        images = np.random.default_rng(size).normal(size=(2, size, size, 3)).astype("float32")
        kept = images[:, : size // 2 * 2, : size // 2 * 2]
        np.testing.assert_allclose(model.predict(images, verbose=0), kept.max((1, 2)), rtol=1e-6)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, -1, 2.5, "2", (2,), (2, 2, 2), (2, 0), True])
def test_a_window_needs_a_whole_number_above_0_for_each_axis(size):
    expected = r'MaxPooling2D "p": pool_size must be a whole number, 1 or more, or a tuple of 2.*'
    with pytest.raises(
        ValueError, match=expected + r"got pool_size=.*Write for instance pool_size=\(2, 2\)"
    ):
        layers.MaxPooling2D(size, name="p")
    with pytest.raises(ValueError, match="strides must be a whole number"):
        layers.AveragePooling2D(2, strides=size)


def test_a_misspelt_padding_or_data_format_is_named():
    with pytest.raises(
        ValueError, match=r"padding must be 'valid' or 'same', got padding='sane'.*\"same\""
    ):
        layers.MaxPooling1D(padding="sane")
    with pytest.raises(ValueError, match="data_format must be 'channels_last' or 'channels_first', got"):
        layers.GlobalMaxPooling1D(data_format="channels")
    assert layers.MaxPooling1D(padding="SAME").padding == "same"


def test_a_window_larger_than_the_input_names_axis_and_shape():
    expected = (
        r'MaxPooling2D "late": a window of 3 does not fit into axis 2, which has size 2: '
        r"pool_size=\(3, 3\), and the input has shape \(1, 5, 2, 4\)"
    )
    with pytest.raises(ValueError, match=expected):
        layers.MaxPooling2D(3, name="late")(np.ones((1, 5, 2, 4)))
    expected = r"axis 3, which has size 1.*shape \(None, 4, 5, 1\).*padding='same'"
    with pytest.raises(ValueError, match=expected):
        layers.AveragePooling2D(2, data_format="channels_first")(cornu.Input((4, 5, 1)))
    assert layers.MaxPooling2D(3, padding="same")(np.ones((1, 5, 2, 4))).shape == (1, 2, 1, 4)


def test_an_output_size_is_whole_numbers():
    with pytest.raises(TypeError, match=r"output_size must be a whole number.*got output_size='2'"):
        layers.AdaptiveMaxPooling1D("2")
    with pytest.raises(ValueError, match="output_size must be a whole number, 1 or more"):
        layers.AdaptiveAveragePooling2D((2, 0))


@pytest.mark.parametrize(
    "layer", [layers.MaxPooling2D(), layers.GlobalAveragePooling2D(), layers.AdaptiveMaxPooling2D(2)]
)
def test_an_input_of_another_rank_is_named(layer):
    with pytest.raises(ValueError, match=r"expects inputs of rank 4, but got rank 3.*shape \(3, 6, 4\)"):
        layer(X)
