"""Variables: what they are made from, how they behave as arrays, and what training may do to them."""

import copy
import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import cornu
from cornu import Variable

A = np.array([[1.5, -2.0, 4.0], [0.5, 3.0, -1.0]], "float32")
B = np.array([[2.0, 0.5, -1.0], [4.0, 1.0, 2.0]], "float32")


@pytest.mark.parametrize(
    ("given_value", "dtype", "expected"),
    [
        (1.0, None, "float32"),
        (1, None, "int32"),
        (True, None, "bool"),
        ([1.0, 2.0], None, "float32"),
        ([1, 2], None, "int32"),
        (np.ones(2, "float16"), None, "float16"),
        (np.ones(2, "float64"), None, "float32"),  # as JAX keeps it without 64-bit arithmetic
        (np.ones(2, "int64"), None, "int32"),
        (np.ones(2, "uint8"), None, "uint8"),
        (jnp.ones(2, "bfloat16"), None, "bfloat16"),
        ([1, 2], "float32", "float32"),
        ([1.7], "int32", "int32"),
        (1.0, np.float16, "float16"),
        (1.0, np.dtype("float16"), "float16"),
        (1.0, "half", "float16"),
        (3, float, "float32"),
    ],
)
def test_dtype_rules(given_value, dtype, expected):
    variable = Variable(given_value, dtype=dtype)
    assert variable.dtype == expected
    assert str(variable.value.dtype) == expected
    assert variable.numpy().dtype == variable.value.dtype


def test_an_initializer_is_a_function_of_shape_and_dtype():
    variable = Variable(lambda shape, dtype: jnp.full(shape, 7, dtype), shape=[2, 3], dtype="int32")
    assert variable.shape == (2, 3)
    assert (variable.ndim, variable.size, len(variable)) == (2, 6, 2)
    np.testing.assert_array_equal(variable.numpy(), np.full((2, 3), 7))


@pytest.mark.parametrize("shape", [None, (None, 3)])
def test_an_initializer_without_a_known_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r'"lost" needs a fully known shape, got shape=.*None'):
        Variable(jnp.ones, shape=shape, name="lost")


def test_a_shape_is_a_tuple():
    with pytest.raises(ValueError, match=r"a shape is a tuple. Write shape=\(3,\), not 3"):
        Variable(lambda shape, dtype: jnp.zeros(shape, dtype), shape=3)


def test_the_array_given_is_not_shared():
    array = np.ones(3, "float32")
    variable = Variable(array)
    array[:] = 5
    variable.numpy()[:] = 6
    np.testing.assert_array_equal(variable.numpy(), np.ones(3))


def test_assign_casts_and_keeps_the_shape():
    variable = Variable([1.0, 2.0], name="v")
    variable.assign([3, 4])
    assert variable.dtype == "float32"
    np.testing.assert_array_equal(variable, [3, 4])
    variable.assign_add([1.0, 1.0])
    variable.assign_sub(2.0 * jnp.ones(2))
    np.testing.assert_array_equal(variable, [2, 3])
    variable.assign(Variable([8.0, 9.0]))
    np.testing.assert_array_equal(variable, [8, 9])


@pytest.mark.parametrize("wrong", [1.0, [1.0], [[1.0, 2.0]], np.ones((2, 1))])
def test_assigning_another_shape_is_refused(wrong):
    variable = Variable([1.0, 2.0], name="v")
    with pytest.raises(ValueError, match=r'"v" has shape \(2,\), but was assigned a value of shape'):
        variable.assign(wrong)
    np.testing.assert_array_equal(variable, [1, 2])


BINARY = [
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
    *("eq", "ne", "lt", "le", "gt", "ge"),
]


@pytest.mark.parametrize("name", BINARY)
def test_operators_are_those_of_numpy(name):
    function = getattr(operator, name)
    left = np.abs(A) if name == "pow" else A
    expected = function(left, B)
    for result in (
        function(Variable(left), B),
        function(Variable(left), Variable(B)),
        function(left, Variable(B)),
        function(jnp.asarray(left), Variable(B)),
    ):
        assert isinstance(result, jax.Array)
        np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_operators_with_numbers():
    variable = Variable(A)
    np.testing.assert_allclose(2 - variable, 2 - A)
    np.testing.assert_allclose(2 / variable, 2 / A)
    np.testing.assert_allclose(2**variable, 2**A, rtol=1e-6)
    np.testing.assert_allclose(variable**2, A**2)
    np.testing.assert_allclose(-variable, -A)
    np.testing.assert_allclose(abs(variable), np.abs(A))
    np.testing.assert_allclose(variable @ B.T, A @ B.T)
    np.testing.assert_allclose(B.T @ variable, B.T @ A)
    np.testing.assert_allclose(variable[0, 1:], A[0, 1:])


