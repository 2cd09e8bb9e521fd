"""cornu.activations against Keras, worked cases, numeric slopes, and laws."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
import cornu.activations as A
from cornu.core.config import custom_object_scope
from cornu.core.symbolic import FUNCTIONS

X = np.array([[-7.3, -3.1, -1.2, -0.4, 0.0, 0.3], [0.7, 1.3, 2.2, 3.6, 6.5, 11.0]], np.float32)

# Every activation with the arguments to try; a new one is a row.
ROWS = [
    *[
        (name, {})
        for name in A.ACTIVATIONS
        if name not in ("step", "heaviside", "threshold", "old_hard_sigmoid")
    ],
    ("relu", {"negative_slope": 0.3}),
    ("relu", {"max_value": 6}),
    ("relu", {"threshold": 1.5}),
    ("relu", {"negative_slope": 0.2, "max_value": 3.0, "threshold": 0.5}),
    ("relu", {"negative_slope": 0.2, "max_value": 3.0, "threshold": -2.0}),
    ("leaky_relu", {"negative_slope": 0.1}),
    ("elu", {"alpha": 0.5}),
    ("celu", {"alpha": 2.0}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 0}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {"axis": 0}),
    ("sparsemax", {"axis": 0}),
    ("squareplus", {"b": 1}),
    ("hard_shrink", {"threshold": 1.0}),
    ("soft_shrink", {"threshold": 1.0}),
    ("threshold", {"threshold": 1.0, "default_value": -2.0}),
]
IDS = [f"{name}-{arguments}" for name, arguments in ROWS]


# Where two or more results of sparsemax are positive, Keras 3.15 adds up sums that are cumulative
# already, so that the results do not sum to 1. Ours follows the definition, below.
AS_KERAS = [row for row in ROWS if row[0] != "sparsemax"]


@pytest.mark.parity
@pytest.mark.parametrize("name, arguments", AS_KERAS, ids=[str(row) for row in AS_KERAS])
def test_same_values_and_gradients_as_keras(name, arguments):
    keras = pytest.importorskip("keras")
    ours, theirs = getattr(A, name), getattr(keras.activations, name)
    np.testing.assert_allclose(ours(X, **arguments), theirs(X, **arguments), rtol=1e-6, atol=1e-7)
    slopes = [
        jax.grad(lambda x, f=function: jnp.sum(jnp.sin(f(x, **arguments))))(jnp.asarray(X))
        for function in (ours, theirs)
    ]
    np.testing.assert_allclose(*slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name, arguments", ROWS, ids=IDS)
def test_gradient_is_the_numeric_slope(name, arguments):
    function, h = getattr(A, name), 1e-6
    with jax.enable_x64(True):
        x = np.random.RandomState(1).normal(size=(4, 6)) * 3
        direction = np.random.RandomState(2).normal(size=x.shape)

        def total(x):
            return jnp.sum(jnp.sin(function(x, **arguments)))

        slope = jnp.vdot(jax.grad(total)(jnp.asarray(x)), direction)
        numeric = (total(x + h * direction) - total(x - h * direction)) / (2 * h)
        assert float(slope) == pytest.approx(float(numeric), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name, arguments", ROWS, ids=IDS)
def test_keeps_dtype_and_equals_itself_compiled(name, arguments):
    function = getattr(A, name)
    assert function(jnp.asarray(X, "bfloat16"), **arguments).dtype == "bfloat16"
    compiled = jax.jit(lambda x: function(x, **arguments))(X)
    np.testing.assert_allclose(compiled, function(X, **arguments), rtol=1e-6, atol=1e-7)


def test_public_names_are_those_of_keras_and_step():
    keras = pytest.importorskip("keras")
    theirs = {name for name in dir(keras.activations) if not name.startswith("_")}
    assert set(A.__all__) == theirs | {"step"}


# Worked cases: a lecture's two-layer network of sigmoids, and definitions -------------------------


@pytest.mark.parametrize("x, expected", [(2.2, 0.90), (-1.6, 0.17), (1.17, 0.76), (-4.6, 0.01)])
def test_sigmoid_of_the_lecture(x, expected):
    assert round(float(A.sigmoid(x)), 2) == expected


def test_against_scipy():
    special = pytest.importorskip("scipy.special")
    x = X.astype(np.float64)
    for ours, theirs in [
        (A.sigmoid, special.expit),
        (A.log_sigmoid, special.log_expit),
        (A.softmax, lambda x: special.softmax(x, -1)),
        (A.log_softmax, lambda x: special.log_softmax(x, -1)),
        (A.gelu, lambda x: x * special.ndtr(x)),
        (A.softplus, lambda x: np.logaddexp(x, 0)),
    ]:
        np.testing.assert_allclose(ours(X), theirs(x), rtol=1e-5, atol=1e-6)


def test_sparsemax_is_the_nearest_point_of_the_simplex():
    optimize = pytest.importorskip("scipy.optimize")
    for row in X:
        x = row.astype(np.float64)
        tau = optimize.brentq(lambda t, x=x: np.maximum(x - t, 0).sum() - 1, x.min() - 1, x.max())
        np.testing.assert_allclose(A.sparsemax(row), np.maximum(x - tau, 0), atol=1e-6)


def test_step_is_the_perceptron():
    np.testing.assert_array_equal(A.step(X), np.heaviside(X, 1))
    assert A.get("heaviside") is A.get("step") is A.step
    weights, inputs = np.array([1.0, 1.0]), np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert A.step(inputs @ weights - 1.5).tolist() == [0, 0, 0, 1]  # AND


def test_relu_shows_not_a_number_and_has_slope_0_at_0():
    assert np.isnan(A.relu(np.nan))
    assert float(jax.grad(A.relu)(0.0)) == 0.0


def test_no_overflow_far_out():
    far = np.array([-1e30, -1e4, 1e4, 1e30], np.float32)
    for name in ("sigmoid", "tanh", "softplus", "elu", "selu", "celu", "log_sigmoid", "softmax"):
        assert not np.isnan(A.get(name)(far)).any(), name


# Laws ---------------------------------------------------------------------------------------------

rows = st.lists(st.floats(-50, 50, width=32), min_size=2, max_size=2)


@settings(deadline=None, max_examples=30)
@given(rows)
def test_probabilities_sum_to_one(row):
    for function in (A.softmax, A.sparsemax):
        result = np.asarray(function(np.array(row, np.float32)))
        assert result.sum() == pytest.approx(1, abs=1e-5)
        assert (result >= 0).all()


@settings(deadline=None, max_examples=30)
@given(rows)
def test_symmetries(row):
    x = np.array(row, np.float32)
    np.testing.assert_allclose(A.sigmoid(x) + A.sigmoid(-x), 1, atol=1e-6)
    np.testing.assert_allclose(A.softplus(x) - A.softplus(-x), x, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(A.tanh(-x), -A.tanh(x), rtol=1e-6)
    np.testing.assert_allclose(A.log_softmax(x), A.log_softmax(x + 8), atol=1e-4)


# Names and configurations -------------------------------------------------------------------------


@pytest.mark.parametrize("name", A.ACTIVATIONS)
def test_name_round_trip(name):
    function = A.get(name)
    assert A.serialize(function) == function.__name__
    assert A.deserialize(function.__name__) is function


@pytest.mark.parity
def test_every_name_that_keras_accepts_is_accepted():
    source = pytest.importorskip("keras.src.activations")
    assert set(source.ALL_OBJECTS_DICT) <= set(A.ACTIVATIONS)


def test_get_takes_none_functions_and_layers():
    class Layer:
        def __call__(self, x):
            return x

    layer = Layer()
    assert A.get(None) is A.linear
    assert A.get(layer) is layer
    assert A.get(np.sin) is np.sin
    assert A.get(jax.nn.relu) is jax.nn.relu


def test_a_function_of_the_user():
    def double(x):
        return 2 * x

    config = A.serialize(double)
    assert config["class_name"] == "function"
    assert A.deserialize(config, {"double": double}) is double
    with custom_object_scope({"double": double}):
        assert A.get("double") is double


# Symbolic tensors ---------------------------------------------------------------------------------


def test_each_is_a_node_of_a_graph_on_symbolic_tensors():
    x = cornu.Input((6,))
    outputs = [getattr(A, name)(x, **arguments) for name, arguments in ROWS]
    model = cornu.Model(x, outputs)
    again = cornu.Model.from_config(model.get_config())
    given = X.astype("float32")
    for (name, arguments), ours, read, tensor in zip(
        ROWS, model(given), again(given), outputs, strict=True
    ):
        expected = getattr(A, name)(given, **arguments)
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-7, err_msg=name)
        np.testing.assert_allclose(read, expected, rtol=1e-6, atol=1e-7, err_msg=name)
        assert tensor.shape[1:] == expected.shape[1:], name


def test_along_the_rows_of_a_batch_no_row_stands_alone():
    x = cornu.Input((6,))
    for name in ("softmax", "log_softmax", "sparsemax", "glu"):
        alone = FUNCTIONS[f"{name}_activation"].samplewise
        assert [alone(x), alone(x, 1), alone(x, axis=0), alone(x, -2)] == [True, True, False, False]
    assert not FUNCTIONS["softmax_activation"].samplewise(x, (0, 1))
    assert FUNCTIONS["relu_activation"].samplewise is True


def test_lists_integers_and_numpy_are_inputs():
    assert A.hard_shrink([-1, 2]).dtype == "float32"
    assert A.sigmoid([0]).tolist() == [0.5]
    assert A.relu([-1, 2]).dtype == "int32"
    assert A.softmax(np.array([1, 1])).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: A.get("rleu"), 'Unknown activation "rleu". Did you mean "relu"?'),
        (lambda: A.deserialize("sigmoyd"), 'Did you mean "sigmoid"?'),
        (lambda: A.softmax(1.0), "softmax: x must have at least one axis"),
        (lambda: A.log_softmax(1.0), "log_softmax: x must have at least one axis"),
        (lambda: A.sparsemax(1.0), "sparsemax: x must have at least one axis"),
        (lambda: A.glu(np.zeros((2, 3))), r"glu: x must have an even size .* got shape \(2, 3\)"),
        (lambda: A.celu(X, alpha=0), "celu: alpha must not be 0"),
        (lambda: A.serialize(functools.partial(np.sin)), "has no name or configuration to save"),
    ],
)
def test_errors_teach(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_something_else_is_refused():
    with pytest.raises(TypeError, match=r"activation=3 is not understood. Write a name such as"):
        A.get(3)
