"""The numbers worked out in the decks, each computed by Dense layers with these weights.

Where a deck rounds or errs, the comment says so, and the right number is expected.
"""

import numpy as np
import pytest

import cornu
from cornu import losses, ops
from cornu.activations import softmax
from cornu.layers import Activation, Dense, LeakyReLU
from cornu.models import Sequential
from cornu.optimizers import SGD

# The four inputs of a logical table.
TABLE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")


def network(*layers, activation="sigmoid"):
    """A network of Dense layers with these (kernel, bias): one column of a kernel per unit."""
    model = Sequential(
        [
            Dense(np.shape(kernel)[1], activation=activation, input_dim=np.shape(kernel)[0])
            for kernel, _ in layers
        ]
    )
    model.set_weights([np.array(weight, dtype="float32") for pair in layers for weight in pair])
    return model


def outputs(model, x):
    return np.asarray(model(np.array(x, dtype="float32")))


def test_deck_000_the_banknote_is_probably_a_fake():
    """p = sigmoid(0.3 * 1 + 0.1 * 2.2 + 1.0) = sigmoid(1.52)."""
    p = outputs(network(([[0.3], [0.1]], [1.0])), [[1, 2.2]])
    assert p.item() == pytest.approx(1 / (1 + np.exp(-1.52)), rel=1e-6)
    assert p.item() == pytest.approx(0.8205, abs=5e-5)


def test_deck_000_the_separation_curve_is_where_p_is_one_half():
    """ln(p / (1 - p)) = 1 + 2 x1 + 0.5 x2 is 0 on x2 = -2 - 4 x1."""
    model = network(([[2.0], [0.5]], [1.0]))
    x1 = np.linspace(-2, 2, 9)
    on, above = outputs(model, np.c_[x1, -2 - 4 * x1]), outputs(model, np.c_[x1, -1 - 4 * x1])
    np.testing.assert_allclose(on, 0.5, atol=1e-6)
    assert (above > 0.5).all()


def test_deck_000_the_matrix_product():
    a, b = [[2, 1], [0, 3]], [[3, 1, 7], [8, 2, 4]]
    model = network((b, [0, 0, 0]), activation=None)
    # The slide has 11 in the first place, but 2 * 3 + 1 * 8 is 14.
    assert outputs(model, a).tolist() == [[14, 4, 18], [24, 6, 12]]


def test_deck_000_two_linear_layers_are_one():
    """(x W) U = x (W U)."""
    w, u, x = (np.random.normal(size=(2, 2)) for _ in range(3))
    two = network((w, [0, 0]), (u, [0, 0]), activation=None)
    one = network((w @ u, [0, 0]), activation=None)
    np.testing.assert_allclose(outputs(two, x), outputs(one, x), rtol=1e-4, atol=1e-6)


def test_deck_002_softmax_of_the_four_classes():
    """The table has 0.0105, 0.8, 0.085, 0.1: no softmax of its inputs; the winner is right."""
    x = np.array([[0.25, 10, 2, 4.02]], dtype="float32")
    exponentials = np.exp(x.astype("float64"))
    expected = exponentials / exponentials.sum()
    np.testing.assert_allclose(expected, [[5.8e-5, 0.99709, 3.34e-4, 2.52e-3]], rtol=5e-3)
    p = outputs(network((np.eye(4), np.zeros(4)), activation="softmax"), x)
    np.testing.assert_allclose(p, expected, rtol=1e-5)
    assert p.sum() == pytest.approx(1, abs=1e-6)
    assert p.argmax() == 1  # the horse; the table's "Argmax(x)" shows the largest value instead


def test_decks_001_and_004_print_softmax_with_the_wrong_sign():
    """exp(-z) as printed would make the largest input the least likely class."""
    z = np.array([[1.0, 2.0, 3.0]], dtype="float32")
    printed = np.exp(-z) / np.exp(-z).sum()
    np.testing.assert_allclose(np.asarray(softmax(-z)), printed, rtol=1e-5)
    assert printed.argmax() == 0
    assert np.asarray(softmax(z)).argmax() == 2


def test_deck_004_softmax_of_two_classes_is_the_logistic_function():
    z = np.linspace(-5, 5, 11, dtype="float32")[:, None]
    both = outputs(network(([[0.0, 1.0]], [0, 0]), activation="softmax"), z)
    np.testing.assert_allclose(both[:, 1], 1 / (1 + np.exp(-z[:, 0])), rtol=1e-5)


