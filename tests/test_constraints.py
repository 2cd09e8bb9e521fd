"""cornu.constraints against Keras and worked cases."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu.constraints as C
from cornu.core.variable import Variable

W = np.random.RandomState(0).normal(size=(3, 3, 2, 4)).astype("float32") * 2
ROWS = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 1.5, "axis": [0, 1, 2]}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 2.0, "rate": 0.3, "axis": 1}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": [0, 1]}),
    ("Constraint", {}),
]


@pytest.mark.parity
@pytest.mark.parametrize("name, arguments", ROWS)
def test_same_weights_and_configuration_as_keras(name, arguments):
    keras = pytest.importorskip("keras")
    ours, theirs = getattr(C, name)(**arguments), getattr(keras.constraints, name)(**arguments)
    np.testing.assert_allclose(ours(W), theirs(W), rtol=1e-6)
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parity
def test_names_are_those_of_keras():
    keras = pytest.importorskip("keras")
    source = pytest.importorskip("keras.src.constraints")
    assert set(C.__all__) == {name for name in dir(keras.constraints) if name[0] != "_"}
    for name in set(source.ALL_OBJECTS_DICT) - {"constraint"}:
        assert C.CONSTRAINTS[name].__name__ == source.ALL_OBJECTS_DICT[name].__name__


@pytest.mark.parametrize("name, arguments", ROWS)
def test_contract(name, arguments):
    constraint = getattr(C, name)(**arguments)
    config = json.loads(json.dumps(C.serialize(constraint)))
    assert C.deserialize(config).get_config() == constraint.get_config()
    half = constraint(jnp.asarray(W, "bfloat16"))
    assert (half.shape, half.dtype) == (W.shape, "bfloat16")
    np.testing.assert_allclose(jax.jit(constraint)(W), constraint(W), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(constraint(Variable(W))), constraint(W))


@pytest.mark.parametrize("name", C.CONSTRAINTS)
def test_every_name_makes_one(name):
    assert type(C.get(name)) is C.CONSTRAINTS[name]


def test_worked_cases():
    w = np.array([[0, 1, 3, 3], [0, 0, 4, 0]], np.float32)  # norms 0, 1, 5, 3
    np.testing.assert_allclose(C.MaxNorm(2)(w), [[0, 1, 1.2, 2], [0, 0, 1.6, 0]], rtol=1e-5)
    np.testing.assert_allclose(C.UnitNorm()(w), [[0, 1, 0.6, 1], [0, 0, 0.8, 0]], rtol=1e-5)
    halfway = [[0, 1.5, 2.1, 2.5], [0, 0, 2.8, 0]]  # norms 1 -> 2, 5 -> 2, 3 -> 2, half the way
    np.testing.assert_allclose(C.MinMaxNorm(2, 2, rate=0.5)(w), halfway, rtol=1e-5)
    assert C.NonNeg()(np.array([-1.0, 0.0, 2.0])).tolist() == [0, 0, 2]


@settings(deadline=None, max_examples=20)
@given(st.floats(0.125, 5, width=32), st.floats(0, 5, width=32))
def test_norms_end_within_their_bounds(low, more):
    norms = np.linalg.norm(np.asarray(C.MinMaxNorm(low, low + more)(W)), axis=0)
    assert norms.min() >= low * (1 - 1e-4)
    assert norms.max() <= (low + more) * (1 + 1e-5)


def test_get_takes_none_classes_objects_and_functions():
    def project(w):
        return w

    constraint = C.MaxNorm(3)
    assert C.get(None) is None
    assert C.get(constraint) is constraint
    assert C.get(project) is project
    assert C.get(C.MaxNorm).max_value == 2
    assert C.deserialize("project", {"project": project}) is project


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: C.get("maxnorm"), 'Unknown constraint "maxnorm". Did you mean "(MaxN|max_n)orm"'),
        (lambda: C.MaxNorm(-1), "MaxNorm: max_value must be a number >= 0, got max_value=-1. Wri"),
        (lambda: C.MinMaxNorm(min_value="a"), "MinMaxNorm: min_value must be a number >= 0, got"),
        (lambda: C.MinMaxNorm(2, 1), "min_value must not be above max_value, got min_value=2, max"),
    ],
)
def test_errors_teach(call, words):
    with pytest.raises(ValueError, match=words):
        call()
