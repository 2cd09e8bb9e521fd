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


# -- several losses of one output ------------------------------------------------------------------

BOTH = [["mse", "mae"], "mse"]
NAMED = {"first": ["mse", "mae"], "second": "mse"}


def evaluated(library, loss, loss_weights=None, structure=lambda a, b: [a, b], y=(ONE, TWO)):
    """The logs of one pass."""
    model = network(library, structure)
    model.compile("sgd", loss, loss_weights=loss_weights)
    return model.evaluate(X, list(y), batch_size=4, verbose=0, return_dict=True)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("loss", "weights"),
    [
        (BOTH, None),
        (BOTH, [[1.0, 2.0], 3.0]),
        (BOTH, [1.0, 2.0, 3.0]),
        (NAMED, {"first": [1.0, 2.0], "second": 3.0}),
        ([["mse", "mae"], None], None),
        (["mse", ["mae"]], None),
    ],
)
def test_several_losses_of_an_output_are_summed_as_in_keras(loss, weights):
    """Keras logs of an output with several losses the last one alone; here it is their sum."""
    y = (ONE, TWO) if loss[-1 if isinstance(loss, list) else "second"] else (ONE, ONE)
    theirs, ours = (evaluated(library, loss, weights, y=y) for library in (keras, cornu))
    assert set(ours) == set(theirs)
    assert ours["loss"] == pytest.approx(float(theirs["loss"]), rel=1e-5)
    if weights is None:
        parts = [value for name, value in ours.items() if name != "loss"]
        assert ours["loss"] == pytest.approx(sum(parts), rel=1e-6)


def of_one(loss, y=ONE, **arguments):
    x = cornu.Input((3,))
    model = cornu.Model(x, cornu.layers.Dense(1, name="only", kernel_initializer="ones")(x))
    model.compile("sgd", loss, **arguments)
    return model.evaluate(X, y, verbose=0, return_dict=True)


@pytest.mark.parametrize("loss", [["mse", "mae"], [["mse", "mae"]], {"only": ["mse", "mae"]}])
def test_a_single_output_may_have_several_losses_too(loss):
    """Keras takes the first alone, silently."""
    errors = X.sum(axis=1, keepdims=True) - ONE
    square, size = np.mean(errors**2), np.mean(np.abs(errors))
    assert of_one(loss) == pytest.approx({"loss": square + size, "only_loss": square + size}, rel=1e-5)
    weighted = of_one(loss, loss_weights=[1.0, 2.0])
    assert weighted["loss"] == pytest.approx(square + 2 * size, rel=1e-5)


def test_a_weight_of_an_output_counts_for_all_its_losses():
    logs = evaluated(cornu, NAMED, {"first": 2.0, "second": 3.0})
    expected = 2 * logs["first_loss"] + 3 * logs["second_loss"]
    assert logs["loss"] == pytest.approx(expected, rel=1e-6)


def test_losses_that_cannot_be_meant():
    with pytest.raises(ValueError, match=r'3 weights, \[1, 2, 3\], for the output "first".* 2 losses'):
        evaluated(cornu, BOTH, [[1, 2, 3], 1])
    with pytest.raises(TypeError, match=r"loss=\{'x': 'mse'\} is not understood"):
        evaluated(cornu, {"first": {"x": "mse"}, "second": "mse"})
    with pytest.raises(ValueError, match="has 3 entries, but the model has 2 outputs"):
        evaluated(cornu, ["mse", "mae", "mse"])


def test_several_losses_are_checked_each_and_kept_in_files(tmp_path):
    with pytest.raises(ValueError, match=r'"binary_crossentropy".* from 0 to 1'):
        of_one(["mse", "binary_crossentropy"], 3 * np.abs(ONE) + 1)
    model = network(cornu, lambda a, b: [a, b])
    model.compile("sgd", NAMED, loss_weights={"first": [1.0, 2.0], "second": 3.0})
    before = model.evaluate(X, [ONE, TWO], verbose=0)
    model.save(tmp_path / "model.keras")
    after = cornu.models.load_model(tmp_path / "model.keras").evaluate(X, [ONE, TWO], verbose=0)
    assert after == pytest.approx(before, rel=1e-6)
