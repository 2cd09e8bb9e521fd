"""What is special to comparisons, logic and bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import cornu
from cornu import ops

PAIRS = ["equal", "less", "greater_equal", "logical_and", "logical_xor", "bitwise_and", "bitwise_xor"]
WHOLE = np.array([5, 0, 2], "int32")


@settings(deadline=None, max_examples=30, derandomize=True)
@given(
    st.sampled_from(
        ["equal", "less", "greater_equal", "logical_and", "logical_xor", "bitwise_and", "bitwise_xor"]
    ),
    hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    st.sampled_from(["int32", "uint8", "bool"]),
    st.data(),
)
def test_pairs_are_compared_as_by_numpy(name, shapes, dtype, data):
    x1, x2 = (data.draw(hnp.arrays(dtype, shape)) for shape in shapes.input_shapes)
    found, expected = getattr(ops, name)(x1, x2), getattr(np, name)(x1, x2)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("imported", [True, False])
def test_operators_of_bits_mean_truth_values_on_symbolic_tensors(imported, monkeypatch):
    from cornu.core import symbolic

    if not imported:  # the operators as they are before an op is first used
        for name in ("logical_and", "logical_or", "logical_xor", "logical_not"):
            own = symbolic._named(name, getattr(__import__("jax.numpy").numpy, name))
            monkeypatch.setitem(symbolic.FUNCTIONS, name, own)
    x = cornu.Input(batch_shape=(3,), dtype="int32")
    model = cornu.Model(x, [x & 2, x | 2, x ^ 2, ~x])
    assert [result.dtype for result in model.outputs] == ["bool"] * 4
    found = [result.tolist() for result in model(WHOLE)]
    expected = [ops.logical_and(WHOLE, 2), ops.logical_or(WHOLE, 2), ops.logical_xor(WHOLE, 2)]
    assert found == [result.tolist() for result in (*expected, ops.logical_not(WHOLE))]
    assert found[0] == [True, False, True]


def test_names_that_mean_the_same():
    assert ops.left_shift is ops.bitwise_left_shift
    assert ops.bitwise_right_shift(y=1, x=WHOLE).tolist() == [2, 0, 1]
    assert ops.bitwise_invert(WHOLE).tolist() == [-6, -1, -3]


@pytest.mark.parametrize("name", ["bitwise_and", "left_shift", "right_shift"])
def test_floats_have_no_bits(name):
    with pytest.raises(
        TypeError, match=rf'ops.{name}\(.*dtype. Convert them first: ops.cast\(x, "int32"'
    ):
        getattr(ops, name)(np.ones(2, "float32"), 1)


def test_shapes_that_do_not_go_together():
    for function in (ops.isclose, ops.allclose, ops.less, ops.logical_or):
        with pytest.raises((TypeError, ValueError), match="the shapes do not go together"):
            function([1, 2, 3], [1, 2])