def test_deck_003_two_input_values():
    """Hidden units sigmoid(2.2) = 0.90 and sigmoid(-1.6) = 0.17; output sigmoid(1.17) = 0.76."""
    first = ([[3.7, 2.9], [3.7, 2.9]], [-1.5, -4.5])
    hidden = outputs(network(first), [[1.0, 0.0]])
    assert hidden.round(2).tolist() == np.array([[0.90, 0.17]], "float32").tolist()
    # The slide goes on with the rounded 0.90 and 0.17, which give 1.166 and not quite 1.17;
    # unrounded the sum is 1.178. The output is 0.76 each time.
    last = ([[4.5], [-5.2]], [-2.0])
    assert outputs(network(last, activation=None), [[0.90, 0.17]]).item() == pytest.approx(1.166)
    assert outputs(network(last), [[0.90, 0.17]]).item() == pytest.approx(0.76, abs=0.005)
    assert outputs(network(first, last), [[1.0, 0.0]]).item() == pytest.approx(0.7645, abs=5e-5)


AND, OR = ([[20], [20]], [-30]), ([[20], [20]], [-10])
# x1 AND x2 beside (NOT x1) AND (NOT x2), joined by OR.
XNOR = (([[20, -20], [20, -20]], [-30, 10]), OR)


@pytest.mark.parametrize(
    "name, layers, truth",
    [
        ("AND", (AND,), [0, 0, 0, 1]),
        ("OR", (OR,), [0, 1, 1, 1]),
        ("XNOR", XNOR, [1, 0, 0, 1]),
    ],
)
def test_deck_004_logical_functions(name, layers, truth):
    np.testing.assert_allclose(outputs(network(*layers), TABLE)[:, 0], truth, atol=1e-4)


def test_deck_004_the_sums_inside_and_and_or():
    assert outputs(network(AND, activation=None), TABLE)[:, 0].tolist() == [-30, -10, -10, 10]
    assert outputs(network(OR, activation=None), TABLE)[:, 0].tolist() == [-10, 10, 10, 30]


def test_deck_004_not():
    """f(10 - 20 x1)."""
    p = outputs(network(([[-20]], [10])), [[0], [1]])
    np.testing.assert_allclose(p[:, 0], [1, 0], atol=1e-4)


def test_deck_004_the_sigmoid_is_one_percent_from_its_ends_at_4_6():
    low, high = outputs(network(([[1]], [0])), [[-4.6], [4.6]])[:, 0]
    assert low == pytest.approx(0.01, abs=1e-4)
    assert high == pytest.approx(0.99, abs=1e-4)


def test_decks_003_and_004_relu_is_max_of_0_and_x():
    x = np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]], dtype="float32")
    assert outputs(Activation("relu"), x).tolist() == np.maximum(0, x).tolist()


def test_deck_004_the_derivative_of_the_sigmoid_is_sigma_times_one_minus_sigma():
    """By central differences, in steps that float32 resolves."""
    model = network(([[1]], [0]))
    z, step = np.linspace(-3, 3, 13)[:, None], 1e-2
    slope = (outputs(model, z + step) - outputs(model, z - step)) / (2 * step)
    sigma = outputs(model, z)
    np.testing.assert_allclose(slope, sigma * (1 - sigma), atol=1e-4)


# -- losses, gradients and updates --------------------------------------------------------------------


def test_decks_000_002_and_004_crossentropy_is_the_mean_negative_log_likelihood():
    """-1/N sum(y ln a + (1 - y) ln(1 - a)); deck 004 prints the sum without its minus."""
    y, a = np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.9, 0.2, 0.6, 0.99])
    expected = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    assert float(losses.binary_crossentropy(y, a)) == pytest.approx(expected, rel=1e-5)
    right, wrong = (float(losses.binary_crossentropy([1.0], [p])) for p in (1 - 1e-6, 1e-6))
    assert right < 1e-4 < 10 < wrong  # best 0; worse without end


def test_deck_002_mse_is_the_mean_of_squared_differences():
    y, a = np.array([1.0, 2.0, 4.0]), np.array([1.5, 0.0, 4.0])
    assert float(losses.mean_squared_error(y, a)) == pytest.approx(np.mean((y - a) ** 2))


def test_deck_002_the_backward_pass_by_the_chain_rule():
    """J = 1/2 (target - output)^2, output = sigmoid(w1 h1 + w2 h2)."""
    h, w, target, alpha = np.array([[0.4, 0.7]], "float32"), np.array([[0.3], [-0.2]]), 1.0, 0.5
    out = 1 / (1 + np.exp(-(h @ w)))
    expected = h.T * (out * (1 - out)) * -(target - out)  # d input/d w, d output/d input, d J/d output
    model = network((w, [0.0]))
    model.compile(SGD(alpha), lambda y, p: 0.5 * (y - p) ** 2)
    model.train_on_batch(h, np.array([[target]]))
    np.testing.assert_allclose(model.get_weights()[0], w - alpha * expected, rtol=1e-5)


