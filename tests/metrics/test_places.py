"""The place of the largest number, compared with NumPy's."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.metrics.places import MANY, place_of_largest

SPECIAL = [float("nan"), float("inf"), -float("inf")]
compiled = jax.jit(place_of_largest)


def test_ties_and_what_is_no_number():
    x = np.random.default_rng(0).integers(0, 5, (64, 2000)).astype("float32")
    x[1, 700], x[2, [3, 1999]], x[3], x[4] = np.inf, np.nan, -np.inf, np.nan
    np.testing.assert_array_equal(compiled(x), x.argmax(-1))
    np.testing.assert_array_equal(place_of_largest(x), x.argmax(-1))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int32"])
def test_other_dtypes(dtype):
    x = jax.numpy.asarray(np.random.default_rng(0).integers(-9, 9, (3, 2, 300))).astype(dtype)
    np.testing.assert_array_equal(compiled(x), np.argmax(np.asarray(x, "float32"), -1))


@pytest.mark.wide
@settings(max_examples=30, deadline=None)
@given(st.sampled_from([1, MANY - 1, MANY, 257]), st.data())
def test_any_numbers(classes, data):
    row = st.lists(st.sampled_from([0.0, -0.0, 1.0, -2.5, *SPECIAL]), min_size=classes, max_size=classes)
    x = np.array([data.draw(row), data.draw(row)], "float32")
    np.testing.assert_array_equal(compiled(x), x.argmax(-1))
