"""Sequential, graph and class models: building, calling, configuration, printing, and errors."""

import copy

import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import Input, Model, Sequential
from cornu.layers import Activation, Dense, Dropout, Lambda
from tests.models.architectures import ARCHITECTURES, X, build, inputs_for


def leaves(output):
    if isinstance(output, dict):
        return [leaf for key in sorted(output) for leaf in leaves(output[key])]
    return [leaf for part in output for leaf in leaves(part)] if isinstance(output, list) else [output]


def assert_same(found, expected):
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


# -- Sequential ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([Input((4,)), Dense(3), Dense(1)]),
        lambda: Sequential([Dense(3, input_shape=(4,)), Dense(1)]),
        lambda: Sequential((Dense(3, input_dim=4), Dense(1))),
        lambda: Sequential([cornu.layers.InputLayer((4,)), Dense(3), Dense(1)]),
        lambda: Sequential([cornu.layers.InputLayer(input_shape=(4,)), Dense(3), Dense(1)]),
        lambda: Sequential([Sequential([Input((4,)), Dense(3)]), Dense(1)]),
    ],
)
def test_every_form_of_input_builds_the_model_at_once(make):
    model = make()
    assert model.built
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 1))
    assert (len(model.layers), len(model.weights), model.count_params()) == (2, 4, 19)
    assert model(X).shape == (6, 1)


@pytest.mark.parametrize(
    "build_it", [lambda m: m(X), lambda m: m.build((None, 4)), lambda m: m(Input((4,)))]
)
def test_without_an_input_the_first_use_builds(build_it):
    model = Sequential([Dense(3), Dense(1)])
    assert (model.built, model.weights) == (False, [])
    build_it(model)
    assert model.built
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 1))
    assert [w.path for w in model.weights] == [
        *("sequential/dense/kernel", "sequential/dense/bias"),
        *("sequential/dense_1/kernel", "sequential/dense_1/bias"),
    ]


def test_layers_can_be_added_and_taken_off():
    model = Sequential([Input((4,))])
    for units in (5, 3):
        model.add(Dense(units))
    assert model.output_shape == (None, 3)
    top = model.pop()
    assert (top.units, model.output_shape, len(model.weights)) == (3, (None, 5), 2)
    model.add(Dense(2))
    assert model(X).shape == (6, 2)
    np.testing.assert_allclose(model(X), model.layers[1](model.layers[0](X)), rtol=1e-6)
    model.pop()
    model.pop()
    assert model.layers == []


def test_a_layer_taken_off_one_model_stays_in_another():
    shared = Dense(4)
    first, second = Sequential([Input((4,)), Dense(4), shared]), Sequential([Input((4,)), shared])
    first.pop()
    first.add(Dense(3))
    assert (first.output_shape, second.output_shape) == ((None, 3), (None, 4))
    assert (first(X).shape, second(X).shape) == ((6, 3), (6, 4))


def test_a_layer_may_come_twice():
    layer = Dense(4)
    model = Sequential([Input((4,)), layer, layer])
    np.testing.assert_allclose(model(X), layer(layer(X)), rtol=1e-5)
    assert len(model.weights) == 2
    model.pop()
    np.testing.assert_allclose(model(X), layer(X), rtol=1e-5)


