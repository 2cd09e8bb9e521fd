"""What is special to single ops on elements."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import cornu
from cornu import ops

X = np.array([[1.0, -2.0, 3.0]], "float32")
WHOLE = np.array([1, -2, 3], "int32")
PAIRS = [
    "add",
    "subtract",
    "multiply",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "arctan2",
    "hypot",
    "logaddexp",
]
SHAPES = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)
NUMBERS = {"float32": st.floats(-100, 100, width=16), "int32": st.integers(-100, 100)}


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    st.sampled_from(
        [
            "add",
            "subtract",
            "multiply",
            "maximum",
            "minimum",
            "fmax",
            "fmin",
            "arctan2",
            "hypot",
            "logaddexp",
        ]
    ),
    SHAPES,
    st.sampled_from(sorted(NUMBERS)),
    st.data(),
)
def test_pairs_are_broadcast_as_by_numpy(name, shapes, dtype, data):
    x1, x2 = (
        data.draw(hnp.arrays(dtype, shape, elements=NUMBERS[dtype])) for shape in shapes.input_shapes
    )
    expected = getattr(np, name)(x1, x2)
    found = getattr(ops, name)(x1, x2)
    assert found.shape == shapes.result_shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("x2", [X.T, 2, 0.5, WHOLE])
@pytest.mark.parametrize(
    "name, operator",
    {
        "add": lambda a, b: a + b,
        "subtract": lambda a, b: a - b,
        "multiply": lambda a, b: a * b,
        "true_divide": lambda a, b: a / b,
        "floor_divide": lambda a, b: a // b,
        "mod": lambda a, b: a % b,
        "less": lambda a, b: a < b,
        "not_equal": lambda a, b: a != b,
    }.items(),
)
def test_an_operator_and_its_op_are_the_same(name, operator, x2):
    function = getattr(ops, name)
    x = cornu.Input(batch_shape=X.shape)
    model = cornu.Model(x, [operator(x, x2), function(x, x2), function(x2, x)])
    by_operator, by_op, reflected = model(X)
    assert by_operator.dtype == by_op.dtype == operator(jnp.asarray(X), x2).dtype
    np.testing.assert_array_equal(by_operator, by_op)
    np.testing.assert_array_equal(by_op, operator(jnp.asarray(X), x2))
    np.testing.assert_array_equal(reflected, operator(x2, jnp.asarray(X)))


@pytest.mark.parametrize("name", ["sqrt", "log", "cbrt", "deg2rad", "cos", "angle", "ceil"])
def test_whole_numbers_become_the_float_that_is_set(name):
    cornu.config.set_floatx("float16")
    try:
        assert getattr(ops, name)(np.abs(WHOLE)).dtype == "float16"
        assert getattr(ops, name)(cornu.KerasTensor((3,), "int32")).dtype == "float16"
        assert ops.arctan2(WHOLE, 2).dtype == ops.hypot(WHOLE, WHOLE).dtype == "float16"
        assert ops.hypot(WHOLE, X).dtype == "float32"
    finally:
        cornu.config.set_floatx("float32")


def test_a_number_takes_the_dtype_of_the_tensor_it_meets():
    short = jnp.ones(2, "bfloat16")
    for name in ("add", "arctan2", "logaddexp", "hypot", "heaviside"):
        assert getattr(ops, name)(short, 2.0).dtype == "bfloat16"
        assert getattr(ops, name)(2.0, short).dtype == "bfloat16"


def test_whole_numbers_are_rounded_exactly():
    x = np.array([123456789, -25, -35, 15, -4], "int32")
    assert ops.round(x, -1).tolist() == [123456790, -20, -40, 20, 0]
    assert ops.round(np.array([120, -128], "int8"), -2).tolist() == [100, -100]
    assert ops.round(x, -10).tolist() == [0] * 5
    assert ops.round(x > 0).tolist() == [True, False, False, True, False]


def test_division_by_zero_has_no_gradient_without_nan():
    import jax

    slopes = jax.grad(lambda x: jnp.sum(ops.divide_no_nan(1.0, x)))(jnp.array([0.0, 2.0]))
    assert slopes.tolist() == [0, -0.25]


def test_bounds_of_clip_may_be_missing():
    assert ops.clip(X, None, None).tolist() == X.tolist()
    assert ops.clip(WHOLE, 0, None).tolist() == [1, 0, 3]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.add(X, np.ones(4)), r"ops.add\(.*the shapes do not go together"),
        (lambda: ops.maximum(X, [[1, 2]]), r"ops.maximum\(.*the shapes do not go together"),
        (lambda: ops.add(X, "two"), r"ops.add\(.*, 'two'\): this is not made of numbers"),
        (lambda: ops.cos(None), r"ops.cos\(None\): this is not made of numbers"),
        (lambda: ops.negative(X > 0), r"no such function of numbers of this dtype. Convert them"),
        (lambda: ops.gcd(X, 2), r'ops.gcd\(.*ops.cast\(x, "int32"\)'),
        (lambda: ops.floor(X + 1j), r"ops.floor\(complex64 array .*no such function"),
        (lambda: ops.power(WHOLE, -1), r"whole numbers have no negative powers .*ops.cast"),
        (lambda: ops.ldexp(X, X), r"ops.ldexp\(x1, x2\): the exponent .* is of float32"),
        (lambda: ops.clip(X, [1, 2], 3), r"ops.clip\(.*the shapes do not go together"),
        (lambda: ops.round(X, 1.5), r"ops.round\(.*is a whole number"),
        (lambda: ops.nan_to_num(X, "two"), r"ops.nan_to_num\(.*not made of numbers"),
        (lambda: ops.add([[1], [2, 3]], 1), r"rows differ in length"),
        (lambda: ops.cos(X, 1), r"ops.cos\(.*takes 1 positional argument"),
    ],
)
def test_what_does_not_go_is_said(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_the_same_is_said_of_symbolic_tensors():
    with pytest.raises(ValueError, match=r"shape \(None, 3\).*the shapes do not go together"):
        ops.add(cornu.Input((3,)), np.ones(4))
    with pytest.raises(ValueError, match="no such function of numbers of this dtype"):
        ops.gcd(cornu.Input((3,)), 2)
