"""explain.forward: the numbers of the lectures, layer by layer."""

import numpy as np
import pytest

import cornu
from cornu import explain, layers
from tests.explain.subjects import Own, assert_golden, functional, two_two_one


def test_the_lectures_network():
    """sigmoid(2.2) = 0.90, sigmoid(-1.6) = 0.17, sigmoid(1.17) = 0.76, as on the slide."""
    steps = explain.forward(two_two_one(), [[1.0, 0.0]])
    assert_golden("forward_network.txt", steps)
    hidden, output = steps.rows
    np.testing.assert_allclose(hidden["z"], [[2.2, -1.6]], rtol=1e-6)
    np.testing.assert_allclose(hidden["output"], [[0.90, 0.17]], atol=0.005)
    np.testing.assert_allclose(output["z"], [[1.17]], atol=0.01)
    np.testing.assert_allclose(output["output"], [[0.76]], atol=0.005)


def test_the_banknote():
    """w = (0.3, 0.1), b = 1 and the note (1, 2.2): z = 1.52, p = 0.82."""
    model = cornu.Sequential([cornu.Input((2,)), layers.Dense(1, activation="sigmoid", name="p")])
    model.set_weights([np.array([[0.3], [0.1]]), np.array([1.0])])
    row = explain.forward(model, [[1.0, 2.2]]).rows[0]
    np.testing.assert_allclose(row["z"], [[0.3 + 0.22 + 1.0]], rtol=1e-6)
    np.testing.assert_allclose(row["output"], [[1 / (1 + np.exp(-1.52))]], rtol=1e-6)


def test_outputs_of_every_layer_are_those_of_the_model():
    x = np.random.rand(3, 6, 6, 1).astype("float32")
    model = cornu.Sequential(
        [
            cornu.Input((6, 6, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(4, use_bias=False),
            layers.Dense(3, activation="softmax"),
        ]
    )
    steps = explain.forward(model, x)
    value = x
    for layer, row in zip(model.layers, steps.rows, strict=True):
        value = np.asarray(layer(value))
        np.testing.assert_allclose(row["output"], value, rtol=1e-5, atol=1e-6)
        assert row["shape"] == value.shape
    assert "z = x · W\n" in str(steps)
    assert "a = softmax(z)" in str(steps)
    assert "array of shape (3, 4, 4, 2), from 0 to" in str(steps)


def test_large_matrices_show_their_corner():
    model = cornu.Sequential([cornu.Input((40,)), layers.Dense(30)])
    steps = explain.forward(model, np.ones((300, 40)))
    assert "  … ]" in str(steps)
    assert "[ … ]" in str(steps)
    assert str(steps).endswith("Of 300 rows the first 256 are looked at.")
    assert steps.rows[0]["output"] is None
    assert len(max(str(steps).splitlines(), key=len)) < 160


def test_every_way_of_building_a_model():
    own = Own()
    own(np.ones((1, 3)))
    assert [row["layer"] for row in explain.forward(own, np.ones((1, 3))).rows] == ["a", "a", "b"]
    steps = explain.forward(functional(), [np.ones((1, 3)), np.ones((1, 2))])
    assert [row["layer"] for row in steps.rows] == ["deep", "joined", "last"]
    assert steps.rows[1]["inputs"] == [(1, 2), (1, 2)]


def test_it_says_what_is_wrong():
    with pytest.raises(TypeError, match="takes a model first, got 3"):
        explain.forward(3, [[1.0]])
    with pytest.raises(ValueError, match="is not built"):
        explain.forward(cornu.Sequential([layers.Dense(1)]), [[1.0]])
    with pytest.raises(TypeError, match="x is a symbolic tensor"):
        explain.forward(two_two_one(), cornu.Input((2,)))
    inputs, vocabulary = cornu.Input((), dtype="string"), layers.StringLookup(vocabulary=["a"])
    words = cornu.Sequential([inputs, vocabulary, layers.Embedding(3, 2)])
    with pytest.raises(ValueError, match="layers that run on the host"):
        explain.forward(words, np.array(["a"]))