def test_changing_a_model_after_training_changes_what_is_trained():
    model = Sequential([Input((4,)), Dense(3), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0)
    model.pop()
    model.add(Dense(2))
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], verbose=0)
    assert model.predict(X, verbose=0).shape == (6, 2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda m: m.add(5), TypeError, "model.add takes a layer, got 5"),
        (lambda m: m.add(Dense), TypeError, r"Write it with brackets: layers.Dense\(\.\.\.\)"),
        (lambda m: m.add(lambda x: x), TypeError, "model.add takes a layer, got <function"),
        (lambda m: m.add(m), ValueError, r"cannot contain itself.*clone_model\(m\)"),
        (lambda m: m.add(Sequential([m])), ValueError, "cannot contain itself"),
        (lambda m: m.add(Dense(1, name="first")), ValueError, 'already has a layer "first"'),
        (lambda m: m.add(Input((4,))), ValueError, "An Input can only be the first"),
        (lambda m: m(np.ones((2, 3))), ValueError, r"expects size 4 .* but got size 3.*\(2, 3\)"),
        (lambda m: m.build((None, 7)), ValueError, r"cannot be built again for \(None, 7\)"),
        (lambda m: Sequential(Dense(1)), TypeError, r"takes a list of layers: Sequential\(\[...\]\)"),
        (lambda m: Sequential("dense"), TypeError, "takes a list of layers"),
        (
            lambda m: Sequential([Dense(1)], nam="x"),
            ValueError,
            'no argument "nam". Did you mean "name"',
        ),
        (lambda m: Sequential().pop(), ValueError, r"has no layers. Add one first: model.add\("),
        (lambda m: Sequential()(X), ValueError, "has no layers"),
        (lambda m: Sequential().build((None, 4)), ValueError, "has no layers"),
        (lambda m: Sequential([Dense(1)]).build(), ValueError, r"model.build\(\(None, 8\)\)"),
        (
            lambda m: Sequential([Dense(1)]).output_shape,
            AttributeError,
            "shape of its input is not known",
        ),
        (lambda m: Sequential([Dense(1)]).count_params(), ValueError, "is not built yet"),
    ],
)
def test_errors_of_sequential_teach(make, error, words):
    model = Sequential([Input((4,)), Dense(3, name="first")], name="m")
    with pytest.raises(error, match=words):
        make(model)
    assert model(X).shape == (6, 3)


# -- graphs ----------------------------------------------------------------------------------------


def test_a_shared_layer_has_its_weights_once():
    x, y, layer = Input((4,)), Input((4,)), Dense(3)
    model = Model([x, y], [layer(x), layer(y)])
    assert len(model.weights) == 2
    first, second = model([X, 2 * X])
    np.testing.assert_allclose(first, layer(X), rtol=1e-6)
    np.testing.assert_allclose(second, layer(2 * X), rtol=1e-6)


def test_inputs_in_every_form():
    a, b = Input((4,), name="a"), Input((2,), name="b")
    output = Dense(1)(a) + Dense(1)(b)
    listed, named = Model([a, b], output), Model({"b": b, "a": a}, output)
    small = X[:, :2]
    expected = listed([X, small])
    for model in (listed, named):
        assert_same(model({"a": X, "b": small}), expected)
        assert_same(model({"b": small, "a": X, "unused": X}), expected)
    assert_same(listed((X, small)), expected)
    assert listed.input_names == ["a", "b"]


def test_outputs_keep_their_structure():
    x = Input((4,))
    output = {"z": Dense(1, name="one")(x), "y": [x, Dense(2, name="two")(x)]}
    result = Model(x, output)(X)
    assert set(result) == {"y", "z"}
    np.testing.assert_array_equal(result["y"][0], X)
    assert (result["z"].shape, result["y"][1].shape) == ((6, 1), (6, 2))


def test_towers_joined_by_a_function():
    x = Input((4,))
    layers = [Dense(units, activation="relu") for units in (1, 2, 3)]
    towers = [layer(x) for layer in layers]
    joined = Lambda(lambda parts: jnp.concatenate(parts, -1))(towers)
    model = Model(x, [joined, (towers[2] - 1) ** 2 / 2])
    whole, last = model(X)
    expected = [np.asarray(layer(X)) for layer in layers]
    np.testing.assert_allclose(whole, np.concatenate(expected, -1), rtol=1e-6)
    np.testing.assert_allclose(last, (expected[2] - 1) ** 2 / 2, rtol=1e-5)


def test_a_model_up_to_a_layer_shares_its_weights():
    model = build("chain", cornu)
    hidden = Model(model.input, model.get_layer("dense").output)
    np.testing.assert_allclose(hidden(X), model.layers[1](X), rtol=1e-6)
    assert hidden.layers[1] is model.layers[1]
    everything = Model(model.inputs, [layer.output for layer in model.layers])
    assert [part.shape for part in everything(X)] == [(6, 4), (6, 3), (6, 1)]


