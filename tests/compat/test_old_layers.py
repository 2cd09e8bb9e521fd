"""Layers of Keras 1 and 2 that are kept: their values, worked out with NumPy."""

import json

import numpy as np
import pytest

import cornu
from cornu.compat import OldNameWarning, notes
from cornu.compat.layers.activations import ParametricSoftplus, SReLU, ThresholdedReLU
from cornu.compat.layers.convolution import (
    AtrousConvolution1D,
    AtrousConvolution2D,
    Convolution1D,
    Convolution2D,
    Convolution3D,
    Deconvolution2D,
    SeparableConvolution2D,
)
from cornu.compat.layers.fourier import RandomFourierFeatures
from cornu.compat.layers.gates import Highway, MaxoutDense
from cornu.compat.layers.local import LocallyConnected1D, LocallyConnected2D
from cornu.compat.layers.merging import Merge, merge
from cornu.compat.layers.recurrent import CuDNNGRU, CuDNNLSTM
from cornu.core.errors import NotBuiltYetError
from cornu.layers import Conv2D, Conv2DTranspose, Dense

pytestmark = pytest.mark.filterwarnings("ignore::cornu.compat.notes.OldNameWarning")
RNG = np.random.default_rng(5)
X = RNG.normal(size=(4, 3)).astype("float32")
IMAGES = RNG.normal(size=(2, 4, 5, 2)).astype("float32")


def near(a, b):
    np.testing.assert_allclose(np.asarray(a), b, rtol=1e-5, atol=1e-6)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def randomized(layer, x):
    """The layer with weights drawn anew, and these."""
    layer(x)
    layer.set_weights([RNG.normal(size=w.shape) for w in layer.get_weights()])
    return layer.get_weights()


# ------------------------------------------------------------------------------------------- values


def test_highway():
    layer = Highway(activation="tanh")
    layer(X)
    assert [w.name for w in layer.weights] == ["W", "W_carry", "b", "b_carry"]
    near(layer.get_weights()[3], np.ones(3))
    kernel, carry, bias, bias_carry = randomized(layer, X)
    gate = sigmoid(X @ carry + bias_carry)
    near(layer(X), gate * np.tanh(X @ kernel + bias) + (1 - gate) * X)
    plain = Highway(bias=False)
    kernel, carry = randomized(plain, X)
    gate = sigmoid(X @ carry)
    near(plain(X), gate * (X @ kernel) + (1 - gate) * X)


@pytest.mark.parametrize("bias", [True, False])
def test_maxout(bias):
    layer = MaxoutDense(2, nb_feature=3, bias=bias)
    kernel, *rest = randomized(layer, X)
    parts = np.stack([X @ kernel[k] + (rest[0][k] if bias else 0) for k in range(3)])
    near(layer(X), parts.max(axis=0))


def test_parametric_softplus():
    layer = ParametricSoftplus(shared_axes=[1])
    x = RNG.normal(size=(2, 3, 2)).astype("float32")
    near(layer(x), 0.2 * np.log1p(np.exp(5 * x)))
    alpha, beta = randomized(layer, x)
    assert alpha.shape == (1, 2)
    near(layer(x), alpha * np.log1p(np.exp(beta * x)))


def test_srelu():
    layer = SReLU()
    left, slope_left, width, slope_right = randomized(layer, X)
    right = left + abs(width)
    below, above = left + slope_left * (X - left), right + slope_right * (X - right)
    near(layer(X), np.where(left > X, below, np.where(right < X, above, X)))


def test_thresholded_relu_is_a_relu():
    layer = ThresholdedReLU(theta=0.5, name="mine")
    assert (type(layer), layer.name) == (cornu.layers.ReLU, "mine")
    near(layer(X), X * (X > 0.5))


def local(x, kernel, size, steps):
    """The windows of an image times the kernel of each place."""
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, steps, strict=True))
    found = np.empty((len(x), rows, columns, kernel.shape[-1]))
    for i in range(rows):
        for j in range(columns):
            top, side = i * steps[0], j * steps[1]
            window = x[:, top : top + size[0], side : side + size[1]].reshape(len(x), -1)
            found[:, i, j] = window @ kernel[i * columns + j]
    return found


