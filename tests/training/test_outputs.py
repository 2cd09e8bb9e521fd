"""Models with several outputs: how targets, losses, metrics and weights find theirs."""

import keras
import numpy as np
import pytest

import cornu

RNG = np.random.default_rng(5)
X = RNG.normal(size=(10, 3)).astype("float32")
ONE = RNG.normal(size=(10, 1)).astype("float32")
TWO = RNG.normal(size=(10, 2)).astype("float32")
PARTS = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}


def network(library, structure):
    """Two outputs of layers "first" and "second", in the structure that a function makes of them."""
    x = library.Input((3,))
    first = library.layers.Dense(1, name="first", kernel_initializer="ones")
    second = library.layers.Dense(2, name="second", kernel_initializer="ones")
    return library.Model(x, structure(first(x), second(x)))


def in_dict(first, second):
    return {"b": first, "a": second}


@pytest.mark.parity
def test_the_keys_of_outputs_name_them_as_in_keras():
    histories = []
    for library in (keras, cornu):
        model = network(library, in_dict)
        model.compile(
            "sgd",
            {"a": "mse", "b": "mae"},
            loss_weights={"a": 0.5, "b": 2.0},
            metrics={"a": ["mae"], "b": ["mse"]},
        )
        histories.append(model.fit(X, {"a": TWO, "b": ONE}, **PARTS).history)
    assert sorted(histories[1]) == sorted(histories[0])
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=1e-5)


def trained(model, y, loss="mse", **arguments):
    model.compile("sgd", loss)
    history = model.fit(X, y, **PARTS, **arguments).history
    return history["loss"], model.get_weights()


def same(one, other):
    np.testing.assert_allclose(one[0], other[0], rtol=1e-6)
    for mine, expected in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-6)


class Both(cornu.Model):
    def __init__(self, structure):
        super().__init__()
        self.structure = structure
        self.one = cornu.layers.Dense(1, kernel_initializer="ones")
        self.two = cornu.layers.Dense(2, kernel_initializer="ones")

    def call(self, x):
        return self.structure(self.one(x), self.two(x))


def nested(first, second):
    return {"left": {"x": first}, "right": [second]}


WAYS = {
    "a dict": (in_dict, {"a": TWO, "b": ONE}, {"b": 1 + X[:, 0], "a": 2 + X[:, 1]}),
    "a list in the order of the keys": (in_dict, [TWO, ONE], [2 + X[:, 1], 1 + X[:, 0]]),
    "nested": (
        nested,
        {"right": [TWO], "left": {"x": ONE}},
        {"left": {"x": 1 + X[:, 0]}, "right": [2 + X[:, 1]]},
    ),
    "nested, by path": (
        nested,
        {"right/0": TWO, "left/x": ONE},
        {"left/x": 1 + X[:, 0], "right/0": 2 + X[:, 1]},
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("own", [False, True])
def test_targets_and_weights_find_their_outputs(way, own):
    structure, y, weight = WAYS[way]
    plain = network(cornu, lambda first, second: [first, second])
    expected = trained(plain, [ONE, TWO], sample_weight=[1 + X[:, 0], 2 + X[:, 1]])
    model = Both(structure) if own else network(cornu, structure)
    found = trained(model, y, sample_weight=weight)
    by_shape = {weights.shape: weights for weights in found[1]}
    same((found[0], [by_shape[each.shape] for each in expected[1]]), expected)


def test_losses_may_be_nested_as_the_outputs_are():
    model = network(cornu, nested)
    model.compile("sgd", {"left": {"x": "mse"}, "right": ["mae"]}, metrics={"left": {"x": ["mae"]}})
    y = {"left": {"x": ONE}, "right": [TWO]}
    assert set(model.fit(X, y, **PARTS).history) == {
        *("loss", "left/x_loss", "right/0_loss", "left/x_mae"),
    }


def test_an_output_without_a_loss_needs_no_target():
    model = network(cornu, in_dict)
    model.compile("sgd", {"a": "mse"})
    assert set(model.fit(X, {"a": TWO}, **PARTS).history) == {"loss"}


@pytest.mark.parametrize(
    ("compiling", "y", "words"),
    [
        ({"loss": {"c": "mse"}}, {"a": TWO}, r'compile\(loss=.*names an output "c".*'),
        ({"loss": "mse"}, {"a": TWO, "first": ONE}, 'y names an output "first" that the model does not'),
        ({"loss": "mse"}, {"a": TWO}, 'The loss "mse" needs targets for the output "b", but y holds'),
    ],
)
def test_a_wrong_key_is_named(compiling, y, words):
    model = network(cornu, in_dict)
    model.compile("sgd", **compiling)
    with pytest.raises(ValueError, match=words):
        model.fit(X, y, verbose=0)