def test_a_model_from_a_layer_on_has_an_input_of_its_own():
    model = build("chain", cornu)
    head = Model(model.get_layer("dense").output, model.output)
    hidden = np.asarray(model.layers[1](X))
    np.testing.assert_allclose(head(hidden), model(X), rtol=1e-6)
    assert (head.input_shape, head.count_params(), len(head.layers)) == ((None, 3), 4, 2)
    assert head.layers[1] is model.layers[2]
    assert cornu.models.clone_model(head)(hidden).shape == (6, 1)
    assert model.layers[2].output is model.output


def test_a_model_is_a_layer():
    inner = build("chain", cornu)
    x = Input((4,))
    outer = Model(x, Activation("tanh")(inner(x)))
    np.testing.assert_allclose(outer(X), np.tanh(inner(X)), rtol=1e-5)
    assert outer.count_params() == inner.count_params()
    inner.trainable = False
    assert outer.trainable_weights == []


def test_an_input_may_be_an_output():
    x = Input((4,))
    np.testing.assert_array_equal(Model(x, x)(X), X)


def test_columns_may_come_without_their_axis():
    x = Input((1,))
    model = Model(x, 2 * x)
    np.testing.assert_array_equal(model(X[:, 0]), 2 * X[:, :1])


def disconnected():
    x, y = Input((4,), name="x"), Input((4,), name="y")
    return Model(x, [Dense(1)(x), Dense(1, name="wrong")(x + y)])


def repeated():
    x = Input((4,))
    return Model(x, Dense(1, name="same")(Dense(1, name="same")(x)))


def cycle():
    config = copy.deepcopy(build("chain", cornu).get_config())
    call = config["layers"][1]["inbound_nodes"][0]["args"][0]
    call["config"]["keras_history"] = [config["layers"][2]["name"], 0, 0]
    return Model.from_config(config)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            disconnected,
            ValueError,
            'output "wrong" needs the input "y", which is not among .*inputs \\(x\\)',
        ),
        (repeated, ValueError, 'name "same" is used by 2 layers'),
        (cycle, ValueError, 'has a cycle, or .* the calls of "dense", "dense_1" wait for each other'),
        (lambda: Model(X, Input((4,))), TypeError, r"Model\(inputs=...\) takes symbolic .* ndarray"),
        (lambda: Model(Input((4,)), X), TypeError, r"Model\(outputs=...\) takes symbolic .* ndarray"),
        (lambda: Model(Input((4,)), Dense(1)), TypeError, "takes symbolic tensors.*got a Dense"),
        (lambda: Model(Input((4,))), ValueError, "There are no outputs"),
        (lambda: Model(outputs=Input((4,))), ValueError, "There are no inputs"),
        (lambda: Model(Input((4,)), []), ValueError, "needs at least one symbolic tensor, got none"),
        (lambda: Model(inputs=Input((4,)), output=3), ValueError, "There are no outputs"),
        (
            lambda: build("shared_layer", cornu)(X),
            ValueError,
            r"has 2 inputs \(.*\), but was called with 1",
        ),
        (
            lambda: build("dicts", cornu)({"p": X, "qq": X}),
            ValueError,
            'has an input "q".*Did you mean "qq"',
        ),
        (
            lambda: build("chain", cornu)(np.ones((2, 3, 4))),
            ValueError,
            r"\(None, 4\), but got shape \(2, 3, 4\)",
        ),
        (lambda: Model()(X), NotImplementedError, r"needs a method call\(self, inputs\), or Model\("),
        (lambda: cornu.models.clone_model(Dense(1)), TypeError, "clone_model takes a model, got Dense"),
    ],
)
def test_errors_of_graphs_teach(make, error, words):
    with pytest.raises(error, match=words):
        make()


# -- classes ---------------------------------------------------------------------------------------


