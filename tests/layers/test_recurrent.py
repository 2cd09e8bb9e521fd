"""Recurrent layers: values by hand and from PyTorch's formulas, masks, states, cells of one's own, bad
input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.core.masks import mask_of, set_mask
from cornu.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    ConvLSTM1D,
    ConvLSTM2D,
    CuDNNGRU,
    CuDNNLSTM,
    Dense,
    GRUCell,
    LSTMCell,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
    TimeDistributed,
    Wrapper,
)

RNG = np.random.default_rng(1)
X = RNG.normal(size=(3, 4, 2)).astype("float32")
RIGHT = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)
LAYERS = [SimpleRNN, LSTM, GRU]


def arrays(values):
    return [np.asarray(leaf) for leaf in jax.tree_util.tree_leaves(values)]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# -- values ----------------------------------------------------------------------------------------


def test_simple_rnn_by_hand():
    layer = SimpleRNN(1, activation=None, return_sequences=True)
    layer.build((None, None, 1))
    layer.set_weights([[[2.0]], [[0.5]], [1.0]])
    # h1 = 2*1 + 1 = 3;  h2 = 2*2 + 0.5*3 + 1 = 6.5;  h3 = 2*3 + 0.5*6.5 + 1 = 10.25
    assert layer(np.array([[[1.0], [2.0], [3.0]]])).tolist() == [[[3.0], [6.5], [10.25]]]


def test_lstm_step_by_step_in_numpy():
    layer = LSTM(2, return_state=True)
    found = arrays(layer(X))
    kernel, recurrent, bias = layer.get_weights()
    h, c = np.zeros((3, 2)), np.zeros((3, 2))
    for t in range(4):
        i, f, g, o = np.split(X[:, t] @ kernel + h @ recurrent + bias, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    for one, expected in zip(found, (h, h, c), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_step_by_step_in_numpy(reset_after):
    layer = GRU(2, reset_after=reset_after, bias_initializer="glorot_uniform")
    found = layer(X)
    kernel, recurrent, bias = layer.get_weights()
    first, second = bias if reset_after else (bias, 0 * bias)
    h = np.zeros((3, 2))
    for t in range(4):
        x_z, x_r, x_h = np.split(X[:, t] @ kernel + first, 3, axis=-1)
        h_z, h_r, h_h = np.split(h @ recurrent + second, 3, axis=-1)
        z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
        inner = r * h_h if reset_after else (r * h) @ recurrent[:, 4:]
        h = z * h + (1 - z) * np.tanh(x_h + inner)
    np.testing.assert_allclose(found, h, rtol=1e-5, atol=1e-6)


def test_the_forget_gate_starts_open():
    layer = LSTM(2)
    layer.build((None, None, 3))
    assert layer.cell.bias.numpy().tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert LSTM(2, unit_forget_bias=False).cell.unit_forget_bias is False


@pytest.mark.parity
@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "Bidirectional"])
def test_weights_start_as_in_keras(name):
    import keras

    def weights(library):
        library.utils.set_random_seed(5)
        layers = library.layers
        arguments = {"ConvLSTM1D": (2, 2), "Bidirectional": (layers.GRU(2),)}.get(name, (3,))
        layer, last = getattr(layers, name)(*arguments), layers.Dense(2)
        layer.build((None, 3, 4, 2) if name == "ConvLSTM1D" else (None, 4, 2))
        last.build((None, 2))
        return layer.get_weights() + last.get_weights()

    for one, other in zip(weights(cornu), weights(keras), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_backwards_is_forwards_on_the_reversed_sequence():
    forwards, backwards = (
        LSTM(2, return_sequences=True),
        LSTM(2, return_sequences=True, go_backwards=True),
    )
    expected = forwards(X[:, ::-1])
    backwards.build(X.shape)
    backwards.set_weights(forwards.get_weights())
    np.testing.assert_allclose(backwards(X), expected, rtol=1e-6)


def test_unrolled_gives_the_same():
    layer = GRU(2, return_sequences=True)
    expected = layer(X)
    layer.unroll = True
    np.testing.assert_allclose(layer(X), expected, rtol=1e-6)


def test_a_cells_call_is_one_step_of_the_layer():
    cell = LSTMCell(2)
    layer = RNN(cell, return_state=True)
    output, h, c = layer(X[:, :1])
    one, states = cell(X[:, 0], cell.get_initial_state(3))
    for found, expected in zip((one, *states), (output, h, c), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_gru_cell_takes_a_bare_state_and_gives_one():
    output, state = GRUCell(2)(X[:, 0], np.zeros((3, 2)))
    np.testing.assert_array_equal(output, state)


def test_stacked_cells_are_stacked_layers():
    cells = [LSTMCell(3), GRUCell(2)]
    whole = RNN(cells, return_sequences=True)
    found = whole(X)
    lower, upper = LSTM(3, return_sequences=True), GRU(2, return_sequences=True)
    upper(lower(X))
    lower.set_weights(cells[0].get_weights())
    upper.set_weights(cells[1].get_weights())
    np.testing.assert_allclose(found, upper(lower(X)), rtol=1e-5, atol=1e-6)
    assert RNN([LSTMCell(2)], return_state=True)(X)[0].shape == (3, 2)


def test_old_names_build_the_layers_of_today():
    layer = CuDNNLSTM(3, return_sequences=True, name="old")
    assert (type(layer), layer.name, layer.return_sequences) == (LSTM, "old", True)
    layer = CuDNNGRU(3)
    layer.build((None, 4, 2))
    assert isinstance(layer, GRU)
    assert layer.cell.bias.shape == (2, 9)


CUDNN_OF_KERAS_2 = {  # what tf.keras 2 wrote for such a layer, less the initializers
    "name": "old",
    "trainable": True,
    "dtype": "float32",
    "batch_input_shape": (None, 4, 2),
    "return_sequences": True,
    "return_state": False,
    "go_backwards": False,
    "stateful": False,
    "time_major": False,
    "units": 3,
}


@pytest.mark.parametrize(("name", "layer"), [("CuDNNLSTM", LSTM), ("CuDNNGRU", GRU)])
def test_configurations_with_old_names_load(name, layer):
    entry = {"class_name": name, "config": CUDNN_OF_KERAS_2}
    again = cornu.layers.deserialize(entry)
    assert (type(again), again.units, again.name, again.return_sequences) == (layer, 3, "old", True)
    assert again.recurrent_activation is cornu.activations.sigmoid  # Keras 2's LSTM has hard_sigmoid
    assert getattr(again, "reset_after", True)
    model = cornu.Sequential.from_config({"name": "m", "layers": [entry]})
    assert isinstance(model.layers[0], layer)
    assert model(X).shape == (3, 4, 3)
    x = cornu.Input((5, 2))
    config = cornu.Model(x, layer(3, name="old", return_sequences=True)(x)).get_config()
    config["layers"][1].update(entry, module="keras.layers")
    assert isinstance(cornu.Model.from_config(config).get_layer("old"), layer)
    with pytest.raises(ValueError, match='has no argument "time_major"'):
        cornu.layers.deserialize({**entry, "config": {**CUDNN_OF_KERAS_2, "time_major": True}})


class Plain:
    state_size = output_size = 2

    def __init__(self, factor=1.0):
        self.factor = factor

    def call(self, inputs, states):
        new = states[0] + self.factor * inputs
        return new, [new]


class Described(Plain):
    def get_config(self):
        return {"factor": self.factor}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@pytest.mark.parametrize("cells", [lambda cell: cell, lambda cell: [LSTMCell(2), cell]])
def test_a_cell_of_ones_own_says_its_configuration_as_in_keras(cells):
    with pytest.raises(
        TypeError, match=r'RNN "r" cannot be described.*its cell Plain has no get_config'
    ):
        RNN(cells(Plain()), name="r").get_config()
    config = RNN(cells(Described(3.0))).get_config()
    with pytest.raises(ValueError, match='No class or function "Described" is known'):
        RNN.from_config(config)
    again = RNN.from_config(config, custom_objects={"Described": Described})
    cell = getattr(again.cell, "cells", [again.cell])[-1]
    assert (type(cell), cell.factor) == (Described, 3.0)


def test_a_class_without_from_config_is_not_taken_for_an_object():
    class Half(Plain):
        def get_config(self):
            return {}

    config = RNN(Half()).get_config()
    with pytest.raises(TypeError, match="Half cannot be made from its configuration: it has no from_c"):
        RNN.from_config(config, custom_objects={"Half": Half})


# -- masks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_padding_on_either_side_changes_nothing(layer):
    layer = layer(2, return_state=True)
    whole = arrays(layer(X[:, :3]))
    noise = np.full((3, 2, 2), 9, "float32")
    for x, where in (((X[:, :3], noise), (3, 5)), ((noise, X[:, :3]), (0, 2))):
        mask = np.ones((3, 5), bool)
        mask[:, where[0] : where[1]] = False
        for one, expected in zip(arrays(layer(np.concatenate(x, 1), mask=mask)), whole, strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)


def test_the_output_of_masked_steps_is_repeated_or_zero():
    layer = SimpleRNN(2, return_sequences=True)
    plain, repeated = np.asarray(layer(X)), np.asarray(layer(X, mask=RIGHT))
    np.testing.assert_allclose(repeated[RIGHT], plain[RIGHT], rtol=1e-6)
    np.testing.assert_array_equal(repeated[2, 1:], np.repeat(repeated[2, :1], 3, 0))
    layer.zero_output_for_mask = True
    zeroed = np.asarray(layer(X, mask=RIGHT))
    np.testing.assert_allclose(zeroed[RIGHT], plain[RIGHT], rtol=1e-6)
    assert not zeroed[~RIGHT].any()


def test_masks_pass_where_steps_stay():
    x = jnp.asarray(X)
    set_mask(x, RIGHT)
    np.testing.assert_array_equal(mask_of(LSTM(2, return_sequences=True)(x)), RIGHT)
    assert mask_of(LSTM(2)(x)) is None
    output, state = GRU(2, return_sequences=True, return_state=True)(x)
    np.testing.assert_array_equal(mask_of(output), RIGHT)
    assert mask_of(state) is None
    np.testing.assert_allclose(SimpleRNN(2)(x).shape, (3, 2))
    pair = Bidirectional(GRU(2, return_sequences=True), merge_mode=None)(x)
    assert all(np.array_equal(mask_of(one), RIGHT) for one in pair)
    np.testing.assert_array_equal(mask_of(TimeDistributed(Dense(1))(x)), RIGHT)


def test_a_mask_with_more_axes_skips_steps_that_are_masked_everywhere():
    layer = SimpleRNN(2)
    wide = np.stack([RIGHT, np.zeros_like(RIGHT)], axis=-1)
    np.testing.assert_allclose(layer(X, mask=wide), layer(X, mask=RIGHT), rtol=1e-6)


@pytest.mark.parity
def test_a_mask_that_hides_everything_gives_the_initial_state_as_in_keras():
    import keras

    start = np.ones((3, 2), "float32")
    nothing = np.zeros((3, 4), bool)
    ours, theirs = GRU(2), keras.layers.GRU(2)
    expected = theirs(X, initial_state=[start], mask=nothing)
    np.testing.assert_allclose(ours(X, initial_state=[start], mask=nothing), expected)


# -- states ----------------------------------------------------------------------------------------


def test_two_halves_with_the_state_handed_on_are_the_whole():
    layer = LSTM(2, return_state=True)
    whole = arrays(layer(X))
    _, h, c = layer(X[:, :2])
    ways = [layer(X[:, 2:], initial_state=[h, c]), layer([X[:, 2:], h, c]), layer(X[:, 2:], [h, c])]
    for found in ways:
        for one, expected in zip(arrays(found), whole, strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)


def test_a_stateful_layer_goes_on_where_it_was():
    layer = GRU(2, stateful=True)
    plain = GRU(2)
    first = layer(X[:, :2])
    assert [v.path for v in layer.weights] == [
        f"gru/gru_cell/{n}" for n in ("kernel", "recurrent_kernel", "bias")
    ]
    assert [v.path for v in layer.states] == ["gru/rnn_state"]
    plain.build(X.shape)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(layer(X[:, 2:]), plain(X), rtol=1e-5, atol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(layer(X[:, :2]), first, rtol=1e-6)
    assert plain.states is None


def test_a_stateful_model_keeps_its_states_in_predict_fit_and_evaluate():
    layer = LSTM(2, stateful=True)
    model = cornu.Sequential([cornu.Input(batch_shape=(3, None, 2)), layer])
    model.compile("sgd", "mse")
    plain = LSTM(2)
    plain.build(X.shape)
    plain.set_weights(layer.get_weights())
    model.predict(X[:, :2], verbose=0)
    np.testing.assert_allclose(model.predict(X[:, 2:], verbose=0), plain(X), rtol=1e-5, atol=1e-6)
    layer.reset_states()
    model.evaluate(X, np.zeros((3, 2)), batch_size=3, verbose=0)
    np.testing.assert_allclose(layer.states[0], plain(X), rtol=1e-5, atol=1e-6)
    layer.reset_states()
    model.fit(X, np.zeros((3, 2)), batch_size=3, shuffle=False, epochs=1, verbose=0)
    np.testing.assert_allclose(layer.states[0], plain(X), rtol=1e-5, atol=1e-6)
    bidirectional = Bidirectional(GRU(2, stateful=True))
    bidirectional(X)
    assert len(bidirectional.states) == 2
    bidirectional.reset_state()
    assert not any(state.numpy().any() for state in bidirectional.states)


def test_an_encoder_and_a_decoder():
    """Keras's sequence-to-sequence model: the decoder starts from the encoder's states."""
    source, target = cornu.Input((None, 2)), cornu.Input((None, 3))
    _, h, c = LSTM(4, return_state=True)(source)
    decoded = LSTM(4, return_sequences=True)(target, initial_state=[h, c])
    again = GRU(4, return_sequences=True)([target, h])
    model = cornu.Model([source, target], Dense(1)(decoded + again))
    assert model.output_shape == (None, None, 1)
    model.compile("adam", "mse")
    data = [X, RNG.normal(size=(3, 5, 3)).astype("float32")]
    y = np.ones((3, 5, 1), "float32")
    before = model.evaluate(data, y, verbose=0)
    model.fit(data, y, epochs=3, batch_size=3, verbose=0)
    assert model.evaluate(data, y, verbose=0) < before
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    np.testing.assert_allclose(copy.predict(data, verbose=0), model.predict(data, verbose=0), rtol=1e-5)


def test_bidirectional_takes_the_states_of_both_layers():
    layer = Bidirectional(LSTM(2, return_state=True))
    output, *states = layer(X)
    assert output.shape == (3, 4)
    assert len(states) == 4
    started = layer([X, *states])[0]
    np.testing.assert_allclose(started, layer(X, initial_state=states)[0])
    assert not np.allclose(started, output)


def test_weights_given_to_bidirectional_are_set():
    first = Bidirectional(GRU(2))
    expected = first(X)
    np.testing.assert_allclose(Bidirectional(GRU(2), weights=first.get_weights())(X), expected)


# -- training --------------------------------------------------------------------------------------


def test_a_sequence_classifier_learns():
    x = RNG.normal(size=(64, 6, 1)).astype("float32")
    y = (x.sum(axis=(1, 2)) > 0).astype("float32")
    model = cornu.Sequential([Bidirectional(GRU(4, input_shape=(6, 1))), Dense(1, activation="sigmoid")])
    assert model.input_shape == (None, 6, 1)  # known from the layer inside
    model.compile(cornu.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, batch_size=16, verbose=0)
    assert history.history["accuracy"][-1] > 0.9


def test_a_short_last_batch_is_padded_only_where_rows_stand_alone():
    from cornu.layers.layer import is_samplewise

    class Own:
        state_size = 2

        def call(self, inputs, states):
            return inputs, states

    assert is_samplewise(LSTM(2))
    assert is_samplewise(Bidirectional(RNN([LSTMCell(2), GRUCell(2)])))
    assert is_samplewise(TimeDistributed(Dense(2)))
    assert not is_samplewise(LSTM(2, stateful=True))
    assert not is_samplewise(RNN(Own()))
    assert not is_samplewise(RNN([Own()]))


def test_dropout_masks_are_the_same_at_every_step():
    layer = SimpleRNN(3, activation=None, recurrent_initializer="zeros", dropout=0.5, seed=1)
    layer.return_sequences = True
    output = np.asarray(layer(np.ones((4, 5, 6)), training=True))
    np.testing.assert_allclose(output, np.repeat(output[:, :1], 5, axis=1), rtol=1e-6)
    assert not np.allclose(output, layer(np.ones((4, 5, 6)), training=True))


# -- cells of one's own ----------------------------------------------------------------------------


class Counting:
    """An object that is no layer: adds up its input, and counts steps in a second state."""

    state_size = (2, 1)
    output_size = 3

    def call(self, inputs, states):
        total, count = states
        total, count = total + inputs, count + 1
        return jnp.concatenate([total, count], axis=-1), (total, count)


class Minimal(cornu.layers.Layer):
    """The example of Keras's documentation of RNN."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), "uniform", name="kernel")
        self.recurrent_kernel = self.add_weight((self.units, self.units), "uniform", name="recurrent")

    def call(self, inputs, states):
        output = jnp.matmul(inputs, self.kernel) + jnp.matmul(states[0], self.recurrent_kernel)
        return output, [output]


