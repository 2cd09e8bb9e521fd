"""The same elements in another shape: what the contract rows cannot show."""

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


@LAWS
@given(
    st.integers(0, 2),
    st.integers(-3, 2),
    st.integers(-2, 3),
    st.sampled_from(["int8", "float32", "bool"]),
)
def test_values_and_dtypes_are_those_of_numpy(first, second, number, dtype):
    x = X.astype(dtype)
    for name, args in {
        "swapaxes": (first, second),
        "moveaxis": (first, second),
        "expand_dims": (second,),
        "flip": (second,),
        "roll": (number, second),
        "repeat": (abs(number), second),
        "tile": ((first, abs(number)),),
        "pad": (((first, 1), (0, abs(number)), (1, 0)),),
        "ravel": (),
    }.items():
        found, expected = getattr(ops, name)(x, *args), getattr(np, name)(x, *args)
        np.testing.assert_array_equal(found, expected, err_msg=name)
        assert found.dtype == expected.dtype


def test_repeat_takes_a_number_for_each_place():
    found = ops.repeat([[1], [2], [3]], [1, 0, 2], axis=0)
    assert found.tolist() == [[1], [3], [3]]
    x = cornu.Input(batch_shape=(3, 1))
    assert ops.repeat(x, [1, 0, 2], axis=0).shape == (3, 1)


def test_a_quarter_turns_a_symbolic_shape_and_a_half_does_not():
    x = cornu.Input((3, 4))
    assert ops.rot90(x, 1, (1, 2)).shape == (None, 4, 3)
    assert ops.rot90(x, 2, (1, 2)).shape == (None, 3, 4)


def test_the_number_of_axes_is_always_known():
    assert ops.ndim(cornu.Input((3, 4))) == 3
    assert (ops.ndim([1, 2]), ops.ndim(3), ops.size([[1, 2]])) == (1, 0, 2)
    assert jax.jit(lambda x: x * ops.ndim(x) * ops.size(x))(X[0]).sum() == X[0].sum() * 24


def test_the_size_follows_the_batch():
    x = cornu.Input((4,))
    size = ops.size(x)
    assert (size.shape, size.dtype) == ((), "int32")
    model = cornu.Model(x, x / size)
    np.testing.assert_allclose(model(X[0]), X[0] / 12, rtol=1e-6)


@pytest.mark.parametrize(
    "newshape, symbolic, found",
    [
        ((2, 6), (2, 6), (2, 6)),  # only right if the batch has 3 rows, as it has
        ((-1, 2), (None, 2), (6, 2)),
        ((None, 2, 2), (None, 2, 2), (3, 2, 2)),
        ((None, -1), (None, 4), (3, 4)),
        ((2, None), (2, None), (2, 6)),
        (-1, (None,), (12,)),
    ],
)
def test_reshape_with_a_batch_of_unknown_size(newshape, symbolic, found):
    x = cornu.Input((4,))
    y = ops.reshape(x, newshape)
    assert y.shape == symbolic
    model = cornu.Model(x, y)
    assert model(X[0]).shape == found
    again = cornu.Model.from_config(json.loads(json.dumps(model.get_config())))
    np.testing.assert_array_equal(again(X[0]), X[0].reshape(found))


def test_sizes_may_be_arrays():
    assert ops.reshape(X, np.array([4, 6])).shape == (4, 6)
    assert ops.tile([1, 2], np.array([2])).tolist() == [1, 2, 1, 2]
    assert ops.pad([1, 2], np.array([[1, 0]])).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: ops.reshape(X, (5, 5)),
            r"ops.reshape\(.*shape \(2, 3, 4\).*number of elements must stay",
        ),
        (lambda: ops.reshape(X, (-1, 5)), r"ops.reshape\(.*number of elements must stay the same"),
        (lambda: ops.reshape(X, (-1, -1)), r"ops.reshape\(.*only specify one unknown"),
        (lambda: ops.reshape(X, (-1, None)), r"ops.reshape\(.*a size is a whole number"),
        (lambda: ops.reshape(cornu.Input((4,)), (-1, 3.0)), r"ops.reshape\(.*a size is a whole number"),
        (lambda: ops.transpose(X, (0, 1)), r"ops.transpose\(.*names each axis of the tensor once"),
        (lambda: ops.transpose(X, (0, 1, 1)), r"names each axis of the tensor once"),
        (lambda: ops.swapaxes(X, 0, 3), r"ops.swapaxes\(.*there is no such axis"),
        (lambda: ops.moveaxis(X, 5, 0), r"ops.moveaxis\(.*there is no such axis"),
        (lambda: ops.expand_dims(X, 5), r"ops.expand_dims\(.*there is no such axis"),
        (lambda: ops.flip(X, 3), r"ops.flip\(.*there is no such axis"),
        (lambda: ops.fliplr([1]), r"ops.fliplr\(.*there is no such axis"),
        (lambda: ops.squeeze(X, 1), r"ops.squeeze\(.*only an axis of size 1"),
        (lambda: ops.squeeze(cornu.Input((2,)), 1), r"ops.squeeze\(.*only an axis of size 1"),
        (lambda: ops.broadcast_to(X, (2, 4, 4)), r"ops.broadcast_to\(.*shapes do not go together"),
        (
            lambda: ops.rot90(X, axes=(0, 1, 2)),
            r"ops.rot90: `axes` are the two axes of a plane.*\(0, 1, 2\)",
        ),
        (lambda: ops.rot90(X, axes=(1, 1)), r"ops.rot90\(.*must be different"),
        (
            lambda: ops.tile(X, (1, -1)),
            r"ops.tile: `repeats` are whole numbers from 0 on, not \(1, -1\)",
        ),
        (lambda: ops.repeat(X, [1, 2], 2), r"ops.repeat\(.*the shapes do not go together"),
        (
            lambda: ops.pad(X, 1, "reflct"),
            r'ops.pad\(mode="reflct"\): unknown mode. Did you mean "reflect"',
        ),
        (
            lambda: ops.pad(X, 1, "edge", 3),
            r'ops.pad\(mode="edge", constant_values=3\): .*mode="constant" only',
        ),
        (
            lambda: ops.pad(X, ((1, 1), (2, 2))),
            r"ops.pad\(.*2 pairs .* shape \(2, 3, 4\). Give a pair for each",
        ),
        (lambda: ops.pad(X, -1), r"ops.pad\(.*negative"),
        (lambda: ops.view(np.ones(3, "int8"), "int32"), r"ops.view\(.*larger dtype"),
        (lambda: ops.view(X, "int3"), r'Unknown dtype "int3". Did you mean "int32"'),
    ],
)
def test_errors_say_what_is_wrong(call, words):
    with pytest.raises((ValueError, TypeError, IndexError), match=words):
        call()
