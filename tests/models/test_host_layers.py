"""Models whose first layers run on the host: strings in, one cut, the rest compiled."""

import jax
import numpy as np
import pytest

import cornu
from cornu import Input, Model, Sequential
from cornu.layers import (
    Concatenate,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    HashedCrossing,
    Hashing,
    IntegerLookup,
    Layer,
    Rescaling,
    StringLookup,
    TextVectorization,
)
from cornu.training.host import HostResults
from cornu.utils import FeatureSpace

WORDS = ["bad", "film", "good", "so", "very"]
TEXTS = np.array(["Good film.", "bad film", "very good!", "so bad", "good", "so, so bad film"] * 5)
LABELS = np.array([1, 0, 1, 0, 1, 0] * 5)
NUMBERS = np.random.default_rng(0).normal(size=(30, 2)).astype("float32")


def vectorize(length=4, **kwargs):
    return TextVectorization(vocabulary=WORDS, output_sequence_length=length, **kwargs)


def rest():
    """What follows the words' numbers in a classifier of texts."""
    return [
        Embedding(7, 4, embeddings_initializer=cornu.initializers.RandomUniform(seed=1)),
        GlobalAveragePooling1D(),
        Dense(1, activation="sigmoid", kernel_initializer=cornu.initializers.GlorotUniform(seed=2)),
    ]


