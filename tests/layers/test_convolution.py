"""What is special to convolutions: worked values, families of arguments, models, and bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.layers import (
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv1D,
    DepthwiseConv2D,
    Input,
    SeparableConv1D,
    SeparableConv2D,
)

PLAIN = (Conv1D, Conv2D, Conv3D)
TRANSPOSED = (Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
DEPTHWISE = (DepthwiseConv1D, DepthwiseConv2D)
SEPARABLE = (SeparableConv1D, SeparableConv2D)
EVERY = (*PLAIN, *TRANSPOSED, *DEPTHWISE, *SEPARABLE)
each = pytest.mark.parametrize("cls", EVERY)
FIRST = "channels_first"


def new(cls, kernel_size=2, **arguments):
    return cls(**({} if cls in DEPTHWISE else {"filters": 4}), kernel_size=kernel_size, **arguments)


def images(cls, size=6, channels=4):
    return np.random.default_rng(2).normal(size=(2, *(size,) * cls.rank, channels)).astype("float32")


# -- worked values ---------------------------------------------------------------------------------


def test_a_known_filter_finds_edges():
    image = np.zeros((1, 3, 5, 1))
    image[:, :, 2:] = 1.0
    layer = Conv2D(1, 3, padding="same", use_bias=False)
    layer.build(image.shape)
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "float32")
    layer.set_weights([sobel[:, :, None, None]])
    assert layer(image)[0, 1, :, 0].tolist() == [0.0, 4.0, 4.0, 0.0, -4.0]
    assert layer.bias is None


def test_a_causal_output_sees_nothing_later():
    x = np.random.default_rng(0).normal(size=(1, 8, 2)).astype("float32")
    layer = Conv1D(3, 3, padding="causal", dilation_rate=2)
    before = layer(x)
    x[:, 5:] += 1.0
    after = layer(x)
    np.testing.assert_array_equal(after[:, :5], before[:, :5])
    assert np.all(after[:, 5:] != before[:, 5:])


def test_grouped_convolution_is_one_convolution_for_each_group():
    x = images(Conv2D)
    layer = Conv2D(6, 3, groups=2)
    found, (kernel, _) = layer(x), layer.get_weights()
    parts = []
    for group in range(2):
        part = Conv2D(3, 3, use_bias=False)
        part.build((None, 6, 6, 2))
        part.set_weights([kernel[..., 3 * group : 3 * group + 3]])
        parts.append(part(x[..., 2 * group : 2 * group + 2]))
    np.testing.assert_allclose(found, np.concatenate(parts, -1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cls, plain", [(DepthwiseConv1D, Conv1D), (DepthwiseConv2D, Conv2D)])
def test_depthwise_is_convolution_in_groups_of_one_channel(cls, plain):
    x = images(cls)
    layer, grouped = new(cls, depth_multiplier=3), plain(12, 2, groups=4)
    found = layer(x)
    grouped.build(x.shape)
    kernel, bias = layer.get_weights()
    grouped.set_weights([kernel.reshape(grouped.kernel.shape), bias])
    np.testing.assert_allclose(found, grouped(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cls", SEPARABLE)
def test_separable_is_depthwise_and_then_a_product(cls):
    x = images(cls)
    layer = new(cls, depth_multiplier=2)
    found = layer(x)
    deep, mix, _ = layer.get_weights()
    depthwise = DEPTHWISE[SEPARABLE.index(cls)](2, depth_multiplier=2, use_bias=False)
    depthwise.build(x.shape)
    depthwise.set_weights([deep])
    np.testing.assert_allclose(found, depthwise(x) @ mix.reshape(8, 4), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("strides, dilation", [(1, 1), (2, 1), (3, 1), (1, 2)])
def test_the_transposed_layer_is_the_gradient_of_the_plain_one(strides, dilation):
    settings = {"strides": strides, "dilation_rate": dilation, "use_bias": False}
    plain, transposed = Conv2D(3, 3, **settings), Conv2DTranspose(4, 3, **settings)
    small = jnp.asarray(images(Conv2D, 3, 3))
    large = jnp.zeros(transposed(small).shape)
    plain(large)
    transposed.set_weights(plain.get_weights())
    _, pull = jax.vjp(plain, large)
    np.testing.assert_allclose(transposed(small), pull(small)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "padding, strides, more, size",
    [
        *[("valid", 1, None, 8), ("valid", 2, None, 13), ("valid", 2, 1, 14), ("valid", 4, None, 24)],
        *[("same", 1, None, 6), ("same", 3, None, 18), ("same", 3, 0, 16), ("same", 3, 2, 18)],
    ],
)
def test_sizes_of_transposed_convolutions(padding, strides, more, size):
    layer = Conv1DTranspose(1, 3, strides, padding, more)
    assert layer(images(Conv1DTranspose)).shape == (2, size, 1)


@each
def test_the_place_of_the_channels_changes_nothing_else(cls):
    x = images(cls)
    last, first = new(cls, padding="same"), new(cls, padding="same", data_format=FIRST)
    expected = last(x)
    found = first(np.moveaxis(x, -1, 1))
    first.set_weights(last.get_weights())
    found = first(np.moveaxis(x, -1, 1))
    np.testing.assert_allclose(np.moveaxis(found, 1, -1), expected, rtol=1e-5, atol=1e-5)


def test_pictures_of_whole_numbers_are_taken():
    x = np.arange(32, dtype="uint8").reshape(1, 4, 8, 1)
    layer = Conv2D(2, 3)
    np.testing.assert_allclose(layer(x), layer(x.astype("float32")), rtol=1e-6)
    assert layer(x).dtype == "float32"


# -- arguments -------------------------------------------------------------------------------------


def test_arguments_may_be_given_by_place_as_in_keras():
    config = Conv2D(8, (3, 5), (1, 1), "SAME", FIRST, (1, 2), 2, "relu", False).get_config()
    assert (config["kernel_size"], config["padding"], config["data_format"]) == ((3, 5), "same", FIRST)
    assert (config["dilation_rate"], config["groups"], config["activation"]) == ((1, 2), 2, "relu")
    assert config["activity_regularizer"] is None
    config = Conv2DTranspose(8, 3, 2, "same", 1, FIRST).get_config()
    assert (config["output_padding"], config["data_format"]) == ((1, 1), FIRST)
    config = Conv3DTranspose(8, 3, 2, "same", FIRST, 1, 1, "relu").get_config()
    assert (config["output_padding"], config["data_format"]) == ((1, 1, 1), FIRST)
    assert config["activation"] == "relu"
    assert DepthwiseConv1D(3, 2, "same", 5).get_config()["depth_multiplier"] == 5
    assert SeparableConv1D(4, 3, 1, "same", None, 2, 5).get_config()["depth_multiplier"] == 5
    assert Conv1D(np.int64(3), [np.int32(2)]).get_config()["kernel_size"] == (2,)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_older_names(rank):
    names = {
        f"Convolution{rank}D": f"Conv{rank}D",
        f"Convolution{rank}DTranspose": f"Conv{rank}DTranspose",
    }
    if rank < 3:
        names[f"SeparableConvolution{rank}D"] = f"SeparableConv{rank}D"
    for old, name in names.items():
        assert getattr(cornu.layers, old) is getattr(cornu.layers, name)


def test_the_kernel_may_be_changed_on_its_way_as_in_weight_standardization():
    class Standardized(Conv2D):
        def convolution_op(self, inputs, kernel):
            mean, std = kernel.mean((0, 1, 2)), kernel.std((0, 1, 2))
            return super().convolution_op(inputs, (kernel - mean) / (std + 1e-10))

    x, layer = images(Conv2D), Standardized(4, 3)
    before = layer(x)
    layer.set_weights([3.0 * layer.kernel.numpy() + 1.0, layer.bias.numpy()])
    np.testing.assert_allclose(layer(x), before, rtol=1e-3, atol=1e-4)


# -- in models -------------------------------------------------------------------------------------


def test_a_small_network_learns_to_tell_stripes():
    cornu.utils.set_random_seed(1)
    x = np.zeros((64, 8, 8, 1), "float32")
    x[:32, ::2] = 1.0
    x[32:, :, ::2] = 1.0
    y = np.repeat([0, 1], 32)
    model = cornu.Sequential(
        [
            Input((8, 8, 1)),
            Conv2D(4, 3, activation="relu"),
            Conv2D(4, 3, strides=2, activation="relu"),
            cornu.layers.Flatten(),
            cornu.layers.Dense(2, activation="softmax"),
        ]
    )
    assert [tuple(layer.output.shape) for layer in model.layers][:2] == [
        (None, 6, 6, 4),
        (None, 2, 2, 4),
    ]
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=30, batch_size=24, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] == 1.0
    np.testing.assert_allclose(model.predict(x[:3], verbose=0), model(x[:3]), rtol=1e-4, atol=1e-5)


def test_the_work_of_a_network_counts_each_place_where_its_weights_are_used():
    x = np.zeros((8, 28, 28, 1), "float32")
    model = cornu.Sequential([Conv2D(8, 3), cornu.layers.Flatten(), cornu.layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((8, 2)), batch_size=4, verbose=0)
    efforts = [key[-1] for key in model._loops]
    assert efforts == ["full"]  # 10,898 weights at 784 places: worth compiling well


def test_an_autoencoder_of_any_size_of_image():
    x = Input((None, None, 3))
    inner = Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    outputs = Conv2DTranspose(3, 3, strides=2, padding="same")(
        SeparableConv2D(8, 3, padding="same")(inner)
    )
    model = cornu.Model(x, outputs)
    assert outputs.shape == (None, None, None, 3)
    assert inner.shape == (None, None, None, 8)
    assert model(np.ones((1, 8, 12, 3))).shape == (1, 8, 12, 3)
    assert model(np.ones((1, 6, 4, 3))).shape == (1, 6, 4, 3)


# -- bad input -------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("size", [0, -1, 2.0, "3", None, (3, 3, 3, 3), (), [0], True])
@pytest.mark.parametrize("argument", ["kernel_size", "strides", "dilation_rate"])
def test_sizes_are_whole_numbers_above_zero(cls, argument, size):
    arguments = {"kernel_size": 2, argument: size}
    expected = (
        rf'{cls.__name__} ".*": {argument} must be a whole number, 1 or more, or a tuple of {cls.rank}'
    )
    with pytest.raises(ValueError, match=expected):
        new(cls, **arguments)


@pytest.mark.parametrize("filters", [0, -2, 2.5, "8", None])
@pytest.mark.parametrize("cls", [*PLAIN, *TRANSPOSED, *SEPARABLE])
def test_filters_is_a_whole_number_above_zero(cls, filters):
    with pytest.raises(ValueError, match=rf"{cls.__name__} .*filters must be a whole number above 0"):
        cls(filters, 3)


@pytest.mark.parametrize("multiplier", [0, -2, 2.5])
@pytest.mark.parametrize("cls", [*DEPTHWISE, *SEPARABLE])
def test_depth_multiplier_is_a_whole_number_above_zero(cls, multiplier):
    with pytest.raises(ValueError, match="depth_multiplier must be a whole number above 0"):
        new(cls, depth_multiplier=multiplier)


def test_causal_is_for_sequences():
    assert Conv1D(1, 2, padding="Causal").padding == "causal"
    for cls in EVERY[1:]:
        with pytest.raises(
            ValueError, match=rf"{cls.__name__} .*padding must be 'valid' or 'same', got"
        ):
            new(cls, padding="causal")


def test_a_misspelt_padding_or_format_is_named():
    with pytest.raises(ValueError, match=r"got padding='smae'. Did you mean \"same\"\?"):
        Conv2D(1, 2, padding="smae")
    with pytest.raises(ValueError, match=r"padding must be 'valid' or 'same', got padding=\(1, 1\)"):
        Conv2D(1, 2, padding=(1, 1))
    with pytest.raises(
        ValueError, match=r"data_format must be 'channels_last' or .*\"channels_first\"\?"
    ):
        Conv2D(1, 2, data_format="channel_first")


@pytest.mark.parametrize("cls", [*PLAIN, *TRANSPOSED])
def test_strides_and_dilation_exclude_each_other(cls):
    with pytest.raises(
        ValueError, match=r"strides and dilation_rate cannot both be above 1, got strides=\(2"
    ):
        new(cls, strides=2, dilation_rate=2)


def test_groups_divide_filters_and_channels():
    with pytest.raises(
        ValueError, match=r"groups=3 does not divide the 4 filters. Each group takes an eq"
    ):
        Conv2D(4, 3, groups=3)
    with pytest.raises(ValueError, match="groups=2 does not divide the 3 channels of the input"):
        Conv2D(4, 3, groups=2)(np.ones((1, 4, 4, 3)))
    with pytest.raises(ValueError, match="groups must be a whole number above 0"):
        Conv2D(4, 3, groups=0)


@each
def test_the_rank_of_the_input(cls):
    for shape in ((2, 4), (2, *(6,) * cls.rank), (2, *(6,) * (cls.rank + 1), 4)):
        x = np.ones(shape, "float32")
        for given in (x, Input(shape[1:])):
            expected = (
                rf"{cls.__name__} .* expects inputs of rank {cls.rank + 2}, but got rank {len(shape)}"
            )
            with pytest.raises(
                ValueError, match=rf"(?s){expected}.*It takes \(samples, .*x\[\.\.\., None\]"
            ):
                new(cls)(given)


@each
def test_the_number_of_channels_is_known_and_stays(cls):
    axes = (None,) * cls.rank
    with pytest.raises(
        ValueError, match="needs to know how many channels its input has, the size of axis -1"
    ):
        new(cls)(Input((*axes, None)))
    with pytest.raises(ValueError, match="the size of axis 1 with data_format='channels_first'"):
        new(cls, data_format=FIRST)(Input((None, *axes)))
    layer = new(cls)
    layer(images(cls))
    with pytest.raises(ValueError, match="expects size 4 on the last axis, but got size 3"):
        layer(images(cls, channels=3))


@pytest.mark.parametrize("cls", [*PLAIN, *DEPTHWISE, *SEPARABLE])
def test_the_kernel_fits_into_the_input(cls):
    x = images(cls, 3)
    for given in (x, Input(x.shape[1:])):
        with pytest.raises(
            ValueError, match=rf"{cls.__name__} .*: the kernel does not fit into the input"
        ):
            new(cls, 4)(given)
    with pytest.raises(ValueError, match=r"with dilation_rate=\(2,.*spans \(5,"):
        new(cls, 3, dilation_rate=2)(x)
    with pytest.raises(ValueError, match="padding='same'"):
        new(cls, 4).build(x.shape)
    assert new(cls, 3)(x).shape[1:-1] == (1,) * cls.rank
    assert new(cls, 5, padding="same")(x).shape[:-1] == x.shape[:-1]
    layer = new(cls, 4)
    layer(images(cls, 6))
    with pytest.raises(ValueError, match="the kernel does not fit into the input"):
        layer(x)


@pytest.mark.parametrize("cls", TRANSPOSED)
def test_output_padding_is_below_strides(cls):
    with pytest.raises(ValueError, match=r"output_padding must be below strides on each axis, got"):
        new(cls, strides=2, output_padding=2)
    for wrong in (-1, 1.5, (1,) * 4):
        with pytest.raises(ValueError, match="output_padding must be a whole number, 0 or more"):
            new(cls, strides=3, output_padding=wrong)


def test_lists_of_images_are_not_one_tensor():
    with pytest.raises(ValueError, match="takes one tensor, but got a list of 2"):
        Conv2D(1, 2)([jnp.ones((1, 4, 4, 1)), jnp.ones((1, 4, 4, 1))])
