"""FeatureSpace: against Keras on TensorFlow, in a model, and bad input."""

import json

import numpy as np
import pytest

import cornu
from cornu.layers import Hashing, Rescaling, TextVectorization
from cornu.utils import FeatureSpace
from tests.utils.feature_space_cases import DATA, EXPECTED, apart, data_for, first_of, joined

KERAS = json.loads(EXPECTED.read_text())


def adapted(make):
    space = make(cornu)
    space.adapt(data_for(space))
    return space


def close(found, expected):
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        for name, value in expected.items():
            close(found[name], value)
    else:
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("make", [joined, apart])
def test_the_output_is_that_of_keras(make):
    space = adapted(make)
    data = data_for(space)
    close(space(data), KERAS[f"{make.__name__} all"])
    close(space(first_of(data)), KERAS[f"{make.__name__} one"])


def test_a_space_is_made_from_the_configuration_that_keras_writes():
    for config in (KERAS["joined config"], json.loads(json.dumps(adapted(joined).get_config()))):
        space = FeatureSpace.from_config(config)
        space.adapt(DATA)
        close(space(DATA), KERAS["joined all"])


def test_the_configuration_has_the_entries_of_keras():
    def bare(value):
        if isinstance(value, dict):
            if value.get("class_name") == "DTypePolicy":
                return bare(value["config"]["name"])
            return {key: bare(item) for key, item in value.items() if key != "build_config"}
        if isinstance(value, list):
            return [bare(item) for item in value]
        return "int32" if value == "int64" else value  # the numbers of hashes

    ours = bare(json.loads(json.dumps(adapted(joined).get_config())))
    assert ours == bare(KERAS["joined config"])


def test_batches_of_dicts_are_what_a_dict_is():
    space = joined(cornu)
    batches = ({name: column[i : i + 3] for name, column in DATA.items()} for i in (0, 3, 6))
    space.adapt(batches)
    expected = adapted(joined)
    for name in ("normal", "code", "word"):
        one, other = space.preprocessors[name], expected.preprocessors[name]
        if name == "normal":
            np.testing.assert_allclose(one.adapt_mean.numpy(), other.adapt_mean.numpy(), rtol=1e-6)
        else:
            assert one.get_vocabulary() == other.get_vocabulary()
    rows = joined(cornu)
    rows.adapt({name: column[i] for name, column in DATA.items()} for i in range(7))
    assert rows.preprocessors["word"].get_vocabulary() == expected.preprocessors["word"].get_vocabulary()


def test_a_table_of_pandas():
    import pandas

    table = pandas.DataFrame({"age": [20.0, 40.0], "sport": ["tennis", "golf"]})
    space = FeatureSpace({"age": "float_normalized", "sport": "string_categorical"})
    space.adapt(table)
    assert space(table).tolist() == [[-1, 0, 1, 0], [1, 0, 0, 1]]


def test_adapting_again_forgets_what_was_learned():
    space = FeatureSpace({"word": "string_categorical"})
    space.adapt({"word": ["a", "b", "c"]})
    space.adapt({"word": ["z"]})
    assert space({"word": ["z"]}).tolist() == [[0, 1]]


def test_a_network_on_encoded_numbers_trains():
    rng = np.random.default_rng(0)
    data = {"x": rng.normal(5, 3, 80).astype("float32"), "code": rng.integers(0, 3, 80).astype("int32")}
    space = FeatureSpace({"x": "float_normalized", "code": "integer_categorical"})
    space.adapt(data)
    model = cornu.Model(space.get_inputs(), cornu.layers.Dense(1)(space.get_encoded_features()))
    model.compile(cornu.optimizers.SGD(0.1), "mse")
    targets = data["x"] + 2 * data["code"]
    model.fit(data, targets, epochs=40, verbose=0)
    assert model.evaluate(data, targets, verbose=0) < 0.1
    dense = model.layers[-1]
    np.testing.assert_allclose(model.predict(data, verbose=0), dense(space(data)), rtol=1e-4, atol=1e-4)