def test_a_cell_that_is_a_plain_object():
    output, total, count = RNN(Counting(), return_sequences=True, return_state=True)(X)
    np.testing.assert_allclose(output[..., :2], np.cumsum(X, axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(output[..., 2], np.tile(np.arange(1, 5), (3, 1)))
    assert (total.shape, count.tolist()) == ((3, 2), [[4.0]] * 3)
    masked = RNN(Counting())(X, mask=RIGHT)
    np.testing.assert_array_equal(masked[:, 2], [4, 2, 1])
    assert RNN(Counting())(cornu.Input((None, 2))).shape == (None, 3)


def test_a_cell_that_is_a_layer_is_built_trained_and_loaded():
    layer = RNN([Minimal(3), Minimal(2)])
    model = cornu.Sequential([cornu.Input((None, 2)), layer])
    assert [v.path.split("/rnn/")[1] for v in layer.weights] == [
        *("stacked_rnn_cells/minimal/kernel", "stacked_rnn_cells/minimal/recurrent"),
        *("stacked_rnn_cells/minimal_1/kernel", "stacked_rnn_cells/minimal_1/recurrent"),
    ]
    model.compile("sgd", "mse")
    losses = model.fit(X, np.ones((3, 2)), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    copy = RNN.from_config(layer.get_config(), custom_objects={"Minimal": Minimal})
    copy.build(X.shape)
    copy.set_weights(layer.get_weights())
    np.testing.assert_allclose(copy(X), layer(X), rtol=1e-6)


def test_what_a_cell_assigns_and_adds_is_kept_over_the_steps():
    class Noisy(cornu.layers.Layer):
        state_size = 1

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dropout = cornu.layers.Dropout(0.5, seed=1)
            self.steps = self.add_weight((), "zeros", trainable=False, name="steps")

        def call(self, inputs, states, training=False):
            self.steps.assign(self.steps + 1)
            self.add_loss(jnp.mean(inputs))
            return self.dropout(inputs), states

    cell = Noisy()
    output = RNN(cell, return_sequences=True)(np.ones((1, 40, 1)), training=True)
    assert float(cell.steps) == 40
    assert 5 < np.count_nonzero(output) < 35  # another mask at each step
    layer = RNN(Noisy())
    layer(np.full((1, 4, 1), 2.0))
    np.testing.assert_allclose(layer.losses, [8.0])


def test_a_layer_of_ones_own_over_lstm():
    class Scaled(LSTM):
        def __init__(self, units, scale=2.0, **kwargs):
            super().__init__(units, **kwargs)
            self.scale = scale

        def call(self, inputs, factor=1.0, mask=None, training=False):
            return factor * self.scale * super().call(inputs, mask=mask, training=training)

    layer = Scaled(3, scale=3.0, activation="relu")
    output = layer(X)
    np.testing.assert_allclose(layer(X, 2.0), 2 * output, rtol=1e-6)
    config = layer.get_config()
    assert (config["units"], config["scale"], config["activation"]) == (3, 3.0, "relu")
    again = Scaled.from_config(config)
    again.build(X.shape)
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(again(X), output, rtol=1e-6)


def test_a_copied_stateful_layer_has_states_of_its_own():
    import copy

    layer = GRU(2, stateful=True)
    layer(X)
    copied = copy.deepcopy(layer)
    expected = layer(X)
    np.testing.assert_allclose(copied(X), expected, rtol=1e-6)


def test_a_subclass_of_our_cell_with_another_call_is_called():
    class Doubled(SimpleRNNCell):
        def call(self, inputs, states, training=False):
            output, states = super().call(inputs, states, training)
            return 2 * output, states

    cell = Doubled(2)
    one = RNN(cell)(X[:, :1])
    np.testing.assert_allclose(one, 2 * np.tanh(X[:, 0] @ cell.kernel.numpy()), rtol=1e-5)


def test_a_cell_of_another_precision_computes_in_it():
    output, state = RNN(GRUCell(2, dtype="mixed_bfloat16"), return_state=True)(X)
    assert output.dtype == state.dtype == "float32"
    coarse = np.asarray(output).view("uint32") & 0xFFFF
    assert not coarse.any()  # every number is one of bfloat16


# -- layers around layers --------------------------------------------------------------------------


def test_time_distributed_is_the_layer_at_each_step():
    layer = TimeDistributed(Dense(3))
    output = layer(X)
    for step in range(4):
        np.testing.assert_allclose(output[:, step], layer.layer(X[:, step]), rtol=1e-6)
    assert layer(cornu.Input((None, 2))).shape == (None, None, 3)
    assert [w.path for w in layer.weights] == [
        "time_distributed/dense/kernel",
        "time_distributed/dense/bias",
    ]


def test_time_distributed_over_a_model_and_a_recurrent_layer():
    films = RNG.normal(size=(2, 3, 4, 2)).astype("float32")
    inner = cornu.Sequential([cornu.Input((4, 2)), LSTM(2), Dense(1)])
    assert TimeDistributed(inner)(films).shape == (2, 3, 1)
    mask = np.ones((2, 3, 4), bool)
    mask[:, :, 2:] = False
    layer = TimeDistributed(GRU(2))
    np.testing.assert_allclose(layer(films, mask=mask), layer(films[:, :, :2]), rtol=1e-5, atol=1e-6)


def test_time_distributed_over_a_layer_that_looks_across_the_batch_takes_step_by_step():
    class Centre(cornu.layers.Layer):
        def build(self, input_shape):
            self.calls = self.add_weight((), "zeros", trainable=False, name="calls")

        def call(self, inputs):
            self.calls.assign(self.calls + 1)
            return inputs - jnp.mean(inputs, axis=0)

    layer = TimeDistributed(Centre())
    np.testing.assert_allclose(layer(X), X - X.mean(axis=0), rtol=1e-5, atol=1e-6)
    assert float(layer.layer.calls) == 4


def test_a_bidirectional_copy_of_ones_own_layer_needs_no_registration():
    class Mine(GRU):
        pass

    layer = Bidirectional(Mine(2), merge_mode="sum")
    assert layer(X).shape == (3, 2)
    assert (layer.forward_layer.name, layer.backward_layer.name) == ("forward_mine", "backward_mine")


# -- bad input -------------------------------------------------------------------------------------


def test_input_of_a_wrong_rank_is_told_what_to_write():
    for layer in (LSTM(2), Bidirectional(LSTM(2))):
        with pytest.raises(
            ValueError, match=r"\(batch, time, features\).*shape \(3, 4\).*x\[\.\.\., None\]"
        ):
            layer(X[..., 0])
    with pytest.raises(ValueError, match=r"its input has shape \(None, 4\)"):
        GRU(2)(cornu.Input((4,)))
    with pytest.raises(ValueError, match=r"its input has shape \(4,\).*x\[None, :, None\]"):
        GRU(2)(X[0, :, 0])
    with pytest.raises(ValueError, match=r"\(batch, time, rows, columns, channels\)"):
        ConvLSTM2D(2, 3)(X)
    with pytest.raises(ValueError, match=r"\(batch, time, \.\.\.\).*shape \(3, 4\)"):
        TimeDistributed(Dense(1))(X[..., 0])


def test_another_number_of_features_is_named():
    layer = LSTM(2)
    layer(X)
    with pytest.raises(ValueError, match=r"expects size 2 on the last axis, but got size 3"):
        layer(np.ones((3, 4, 3)))


def test_ragged_sequences_are_told_about_padding():
    with pytest.raises(ValueError, match=r"different lengths \(lengths 2, 1\).*pad_sequences"):
        LSTM(2)([[[1.0], [2.0]], [[3.0]]])
    assert LSTM(2)([[[1.0], [2.0]], [[3.0], [4.0]]]).shape == (2, 2)


def test_wrong_initial_states_are_named():
    h = np.zeros((3, 2), "float32")
    with pytest.raises(
        ValueError, match=r'LSTM "lstm".*\[\(3, 2\)\], but expected \[\(3, 2\), \(3, 2\)\]'
    ):
        LSTM(2)(X, initial_state=h)
    with pytest.raises(ValueError, match=r"\[\(3, 5\)\], but expected \[\(3, 2\)\]"):
        GRU(2)(X, initial_state=np.zeros((3, 5)))
    with pytest.raises(ValueError, match=r"states of the forward layer and as many.*got 3"):
        Bidirectional(LSTM(2))(X, initial_state=[h, h, h])


def test_a_stateful_layer_says_what_batch_size_it_needs():
    with pytest.raises(ValueError, match=r"stateful.*batch_shape="):
        LSTM(2, stateful=True)(cornu.Input((4, 2)))
    layer = LSTM(2, stateful=True)
    layer(X)
    with pytest.raises(ValueError, match=r"states for 3 rows, but was called with 2.*batch_size=3"):
        layer(X[:2])


def test_a_mask_of_a_wrong_shape_is_named():
    for mask, shown in ((RIGHT[:, :3], r"\(3, 3\)"), (RIGHT[0], r"\(4,\)")):
        with pytest.raises(ValueError, match=rf"\(batch, time\) = \(3, 4\).*shape {shown}"):
            GRU(2)(X, mask=mask)
        with pytest.raises(ValueError, match=rf"begins with \(batch, time\) = \(3, 4\).*shape {shown}"):
            TimeDistributed(Dense(1))(X, mask=mask)


def test_a_cell_without_call_or_state_size_is_refused():
    class Empty:
        state_size = 1

    class Stateless:
        def call(self, inputs, states):
            return inputs, states

    class Wrong(Stateless):
        state_size = "two"

    with pytest.raises(ValueError, match=r'RNN "rnn" needs a cell.*has no call'):
        RNN(Empty())
    with pytest.raises(ValueError, match="has no state_size"):
        RNN(Stateless())
    with pytest.raises(ValueError, match=r"StackedRNNCells.*has no state_size"):
        RNN([Stateless()])
    with pytest.raises(ValueError, match="whole number or a list"):
        RNN(Wrong())
    with pytest.raises(ValueError, match="a list of one cell or more"):
        StackedRNNCells([])


def test_what_a_cell_returns_is_checked():
    class Half:
        state_size = 2

        def call(self, inputs, states):
            return inputs

    class Grown(Half):
        def call(self, inputs, states):
            return inputs, [jnp.concatenate([states[0]] * 2, -1)]

    with pytest.raises(ValueError, match="must return two things"):
        RNN(Half())(X)
    with pytest.raises(
        ValueError, match=r"Grown returned new states of shapes \[\(3, 4\)\], but expected"
    ):
        RNN(Grown())(X)


@pytest.mark.parametrize("layer", [*LAYERS, SimpleRNNCell, LSTMCell, GRUCell])
def test_bad_arguments_are_named(layer):
    for units in (0, -1, 2.5, None):
        with pytest.raises(ValueError, match="units must be a whole number above 0"):
            layer(units)
    for name in ("dropout", "recurrent_dropout"):
        for rate in (-0.1, 1.5, "a"):
            with pytest.raises(ValueError, match=f"{name} must be a number from 0 to 1"):
                layer(2, **{name: rate})
    with pytest.raises(ValueError, match="implementation must be 1"):
        layer(2, implementation=3)
    with pytest.raises(ValueError, match="rleu"):
        layer(2, activation="rleu")


def test_further_bad_arguments_are_named():
    with pytest.raises(ValueError, match="use_cudnn must be"):
        LSTM(2, use_cudnn="yes")
    with pytest.raises(ValueError, match=r"unroll=True.*number of steps"):
        LSTM(2, unroll=True)(cornu.Input((None, 2)))
    with pytest.raises(ValueError, match="merge_mode must be one of"):
        Bidirectional(LSTM(2), merge_mode="max")
    with pytest.raises(ValueError, match=r"recurrent layer.*no go_backwards"):
        Bidirectional(Dense(2))
    with pytest.raises(ValueError, match=r"takes a layer.*with brackets"):
        Bidirectional(LSTM)
    with pytest.raises(ValueError, match="both have go_backwards=False"):
        Bidirectional(LSTM(2), backward_layer=LSTM(2))
    with pytest.raises(ValueError, match="the same return_sequences"):
        Bidirectional(LSTM(2), backward_layer=LSTM(2, go_backwards=True, return_sequences=True))
    for wrapper in (Wrapper, TimeDistributed):
        with pytest.raises(ValueError, match="takes a layer, got layer=3"):
            wrapper(3)


def test_bad_arguments_of_convolutions_are_named():
    with pytest.raises(ValueError, match="filters must be a whole number above 0"):
        ConvLSTM1D(0, 3)
    with pytest.raises(ValueError, match="kernel_size must be a whole number, 1 or more"):
        ConvLSTM2D(2, (3, 3, 3))
    with pytest.raises(ValueError, match="padding must be 'valid' or 'same'"):
        ConvLSTM1D(2, 3, padding="causal")
    with pytest.raises(ValueError, match="data_format must be"):
        ConvLSTM1D(2, 3, data_format="last")
    with pytest.raises(ValueError, match="cannot both be above 1"):
        ConvLSTM1D(2, 3, strides=2, dilation_rate=2)
    with pytest.raises(ValueError, match="does not fit into images of shape"):
        ConvLSTM1D(2, 9)(X[..., None])
    with pytest.raises(ValueError, match="needs to know the sizes of its images"):
        ConvLSTM1D(2, 3)(cornu.Input((None, None, 2)))
