"""What is special to sums, extremes and means."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import cornu
from cornu import ops

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, 6.0]], "float32")
NOTHING = np.zeros((0, 3), "float32")
NAMES = [
    "sum",
    "max",
    "min",
    "mean",
    "std",
    "median",
    "any",
    "argmax",
    "nansum",
    "nanmax",
    "nanmean",
    "count_nonzero",
]
NAN = float("nan")


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    st.sampled_from(
        [
            "sum",
            "max",
            "min",
            "mean",
            "std",
            "median",
            "any",
            "argmax",
            "nansum",
            "nanmax",
            "nanmean",
            "count_nonzero",
        ]
    ),
    hnp.arrays("float32", hnp.array_shapes(max_dims=3, max_side=3), elements=st.floats(-9, 9, width=16)),
    st.integers(-3, 2),
)
def test_along_an_axis_as_by_numpy(name, x, axis):
    axis = axis if -x.ndim <= axis < x.ndim else None
    found, expected = getattr(ops, name)(x, axis=axis), getattr(np, name)(x, axis=axis)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_means_of_short_floats_do_not_overflow():
    x = jnp.full(10, 60000, "float16")
    assert ops.mean(x).tolist() == 60000
    assert ops.var(x).dtype == "float16"
    assert ops.var(x).tolist() == 0


def test_the_float_that_is_set_is_that_of_whole_numbers():
    cornu.config.set_floatx("float16")
    try:
        x = np.array([1, 2], "int32")
        found = [getattr(ops, name)(x).dtype for name in ("var", "std", "median", "nanmean")]
        assert found == ["float16"] * 4
        assert ops.mean(x).dtype == "float32"  # as in Keras
    finally:
        cornu.config.set_floatx("float32")


@pytest.mark.parametrize(
    "x, largest, smallest",
    [
        ([-0.0, 0.0], 0, 0),
        ([-1.0, -0.0, 1.4e-45], 2, 0),
        ([1.0, 0.0, -1e-40], 0, 2),
        ([1.0, NAN, 5.0], 1, 1),
        ([-np.inf, 3.0, np.inf], 2, 0),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_places_of_extremes_are_numpys_for_the_smallest_floats_too(x, largest, smallest, sign):
    x = np.array(x, "float32")
    assert (np.argmax(x), np.argmin(x)) == (largest, smallest)
    for of in (ops.argmax, jax.jit(ops.argmax)):
        assert of(sign * x) == np.argmax(sign * x)
    assert ops.argmin(sign * x) == np.argmin(sign * x)


def test_nothing_but_nan():
    x = [[NAN, NAN]]
    assert ops.nanargmax(x).tolist() == -1
    assert np.isnan(ops.nanmax(x))
    assert ops.nansum(x).tolist() == 0


def test_axes_may_come_in_a_list():
    for name in ("sum", "median", "max", "nanstd", "prod", "count_nonzero"):
        of = getattr(ops, name)
        assert of(X, axis=[0, 1]).tolist() == of(X).tolist()


def test_complex_numbers():
    x = np.array([1 + 1j, 3 + 1j], "complex64")
    assert ops.mean(x).tolist() == 2 + 1j
    assert ops.var(x).tolist() == 1.0
    assert ops.var(x).dtype == "float32"


def test_rows_stay_apart_unless_their_axis_is_gone_along():
    x = cornu.Input((3,))
    calls = [
        ops.sum(x, axis=-1),
        ops.max(x, axis=1),
        ops.sum(x, axis=0),
        ops.mean(x),
        ops.cumsum(x, axis=1),
    ]
    found = [result.node.operation.samplewise for result in calls]
    assert found == [True, True, False, False, True]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.sum(X, axis=5), r"ops.sum\(.*axis=5\): there is no such axis. Axes are counted"),
        (lambda: ops.argmax(X, axis=5), r"ops.argmax\(.*there is no such axis"),
        (lambda: ops.cumsum(X, axis=-3), r"ops.cumsum\(.*there is no such axis"),
        (lambda: ops.median(X, axis=2), r"ops.median\(.*there is no such axis"),
        (
            lambda: ops.sum(cornu.Input((3,)), axis=2),
            r"\(None, 3\), axis=2\): there is no such axis",
        ),
        (lambda: ops.sum(X, axis=(0, 0)), r"an axis is named twice"),
        (lambda: ops.sum(X, axis="a"), r"ops.sum\(x, axis\): axis is a whole number, .* not 'a'"),
        (lambda: ops.max(X, X), r"not float32 array of shape \(2, 3\). Two tensors are .* ops.maximum"),
        (lambda: ops.cumsum(X, axis=(0, 1)), r"ops.cumsum\(.*an axis is a whole number"),
        (lambda: ops.cumsum(X, dtype="flot32"), r'Unknown dtype "flot32". Did you mean "float32"'),
        (lambda: ops.max(NOTHING), r"ops.max\(.*of no elements there is no largest .*`initial`"),
        (lambda: ops.argmin(NOTHING), r"ops.argmin\(.*of no elements there is no largest"),
        (lambda: ops.ptp(X > 0), r"ops.ptp\(bool array .*no such function of numbers of this dtype"),
    ],
)
def test_what_does_not_go_is_said(call, words):
    with pytest.raises((TypeError, ValueError, IndexError), match=words):
        call()