def test_inputs_and_encoded_features_are_symbolic():
    space = adapted(joined)
    inputs = space.get_inputs()
    assert list(inputs) == list(DATA)
    assert (inputs["word"].shape, inputs["word"].dtype) == ((None, 1), "string")
    assert space.get_encoded_features().shape == (None, 35)
    features = adapted(apart).get_encoded_features()
    assert features["code_X_word"].shape == (None, 9)
    assert features["word_X_code"].dtype == "int32"


def test_what_was_given_needs_no_data():
    space = FeatureSpace(
        {
            "a": FeatureSpace.float_rescaled(2.0),
            "b": FeatureSpace.float_discretized(None, [0.0, 1.0]),
            "c": FeatureSpace.feature("int32", Hashing(3), "one_hot"),
            "d": FeatureSpace.feature(
                "string", TextVectorization(output_mode="count", vocabulary=["x"]), "float"
            ),
        }
    )
    assert space({"a": [1.0], "b": [0.5], "c": [7], "d": ["x x y"]}).shape == (1, 1 + 3 + 3 + 2)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: FeatureSpace({}), "needs features, a dict from columns' names"),
        (lambda: FeatureSpace({"a": "flaot"}), 'the feature "a" has an unknown type .* "float"'),
        (lambda: FeatureSpace({"a": "float"}, output_mode="concatenate"), 'Did you mean "concat"'),
        (
            lambda: FeatureSpace({"sport": "string_hashed", "b": "float"}, crosses=[("sprot", "b")]),
            'crosses name a feature "sprot" .*Did you mean "sport"',
        ),
        (
            lambda: FeatureSpace({"a": "float"}, crosses=["a"]),
            r'a cross is a tuple of columns\' names .* Write crosses=\[\("a", "b"\)\]',
        ),
        (
            lambda: FeatureSpace.cross(("a", "b"), 8, "onehot"),
            'FeatureSpace.cross: output_mode must be one of .*"one_hot"',
        ),
        (
            lambda: FeatureSpace.feature("int32", Hashing(3), "onehot"),
            "FeatureSpace.feature: output_mode must be one of",
        ),
        (
            lambda: FeatureSpace({"a": "float_normalized"})({"a": [1.0]}),
            r"has not seen data yet\. Call adapt\(data\) first",
        ),
        (lambda: FeatureSpace({"a": "float"})([1.0]), "is called with a dict of columns"),
        (lambda: FeatureSpace({"a": "float"})({"b": [1.0]}), 'a column "b" that is no feature'),
        (
            lambda: FeatureSpace({"age": "float", "b": "float"})({"age": [1.0]}),
            'the data have no column "b"',
        ),
        (
            lambda: FeatureSpace({"age": "float_normalized"}).adapt({"aeg": [1.0]}),
            'the data have no column "age".*Did you mean "aeg"',
        ),
        (
            lambda: FeatureSpace({"a": FeatureSpace.string_hashed(3, "int")})({"a": ["x"]}),
            'the feature "a" has not been encoded',
        ),
        (
            lambda: FeatureSpace({"a": FeatureSpace.feature("float32", Rescaling(1.0), "one_hot")})(
                {"a": [1.0]}
            ),
            "its layer must give whole numbers, but it gives float32",
        ),
        (
            lambda: FeatureSpace({"a": FeatureSpace.feature("int32", Same(), "one_hot")})({"a": [1]}),
            "it is not known how many numbers Same gives",
        ),
    ],
)
def test_what_is_wrong_is_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


class Same(cornu.layers.Layer):
    def call(self, inputs):
        return inputs


def test_data_that_are_no_dicts_are_named():
    space = FeatureSpace({"a": "float_normalized"})
    with pytest.raises(TypeError, match="adapt takes a dict of arrays, or batches of such, got 7"):
        space.adapt(7)
    with pytest.raises(TypeError, match="but a batch is float64 array"):
        space.adapt([np.ones(3)])