@pytest.mark.parametrize("name", ["and_", "or_", "xor"])
def test_logical_operators(name):
    left, right = np.array([True, True, False]), np.array([True, False, False])
    function = getattr(operator, name)
    np.testing.assert_array_equal(function(Variable(left), right), function(left, right))
    np.testing.assert_array_equal(~Variable(left), ~left)


@settings(deadline=None, max_examples=40)
@given(
    hnp.arrays(
        "float32",
        hnp.array_shapes(max_dims=3, max_side=4),
        elements=st.floats(-100, 100, width=32, allow_subnormal=False),
    )
)
def test_every_array_survives_a_variable(array):
    variable = Variable(array)
    np.testing.assert_array_equal(np.asarray(variable), array)
    np.testing.assert_array_equal(variable + 0, array + 0)
    assert (variable.shape, variable.size) == (array.shape, array.size)


def test_single_numbers_become_python_numbers():
    assert float(Variable(2.5)) == 2.5
    assert int(Variable(3)) == 3
    assert not Variable(False)
    with pytest.raises(TypeError, match=r'len\(\) of variable "scalar", which is a single number'):
        len(Variable(1.0, name="scalar"))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (jnp.sin, np.sin(A)),
        (lambda v: jnp.matmul(B.T, v), B.T @ A),
        (lambda v: jnp.matmul(v, B.T), A @ B.T),
        (jnp.sum, A.sum()),
        (jnp.asarray, A),
        (np.asarray, A),
        (np.sin, np.sin(A)),
        (jax.nn.relu, np.maximum(A, 0)),
        (jax.jit(lambda v: 2 * v), 2 * A),
        (lambda v: jnp.stack([v, v]), np.stack([A, A])),
        (lambda v: jnp.where(v > 0, v, 0), np.maximum(A, 0)),
    ],
)
def test_functions_take_a_variable_as_an_array(function, expected):
    np.testing.assert_allclose(function(Variable(A)), expected, rtol=1e-6)


@pytest.mark.parametrize("function", [jnp.square, lambda v: jnp.multiply(v, v), lambda v: v * v])
def test_gradients_flow_through_a_variable_that_a_function_of_jax_is_given(function):
    variable = Variable(A)
    gradients = cornu.grad(lambda: jnp.sum(function(variable)), [variable])()
    np.testing.assert_allclose(gradients[0], 2 * A, rtol=1e-6)


def test_names_and_paths():
    with cornu.name_scope("encoder"), cornu.name_scope("block"):
        variable = Variable(0.0, name="scale")
    assert (variable.name, variable.path) == ("scale", "encoder/block/scale")
    assert Variable(0.0, name="alone").path == "alone"
    assert Variable(0.0).path.startswith("variable")
    with pytest.raises(ValueError, match=r'must not contain "/", got name="a/b"'):
        Variable(0.0, name="a/b")


def test_a_variable_prints_its_path_shape_and_value():
    assert repr(Variable([1.0, 2.0], name="v")) == (
        "<Variable path=v, shape=(2,), dtype=float32, value=[1. 2.]>"
    )


def test_a_variable_is_a_key_by_identity():
    first, second = Variable(1.0), Variable(1.0)
    assert len({first, second, *[first]}) == 2


def test_a_deep_copy_is_independent():
    variable = Variable([1.0, 2.0], trainable=False, name="v")
    pair = [variable, variable]
    copied = copy.deepcopy(pair)
    assert copied[0] is copied[1]
    copied[0].assign([5.0, 6.0])
    np.testing.assert_array_equal(variable, [1, 2])
    assert (copied[0].path, copied[0].trainable, copied[0].dtype) == ("v", False, "float32")


def test_an_array_that_was_handed_out_outlives_training():
    """Training donates the old arrays to the compiled program, but not those that a user may hold."""
    model = cornu.Sequential([cornu.layers.Dense(2, input_shape=(3,))])
    model.compile("sgd", "mse")
    kernel = model.layers[0].kernel
    held, before = kernel.value, kernel.numpy()
    x, y = np.random.normal(size=(8, 3)), np.random.normal(size=(8, 2))
    for _ in range(2):
        model.fit(x, y, epochs=1, verbose=0)
        np.testing.assert_array_equal(held, before)
    assert not np.array_equal(kernel.numpy(), before)


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
def test_assignment_inside_a_foreign_jit_is_refused(method):
    variable = Variable([1.0, 2.0], name="count")

    @jax.jit
    def step(value):
        getattr(variable, method)(value)
        return value

    with pytest.raises(
        ValueError, match=r'"count" was assigned inside a function compiled by jax.jit that Cornu'
    ):
        step(jnp.ones(2))
    np.testing.assert_array_equal(variable, [1, 2])


def test_operators_of_bits_mean_truth_values_as_in_keras():
    count = cornu.Variable([0, 1, 2], dtype="int32")
    assert (count & 2).tolist() == [False, True, True]
    assert (count | 0).tolist() == [False, True, True]
    assert (0 ^ count).tolist() == [False, True, True]
    assert (~count).tolist() == [True, False, False]
