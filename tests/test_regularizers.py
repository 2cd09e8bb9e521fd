"""cornu.regularizers against Keras and worked cases."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu.regularizers as G
from cornu.core.variable import Variable

W = np.random.RandomState(0).normal(size=(4, 3)).astype("float32")
ROWS = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {"l1": None, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
    ("Regularizer", {}),
]


@pytest.mark.parity
@pytest.mark.parametrize("name, arguments", ROWS[:-1])
def test_same_penalty_gradient_and_configuration_as_keras(name, arguments):
    keras = pytest.importorskip("keras")
    ours, theirs = getattr(G, name)(**arguments), getattr(keras.regularizers, name)(**arguments)
    w = jnp.asarray(W)
    np.testing.assert_allclose(ours(w), theirs(w), rtol=1e-6)
    np.testing.assert_allclose(jax.grad(ours)(w), jax.grad(theirs)(w), rtol=1e-5, atol=1e-7)
    # Keras rounds some of its factors to float32.
    expected = theirs.get_config()
    assert ours.get_config().keys() == expected.keys()
    for key, value in ours.get_config().items():
        assert value == (expected[key] if key == "mode" else pytest.approx(expected[key], rel=1e-6))


@pytest.mark.parity
def test_names_are_those_of_keras():
    keras = pytest.importorskip("keras")
    source = pytest.importorskip("keras.src.regularizers")
    assert set(G.__all__) == {name for name in dir(keras.regularizers) if name[0] != "_"}
    for name in set(source.ALL_OBJECTS_DICT) - {"regularizer"}:
        assert G.REGULARIZERS[name].__name__ == source.ALL_OBJECTS_DICT[name].__name__


@pytest.mark.parametrize("name, arguments", ROWS)
def test_contract(name, arguments):
    regularizer = getattr(G, name)(**arguments)
    config = json.loads(json.dumps(G.serialize(regularizer)))
    assert G.deserialize(config).get_config() == regularizer.get_config()
    assert np.shape(regularizer(W)) == ()
    np.testing.assert_allclose(regularizer(Variable(W)), regularizer(W))
    if name != "Regularizer":
        assert regularizer(jnp.asarray(W, "bfloat16")).dtype == "bfloat16"


@pytest.mark.parametrize("name", G.REGULARIZERS)
def test_every_name_makes_one(name):
    assert type(G.get(name)) is G.REGULARIZERS[name]


def test_worked_cases():
    w = np.array([[3.0, -4.0]], np.float32)
    assert float(G.L1(1.0)(w)) == 7
    assert float(G.L2(1.0)(w)) == 25
    assert float(G.L1L2(1.0, 2.0)(w)) == 57
    right_angles = np.array([[0.0, 2.0], [3.0, 0.0]], np.float32)
    assert float(G.OrthogonalRegularizer(1.0)(right_angles)) == pytest.approx(0, abs=1e-6)
    half_a_right_angle = np.array([[1.0, 1.0], [3.0, 0.0]], np.float32)
    assert float(G.OrthogonalRegularizer(1.0)(half_a_right_angle)) == pytest.approx(np.sqrt(0.5))


@settings(deadline=None, max_examples=20)
@given(st.floats(0, 10), st.floats(0, 10))
def test_l1_l2_is_the_sum_of_both(first, second):
    total = G.L1(first)(W) + G.L2(second)(W)
    np.testing.assert_allclose(G.L1L2(first, second)(W), total, rtol=1e-5)


def test_get_takes_none_classes_objects_and_functions():
    def penalty(w):
        return 0.1 * abs(w).sum()

    l2 = G.L2(0.3)
    assert G.get(None) is None
    assert G.get(l2) is l2
    assert G.get(penalty) is penalty
    assert G.get(G.L1).l1 == 0.01
    assert G.deserialize("penalty", {"penalty": penalty}) is penalty


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: G.get("l_2"), 'Unknown regularizer "l_2". Did you mean "l2"?'),
        (lambda: G.L2(-1.0), "L2: l2 must be a finite number >= 0, got l2=-1.0. Write .* l2=0.01"),
        (lambda: G.L1("a"), "L1: l1 must be a finite number >= 0, got l1='a'"),
        (lambda: G.L1L2(l2=float("nan")), "L1L2: l2 must be a finite number >= 0, got l2=nan"),
        (lambda: G.OrthogonalRegularizer(-1), "OrthogonalRegularizer: factor must be a finite"),
        (lambda: G.OrthogonalRegularizer(mode="row"), "mode must be 'rows' or 'columns', got mode"),
        (lambda: G.OrthogonalRegularizer()(W[0]), r"the weight must be a matrix .* shape \(3,\)"),
    ],
)
def test_errors_teach(call, words):
    with pytest.raises(ValueError, match=words):
        call()
