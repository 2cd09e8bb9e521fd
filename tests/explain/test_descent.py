"""explain.descent and explain.learning_rates: closed forms on parabolas, Keras-like steps, no traces."""

import math
import sys

import numpy as np
import optax
import pytest

import cornu
from cornu import explain, layers
from cornu.optimizers import SGD, Adam
from tests.explain.subjects import Own


def parabola(x):
    return 2.5 * x**2


def valley(x, y):
    return x**2 + 10 * y**2


# -- descent ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rates():
    return explain.descent(parabola, {"small": SGD(0.01), "good": SGD(0.1), "large": SGD(0.42)}, 2.0, 12)


def test_on_a_parabola_each_step_shrinks_by_a_factor(rates):
    """f = 5/2 x²: x ← x (1 - 5 η), which diverges above η = 2 / 5."""
    steps = np.arange(13)
    for name, rate in (("small", 0.01), ("good", 0.1), ("large", 0.42)):
        expected = 2 * (1 - 5 * rate) ** steps
        np.testing.assert_allclose(rates.paths[name][:, 0], expected, rtol=1e-4)
        np.testing.assert_allclose(rates.values[name], 2.5 * expected**2, rtol=1e-3)
    lines = str(rates).splitlines()
    assert lines[0] == "From (2), where f = 10, in 12 steps:"
    assert [line.split()[-1] for line in lines[3:]] == ["way", "diverges"]
    assert [axes.get_title() for axes in rates.figure.axes] == ["small", "good", "large"]


def test_momentum_and_adam_in_two_dimensions():
    given = Adam(0.1)
    found = explain.descent(valley, [SGD(0.02, momentum=0.5), given], (3, 1), steps=8)
    place, speed = np.array([3.0, 1.0]), np.zeros(2)
    m = v = np.zeros(2)
    adam = np.array([3.0, 1.0])
    for step in range(1, 9):
        speed = 0.5 * speed - 0.02 * np.array([2, 20]) * place
        place = place + speed
        gradient = np.array([2, 20]) * adam
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        adam = adam - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
    np.testing.assert_allclose(found.paths["SGD 0.02"][-1], place, rtol=1e-4)
    np.testing.assert_allclose(found.paths["Adam 0.1"][-1], adam, rtol=1e-4)
    assert not given.built
    array = explain.descent(lambda p: p[0] ** 2 + 10 * p[1] ** 2, given, (3, 1), steps=8)
    np.testing.assert_array_equal(array.paths["Adam 0.1"], found.paths["Adam 0.1"])
    axes = found.figure.axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), found.paths["SGD 0.02"])


def test_variables_and_schedules_may_be_used():
    scale = cornu.Variable(2.5)
    schedule = cornu.optimizers.schedules.InverseTimeDecay(0.1, 1, 1.0)
    found = explain.descent(lambda x: scale * x**2, {"decays": SGD(schedule)}, 2.0, steps=3)
    expected = 2 * np.cumprod([1, 1 - 5 * 0.1, 1 - 5 * 0.1 / 2, 1 - 5 * 0.1 / 3])
    np.testing.assert_allclose(found.paths["decays"][:, 0], expected, rtol=1e-5)


def test_the_animation_grows_with_the_steps(rates, tmp_path):
    animation = rates.animation()
    animation._draw_was_started = True
    animation._func(4)
    line = animation._fig.axes[1].lines[1]
    np.testing.assert_array_equal(line.get_xdata(), rates.paths["good"][:4, 0])
    short = explain.descent(parabola, "sgd", 1.0, steps=2)
    short.save(tmp_path / "a.gif", dpi=30)
    from PIL import Image

    with Image.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 3


def test_a_gif_needs_pillow(rates, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ImportError, match=r'pip install "cornu\[images\]"'):
        rates.as_file("gif")


def test_faults_of_descent_are_named():
    with pytest.raises(TypeError, match="takes a function first, got 3"):
        explain.descent(3, "sgd", 1.0)
    with pytest.raises(TypeError, match="one number, or two, is needed"):
        explain.descent(parabola, "sgd", [1, 2, 3])
    with pytest.raises(ValueError, match="the start is no number"):
        explain.descent(parabola, "sgd", float("nan"))
    with pytest.raises(
        ValueError, match=r"fails on arrays of JAX.*Write it with cornu.ops or jax.numpy"
    ):
        explain.descent(lambda x: math.sin(x), "sgd", 1.0)
    with pytest.raises(
        ValueError, match=r"gives an array of shape \(2,\) at the start; one number.*its sum"
    ):
        explain.descent(lambda p: p, "sgd", (1, 2))
    with pytest.raises(ValueError, match="start where the function has a value"):
        explain.descent(lambda x: x / 0, "sgd", 1.0)
    with pytest.raises(ValueError, match='Did you mean "adam"'):
        explain.descent(parabola, "adm", 1.0)
    for wrong in (3, [], {}, [SGD(0.1), 3]):
        with pytest.raises(TypeError, match=r"`optimizers` is one, a list of them, or a dict"):
            explain.descent(parabola, wrong, 1.0)
    with pytest.raises(ValueError, match=r"steps=0\): a whole number from 1 on"):
        explain.descent(parabola, "sgd", 1.0, steps=0)
    with pytest.raises(ValueError, match=r"\(low, high\) is needed, the lower bound first"):
        explain.descent(parabola, "sgd", 1.0, window=(2, 1))


# -- learning_rates -----------------------------------------------------------------------------------