def test_deck_002_glorot_and_he_draw_with_the_variances_of_the_slide():
    """1/n and 2/n, by n inputs of a layer with as many outputs; the slide calls them sigma."""
    n = 400
    for initializer, variance in (("glorot_normal", 1 / n), ("he_normal", 2 / n)):
        layer = Dense(n, kernel_initializer=initializer)
        layer.build((None, n))
        kernel, bias = (np.asarray(weight) for weight in layer.get_weights())
        assert kernel.var() == pytest.approx(variance, rel=0.03)
        assert abs(kernel.mean()) < 4 * np.sqrt(variance) / n
        assert not bias.any()


def test_deck_003_simple_gradient_descent_on_the_slope_of_a_line():
    """theta(t+1) = theta(t) - eta dJ/dtheta for y = x p and cost = sum |t - y|^2."""
    x, t, p, eta = np.array([[1.0], [2.0], [3.0]], "float32"), np.array([[2.0], [4.0], [6.0]]), 0.0, 0.02
    model = Sequential([Dense(1, use_bias=False, kernel_initializer="zeros", input_dim=1)])
    model.compile(
        SGD(eta), lambda y, a: 3 * (y - a) ** 2
    )  # fit takes the mean: three times it is the sum
    model.fit(x, t, epochs=5, batch_size=3, verbose=0)
    for _ in range(5):
        p -= eta * np.sum(-2 * x * (t - x * p))
    assert model.get_weights()[0].item() == pytest.approx(p, rel=1e-5)
    assert p == pytest.approx(2, abs=0.05)


def test_deck_004_l1_and_l2_are_sums_over_the_samples():
    y, h = np.array([1.0, 2.0, 3.0, 10.0]), np.array([1.1, 1.8, 3.1, 4.0])
    l1 = 4 * float(losses.mean_absolute_error(y, h))
    l2 = 4 * float(losses.mean_squared_error(y, h))
    assert l1 == pytest.approx(np.abs(y - h).sum(), rel=1e-5)
    assert l2 == pytest.approx(((y - h) ** 2).sum(), rel=1e-5)
    assert 36 / l2 > 6 / l1 > 0.9  # what the outlier makes of each


def test_deck_004_the_perceptron_with_the_unit_step():
    """f(z) = 1 if z >= 0, else -1: AND of two inputs."""

    def step(z):
        return ops.where(z >= 0, 1.0, -1.0)

    model = network(([[1.0], [1.0]], [-1.5]), activation=step)
    assert outputs(model, TABLE)[:, 0].tolist() == [-1, -1, -1, 1]


def test_deck_004_leaky_relu_is_printed_with_the_wrong_sign():
    """max(0, -alpha x) + max(0, x) would be positive below zero; the first term is subtracted."""
    x, alpha = np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]], dtype="float32"), 0.1
    right = -np.maximum(0, -alpha * x) + np.maximum(0, x)
    np.testing.assert_allclose(outputs(LeakyReLU(negative_slope=alpha), x), right, rtol=1e-6)


@pytest.mark.parametrize(
    "function, at, slopes",
    [
        (lambda x, y: x * y, (3.0, 5.0), (5, 3)),
        (lambda x, y: x + y, (3.0, 5.0), (1, 1)),
        (ops.maximum, (3.0, 5.0), (0, 1)),
        (lambda x: 1 / x, (2.0,), (-0.25,)),
        (lambda x: 7.0 + x, (2.0,), (1,)),
        (ops.exp, (0.0,), (1,)),
        (lambda x: 3.0 * x, (2.0,), (3,)),
    ],
)
def test_deck_004_derivatives_by_simple_rules(function, at, slopes):
    found = cornu.grad(function, argnums=tuple(range(len(at))))(*at)
    assert [float(slope) for slope in found] == pytest.approx(slopes)


def test_deck_004_the_computational_graph():
    """f = x y + z at (2, -3, 4)."""
    value, found = cornu.value_and_grad(lambda x, y, z: x * y + z, argnums=(0, 1, 2))(2.0, -3.0, 4.0)
    assert float(value) == -2
    assert [float(slope) for slope in found] == [-3, 2, 1]
    # A branch point: the gradients of both ways are added.
    (branch,) = cornu.grad(lambda x: x * 3.0 + ops.maximum(x, 1.0) * 2.0, argnums=(0,))(5.0)
    assert float(branch) == 5
