"""explain.graph: the lectures' figures, JAX's gradients, models of every kind, layers and operations."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import explain, layers
from cornu.explain.drawing.marks import Words
from cornu.explain.numbers import evaluate
from cornu.explain.objective import trace_model
from cornu.explain.tracing import trace
from tests.explain.subjects import Own, assert_golden, f, functional, neuron, two_two_one


def words(picture):
    return [mark.text for mark in picture.scene.marks if isinstance(mark, Words)]


def rows(picture):
    """Lines of the text: name, and what follows."""
    return {line.split("  ")[0]: line for line in str(picture).splitlines()}


def test_the_slide_on_back_propagation():
    """x = 2, y = -3, z = 4: q = -6, f = -2; the gradients are -3, 2, 1, and 1 at q and f."""
    picture = explain.graph(f, 2, -3, 4)
    assert_golden("slide.txt", picture)
    assert words(picture)[:15] == [
        *("x", "2", "-3"),
        *("y", "-3", "2"),
        *("z", "4", "1"),
        *("×", "q = -6", "1"),
        *("+", "f = -2", "1"),
    ]


def test_the_value_is_above_the_node_and_the_gradient_below():
    marks = {m.text: m for m in explain.graph(f, 2.0, 5.0, 4.0).scene.marks if isinstance(m, Words)}
    assert marks["q = 10"].y < marks["×"].y
    assert marks["q = 10"].x == marks["×"].x
    assert marks["f = 14"].color != marks["2"].color or marks["2"].y > 0
    assert len({marks["q = 10"].color, marks["×"].color}) == 2


def test_a_neuron_operation_by_operation():
    """CS231n's figure: sigmoid(w0 x0 + w1 x1 + w2) = 0.73 at (2, -1, -3, -2, -3), to two figures."""
    picture = explain.graph(neuron, 2, -1, -3, -2, -3)
    assert_golden("neuron.txt", picture)
    assert {"−x", "exp", "+1", "1/x"} <= set(words(picture))


CURVES = {
    "branches": lambda x, y: x * y + x * x + jnp.maximum(x, y),
    "constants": lambda x, y: 3.0 / (2.0 - x) + (y - 1.0) * 0.5 + y**3 + 2.0**x,
    "functions": lambda x, y: jnp.log(x) * jnp.tanh(y) + jnp.sqrt(x) + jnp.sin(y) * jax.nn.relu(x),
    "vectors": lambda x, y: jnp.mean(jax.nn.softmax(jnp.stack([x, y, x * y])) ** 2),
    "choices": lambda x, y: jnp.where(x > y, x * y, x - y) + jax.lax.stop_gradient(x) * y,
    "loops": lambda x, y: jax.lax.fori_loop(0, 3, lambda i, a: a * x + y, 1.0),
}


@pytest.mark.parametrize("name", CURVES)
def test_values_and_gradients_of_all_nodes_are_jaxs(name):
    function, at = CURVES[name], (np.float32(1.3), np.float32(0.7))
    traced = trace(function, dict(zip("xy", at, strict=True)))
    found = evaluate(traced.program, traced.inputs)
    value, gradients = jax.value_and_grad(function, (0, 1))(*at)
    by_name = {v.name: v.number for v in traced.program.values if v.kind == "input"}
    np.testing.assert_allclose(found.values[traced.program.results[0]].array, value, rtol=1e-5)
    for argument, gradient in zip("xy", gradients, strict=True):
        np.testing.assert_allclose(found.gradients[by_name[argument]].array, gradient, rtol=1e-5)


def test_gradients_of_weights_are_those_of_training():
    model = two_two_one()
    model.compile("sgd", "binary_crossentropy")
    x, y = np.array([[1.0, 0.0], [0.0, 1.0]], "float32"), np.array([[1.0], [0.0]], "float32")
    traced, _ = trace_model("graph", model, x, y)
    found = evaluate(traced.program, traced.inputs)
    loss = cornu.losses.BinaryCrossentropy()
    expected = cornu.grad(lambda: loss(y, model(x)), model.trainable_variables)()
    by_variable = {id(v.variable): v.number for v in traced.program.values if v.variable is not None}
    for variable, gradient in zip(model.trainable_variables, expected, strict=True):
        ours = found.gradients[by_variable[id(variable)]].array
        np.testing.assert_allclose(ours, gradient, rtol=1e-5, atol=1e-7)