def test_locally_connected_2d():
    layer = LocallyConnected2D(3, (2, 3), strides=(2, 1), activation="relu")
    kernel, bias = randomized(layer, IMAGES)
    assert (kernel.shape, bias.shape) == ((2 * 3, 2 * 3 * 2, 3), (2, 3, 3))
    near(layer(IMAGES), np.maximum(local(IMAGES, kernel, (2, 3), (2, 1)) + bias, 0))


def test_locally_connected_1d():
    x = RNG.normal(size=(2, 5, 2)).astype("float32")
    layer = LocallyConnected1D(3, 2, use_bias=False)
    (kernel,) = randomized(layer, x)
    near(layer(x), local(x[:, None], kernel, (1, 2), (1, 1))[:, 0])


def test_locally_connected_channels_first():
    layer = LocallyConnected2D(2, 2, data_format="channels_first")
    x = RNG.normal(size=(2, 1, 3, 3)).astype("float32")
    kernel, bias = randomized(layer, x)
    expected = local(np.moveaxis(x, 1, -1), kernel, (2, 2), (1, 1)) + bias
    near(layer(x), np.moveaxis(expected, -1, 1))


@pytest.mark.parametrize(
    "make, x, words",
    [
        (lambda: LocallyConnected1D(2, 3, padding="same"), None, "Put ZeroPadding1D before it"),
        (lambda: LocallyConnected2D(2, 3, implementation=2), None, "implementation=2"),
    ],
)
def test_what_locally_connected_layers_cannot_do_is_said(make, x, words):
    with pytest.raises(NotBuiltYetError, match=words):
        make()


def test_locally_connected_layers_need_sizes():
    with pytest.raises(ValueError, match="all sizes of its input must be known"):
        LocallyConnected1D(2, 3)(cornu.Input((None, 2)))
    with pytest.raises(ValueError, match=r"a window of \(9,\) does not fit"):
        LocallyConnected1D(2, 9)(cornu.Input((5, 2)))


@pytest.mark.parametrize(
    "kernel, scale", [("gaussian", np.sqrt(1.5)), ("laplacian", 1.0), ("ones", 1.0)]
)
def test_random_fourier_features(kernel, scale):
    layer = RandomFourierFeatures(200, kernel)
    found = layer(X)
    weights = (layer.unscaled_kernel, layer.bias, layer.kernel_scale)
    drawn, bias, scales = (np.asarray(w.value) for w in weights)
    near(scales, [scale])
    assert 0 <= bias.min() < 1
    assert 5.5 < bias.max() <= 2 * np.pi
    near(found, np.cos(X @ drawn / scale + bias))
    assert layer.trainable_weights == []
    if kernel == "gaussian":
        assert abs(drawn.std() - 1) < 0.15
        # The mean product of two rows' features is half the kernel exp(-|x - y|^2 / (2 s^2)).
        exact = np.exp(-((X[:, None] - X) ** 2).sum(-1) / (2 * scale**2)) / 2
        assert abs(np.asarray(found) @ np.asarray(found).T / 200 - exact).max() < 0.2
    if kernel == "laplacian":
        assert abs(np.median(abs(drawn)) - 1) < 0.3  # half of Cauchy's numbers are within 1


def test_random_fourier_features_learn_their_scale():
    layer = RandomFourierFeatures(4, scale=2.0, trainable=True)
    layer(X)
    assert [w.name for w in layer.trainable_weights] == ["kernel_scale"]
    with pytest.raises(ValueError, match="scale must be above 0"):
        RandomFourierFeatures(4, scale=0)


@pytest.mark.parametrize("make, new", [(CuDNNLSTM, "LSTM"), (CuDNNGRU, "GRU")])
def test_layers_for_cudnn(make, new):
    notes.forget()
    with pytest.warns(OldNameWarning, match=rf"CuDNN{new} is an old name. Today: keras.layers.{new}"):
        assert type(make(2)).__name__ == new