def classifier(*first):
    model = Sequential([*first, *rest()])
    model.compile(cornu.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    return model


def texts_and_numbers():
    """A model of two inputs: one of strings, one of numbers."""
    texts, numbers = Input((), dtype="string", name="texts"), Input((2,), name="numbers")
    embed, pool, _ = rest()
    words = pool(embed(vectorize()(texts)))
    model = Model([texts, numbers], Dense(1)(Concatenate()([words, numbers])))
    model.compile("sgd", "mse")
    return model


# -- Sequential ---------------------------------------------------------------------------------------


def test_a_classifier_of_texts_learns():
    model = classifier(Input((1,), dtype="string"), vectorize())
    history = model.fit(TEXTS, LABELS, epochs=60, verbose=0, validation_data=(TEXTS[:4], LABELS[:4]))
    assert history.history["val_accuracy"][-1] == 1
    assert model.evaluate(TEXTS, LABELS, verbose=0, return_dict=True)["accuracy"] == 1
    assert (model.predict(["Very good film", "bad, bad"], verbose=0) > 0.5).ravel().tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
def test_training_equals_that_of_the_rest_on_numbers(eager):
    numbers = np.asarray(vectorize()(TEXTS))
    results = []
    for model, x in (
        (classifier(Input((1,), dtype="string"), vectorize()), TEXTS),
        (classifier(Input((4,), dtype="int32")), numbers),
    ):
        model.run_eagerly = eager
        np.random.seed(3)
        history = model.fit(
            x,
            LABELS,
            batch_size=8,
            epochs=3,
            verbose=0,
            validation_split=0.2,
            sample_weight=LABELS + 0.5,
        )
        model.train_on_batch(x[:5], LABELS[:5])
        tested = model.test_on_batch(x[:7], LABELS[:7])
        results.append([*model.get_weights(), *history.history.values(), tested, model.predict(x, 4, 0)])
    for on_texts, on_numbers in zip(*results, strict=True):
        np.testing.assert_array_equal(on_texts, on_numbers)


@pytest.mark.parametrize("shape", [(), (1,)], ids=str)
@pytest.mark.parametrize("form", ["str", "object", "bytes", "column", "list", "lists", "table"])
def test_strings_in_every_form(shape, form):
    import pandas

    model = classifier(Input(shape, dtype="string"), vectorize())
    expected = Sequential(model.layers[1:])(vectorize()(TEXTS))
    given = {
        "str": TEXTS,
        "object": TEXTS.astype(object),
        "bytes": TEXTS.astype(bytes),
        "column": TEXTS[:, None],
        "list": TEXTS.tolist(),
        "lists": TEXTS[:, None].tolist(),
        "table": pandas.Series(TEXTS),
    }[form]
    for outputs in (model(given), model.predict(given, verbose=0), model.predict_on_batch(given)):
        np.testing.assert_allclose(outputs, expected, rtol=1e-6)


def test_without_an_input_the_data_say_that_they_are_strings():
    models = [classifier(vectorize()) for _ in range(3)]
    models[0].fit(TEXTS, LABELS, verbose=0)
    models[1].predict(TEXTS.tolist(), verbose=0)
    models[2](TEXTS[:, None])
    assert [model.input.dtype for model in models] == ["string"] * 3
    assert [model.input_shape for model in models] == [(None,), (None,), (None, 1)]
    hashing = Sequential([Hashing(5), Embedding(5, 2)])
    assert hashing.predict(np.array([[7], [8]]), verbose=0).shape == (2, 1, 2)
    assert hashing.input.dtype == "int64"


def test_a_declared_input_shape_is_one_of_strings():
    model = Sequential([vectorize(input_shape=(1,)), Embedding(7, 3)])
    assert (model.input.dtype, model.output_shape) == ("string", (None, 4, 3))
    assert Sequential([StringLookup(vocabulary=["a"], input_shape=(2,))]).input.dtype == "string"


def test_words_are_looked_up_and_embedded():
    model = Sequential(
        [Input((1,), dtype="string"), StringLookup(vocabulary=["a", "b"]), Embedding(3, 1)]
    )
    model.add(Flatten())
    model.compile(cornu.optimizers.SGD(0.5), "mse")
    words, targets = np.array(["a", "b", "z"] * 4), np.array([1.0, 2.0, 3.0] * 4)
    model.fit(words, targets, epochs=60, batch_size=4, verbose=0)
    np.testing.assert_allclose(model.layers[1].embeddings.numpy().ravel(), [3, 1, 2], atol=0.01)


def test_texts_are_filled_up_to_the_longest_of_the_data():
    model = classifier(Input((1,), dtype="string"), TextVectorization(vocabulary=WORDS))
    numbers = TextVectorization(vocabulary=WORDS)(TEXTS)
    assert numbers.shape == (30, 4)
    expected = Sequential(model.layers[1:])(numbers)
    np.testing.assert_allclose(model.predict(TEXTS, 3, 0), expected, rtol=1e-6)
    model.fit(TEXTS, LABELS, verbose=0, validation_data=(TEXTS[:1], LABELS[:1]))  # two words


# -- graphs -------------------------------------------------------------------------------------------


def test_two_inputs_one_of_strings():
    model = texts_and_numbers()
    vectors, embed, pool, _, dense = [
        x for x in model.layers if not isinstance(x, type(model.layers[0]))
    ]
    expected = dense(np.concatenate([pool(embed(vectors(TEXTS))), NUMBERS], axis=1))
    named = {"texts": TEXTS.tolist(), "numbers": NUMBERS.tolist()}
    for given in ([TEXTS, NUMBERS], (TEXTS[:, None], NUMBERS.astype("float64")), named):
        np.testing.assert_allclose(model(given), expected, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(model.predict(given, 8, 0), expected, rtol=1e-5, atol=1e-6)
    losses = model.fit(named, NUMBERS[:, 0], epochs=5, verbose=0, validation_split=0.2).history["loss"]
    assert losses[-1] < losses[0]
    assert model.evaluate([TEXTS, NUMBERS], NUMBERS[:, 0], verbose=0) < losses[0]


def test_a_feature_space_in_a_model():
    rng = np.random.default_rng(0)
    data = {
        "age": rng.normal(40, 10, 40),
        "sport": rng.choice(["golf", "tennis"], 40),
        "code": rng.integers(0, 3, 40),
    }
    space = FeatureSpace(
        {"age": "float_normalized", "sport": "string_categorical", "code": "integer_categorical"},
        crosses=[("sport", "code")],
    )
    space.adapt(data)
    model = Model(space.get_inputs(), Dense(1)(space.get_encoded_features()))
    model.compile(cornu.optimizers.SGD(0.05), "mse")
    targets = (data["sport"] == "golf") * (data["code"] + 1.0)
    model.fit(data, targets, epochs=60, verbose=0, validation_data=(data, targets))
    assert model.evaluate(data, targets, verbose=0) < 0.1
    expected = model.layers[-1](space(data))
    np.testing.assert_allclose(model.predict(data, 7, 0), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model(data), expected, rtol=1e-5, atol=1e-5)


def test_only_what_strings_need_is_on_the_host():
    """A layer before one on the host is there too; its result is handed over to those that need it."""
    code, word = Input((1,), dtype="int32", name="code"), Input((1,), dtype="string", name="word")
    number = IntegerLookup(vocabulary=[5, 7], name="number")(code)
    crossed = HashedCrossing(8, name="crossed")([number, word])
    joined = Concatenate()([Embedding(3, 2)(number), Embedding(8, 2)(crossed)])
    model = Model([code, word], joined)
    assert sorted(model.graph.cut.tensors) == ["crossed", "number"]
    data = [np.array([5, 7, 9]), np.array(["a", "b", "a"])]
    given = model.graph.on_host(data)
    assert isinstance(given, HostResults)
    assert given.parts["number"].tolist() == [[1], [2], [0]]
    np.testing.assert_array_equal(model.predict(data, verbose=0), model(data))


def test_models_without_layers_on_the_host_are_not_cut():
    model = Sequential([Input((2,)), Dense(1)])
    assert not model.on_host
    assert model.graph.cut.tensors == {}
    x = np.ones((2, 2), "float32")
    assert model._prepared(x, "fit") is x


def test_models_inside_a_model():
    texts = Input((1,), dtype="string")
    preprocess = Model(texts, vectorize()(texts))  # nothing in it is learnt
    np.testing.assert_array_equal(preprocess.predict(TEXTS, 4, 0), vectorize()(TEXTS))
    encode = Sequential([Input((1,), dtype="string"), vectorize(), *rest()[:2]])  # cut inside
    first, second = Input((1,), dtype="string"), Input((1,), dtype="string")
    words = Flatten()(Embedding(7, 2)(preprocess(first)))
    model = Model([first, second], Dense(1)(Concatenate()([words, encode(first), encode(second)])))
    model.compile("sgd", "mse")
    other = TEXTS[::-1]
    before = encode.get_weights()
    model.fit([TEXTS, other], LABELS, verbose=0)
    assert not np.array_equal(before[0], encode.get_weights()[0])
    np.testing.assert_allclose(model.predict([TEXTS, other], 8, 0), model([TEXTS, other]), rtol=1e-5)
    end_to_end = Sequential([preprocess, Sequential([Input((4,), dtype="int32"), *rest()])])
    assert end_to_end.predict(TEXTS, verbose=0).shape == (30, 1)


def test_configuration_copies_and_table():
    for model, x in (
        (classifier(Input((1,), dtype="string"), vectorize()), TEXTS),
        (texts_and_numbers(), [TEXTS, NUMBERS]),
    ):
        copies = [cornu.models.clone_model(model), type(model).from_config(model.get_config())]
        for copy in copies:
            copy.set_weights(model.get_weights())
            np.testing.assert_array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))
        lines = []
        model.summary(print_fn=lines.append)
        assert "TextVectorization" in "".join(lines)
        assert "(None, 4)" in "".join(lines)


