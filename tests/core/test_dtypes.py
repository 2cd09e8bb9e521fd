"""Number formats: their names, in every form users write them."""

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from cornu.core import dtypes


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (None, "float32"),
        (float, "float32"),
        (int, "int32"),
        (bool, "bool"),
        ("float", "float32"),
        ("double", "float64"),
        (np.float64, "float64"),
        (np.dtype("float64"), "float64"),
        (np.dtype("int64"), "int64"),
        (np.dtype("bool"), "bool"),
        (jnp.bfloat16, "bfloat16"),
        (jnp.ones(1).dtype, "float32"),
        ("uint8", "uint8"),
    ],
)
def test_every_form_has_one_name(written, name):
    assert dtypes.standardize(written) == name


def test_an_unknown_dtype_is_named_with_the_closest():
    with pytest.raises(ValueError, match=r'Unknown dtype "flaot32". Did you mean "float32"'):
        dtypes.standardize("flaot32")


def test_a_policy_is_no_dtype():
    with pytest.raises(ValueError, match=r"is a policy, not the dtype of an array. Pass it to a layer"):
        dtypes.standardize("mixed_float16")


def test_floatx_is_a_float():
    with pytest.raises(ValueError, match=r'set_floatx\("flaot16"\): Did you mean "float16"'):
        dtypes.set_floatx("flaot16")
    assert dtypes.floatx() == "float32"
    dtypes.set_floatx("float16")
    try:
        assert dtypes.standardize(None) == "float16"
    finally:
        dtypes.set_floatx("float32")


def test_numpy_knows_bfloat16_too():
    assert dtypes.numpy_dtype("bfloat16") == ml_dtypes.bfloat16
    assert dtypes.numpy_dtype("int8") == np.int8