LAYERS = [
    lambda: Highway(activation="relu"),
    lambda: MaxoutDense(2, nb_feature=2, W_regularizer="l2"),
    lambda: ParametricSoftplus(),
    lambda: SReLU(shared_axes=[1]),
    lambda: RandomFourierFeatures(3),
]


@pytest.mark.parametrize("make", LAYERS)
def test_each_comes_back_from_its_configuration(make):
    layer = make()
    described = json.loads(json.dumps(cornu.layers.serialize(layer)))
    assert (described["module"], described["class_name"]) == ("keras.layers", type(layer).__name__)
    again = cornu.layers.deserialize(described, custom_objects={type(layer).__name__: type(layer)})
    assert again.get_config() == layer.get_config()
    layer(X), again(X)
    again.set_weights(layer.get_weights())
    near(again(X), layer(X))


@pytest.mark.parametrize("make", LAYERS[:2])
def test_each_notes_what_to_write(make):
    notes.forget()
    with pytest.warns(OldNameWarning, match=r"keras\.layers\.\w+ is an old name\. Today: keras\."):
        make()


# ------------------------------------------------------------------------------------- convolutions


@pytest.mark.parametrize(
    "make, cls, kernel",
    [
        (lambda: Convolution1D(4, 3), "Conv1D", (3,)),
        (lambda: Convolution2D(4, 3, 5), "Conv2D", (3, 5)),
        (lambda: Convolution2D(4, (3, 5)), "Conv2D", (3, 5)),
        (lambda: Convolution2D(4, 3), "Conv2D", (3, 3)),
        (lambda: Convolution2D(filters=4, kernel_size=(3, 5)), "Conv2D", (3, 5)),
        (lambda: Convolution2D(nb_filter=4, nb_row=3, nb_col=5), "Conv2D", (3, 5)),
        (lambda: Convolution2D(4, nb_row=3, nb_col=5), "Conv2D", (3, 5)),
        (lambda: Convolution3D(4, 1, 2, 3), "Conv3D", (1, 2, 3)),
        (lambda: SeparableConvolution2D(4, 3, 5), "SeparableConv2D", (3, 5)),
        (lambda: AtrousConvolution1D(4, 3, atrous_rate=2), "Conv1D", (3,)),
        (lambda: AtrousConvolution2D(4, 3, 5, atrous_rate=(2, 2)), "Conv2D", (3, 5)),
        (lambda: Deconvolution2D(4, 3, 5), "Conv2DTranspose", (3, 5)),
    ],
)
def test_old_convolutions_are_those_of_today(make, cls, kernel):
    layer = make()
    assert (type(layer).__name__, layer.filters, layer.kernel_size) == (cls, 4, kernel)
    assert cornu.layers.serialize(layer)["class_name"] == cls
    assert layer.name.startswith({"SeparableConv2D": "separable_conv2d"}.get(cls, "conv"))
    assert set(layer.strides) == {1}


def test_what_atrous_means():
    assert AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 3)).dilation_rate == (2, 3)
    assert AtrousConvolution2D(4, 3, 3).dilation_rate == (1, 1)


def test_the_class_behind_an_old_name():
    layer = Convolution2D(4, 3, 3, activation="relu", input_shape=(8, 8, 1))
    assert isinstance(layer, Convolution2D)
    assert isinstance(Conv2D(1, 1), Convolution2D)
    assert issubclass(Conv2D, Convolution2D)
    assert not isinstance(Dense(1), Convolution2D)
    assert isinstance(Deconvolution2D(1, 1, 1), Conv2DTranspose)
    assert layer.activation is cornu.activations.relu
    assert Convolution2D.from_config(layer.get_config()).get_config() == layer.get_config()


def test_a_subclass_of_an_old_name():
    class Mine(Convolution2D):
        """A convolution of the user's."""

    layer = Mine(4, 3, 3, name="mine")
    assert (type(layer), layer.kernel_size, layer.name) == (Mine, (3, 3), "mine")
    assert not isinstance(Conv2D(1, 1), Mine)
    assert not issubclass(Conv2D, Mine)


