"""What is special to quantiles, counts and differences."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import cornu
from cornu import ops
from cornu.core.errors import NotBuiltYetError

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, 6.0]], "float32")
ROW = X[0]


@settings(deadline=None, max_examples=25, derandomize=True)
@given(
    hnp.arrays("float32", hnp.array_shapes(max_dims=3, max_side=3), elements=st.floats(-9, 9, width=16)),
    st.integers(-3, 2),
    st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.75, 1.0]), min_size=1, max_size=3),
)
def test_quantiles_are_numpys(x, axis, q):
    axis = axis if -x.ndim <= axis < x.ndim else None
    expected = np.quantile(x, q, axis=axis)
    np.testing.assert_allclose(ops.quantile(x, q, axis=axis), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        ops.percentile(x, 100 * q[0], axis=axis), expected[0], rtol=1e-4, atol=1e-4
    )


def test_correlations_are_numpys():
    x = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")
    np.testing.assert_allclose(ops.corrcoef(x), np.corrcoef(x), rtol=1e-4)
    assert ops.corrcoef(cornu.Input((6,))).shape == (None, None)


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_shifted_products_are_numpys(mode):
    x1, x2 = np.arange(5.0), np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(ops.correlate(x1, x2, mode), np.correlate(x1, x2, mode), rtol=1e-6)


def test_rows_are_counted_to_a_common_length():
    counts = ops.bincount([[0, 0], [3, 1]])
    assert counts.tolist() == [[2, 0, 0, 0], [0, 1, 0, 1]]
    assert ops.bincount([[0, 0], [3, 1]], [[1, 2], [3, 4]]).tolist() == [[3, 0, 0, 0], [0, 4, 0, 3]]
    assert ops.bincount(np.zeros(0, "int32"), minlength=2).tolist() == [0, 0]


def test_edges_may_fall():
    x = [0.5, 1.0, 2.5]
    assert ops.digitize(x, [2, 1]).tolist() == np.digitize(x, [2, 1]).tolist() == [2, 1, 0]


def test_an_average_by_places_along_an_axis():
    weights = [1, 0, 3]
    expected = np.average(X, axis=1, weights=weights)
    np.testing.assert_allclose(ops.average(X, axis=1, weights=weights), expected)
    np.testing.assert_allclose(ops.average(X, axis=(0, 1)), np.mean(X), rtol=1e-6)


def test_which_ops_leave_rows_apart():
    x = cornu.Input((3,))
    calls = {
        ops.quantile(x, 0.5, axis=1): True,
        ops.quantile(x, [0.5, 0.6], axis=1): False,
        ops.quantile(x, 0.5): False,
        ops.diff(x): True,
        ops.diff(x, axis=0): False,
        ops.trapezoid(x): True,
        ops.average(x, axis=1): True,
        ops.average(x, axis=1, weights=[1, 2, 3]): False,
        ops.digitize(x, [1.0]): True,
        ops.searchsorted([1.0], x): False,
    }
    assert [result.node.operation.samplewise for result in calls] == list(calls.values())


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: ops.quantile(X, 1.5),
            r"ops.quantile\(x, q\): q lies between 0 and 1, but 1.5 was given",
        ),
        (lambda: ops.percentile(X, [1, 101]), r"q lies between 0 and 100, but \[1, 101\] was given"),
        (lambda: ops.quantile(X, "a"), r"ops.quantile\(.*not made of numbers"),
        (lambda: ops.quantile(X, 0.5, method="foo"), r"ops.quantile\(.*'linear', 'lower'"),
        (lambda: ops.nanquantile(X, 0.5, axis=2), r"ops.nanquantile\(.*there is no such axis"),
        (
            lambda: ops.average(X, weights=[1, 2]),
            r"weights of shape \(2,\) do not go with x of shape \(2, 3\)",
        ),
        (
            lambda: ops.average(cornu.Input((3,)), axis=1, weights=[1, 2]),
            r"weights of shape \(2,\) do not go with x of shape \(None, 3\)",
        ),
        (lambda: ops.corrcoef(X[None]), r"ops.corrcoef\(x\): x is a matrix, .* not of rank 3"),
        (lambda: ops.correlate(X, ROW), r"ops.correlate\(x1, x2\): both are of rank 1"),
        (lambda: ops.correlate(ROW, ROW, "valdi"), r"ops.correlate\(.*'full', 'same', 'valid'"),
        (lambda: ops.histogram(X), r"ops.histogram\(x\): x is of rank 1, not 2: ops.ravel"),
        (lambda: ops.histogram(ROW, 2.5), r"bins is a whole number, how many, not 2.5"),
        (lambda: ops.histogram(ROW, 0), r"bins is how many, 1 or more, not 0"),
        (lambda: ops.histogram(ROW, range=(2, 1)), r"range is \(lowest, highest\), not \(2, 1\)"),
        (lambda: ops.histogram(ROW, range=3), r"range is \(lowest, highest\), not 3"),
        (lambda: ops.bincount(ROW), r"ops.bincount\(x\): x is of float32, not of whole numbers"),
        (
            lambda: ops.bincount([2, -1]),
            r"ops.bincount\(x\): numbers from 0 on are counted, but x has -1",
        ),
        (
            lambda: ops.bincount([2, 1], [1]),
            r"weights of shape \(1,\) are not one for each .* shape \(2,\)",
        ),
        (lambda: ops.bincount([[[1]]]), r"of rank 1, or of rank 2 with rows to count, not 3"),
        (
            lambda: jax.jit(ops.bincount)(np.array([1])),
            r"inside a compiled function this needs a number",
        ),
        (lambda: ops.digitize(ROW, X), r"ops.digitize\(x, bins\): bins are of rank 1, not 2"),
        (
            lambda: ops.digitize(ROW, [1, 3, 2]),
            r"bins neither rise nor fall. Sort them: ops.sort\(bins\)",
        ),
        (lambda: ops.searchsorted(X, ROW), r"the sequence is of rank 1, not 2. .*ops.vectorized_map"),
        (lambda: ops.searchsorted(ROW, 1, side="up"), r"ops.searchsorted\(.*expected 'left' or 'right'"),
        (lambda: ops.diff(3), r"ops.diff\(a\): a single number has no neighbours"),
        (lambda: ops.diff(ROW, n=-1), r"ops.diff\(.*must be non-negative but got -1"),
        (lambda: ops.diff(X, axis=2), r"ops.diff\(.*there is no such axis"),
        (lambda: ops.trapezoid(X, [1, 2, 3, 4]), r"ops.trapezoid\(.*the shapes do not go together"),
        (lambda: ops.trapezoid(X, axis=2), r"ops.trapezoid\(.*there is no such axis"),
    ],
)
def test_what_does_not_go_is_said(call, words):
    with pytest.raises((TypeError, ValueError, IndexError), match=words):
        call()


def test_sparse_counts_are_not_built():
    with pytest.raises(NotBuiltYetError, match=r"sparse=True\): there are no sparse tensors"):
        ops.bincount([1], sparse=True)