def test_an_index_that_the_embedding_lacks_is_found():
    model = Sequential(
        [Input((1,), dtype="string"), StringLookup(vocabulary=["a", "b"]), Embedding(2, 1)]
    )
    with pytest.raises(ValueError, match=r"index 2 at position .* of its input is not in the table"):
        model.predict(np.array(["a", "b"]), verbose=0)


# -- bad input ----------------------------------------------------------------------------------------


class Own(Model):
    def __init__(self, layer):
        super().__init__()
        self.layer, self.dense = layer, Dense(1)

    def call(self, inputs):
        return self.dense(self.layer(inputs))


class Count(Layer):
    """A layer of the user's on the host."""

    on_host = True

    def call(self, inputs):
        return np.array([[float(len(text))] for text in np.asarray(inputs).ravel()], "float32")

    def compute_output_spec(self, inputs):
        return cornu.KerasTensor((inputs.shape[0], 1))


def test_a_layer_of_the_users_on_the_host():
    model = Sequential([Input((1,), dtype="string"), Count(), Dense(1, kernel_initializer="ones")])
    assert model.predict(["a", "abc"], verbose=0).tolist() == [[1], [3]]


def test_a_class_of_the_users_on_strings_runs_uncompiled():
    assert Own(vectorize())(TEXTS).shape == (30, 1)