class Net(Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = Dense(units, activation="relu")
        self.drop = Dropout(0.5)
        self.last = Dense(1)

    def call(self, inputs, training=False):
        return self.last(self.drop(self.hidden(inputs), training=training))


def test_a_class_of_ones_own():
    net = Net(5)
    assert net.weights == []
    np.testing.assert_allclose(net(X), net.last(net.hidden(X)), rtol=1e-6)
    assert [w.path for w in net.weights] == [
        *("net/dense/kernel", "net/dense/bias", "net/dense_1/kernel", "net/dense_1/bias"),
    ]
    assert [layer.name for layer in net.layers] == ["dense", "dropout", "dense_1"]
    assert net.get_config()["units"] == 5
    again = Net.from_config(net.get_config())
    again(X)
    again.set_weights(net.get_weights())
    assert_same(again(X), net(X))


def test_a_class_has_no_graph():
    net = Net()
    net(X)
    for attribute in ("inputs", "outputs", "input", "output", "input_shape", "output_shape"):
        with pytest.raises(AttributeError, match=r'Model "net" has no .*Model\(inputs, outputs\)'):
            getattr(net, attribute)


def test_super_forgotten_in_a_model():
    class Forgot(Model):
        def __init__(self):
            self.inner = Dense(2)

        def call(self, x):
            return self.inner(x)

    with pytest.raises(RuntimeError, match=r"Forgot.__init__ must call super\(\).__init__"):
        Forgot()(X)


# -- configuration ---------------------------------------------------------------------------------


class PerhapsPlus(cornu.layers.Layer):
    def call(self, x, other=None):
        return x if other is None else x + other


def perhaps_plus(in_a_dict=False):
    """A model with an optional input "b": x + b, or x, times the number 2."""
    a, b = Input((3,), name="a"), Input((3,), optional=True, name="b")
    twice = Dense(3, kernel_initializer=cornu.initializers.Constant(2 * np.eye(3)))
    return Model({"a": a, "b": b} if in_a_dict else [a, b], twice(PerhapsPlus()(a, b)))


THREES = np.arange(12, dtype="float32").reshape(4, 3)


@pytest.mark.parametrize("in_a_dict", [False, True])
@pytest.mark.parametrize("missing", [False, True])
def test_an_optional_input_may_be_none(in_a_dict, missing):
    model = perhaps_plus(in_a_dict)
    other = None if missing else THREES
    x = {"a": THREES, "b": other} if in_a_dict else [THREES, other]
    expected = 2 * THREES if missing else 4 * THREES
    np.testing.assert_array_equal(model(x), expected)
    np.testing.assert_array_equal(model.predict(x, verbose=0, batch_size=3), expected)
    np.testing.assert_array_equal(model.predict_on_batch(x), expected)
    model.compile("sgd", "mse")
    history = model.fit(x, expected, validation_split=0.5, batch_size=3, verbose=0)
    assert history.history == {"loss": [0.0], "val_loss": [0.0]}
    assert model.evaluate(x, expected, batch_size=3, verbose=0) == 0.0
    again = Model.from_config(model.get_config(), custom_objects={"PerhapsPlus": PerhapsPlus})
    assert [layer.optional for layer in again.layers if hasattr(layer, "optional")] == [False, True]


def test_a_model_with_an_optional_input_is_a_layer():
    x = Input((3,))
    outer = Model(x, perhaps_plus()([x, None]))
    np.testing.assert_array_equal(outer.predict(THREES, verbose=0), 2 * THREES)


def test_with_and_without_an_optional_input_in_turn():
    model = perhaps_plus()
    model.compile("sgd", "mse")
    for other, factor in ((None, 2), (THREES, 4), (None, 2)):
        assert model.fit([THREES, other], factor * THREES, verbose=0).history["loss"] == [0.0]


@pytest.mark.parametrize("method", ["__call__", "predict"])
@pytest.mark.parametrize(
    ("make", "x", "words"),
    [
        (
            perhaps_plus,
            [None, THREES],
            r'"a" was given None, but is needed.*Input\(\(3,\), optional=True',
        ),
        (
            lambda: Model(
                [a := Input((3,)), b := Input((3,), optional=True, name="b")],
                cornu.layers.Add(name="add")([a, b]),
            ),
            [THREES, None],
            'Add "add" cannot do without its input "b", which is optional and was given None',
        ),
        (lambda: perhaps_plus(in_a_dict=True), {"a": THREES}, 'has an input "b", but the dict'),
    ],
)
def test_none_where_data_are_needed(method, make, x, words):
    with pytest.raises(ValueError, match=words):
        getattr(make(), method)(x)


def test_inputs_that_no_array_can_hold():
    with pytest.raises(ValueError, match=r"ragged=True\): an array .*pad_sequences.*Masking"):
        Input((None, 3), ragged=True)


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if "class" not in name])
@pytest.mark.parametrize("how", ["clone", "config"])
def test_round_trips(name, how):
    model = build(name, cornu)
    config = model.get_config()
    again = (
        cornu.models.clone_model(model)
        if how == "clone"
        else type(model).from_config(copy.deepcopy(config))
    )
    assert again.get_config() == config
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert not {id(layer) for layer in again.layers} & {id(layer) for layer in model.layers}
    again.set_weights(model.get_weights())
    assert_same(again(inputs_for(name)), model(inputs_for(name)))


