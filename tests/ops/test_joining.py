"""Tensors put together and cut apart: what the contract rows cannot show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops

LAWS = settings(max_examples=20, deadline=None, derandomize=True)
X = np.arange(24.0, dtype="float32").reshape(2, 3, 4)


@LAWS
@given(st.integers(-3, 2), st.lists(st.integers(0, 2), max_size=3), st.sampled_from(["int8", "float32"]))
def test_what_is_cut_can_be_joined_again(axis, places, dtype):
    x = X.astype(dtype)
    parts = ops.split(x, sorted(places), axis)
    for found, expected in zip(parts, np.split(x, sorted(places), axis), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(ops.concatenate(parts, axis), x)
    parts = ops.array_split(x, len(places) + 1, axis)
    for found, expected in zip(parts, np.array_split(x, len(places) + 1, axis), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_symbolic_tensors_arrays_variables_and_numbers_are_joined():
    x, y = cornu.Input((2,)), cornu.Input((2,))
    row, kernel = np.ones((3, 2), "float32"), cornu.Variable(np.zeros((3, 2), "float32"))
    stacked = ops.stack([x, y, x + 1], axis=1)
    joined = ops.concatenate((x, row, kernel), axis=0)
    assert (stacked.shape, joined.shape) == ((None, 3, 2), (None, 2))
    model = cornu.Model([x, y], [stacked, joined])
    a = np.array([[1.0, 2.0]], "float32")
    first, second = model([a, 2 * a])
    assert first.tolist() == [[[1, 2], [2, 4], [2, 3]]]
    assert second.tolist() == [[1, 2], *[[1, 1]] * 3, *[[0, 0]] * 3]
    scalar = cornu.KerasTensor(())
    assert ops.stack([scalar, 2, 3.5]).shape == (3,)


@pytest.mark.parametrize("name, shape", [("hstack", (6,)), ("vstack", (2, 3)), ("dstack", (1, 3, 2))])
def test_symbolic_vectors_are_joined_as_vectors_are(name, shape):
    vectors = [cornu.KerasTensor((3,)), cornu.KerasTensor((3,))]
    assert getattr(ops, name)(vectors).shape == shape


def test_unequal_parts_of_an_unknown_size():
    """Keras says that every part has the size of the first."""
    x = cornu.Input(batch_shape=(5, None))
    assert [part.shape for part in ops.array_split(x, 2)] == [(3, None), (2, None)]


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: ops.concatenate([X, X[:, :2]]),
            r"\(\[float32 array of shape \(2, 3, 4\), float32 .*same shape, except along the axis",
        ),
        (lambda: ops.concatenate([X, X[0]]), r"ops.concatenate\(.*same shape, except along the axis"),
        (lambda: ops.concatenate([X, X], axis=3), r"ops.concatenate\(.*there is no such axis"),
        (lambda: ops.concatenate([]), r"ops.concatenate\(.*at least one array"),
        (
            lambda: ops.concatenate([cornu.Input((2,)), cornu.Input((3,))]),
            r"ops.concatenate\(.*same shape",
        ),
        (lambda: ops.stack([X, X[:1]]), r"ops.stack\(.*same shape"),
        (lambda: ops.hstack([X, X[:1]]), r"ops.hstack\(.*same shape, except along the axis"),
        (lambda: ops.append(X, X[0], axis=0), r"ops.append\(.*same shape, except along the axis"),
        (lambda: ops.split(X, 2, axis=1), r"ops.split\(.*cannot be cut into so many equal.*array_split"),
        (lambda: ops.vsplit(X, 3), r"ops.vsplit\(.*cannot be cut into so many equal parts"),
        (lambda: ops.split(X, [2, 1], axis=1), r"ops.split\(.*in rising order, and not beyond the end"),
        (lambda: ops.split(X, [3]), r"ops.split\(.*in rising order, and not beyond the end"),
        (
            lambda: ops.split(X, 0),
            r"ops.split\(indices_or_sections=0\): give the number of parts, from 1 on",
        ),
        (
            lambda: ops.array_split(X, 1.5),
            r"ops.array_split\(indices_or_sections=1.5\): give the number",
        ),
        (lambda: ops.split(X, 2, axis=4), r"ops.split\(.*there is no such axis"),
        (lambda: ops.dsplit(X[0], 2), r"ops.dsplit\(.*there is no such axis"),
    ],
)
def test_errors_say_what_is_wrong(call, words):
    with pytest.raises((ValueError, TypeError, IndexError), match=words):
        call()
