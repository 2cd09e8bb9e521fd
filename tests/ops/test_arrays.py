"""Tensors themselves: NumPy's blocks and places, and messages that teach."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops
from cornu.core.errors import NotBuiltYetError

X = np.arange(12, dtype="float32").reshape(3, 4)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2), st.sampled_from(["float32", "int32"]))
def test_blocks_are_those_of_numpy(row, column, height, dtype):
    x, height = X.astype(dtype), min(height, 3 - row)
    block = x[row : row + height, column:]
    np.testing.assert_array_equal(ops.slice(x, (row, column), (height, -1)), block)
    expected = x.copy()
    expected[row : row + height, column:] = -block
    np.testing.assert_array_equal(ops.slice_update(x, (row, column), -block), expected)
    places = np.array([[row, column], [0, 0]], "int32")
    expected = np.zeros((3, 4), dtype)
    np.add.at(expected, tuple(places.T), [1, 2])
    np.testing.assert_array_equal(ops.scatter(places, np.array([1, 2], dtype), (3, 4)), expected)


def test_a_start_may_be_computed():
    compiled = jax.jit(lambda i: (ops.slice(X, (i, 0), (1, 2)), ops.slice_update(X, (i, 0), X[:1] * 0)))
    block, updated = compiled(jnp.array(1))
    assert block.tolist() == [[4, 5]]
    assert updated[1].tolist() == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="a size of -1 needs a start that is known before"):
        jax.jit(lambda i: ops.slice(X, (i, 0), (-1, 2)))(1)


def test_shape_dtype_and_kind_without_a_graph():
    x = cornu.Input((8,))
    assert ops.shape(x) == (None, 8)
    assert ops.shape([[1, 2]]) == (1, 2)
    assert ops.dtype(ops.cast(x, "bfloat16")) == "bfloat16"
    assert ops.dtype([1, 2]) == "int32"
    assert not ops.is_tensor(x)
    assert not ops.is_tensor(cornu.Variable(1.0))
    assert jax.jit(ops.is_tensor)(1.0)


def test_numbers_leave_the_engine():
    variable = cornu.Variable([1.0, 2.0])
    array = ops.convert_to_numpy(variable)
    array[:] = 0
    assert variable.numpy().tolist() == [1, 2]
    assert ops.convert_to_numpy(jnp.ones(2, "bfloat16")).dtype == "bfloat16"
    with pytest.raises(TypeError, match="inside a compiled function a tensor has no numbers yet"):
        jax.jit(ops.convert_to_numpy)(1.0)
    with pytest.raises(ValueError, match="It cannot become a NumPy array"):
        ops.convert_to_numpy(cornu.Input((2,)))


def test_lists_of_tensors_become_one():
    x = cornu.Input((2,))
    both = ops.convert_to_tensor([x, x * 2])
    assert not both.node.operation.samplewise
    assert ops.convert_to_tensor(x).node.operation.samplewise
    model = cornu.Model(x, both)
    assert model(np.ones((1, 2))).tolist() == [[[1, 1]], [[2, 2]]]


def test_a_sparse_matrix_becomes_dense():
    import scipy.sparse

    assert ops.convert_to_tensor(scipy.sparse.eye(2), "float32").tolist() == [[1, 0], [0, 1]]
    for kind in ("sparse", "ragged"):
        with pytest.raises(NotBuiltYetError, match=f"{kind}=True\\) is not built yet. Leave it out"):
            ops.convert_to_tensor(X, **{kind: True})


def test_casts_saturate():
    assert ops.saturate_cast([1e30, -1e30], "int32").tolist() == [2147483520, -(2**31)]
    assert ops.saturate_cast(jnp.array([1e30], "bfloat16"), "int8").tolist() == [127]
    assert ops.saturate_cast([300, -300], "uint8").tolist() == [255, 0]


def test_variables_and_structures_stop_gradients():
    variable = cornu.Variable(2.0)
    found = ops.stop_gradient({"a": variable, "b": [1.0]})
    assert found["a"] == 2.0
    assert found["b"] == [1.0]


def test_parts_of_an_axis_of_unknown_size():
    x = cornu.Input((None, 2))
    assert [part.shape for part in ops.unstack(x, num=3, axis=1)] == [(None, 2)] * 3
    with pytest.raises(ValueError, match="the number of parts must be given"):
        ops.unstack(x, axis=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ops.slice(X, (0,), (1,)),
            "ops.slice needs a start and a size for each axis: .* 2 axes",
        ),
        (
            lambda: ops.slice(X, (2, 0), (2, 1)),
            "along axis 0 inputs has 3 elements, too few for 2 from 2",
        ),
        (
            lambda: ops.slice_update(X, (0, 3), X[:, :2]),
            "along axis 1 inputs has 4 elements, too few for",
        ),
        (
            lambda: ops.slice_update([1, 2], (0,), [0.5]),
            'ops.slice_update: the updates are float32, .*int32.*ops.cast\\(updates, "int32"\\)',
        ),
        (
            lambda: ops.scatter([[0], [5]], [1, 2], (3,)),
            "ops.scatter: there is an index 5 for axis 0, which has 3 elements, numbered from 0 to 2",
        ),
        (lambda: ops.scatter_update(X, [[0, 9]], [1.0]), "an index 9 for axis 1, which has 4 elements"),
        (lambda: ops.scatter_update(X, [[0.5, 1]], [1.0]), "ops.scatter_update: indices must be whole"),
        (lambda: ops.scatter_update(X, [[0, 1, 2]], [1.0]), "at most one for each of the 2 axes"),
        (
            lambda: ops.scatter_update(X, [[0]], X[:1], reduction="ad"),
            "unknown reduction='ad'. Did you mean \"add\"",
        ),
        (lambda: ops.unstack(X, num=2), "ops.unstack: num=2, but axis 0 of x has 3 elements"),
        (lambda: ops.cast(X, "float31"), 'Unknown dtype "float31". Did you mean "float3'),
        (
            lambda: ops.convert_to_tensor([[1], [1, 2]]),
            "A list whose rows differ in length is no tensor",
        ),
    ],
)
def test_wrong_arguments_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