def test_the_lectures_network_layer_by_layer_and_operation_by_operation():
    model = two_two_one()
    for depth, name in ((1, "network.txt"), (None, "network_operations.txt")):
        picture = explain.graph(model, [[1.0, 0.0]], [[1.0]], loss="mse", depth=depth)
        assert_golden(name, picture)
    assert str(explain.graph(model, [[1.0, 0.0]], [[1.0]], loss="mse", depth=2)) == str(picture)


def test_a_class_of_ones_own_and_a_layer_called_twice():
    model = Own()
    model(np.ones((1, 3)))
    lines = rows(explain.graph(model, np.ones((2, 3)), np.zeros((2, 1)), loss="mae"))
    assert list(lines)[:5] == ["x", "y", "a (Dense)", "a (2) (Dense)", "b (Dense)"]
    assert lines["a (2) (Dense)"].endswith("<- a")
    assert any(line.startswith("v1 = b + 1") for line in lines)


def test_nested_models_open_with_depth():
    model = functional()
    batch = [np.ones((2, 3)), np.ones((2, 2))]
    closed = rows(explain.graph(model, batch, np.ones((2, 1)), loss="mse"))
    assert {"inner (Model)", "joined (Concatenate)", "last (Dense)"} <= set(closed)
    opened = rows(explain.graph(model, batch, np.ones((2, 1)), loss="mse", depth=2))
    assert "deep (Dense)" in opened
    assert "inner (Model)" not in opened


def test_without_targets_only_the_way_forwards_is_drawn():
    picture = explain.graph(two_two_one(), [[1.0, 0.0]])
    assert str(picture).splitlines() == [
        "x               [1 0]",
        "hidden (Dense)  [0.9002 0.168]  <- x",
        "output (Dense)  0.7645          <- hidden",
        "Above in green the forward value.",
    ]


def test_layers_that_compute_nothing_are_shown_and_dropout_works_in_training():
    model = cornu.Sequential([cornu.Input((2, 2)), layers.Flatten(), layers.Dropout(0.5, seed=1)])
    still = rows(explain.graph(model, np.ones((1, 2, 2))))
    assert list(still)[1:3] == ["flatten (Flatten)", "dropout (Dropout)"]
    assert "[1 1 1 1]" in still["dropout (Dropout)"]
    dropped = rows(explain.graph(model, np.ones((1, 2, 2)), training=True))["dropout (Dropout)"]
    assert "2" in dropped
    assert "[1 1 1 1]" not in dropped


