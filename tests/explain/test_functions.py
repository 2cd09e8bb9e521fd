"""Functions of one number with their slopes, and lines through curves."""

import math

import numpy as np
import pytest
import scipy.special

import cornu
from cornu import explain, ops


def test_values_and_slopes_of_activations():
    tanh, sigmoid = explain.functions("tanh", "sigmoid", low=-3, high=3).rows
    x = tanh["x"]
    np.testing.assert_allclose(tanh["values"], np.tanh(x), atol=1e-6)
    np.testing.assert_allclose(tanh["slopes"], 1 - np.tanh(x) ** 2, atol=1e-6)
    np.testing.assert_allclose(sigmoid["values"], scipy.special.expit(x), atol=1e-6)
    np.testing.assert_allclose(
        sigmoid["slopes"], scipy.special.expit(x) * scipy.special.expit(-x), atol=1e-6
    )


def test_functions_have_the_names_they_are_given():
    def cube(x):
        return x**3

    rows = explain.functions(
        cube, {"-log x": lambda x: -ops.log(x)}, lambda x: 2 * x, low=1, high=2
    ).rows
    assert [row["name"] for row in rows] == ["cube", "-log x", "f3"]
    np.testing.assert_allclose(rows[0]["slopes"], 3 * rows[0]["x"] ** 2, rtol=1e-5)
    np.testing.assert_allclose(rows[1]["values"], -np.log(rows[1]["x"]), atol=1e-6)


def test_the_curves_are_drawn_with_their_slopes_or_without():
    figure = explain.functions("relu", low=-2, high=2).figure
    assert [axes.get_title() for axes in figure.axes] == ["f(x)", "slope f'(x)"]
    line = figure.axes[0].lines[-1]
    np.testing.assert_allclose(line.get_ydata(), np.maximum(line.get_xdata(), 0), atol=1e-6)
    assert len(explain.functions("relu", slopes=False).figure.axes) == 1


def test_what_has_no_value_is_a_gap():
    row = explain.functions(lambda x: ops.log(x), low=-1, high=1).figure.axes[0].lines[-1]
    assert np.isnan(row.get_ydata()[0])
    assert math.isclose(row.get_ydata()[-1], 0, abs_tol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: explain.functions("rellu"), ValueError, 'Did you mean "relu"'),
        (lambda: explain.functions(), TypeError, "takes the name of an activation, or a function"),
        (lambda: explain.functions(3), TypeError, "or a function of a tensor, got 3"),
        (lambda: explain.functions("relu", low=1, high=1), ValueError, "low lies below high"),
        (lambda: explain.functions(ops.sum), ValueError, "sum gives .* one number for each is needed"),
        (lambda: explain.functions(lambda x: math.exp(x)), TypeError, "f1 fails on arrays of JAX"),
        (lambda: explain.curves({"loss": [1.0]}, tendency=1), ValueError, "between 0 and 1"),
    ],
)
def test_what_is_wrong_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_tendency_goes_through_the_curve():
    values = [4.0, 2.0, float("nan"), 3.0]
    plot = explain.curves({"loss": values}, tendency=0.5)
    curve, line = plot.figure.axes[0].lines
    # By hand: m = 2, 2, -, 2.5 over 1/2, 3/4, -, 7/8.
    np.testing.assert_allclose(line.get_ydata(), [4, 2 / 0.75, 2 / 0.75, 2.5 / 0.875])
    assert line.get_color() != curve.get_color()


def test_a_history_draws_its_tendency():
    model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    plot = model.fit([[0, 1], [1, 0]], [1, 0], epochs=3, verbose=0).plot(tendency=0.9)
    assert len(plot.figure.axes[0].lines) == 2