def line(optimizer="sgd"):
    model = cornu.Sequential([cornu.Input((1,)), layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[3.0]])])
    model.compile(optimizer, "mse")
    return model


ONES, ZEROS = np.ones((8, 1), "float32"), np.zeros((8, 1), "float32")


def test_the_sweep_on_a_parabola_is_the_closed_form():
    """The loss is w², so w ← w (1 - 2 η): it shrinks up to η = 1, and grows above."""
    found = explain.learning_rates(line(), ONES, ZEROS, 1e-4, 10, steps=60, batch_size=4)
    rates = np.geomspace(1e-4, 10, 60)
    np.testing.assert_allclose(found.rates, rates, rtol=1e-5)
    expected = 9 * np.cumprod((1 - 2 * rates) ** 2)
    np.testing.assert_allclose(found.losses[:45], expected[:45], rtol=1e-3, atol=1e-9)
    assert 0.25 < found.good[1] < 1.6
    assert found.good[0] < found.suggestion <= found.good[1] / 3 * 1.001
    assert f"Suggestion: learning_rate={found.suggestion:.2g}" in str(found)
    found.as_file("svg")


def test_weights_optimizer_and_randomness_are_bitwise_what_they_were():
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential(
        [
            cornu.Input((1,)),
            layers.Dense(3),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(1),
        ]
    )
    schedule = cornu.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(Adam(schedule), "mse", metrics=["mae"])
    model.fit(ONES, ZEROS, verbose=0)
    kept = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before = [np.asarray(variable.numpy()).tobytes() for variable in kept]
    drawn = np.random.get_state()[1].tobytes()
    found = explain.learning_rates(model, ONES, ZEROS, steps=12, batch_size=4)
    assert np.isfinite(found.losses[0])
    assert [np.asarray(variable.numpy()).tobytes() for variable in kept] == before
    assert np.random.get_state()[1].tobytes() == drawn
    assert model.optimizer._learning_rate is schedule
    model.fit(ONES, ZEROS, verbose=0)


def test_a_model_of_ones_own_with_its_own_step():
    class Doubled(Own):
        def train_step(self, data):
            x, y = data
            return super().train_step((x, y + 1))

    model = Doubled()
    model(np.zeros((1, 3)))
    model.compile("sgd", "mse")
    x, y = np.zeros((8, 3), "float32"), np.zeros((8, 1), "float32")
    found = explain.learning_rates(model, x, y, 1e-9, 1e-8, steps=10)
    np.testing.assert_allclose(found.losses, 0, atol=1e-6)  # the model says 1, and so does the step
    inputs = cornu.Input((1,))
    model = cornu.Model(inputs, layers.Dense(1)(inputs))
    model.compile("adam", "mse")
    assert len(explain.learning_rates(model, ONES, ZEROS, steps=10).rates) == 10


def test_optimizers_of_optax_are_swept_where_their_rate_can_be_set():
    model = line(optax.inject_hyperparams(optax.sgd)(learning_rate=0.5))
    found = explain.learning_rates(model, ONES.tolist(), [0.0] * 8, 1e-4, 10, steps=60, batch_size=4)
    expected = 9 * np.cumprod((1 - 2 * np.geomspace(1e-4, 10, 60)) ** 2)
    np.testing.assert_allclose(found.losses[:45], expected[:45], rtol=1e-3, atol=1e-9)
    assert float(model.optimizer.learning_rate) == 0.5
    with pytest.raises(AttributeError, match=r"optax.inject_hyperparams"):
        explain.learning_rates(line(optax.sgd(0.1)), ONES, ZEROS, steps=10)


def test_a_loss_that_does_not_fall_is_said():
    model = line()
    model.set_weights([np.array([[0.0]])])
    found = explain.learning_rates(model, ONES, ZEROS + 1, 1e-9, 1e-8, steps=10)
    assert found.good is None
    assert found.suggestion is None
    assert "No rate brought the loss down by more than 2%" in str(found)
    found.as_file("svg")


def test_faults_of_learning_rates_are_named():
    model = line()
    with pytest.raises(TypeError, match="takes a model first"):
        explain.learning_rates(3, ONES, ZEROS)
    with pytest.raises(ValueError, match="is not built"):
        explain.learning_rates(cornu.Sequential([layers.Dense(1)]), ONES, ZEROS)
    with pytest.raises(ValueError, match=r"the model is not compiled.*model.compile\("):
        explain.learning_rates(cornu.Sequential([cornu.Input((1,)), layers.Dense(1)]), ONES, ZEROS)
    with pytest.raises(ValueError, match="x has 8 rows, but y has 7"):
        explain.learning_rates(model, ONES, ZEROS[1:])
    with pytest.raises(ValueError, match="of 8 rows of x hold NaN"):
        explain.learning_rates(model, ONES * np.nan, ZEROS)
    with pytest.raises(TypeError, match=r"y is <U1 array of shape \(8,\), and not made of numbers"):
        explain.learning_rates(model, ONES, ["a"] * 8)
    with pytest.raises(TypeError, match="x is 'a generator', and not made of numbers"):
        explain.learning_rates(model, iter(ONES), ZEROS)
    with pytest.raises(TypeError, match="and not made of numbers"):
        explain.learning_rates(model, [[1, 2], [3]], ZEROS)
    with pytest.raises(ValueError, match="the lower one first"):
        explain.learning_rates(model, ONES, ZEROS, 1, 0.1)
    with pytest.raises(ValueError, match=r"steps=5\): a whole number from 10 on"):
        explain.learning_rates(model, ONES, ZEROS, steps=5)