def test_masks_reach_the_layers_behind():
    """The same loss as evaluate: what is drawn around layers does not lose their masks."""
    model = cornu.Sequential(
        [cornu.Input((4,)), layers.Embedding(5, 3, mask_zero=True), layers.LSTM(2), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    x, y = np.array([[1, 2, 0, 0], [3, 0, 0, 0]]), np.ones((2, 1))
    line = rows(explain.graph(model, x, y))["loss (mean_squared_error)"]
    assert f"{model.evaluate(x, y, verbose=0):.4g}" in line


def test_variables_that_a_function_reads_are_weights():
    w = cornu.Variable([1.0, 2.0], name="w")
    lines = rows(explain.graph(lambda x: cornu.ops.sum(w * x), [3.0, 4.0]))
    assert lines["w"].split()[1:] == ["[1", "2]", "[3", "4]"]


def test_the_model_stays_as_it_is():
    model = two_two_one()
    before = [dict(vars(layer)) for layer in model.layers]
    weights = model.get_weights()
    explain.graph(model, [[1.0, 0.0]], [[1.0]], loss="mse")
    assert [dict(vars(layer)) for layer in model.layers] == before
    for ours, old in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, old)


def test_many_rows_are_cut_and_large_arrays_measured_and_it_is_said():
    model = cornu.Sequential([cornu.Input((20,)), layers.Dense(20), layers.Dense(1)])
    picture = explain.graph(model, np.ones((300, 20)), np.ones((300, 1)), loss="mse")
    assert "Of 300 rows the first 256 are looked at." in str(picture)
    assert "Of arrays with more than 256 numbers only the shape and the norm are shown." in words(
        picture
    )
    kernel = np.linalg.norm(model.layers[0].kernel.numpy())
    assert f"kernel: 20×20, norm {kernel:.4g}" in words(picture)


@pytest.mark.wide
def test_ten_million_parameters_take_seconds():
    model = cornu.Sequential(
        [
            cornu.Input((3000,)),
            layers.Dense(3000, activation="relu"),
            layers.Dense(400),
            layers.Dense(10),
        ]
    )
    model.compile("sgd", "mse")
    assert model.count_params() > 10_000_000
    start = time.time()
    picture = explain.graph(model, np.ones((64, 3000), "float32"), np.ones((64, 10), "float32"))
    assert time.time() - start < 60
    assert len(picture.to_svg()) < 50_000


class TestBadInput:
    def test_a_result_that_is_not_one_number(self):
        with pytest.raises(ValueError, match=r"array of shape \(2,\)\. Take its mean or sum"):
            explain.graph(lambda x: 2 * x, [1.0, 2.0])
        with pytest.raises(ValueError, match="the function gave 2 arrays"):
            explain.graph(lambda x: (x, x * x), 1.0)
        with pytest.raises(ValueError, match="the function gave nothing"):
            explain.graph(lambda x: None, 1.0)
        with pytest.raises(ValueError, match="a number of dtype bool"):
            explain.graph(lambda x: x > 0, 1.0)
        with pytest.raises(ValueError, match="does not depend on x: it is the same number for all"):
            explain.graph(lambda x: 3.0, 1.0)

    def test_symbolic_tensors_and_texts(self):
        with pytest.raises(TypeError, match=r'"x" is a symbolic tensor.*numpy\.ones\(\(1, 3\)\)'):
            explain.graph(lambda x: x.sum(), cornu.Input((3,)))
        with pytest.raises(TypeError, match="\"x\" is 'abc', and not made of numbers"):
            explain.graph(lambda x: x, "abc")
        with pytest.raises(TypeError, match="takes a function or a model first, got 3"):
            explain.graph(3)

    def test_models_that_are_not_ready(self):
        with pytest.raises(ValueError, match=r"is not built.*Build it first"):
            explain.graph(cornu.Sequential([layers.Dense(1)]), np.ones((1, 2)), np.ones((1, 1)))
        with pytest.raises(ValueError, match=r'not compiled.*explain\.graph\(model, x, y, loss="mse"\)'):
            explain.graph(two_two_one(), [[1.0, 0.0]], [[1.0]])
        with pytest.raises(ValueError, match=r'Unknown loss "msee"\. Did you mean "mse"'):
            explain.graph(two_two_one(), [[1.0, 0.0]], [[1.0]], loss="msee")
        with pytest.raises(TypeError, match=r"takes a batch x and targets y"):
            explain.graph(two_two_one())

    def test_arguments(self):
        with pytest.raises(ValueError, match=r"depth=0\): a whole number above 0"):
            explain.graph(two_two_one(), [[1.0, 0.0]], depth=0)
        with pytest.raises(TypeError, match="only a model has a loss"):
            explain.graph(f, 1, 2, 3, loss="mse")
        with pytest.raises(ValueError, match="3 different names are needed"):
            explain.graph(f, 1, 2, 3, names=("a", "b"))
        with pytest.raises(AttributeError, match=r'no .grph.\. Did you mean "graph"'):
            explain.grph  # noqa: B018

    def test_more_than_a_person_can_read(self):
        def long(x):
            for _ in range(300):
                x = jnp.sin(x)
            return x

        with pytest.raises(ValueError, match=r"301 operations make no picture.*Look at a part of it"):
            explain.graph(long, 1.0)