def test_a_frozen_model_comes_back_frozen():
    for name in ("stack", "chain"):
        model = build(name, cornu)
        model.trainable = False
        assert cornu.models.clone_model(model).trainable_weights == []


# -- parts and printing ----------------------------------------------------------------------------


def test_get_layer():
    model = build("multi_head", cornu)
    assert model.get_layer("body") is model.get_layer(index=1) is model.layers[1]
    assert model.get_layer(index=-1) is model.layers[-1]
    for arguments, words in (
        ({"name": "boddy"}, 'There is no layer "boddy". Did you mean "body"'),
        ({"index": 9}, r"get_layer\(index=9\): the model has 5 layers"),
        ({}, "needs a name or an index"),
    ):
        with pytest.raises(ValueError, match=words):
            model.get_layer(**arguments)


def test_summary_goes_to_print_or_to_a_function(capsys):
    model = build("stack", cornu)
    model.summary()
    printed = capsys.readouterr().out
    assert printed.startswith('Model: "sequential"\n')
    assert "Total params: 19 (76.00 B)" in printed
    texts = []
    model.summary(print_fn=texts.append)
    assert "".join(texts) == printed.removesuffix("\n")
    assert capsys.readouterr().out == ""


def test_summary_of_a_range_of_layers():
    texts, model = [], build("stack", cornu)
    model.summary(print_fn=texts.append, layer_range=["dropout", "activation"], line_length=60)
    assert "flatten (Flatten)" in texts[0]
    assert "(Dense)" not in texts[0]
    assert max(map(len, texts[0].splitlines())) == 60
    with pytest.raises(ValueError, match=r'there is no layer "flaten". Did you mean "flatten"'):
        model.summary(layer_range=["flaten", "activation"])


@pytest.mark.parametrize(
    ("count", "shown"), [(1, "4.00 B"), (256, "1.00 KB"), (384, "1.50 KB"), (2**18, "1.00 MB")]
)
def test_bytes_are_shown_in_units(count, shown):
    texts = []
    model = Sequential([Input((count,)), Dense(1, use_bias=False)])
    model.summary(print_fn=texts.append)
    assert f"Total params: {count:,} ({shown})" in texts[0]


def test_a_list_of_one_output_gives_the_output_itself():
    """As in Keras: `Model([x], [y])` predicts an array, and goes on in a graph as a tensor."""
    x = cornu.Input((3,))
    model = cornu.Model([x], [cornu.layers.Dense(2)(x)])
    data = np.ones((4, 3), "float32")
    assert model.predict([data], verbose=0).shape == (4, 2)
    assert model(data).shape == (4, 2)
    assert model(x).shape == (None, 2)
    model.compile("sgd", ["mse"])
    model.fit([data], [data[:, :2]], verbose=0)


def test_a_table_that_is_read_backwards_takes_any_numbers():
    x = cornu.Input((4,))
    table = cornu.layers.ReversibleEmbedding(5, 4)
    model = cornu.Model(x, table(x, reverse=True))
    assert model.predict(np.full((2, 4), -2.5), verbose=0).shape == (2, 5)
