"""Tensors that are made: what the contract rows cannot show."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops

LAWS = settings(max_examples=15, deadline=None, derandomize=True)


@LAWS
@given(
    st.integers(0, 4),
    st.integers(1, 4),
    st.integers(-3, 3),
    st.sampled_from(["int32", "float32", "bool"]),
)
def test_matrices_are_those_of_numpy(rows, columns, k, dtype):
    for name in ("eye", "tri"):
        found = getattr(ops, name)(rows, columns, k, dtype)
        np.testing.assert_array_equal(found, getattr(np, name)(rows, columns, k, dtype))
    x = (np.arange(rows * columns).reshape(rows, columns) % 3).astype(dtype)
    for name in ("tril", "triu"):
        np.testing.assert_array_equal(getattr(ops, name)(x, k), getattr(np, name)(x, k))


def test_a_distance_comes_with_symbolic_numbers():
    """Keras gives None in its place."""
    numbers, step = ops.linspace(cornu.Input((2,)), 1.0, 3, retstep=True)
    assert (numbers.shape, step.shape) == ((3, None, 2), (None, 2))


def test_an_array_is_another_one():
    x = jax.numpy.ones(2)
    assert ops.array(x) is not x
    assert ops.copy(cornu.Variable([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_default_floats_are_of_floatx():
    cornu.config.set_floatx("float16")
    try:
        made = ops.zeros(2), ops.full(2, 1.0), ops.eye(2), ops.arange(2.0), ops.hanning(3)
        assert [str(each.dtype) for each in made] == ["float16"] * 5
    finally:
        cornu.config.set_floatx("float32")


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: ops.zeros((None, 3)),
            r"ops.zeros\(\(None, 3\)\): a size is a whole number.*zeros_like",
        ),
        (lambda: ops.ones((-1,)), r"a size is a whole number from 0 on"),
        (lambda: ops.eye(2.5), r"ops.eye\(2.5\): a size is a whole number"),
        (lambda: ops.eye(-1), r"a size is a whole number from 0 on"),
        (lambda: ops.arange(0, 1, 0), r"ops.arange\(0, 1, 0\): the step is 0"),
        (lambda: ops.zeros(2, "flaot32"), r'Unknown dtype "flaot32". Did you mean "float32"'),
        (lambda: jax.jit(ops.arange)(3), r"ops.arange\(.*needs a number that is known before"),
        (
            lambda: ops.hanning(cornu.KerasTensor(())),
            r"ops.hanning\(.*needs a number that is known before",
        ),
        (lambda: ops.full((2, 3), [1, 2]), r"ops.full\(.*the shapes do not go together"),
        (lambda: ops.vander([[1, 2]]), r"ops.vander\(.*one-dimensional"),
        (lambda: ops.tril([1, 2]), r"ops.tril\(\[1, 2\]\): .*at least 2D"),
        (lambda: ops.trace([[1]], axis1=3), r"ops.trace\(.*there is no such axis"),
        (
            lambda: ops.diagonal([[1]], 0, 0, -2),
            r"ops.diagonal\(axis1=0, axis2=-2\): two different axes",
        ),
        (lambda: ops.meshgrid([1], indexing="yx"), r"ops.meshgrid\(.*'xy' and 'ij'"),
        (lambda: ops.array([[1], [2, 3]]), r"rows differ in length.*pad_sequences"),
    ],
)
def test_errors_say_what_is_wrong(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