def test_only_the_old_form_is_noted(recwarn):
    notes.forget()
    Convolution2D(4, (3, 3)), Convolution2D(4, 3), Convolution1D(4, 3)
    assert not [w for w in recwarn if w.category is OldNameWarning]
    with pytest.warns(
        OldNameWarning, match=r"Convolution2D\(nb_filter, nb_row, nb_col\).*Conv2D\(filters"
    ):
        Convolution2D(4, 3, 3)
    with pytest.warns(OldNameWarning, match=r"AtrousConvolution2D.*Conv2D\(dilation_rate\)"):
        AtrousConvolution2D(4, (3, 3))


# ------------------------------------------------------------------------------------------- merging

A = RNG.normal(size=(4, 3)).astype("float32")
B = RNG.normal(size=(4, 3)).astype("float32")
UNIT = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (A, B)]
MODES = {
    "sum": A + B,
    "mul": A * B,
    "ave": (A + B) / 2,
    "max": np.maximum(A, B),
    "concat": np.concatenate([A, B], 1),
    "dot": (A * B).sum(1, keepdims=True),
    "cos": (UNIT[0] * UNIT[1]).sum(1, keepdims=True),
}


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_of_merge(mode):
    inputs = [cornu.Input((3,)), cornu.Input((3,))]
    model = cornu.Model(inputs, merge(inputs, mode=mode))
    near(model([A, B]), MODES[mode])
    near(Merge(mode=mode)([A, B]), MODES[mode])


def test_merge_with_a_function():
    inputs = [cornu.Input((3,)), cornu.Input((3,))]
    found = merge(
        inputs,
        mode=lambda xs, by: xs[0] - by * xs[1],
        output_shape=(3,),
        arguments={"by": 2},
        name="mine",
    )
    model = cornu.Model(inputs, found)
    assert model.get_layer("mine")
    near(model([A, B]), A - 2 * B)


def test_axes_of_merge():
    a, b = cornu.Input((2, 3)), cornu.Input((4, 3))
    assert merge([a, b], mode="concat", concat_axis=1).shape == (None, 6, 3)
    assert merge([a, b], mode="dot", dot_axes=2).shape == (None, 2, 4)
    assert merge([a, b], mode="dot", dot_axes=([2], [2])).shape == (None, 2, 4)
    assert merge([a, b], mode="cos", dot_axes=(2, 2)).shape == (None, 2, 4)


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: merge([cornu.Input((1,))] * 2, mode="summ"),
            "mode='summ' is unknown. Did you mean \"sum\"",
        ),
        (lambda: merge([cornu.Input((1,))]), "a list of two tensors or more"),
        (lambda: Merge([cornu.Sequential([Dense(1)]), cornu.Sequential()]), "has no input yet"),
    ],
)
def test_wrong_uses_of_merge_are_explained(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_branches_are_joined_at_the_start_of_a_sequential():
    left = cornu.Sequential([Dense(2, input_dim=3)])
    right = cornu.Sequential([Dense(3, input_dim=4, activation="tanh")])
    model = cornu.Sequential()
    model.add(Merge([left, right], mode="concat"))
    assert model.output_shape == (None, 5)
    model.add(Dense(1))
    model.compile("sgd", "mse")
    data = [RNG.normal(size=(6, n)).astype("float32") for n in (3, 4)]
    before = model.predict(data, verbose=0)
    (w, v), (w2, v2), (w3, v3) = (part.get_weights() for part in (left, right, model.layers[1]))
    joined = np.concatenate([data[0] @ w + v, np.tanh(data[1] @ w2 + v2)], 1)
    near(before, joined @ w3 + v3)
    history = model.fit(data, np.ones((6, 1)), epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    for again in (cornu.Sequential.from_config(model.get_config()), cornu.models.clone_model(model)):
        again.set_weights(model.get_weights())
        near(again(data), model(data))
    model.pop()
    assert model.output_shape == (None, 5)


def test_branches_that_share_an_input():
    x = cornu.Input((3,))
    model = Merge([cornu.Model(x, Dense(2)(x)), cornu.Model(x, Dense(2)(x))], mode="mul", name="both")
    assert (len(model.inputs), model.name, model.output_shape) == (1, "both", (None, 2))
