"""Segments, the largest k, distances: laws, and messages that teach."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops

TABLE = np.arange(6, dtype="float32").reshape(3, 2)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
    st.sampled_from([(), (2,)]),
    st.sampled_from(["float32", "int32", "float16"]),
)
def test_segments_are_those_of_numpy(ids, rest, dtype):
    data = np.random.default_rng(len(ids)).integers(1, 4, size=(len(ids), *rest)).astype(dtype)
    ids = np.array(ids, "int32")
    total, product = np.zeros((4, *rest), dtype), np.ones((4, *rest), dtype)
    np.add.at(total, ids, data)
    np.multiply.at(product, ids, data)
    np.testing.assert_array_equal(ops.segment_sum(data, ids, 4), total)
    np.testing.assert_array_equal(ops.segment_prod(data, ids, 4), product)
    largest = np.stack([data[ids == i].max(axis=0) for i in sorted(set(ids.tolist()))])
    np.testing.assert_array_equal(np.asarray(ops.segment_max(data, ids))[sorted(set(ids))], largest)


def test_special_functions_are_those_of_scipy():
    x = np.linspace(-2, 2, 9, dtype="float32")
    np.testing.assert_allclose(ops.erf(x), scipy.special.erf(x), rtol=1e-5)
    np.testing.assert_allclose(ops.erfc(x), scipy.special.erfc(x), rtol=1e-5)
    np.testing.assert_allclose(ops.erfinv(x / 3), scipy.special.erfinv(x / 3), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(ops.logsumexp(x), scipy.special.logsumexp(x), rtol=1e-6)
    assert ops.erf([1, 2]).dtype == "float32"


def test_what_has_a_negative_id_is_in_no_segment():
    assert ops.segment_sum([1, 2, 4], [0, -1, 1]).tolist() == [1, 4]


def test_a_compiled_segment_takes_the_number_of_segments():
    compiled = jax.jit(lambda ids: ops.segment_sum(TABLE, ids, num_segments=2))
    assert compiled(jnp.array([0, 1, 1])).tolist() == [[0, 1], [6, 8]]
    with pytest.raises(ValueError, match="the number of segments must be given"):
        jax.jit(lambda ids: ops.segment_sum(TABLE, ids))(jnp.array([0, 1, 1]))


def test_the_gradient_of_a_distance_of_zero_is_zero():
    gradient = jax.grad(lambda x: ops.cdist(x, x).sum())(jnp.asarray(TABLE))
    assert np.isfinite(gradient).all()


def test_a_target_that_is_no_class_is_not_among_the_first():
    assert ops.in_top_k([-1, 2, 0], np.ones((3, 2), "float32"), 2).tolist() == [False, False, True]
    assert ops.in_top_k([0], [[np.nan, 1.0]], 2).tolist() == [False]


def test_complex_and_back():
    x = np.array([[1, 2], [3, 4]], "float32")
    assert ops.view_as_complex(x).tolist() == [1 + 2j, 3 + 4j]
    np.testing.assert_array_equal(ops.view_as_real(ops.view_as_complex(x)), x)
    inputs = cornu.Input((2,))
    model = cornu.Model(inputs, ops.view_as_real(ops.view_as_complex(inputs)))
    np.testing.assert_array_equal(model(x), x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.top_k(TABLE, 3), r"ops.top_k: the last axis must have k=3 elements.*\(3, 2\)"),
        (lambda: ops.in_top_k([1], TABLE, 1), "ops.in_top_k needs one target for each row"),
        (lambda: ops.cdist([1.0], TABLE), "ops.cdist takes tables of vectors of one size"),
        (lambda: ops.cdist(TABLE, TABLE[:, :1]), r"ops.cdist takes tables.*\(3, 1\)"),
        (lambda: ops.view_as_complex(np.ones(3)), "ops.view_as_complex: the last axis must hold pairs"),
        (
            lambda: ops.segment_sum(TABLE, [0, 1]),
            "ops.segment_sum: segment_ids needs one number for each",
        ),
        (
            lambda: ops.segment_max(TABLE, [0, 7, 1], 2),
            r"ops.segment_max: segment_ids\[1\] is 7, but with num_segments=2 .* from 0 to 1",
        ),
        (lambda: ops.logsumexp(TABLE, axis=4), "ops.logsumexp.*there is no such axis"),
    ],
)
def test_wrong_arguments_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