class OwnAndGraph(Model):
    """A graph that begins with strings, and a `call` of its own."""

    def __init__(self, use):
        words = Input((2,), dtype="string")
        numbers = StringLookup(vocabulary=["a", "b"])(words)
        super().__init__(words, Dense(1)(Flatten()(Embedding(4, 3)(numbers))))
        self.use = use

    def call(self, inputs):
        return self.use(self, inputs)


PAIRS = np.array([["a", "b"], ["b", "z"], ["a", "a"]])
NOT_AN_ARRAY = r"are no array here: its layers that take strings have run .*super\(\).call\(inputs\)"


def test_a_call_of_ones_own_may_use_the_graph():
    model = OwnAndGraph(lambda model, inputs: 2 * Model.call(model, inputs))
    inner = Model(model.input, model.output)
    np.testing.assert_allclose(
        model.predict(PAIRS, verbose=0), 2 * inner.predict(PAIRS, verbose=0), rtol=1e-6
    )
    model.compile("sgd", "mse")
    before = model.evaluate(PAIRS, np.ones((3, 1)), verbose=0)
    model.fit(PAIRS, np.ones((3, 1)), epochs=3, verbose=0)
    assert model.evaluate(PAIRS, np.ones((3, 1)), verbose=0) < before


@pytest.mark.parametrize(
    ("use", "error", "words"),
    [
        (lambda model, x: Model.call(model, x[:, :2]), TypeError, NOT_AN_ARRAY),
        (lambda model, x: Model.call(model, x) * x.shape[0], AttributeError, NOT_AN_ARRAY),
        (lambda model, x: model.layers[2](x), AttributeError, NOT_AN_ARRAY),
        (
            lambda model, x: model.layers[1](x),
            TypeError,
            "item 0 is <results of the host: hand them on as",
        ),
        (lambda model, x: model.layers[-1](x), ValueError, "got <results of the host: hand them on as"),
    ],
)
def test_a_call_of_ones_own_that_wants_the_strings_is_told(use, error, words):
    with pytest.raises(error, match=words):
        OwnAndGraph(use).predict(PAIRS, verbose=0)


def test_an_optional_input_before_the_host():
    words, code = Input((2,), dtype="string"), Input((1,), optional=True)

    class Either(Layer):
        def call(self, x, y=None):
            return x if y is None else x + y

    model = Model([words, code], Either()(StringLookup(vocabulary=["a", "b"])(words), code))
    assert model.predict([PAIRS, None], verbose=0).tolist() == [[1, 2], [2, 0], [1, 1]]
    assert model.predict([PAIRS, np.ones((3, 1))], verbose=0).tolist() == [[2, 3], [3, 1], [2, 2]]


STRINGS, WHOLE = Input((1,), dtype="string", name="word"), Input((1,), dtype="int32", name="code")
NUMBER_FIRST = (
    'Dense "d" computes with numbers, but .* strings. Turn them into numbers first, with TextVec'
)

