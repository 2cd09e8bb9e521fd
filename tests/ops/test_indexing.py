"""Elements chosen by place, condition and order: what the contract rows cannot show."""

import json

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops

LAWS = settings(max_examples=20, deadline=None, derandomize=True)
X = np.arange(24.0, dtype="float32").reshape(2, 3, 4)
PARTS = st.sampled_from(
    [0, -1, 1, slice(None), slice(None, None, -1), slice(1, 3), None, np.array([1, -2])]
)


@LAWS
@given(
    st.lists(st.integers(-3, 2), min_size=1, max_size=4), st.sampled_from(["int8", "float32", "bool"])
)
def test_taken_elements_and_orders_are_those_of_numpy(indices, dtype):
    x = (X[1] % 5).astype(dtype)
    np.testing.assert_array_equal(ops.take(x, indices, axis=0), np.take(x, indices, axis=0))
    np.testing.assert_array_equal(ops.take(x, indices), np.take(x, indices))
    line = np.array(indices)[:, None] * np.ones(4, int)
    np.testing.assert_array_equal(ops.take_along_axis(x, line, 0), np.take_along_axis(x, line, 0))
    for axis in (0, -1, None):
        np.testing.assert_array_equal(ops.sort(x, axis), np.sort(x, axis))
        found = ops.argsort(x, axis)
        np.testing.assert_array_equal(found, np.argsort(x, axis, kind="stable"))
    np.testing.assert_array_equal(ops.unique(x), np.unique(x))
    np.testing.assert_array_equal(ops.isin(x, indices), np.isin(x, indices))


@LAWS
@given(st.lists(PARTS, max_size=3), st.booleans())
def test_brackets_mean_what_they_mean_to_numpy(parts, dots):
    key = (*parts, ..., *[0][: dots and len(parts) < 3])
    np.testing.assert_array_equal(ops.get_item(X, key), X[key])


def test_a_condition_alone_and_other_keys():
    assert [each.tolist() for each in ops.where([[0, 5], [6, 0]])] == [[0, 1], [1, 0]]
    assert ops.get_item(X, X > 21).tolist() == [22, 23]
    assert ops.get_item(X, (slice(None), [True, False, True], -1)).tolist() == [[3, 11], [15, 23]]
    assert ops.get_item(X, slice(1)).shape == (1, 3, 4)
    assert ops.get_item(X, [0, 1]).tolist() == X[0, 1].tolist()  # as in Keras's graphs, no array
    assert ops.get_item(cornu.Variable([5.0, 6.0]), 1) == 6.0


def test_keys_of_a_model_come_back_from_its_configuration():
    x = cornu.Input((3, 4))
    y = ops.get_item(x, (slice(None), [0, 2], -1))
    z = ops.take(x[:, 0], [3, 0], axis=-1)
    model = cornu.Model(x, [y, z])
    again = cornu.Model.from_config(json.loads(json.dumps(model.get_config())))
    for each in (model, again):
        first, second = each(X)
        np.testing.assert_array_equal(first, X[:, [0, 2], -1])
        np.testing.assert_array_equal(second, X[:, 0][:, [3, 0]])


def test_an_index_of_a_compiled_function_may_be_outside():
    assert np.isnan(jax.jit(ops.take)(X, 99))
    assert jax.jit(ops.get_item)(X, (0, 0, 9)) == 3.0
    assert [int(each) for each in jax.jit(lambda i: ops.unravel_index(i, (2, 3)))(9)] == [1, 2]


def test_the_kth_is_in_its_place():
    x = np.random.default_rng(0).permutation(9).reshape(3, 3)
    for k in (0, 1, 2, -1):
        found = np.take_along_axis(x, np.asarray(ops.argpartition(x, k)), -1)
        np.testing.assert_array_equal(found[:, k], np.sort(x)[:, k])


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: ops.take(X, [1, 5, 7], axis=1),
            r"ops.take: the index 5 at \(1,\) is outside axis 1 of size 3",
        ),
        (
            lambda: ops.take(X, -3, axis=0),
            r"the index -3 is outside axis 0 of size 2: indices go from 0 to 1",
        ),
        (lambda: ops.take(X, 24), r"the index 24 is outside the tensor of size 24"),
        (
            lambda: ops.take(cornu.Input((3,)), [4], axis=1),
            r"ops.take: the index 4 at \(0,\) is outside axis 1",
        ),
        (lambda: ops.take(X, 0, axis=3), r"ops.take\(.*there is no such axis"),
        (lambda: ops.take(X, [[1], [1, 0]]), r"ops.take\(.*rows differ in length"),
        (lambda: ops.take(["a", "b"], 0), r"ops.take\(\['a', 'b'\], 0\): this is not made of numbers"),
        (lambda: ops.take(X, 0.5, axis=0), r"ops.take\(.*no such function of numbers of this dtype"),
        (
            lambda: ops.take_along_axis(X[0], [[4]], 1),
            r"ops.take_along_axis: the index 4 at \(0, 0\) is outside",
        ),
        (lambda: ops.take_along_axis(X, [0], 1), r"ops.take_along_axis\(.*same number of dimensions"),
        (lambda: ops.get_item(X, 2), r"ops.get_item: the index 2 is outside axis 0 of size 2"),
        (
            lambda: ops.get_item(X, (..., None, -5)),
            r"ops.get_item: the index -5 is outside axis 2 of size 4",
        ),
        (
            lambda: ops.get_item(X, (slice(1), [[0, 3]])),
            r"the index 3 at \(0, 1\) is outside axis 1 of size 3",
        ),
        (lambda: cornu.Input((3,))[:, 3], r"index 3 is outside axis 1 of size 3"),
        (lambda: ops.get_item(X, (0, 0, 0, 0)), r"ops.get_item\(.*Too many indices"),
        (
            lambda: ops.unravel_index([1, 6], (2, 3)),
            r"the index 6 at \(1,\) is outside a tensor of shape \(2, 3\)",
        ),
        (
            lambda: ops.where(X > 1, X),
            r"ops.where\(condition, x1, x2\): give both of x1 and x2, or neither",
        ),
        (lambda: ops.where(X > 1, X, X[..., :2]), r"ops.where\(.*shapes do not go together"),
        (
            lambda: ops.where(cornu.Input((3,))),
            r"ops.where: how many .* depends on values.*ops.where\(condition",
        ),
        (
            lambda: ops.nonzero(cornu.Input((3,))),
            r"ops.nonzero: how many elements come out depends on values",
        ),
        (lambda: ops.unique(cornu.Input((3,))), r"ops.unique: how many .*ops.unique\(x, size=...\)"),
        (lambda: ops.select([X > 1], [X, X]), r"ops.select\(.*lists of 1 and 2 came"),
        (lambda: ops.select([], []), r"ops.select\(.*lists of 0 and 0 came"),
        (lambda: ops.select(X > 1, [X]), r"ops.select\(.*lists of 0 and 1 came"),
        (lambda: ops.sort(X, 3), r"ops.sort\(.*there is no such axis"),
        (lambda: ops.argpartition(X, 4), r"ops.argpartition\(kth=4\): kth is a whole number below 4"),
        (lambda: ops.argpartition(X, 1.5), r"ops.argpartition\(kth=1.5\): kth is a whole number"),
    ],
)
def test_errors_say_what_is_wrong(call, words):
    with pytest.raises((ValueError, TypeError, IndexError), match=words):
        call()