BAD = {
    "symbolic strings in a layer": (lambda: Dense(1, name="d")(STRINGS), NUMBER_FIRST),
    "strings in a layer": (lambda: Dense(1, name="d")(np.array([["a"]])), NUMBER_FIRST),
    "an operation on strings": (
        lambda: STRINGS[:, 0],
        r'operation "get_item\w*" computes with numbers, but "word" holds',
    ),
    "behind a layer that is learnt": (
        lambda: Model(WHOLE, Hashing(4, name="h")(Dense(2, name="d")(WHOLE))),
        'Hashing "h" runs on the host, before the compiled part of the model, so it cannot come after '
        'Dense "d", which is learnt there. Leave it out of the model, .*: result = layer',
    ),
    "behind it, with a layer between": (
        lambda: Sequential(
            [
                Input((1,)),
                Dense(2, name="d"),
                Rescaling(2.0),
                StringLookup(vocabulary=["a"], invert=True, name="s"),
            ]
        ),
        'StringLookup "s" runs on the host, .* after Dense "d", .* terms = layer.model.predict',
    ),
    "strings as outputs": (
        lambda: Sequential(
            [Input((1,), dtype="int32"), StringLookup(vocabulary=["a"], invert=True, name="s")]
        ).predict(np.array([1])),
        'output "s" of the model holds strings, .* Call the model instead of predict: model',
    ),
    "numbers for strings": (
        lambda: classifier(STRINGS, vectorize()).predict(np.ones((2, 1))),
        'Input "word" expects strings, but got float64 array of shape .2, 1.. .* x.astype.str.',
    ),
    "strings for numbers": (
        lambda: texts_and_numbers().predict([TEXTS, TEXTS]),
        'Input "numbers" expects numbers .float32., but got strings .the first is .Good film',
    ),
    "strings for whole numbers": (
        lambda: Sequential([WHOLE, Hashing(3)]).predict(["a", "b"]),
        'Input "code" expects numbers .int32., but got strings .the first is .a.*dtype="string"',
    ),
    "one array for two inputs": (
        lambda: texts_and_numbers()(TEXTS),
        "2 inputs .texts, numbers., but was called",
    ),
    "a missing column": (
        lambda: texts_and_numbers().fit({"text": TEXTS, "numbers": NUMBERS}, LABELS),
        'an input "texts", but the dict .* Did you mean "text"',
    ),
    "a wrong rank": (
        lambda: classifier(STRINGS, vectorize()).predict(TEXTS.reshape(5, 2, 3)),
        'Input "word" expects data of shape .None, 1., but got shape .5, 2, 3.',
    ),
    "other numbers of rows": (
        lambda: classifier(STRINGS, vectorize(name="v")).fit(TEXTS, LABELS[:3]),
        r"as many rows in each array, but x\['v'\] has 30, y has 3",
    ),
    "batches, and y beside them": (
        lambda: classifier(STRINGS, vectorize()).fit(iter([TEXTS]), LABELS),
        "fit got y beside an iterator, which gives y itself",
    ),
    "no data": (lambda: classifier(STRINGS, vectorize()).fit(None, LABELS), "x=None, but needs data"),
    "NaN beside strings": (
        lambda: texts_and_numbers().fit([TEXTS, NUMBERS * np.nan], LABELS),
        r"x\['numbers'\] holds NaN",
    ),
    "strings for a class of the user's": (
        lambda: Own(vectorize(name="v")).predict(TEXTS),
        'Own "own.*" was given strings for x, and has layers that take them ."v".,.* Apply the layer to '
        "the data first, x = vectorize.x.",
    ),
    "a class of the user's, compiled": (
        lambda: Own(Hashing(4, name="h")).predict(np.array([[1], [2]], "int32"), verbose=0),
        'Hashing "h" runs on the host, so it cannot be inside a compiled program. Apply the layer to '
        "the data first, x = layer.x.",
    ),
    "a layer of the user's, compiled": (
        lambda: jax.jit(Count(name="c"))(np.ones((2, 1), "float32")),
        'Count "c" runs on the host, so it cannot be inside a compiled program',
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    act, words = BAD[case]
    with pytest.raises((ValueError, NotImplementedError), match=words):
        act()
