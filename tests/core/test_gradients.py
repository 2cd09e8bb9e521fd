"""Derivatives of code over objects: against the lecture, NumPy, numeric differences, JAX and Keras."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import Variable, layers
from cornu.core.masks import mask_of, set_mask
from cornu.core.pure import named, pure, read

KINDS = ("grad", "value_and_grad", "jacobian", "hessian")


@pytest.fixture
def pair():
    return Variable([1.0, 2.0], name="w"), Variable(0.0, trainable=False, name="count")


def network(**options):
    cornu.utils.set_random_seed(2)
    return cornu.Sequential(
        [cornu.Input((3,)), layers.Dense(4, activation="tanh", **options), layers.Dense(1)]
    )


X = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")
Y = X[:, :1] - 2 * X[:, 1:2]
mse = cornu.losses.MeanSquaredError()


# With respect to arguments ------------------------------------------------------------------------


def test_the_lecture_on_back_propagation():
    # f = x * y + z at (2, -3, 4): the slide's forward values and gradients
    def f(x, y, z):
        return x * y + z

    value, gradients = cornu.value_and_grad(f, argnums=(0, 1, 2))(2.0, -3.0, 4.0)
    assert float(value) == -2
    assert [float(g) for g in gradients] == [-3, 2, 1]
    assert float(cornu.grad(f, argnums=-1)(2.0, -3.0, 4.0)) == 1


@settings(deadline=None, max_examples=5)
@given(st.lists(st.floats(-2, 2, width=32), min_size=3, max_size=3))
def test_numeric_differences(numbers):
    x = np.array(numbers)

    def f(x, np=jnp):
        return np.sum(np.sin(x) * x) + x[0] * x[1] ** 2

    steps = 1e-5 * np.eye(len(x))
    expected = [(f(x + step, np) - f(x - step, np)) / 2e-5 for step in steps]
    value, gradient = cornu.value_and_grad(f)(x)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(value, f(x, np), rtol=1e-5, atol=1e-5)
    steps = [cornu.grad(f)(np.float32(x) + np.float32(h)) for h in 0.01 * np.eye(len(x))]
    slopes = (np.stack(steps) - np.asarray(gradient)) / 0.01
    np.testing.assert_allclose(cornu.hessian(f)(x), slopes, atol=0.1)


def test_a_jacobian_of_a_linear_map_is_its_matrix():
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float32")
    np.testing.assert_array_equal(cornu.jacobian(lambda x: matrix @ x)(np.ones(3)), matrix)
    both = cornu.jacobian(lambda x, y: matrix @ x + y, argnums=(0, 1))(np.ones(3), np.ones(2))
    np.testing.assert_array_equal(both[0], matrix)
    np.testing.assert_array_equal(both[1], np.eye(2))
    nested = cornu.jacobian(lambda x: {"a": x**2, "b": jnp.sum(x)})(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(nested["a"], np.diag([2, 4]))
    np.testing.assert_array_equal(nested["b"], [1, 1])


def test_the_hessian_of_a_quadratic_form():
    a = np.array([[2.0, 1.0], [0.0, 3.0]], "float32")
    np.testing.assert_allclose(cornu.hessian(lambda x: x @ a @ x)(np.ones(2)), a + a.T)


def test_other_arguments_go_through(pair):
    w, _ = pair
    gradient = cornu.grad(lambda x, power, *, scale: jnp.sum(x**power) * scale)(w, 3, scale=2.0)
    np.testing.assert_array_equal(gradient, [6, 24])  # a variable as argument stands for its value
    nested = cornu.grad(lambda p: p["a"] * p["b"][0])({"a": 2.0, "b": [5.0]})
    assert nested == {"a": 5.0, "b": [2.0]}


def test_stop_gradient(pair):
    w, _ = pair
    np.testing.assert_array_equal(cornu.grad(lambda: jnp.sum(w * jax.lax.stop_gradient(w)), w)(), [1, 2])


# With respect to variables ------------------------------------------------------------------------


def polynomial(w, x):
    return jnp.sum(w**3 * x) + jnp.prod(jnp.sin(w))


@settings(deadline=None, max_examples=15)
@given(st.lists(st.floats(-2, 2, width=32), min_size=2, max_size=3))
def test_gradients_are_those_of_jax(numbers):
    values = np.array(numbers, "float32")
    x = np.arange(1.0, len(values) + 1, dtype="float32")
    w = Variable(values)
    loss, gradients = cornu.value_and_grad(lambda x: polynomial(w.value, x), [w])(x)
    expected, slope = jax.value_and_grad(polynomial)(values, x)
    np.testing.assert_allclose(loss, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradients[0], slope, rtol=1e-5, atol=1e-6)
    square = cornu.hessian(lambda: polynomial(w.value, x), [w])()[0][0]
    np.testing.assert_allclose(square, jax.hessian(polynomial)(values, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parity
def test_gradients_of_a_model_are_those_of_keras():
    import keras

    model = network()
    theirs = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)]
    )
    theirs.set_weights(model.get_weights())

    def loss_of_keras(weights):
        y_pred, _ = theirs.stateless_call(weights, [], X)
        return keras.losses.MeanSquaredError()(Y, y_pred)

    start = [v.value for v in theirs.trainable_variables]
    expected, slopes = jax.value_and_grad(loss_of_keras)(start)
    loss, gradients = cornu.value_and_grad(lambda: mse(Y, model(X)), model.trainable_variables)()
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    for ours, slope in zip(gradients, slopes, strict=True):
        np.testing.assert_allclose(ours, slope, rtol=1e-5, atol=1e-6)


def test_the_nesting_of_the_variables_is_that_of_the_gradients(pair):
    w, count = pair
    found = cornu.grad(lambda: jnp.sum(w**2) * (count + 1), {"a": w, "b": (count,)})()
    np.testing.assert_array_equal(found["a"], [2, 4])
    assert float(found["b"][0]) == 5


def test_a_variable_that_the_loss_does_not_use_has_gradient_zero(pair):
    w, count = pair
    gradients = cornu.grad(lambda: jnp.sum(w.value), [w, count])()
    np.testing.assert_array_equal(gradients[0], [1, 1])
    assert float(gradients[1]) == 0


def test_the_derivative_of_all_weights_of_mixed_precision_is_in_their_dtype():
    model = network(dtype="mixed_float16")
    gradients = cornu.grad(lambda: mse(Y, model(X)), model.trainable_variables)()
    assert {str(g.dtype) for g in gradients} == {"float32"}


# What is assigned, returned beside, and masked ----------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_assigned_on_the_way_stays_assigned(pair, kind):
    w, count = pair

    def loss():
        count.assign_add(jnp.sum(w.value))
        return jnp.sum(w.value**2), {"count": count, "name": "a string", "w": w * 2}

    _, rest = cornu.grad(loss, [w], has_aux=True)()
    assert (float(count), float(rest["count"]), rest["name"]) == (3, 3, "a string")
    result = getattr(cornu, kind)(loss, w, has_aux=True)()
    assert float(count) == 6
    found, rest = (result[1], result[0][1]) if kind == "value_and_grad" else result
    assert rest["name"] == "a string"
    np.testing.assert_array_equal(rest["w"], [2, 4])
    np.testing.assert_allclose(found, np.eye(2) * 2 if kind == "hessian" else [2, 4])
    np.testing.assert_array_equal(w, [1, 2])


def test_a_variable_that_the_function_assigns_is_differentiated_from_its_start(pair):
    w, _ = pair

    def loss():
        w.assign(w**2)
        return jnp.sum(w**2)  # Σ w⁴

    np.testing.assert_array_equal(cornu.grad(loss, w)(), [4, 32])
    np.testing.assert_array_equal(w, [1, 4])


def test_an_error_on_the_way_leaves_all_variables_as_they_were(pair):
    w, count = pair

    def fails():
        count.assign(7.0)
        raise KeyError("oh")

    with pytest.raises(KeyError, match="oh"):
        cornu.grad(fails, w)()
    assert float(count) == 0


def test_random_numbers_and_moving_averages_go_on():
    model = cornu.Sequential(
        [cornu.Input((3,)), layers.BatchNormalization(momentum=0.0), layers.Dropout(0.5)]
    )
    step = cornu.grad(lambda: jnp.sum(model(X, training=True) ** 2), model.trainable_variables)
    first, second = step(), step()
    assert not np.allclose(first[0], second[0])  # another mask of the dropout
    np.testing.assert_allclose(model.layers[0].moving_mean, X.mean(axis=0), atol=1e-6)


def test_masks_of_what_is_returned_beside_the_loss_stay(pair):
    w, _ = pair

    def loss():
        outputs = w * 2
        set_mask(outputs, jnp.array([True, False]))
        return jnp.sum(outputs), outputs

    _, outputs = cornu.grad(loss, w, has_aux=True)()
    assert mask_of(outputs).tolist() == [True, False]


# Nested, compiled, in a step of one's own ---------------------------------------------------------


def test_the_penalty_of_a_gradient(pair):
    # g(w) = |∂/∂x Σ (w x)²| = |2 w² x|; ∂g/∂w = 4 w x for positive x
    w, _ = pair
    x = np.array([0.5, 0.25], "float32")

    def penalty():
        slope = cornu.grad(lambda x: jnp.sum((w * x) ** 2))(x)
        return jnp.sum(jnp.abs(slope))

    np.testing.assert_allclose(cornu.grad(penalty, w)(), 4 * w.numpy() * x, rtol=1e-6)


def test_the_penalty_of_the_gradient_of_a_network_against_numeric_differences():
    model = network()

    def penalty():
        slope = cornu.grad(lambda x: jnp.sum(model(x)))(X)
        return jnp.mean((jnp.sqrt(jnp.sum(slope**2, axis=1)) - 1) ** 2)

    kernel = model.trainable_variables[0]
    gradient = np.asarray(cornu.jit(cornu.grad(penalty, kernel))())
    start, compiled = kernel.numpy(), cornu.jit(penalty)
    for place in ((0, 0), (2, 3)):
        values = []
        for step in (1e-2, -1e-2):
            shifted = start.copy()
            shifted[place] += step
            kernel.assign(shifted)
            values.append(float(compiled()))
        kernel.assign(start)
        assert gradient[place] == pytest.approx((values[0] - values[1]) / 2e-2, rel=1e-2, abs=1e-4)


def test_derivatives_by_variables_may_be_nested(pair):
    w, count = pair
    inner = cornu.grad(lambda: jnp.sum(w**3) * (count + 1), w)  # 3 w² (count + 1)
    np.testing.assert_array_equal(cornu.grad(lambda: jnp.sum(inner()), w)(), [6, 12])
    assert float(cornu.grad(lambda: jnp.sum(inner()), count)()) == 15


def test_gradients_inside_a_compiled_program(pair):
    w, count = pair

    def step(x):
        loss, (gradient,) = cornu.value_and_grad(
            lambda: (jnp.sum(w.value * x), count.assign(x))[0], [w]
        )()
        w.assign(w.value - 0.5 * gradient)
        return loss

    state = named(all=[w, count])
    new, loss = jax.jit(pure(step, state))(read(state), 2.0)
    assert float(loss) == 6
    np.testing.assert_array_equal(new["all"]["w"], [0, 1])
    assert float(new["all"]["count"]) == 2
    np.testing.assert_array_equal(w, [1, 2])


def train(model, step, steps=5):
    return [float(step(X, Y)) for _ in range(steps)], model.get_weights()


def by_hand(model, optimizer):
    def step(x, y):
        weights = model.trainable_variables
        loss, gradients = cornu.value_and_grad(lambda: mse(y, model(x, training=True)), weights)()
        optimizer.apply(gradients, weights)
        return loss

    return step


@pytest.mark.parametrize("compiled", [False, True])
def test_a_loop_by_hand_trains_as_fit_does(compiled):
    model = network()
    step = by_hand(model, cornu.optimizers.Adam(0.05))
    losses, weights = train(model, cornu.jit(step) if compiled else step)
    model = network()
    model.compile(cornu.optimizers.Adam(0.05), "mse")
    history = model.fit(X, Y, epochs=5, batch_size=6, shuffle=False, verbose=0).history
    np.testing.assert_allclose(losses, history["loss"], rtol=1e-5)
    for ours, expected in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-6)


class Penalized(cornu.Sequential):
    def train_step(self, data):
        x, y = data

        def loss():
            slope = cornu.grad(lambda x: jnp.sum(self(x)))(x)
            return mse(y, self(x, training=True)) + jnp.mean(slope**2)

        value, gradients = cornu.value_and_grad(loss, self.trainable_variables)()
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": value}


@pytest.mark.parametrize("eager", [False, True])
def test_a_gradient_penalty_in_a_train_step(eager):
    cornu.utils.set_random_seed(0)
    model = Penalized([cornu.Input((3,)), layers.Dense(1, use_bias=False)])
    model.compile(cornu.optimizers.SGD(0.1), run_eagerly=eager)
    start = model.get_weights()[0]
    model.fit(X, Y, batch_size=6, shuffle=False, verbose=0)
    # ∂/∂w [mean (x w - y)² + mean w²]
    slope = 2 * X.T @ (X @ start - Y) / len(X) + 2 * start / 3
    np.testing.assert_allclose(model.get_weights()[0], start - 0.1 * slope, rtol=1e-4, atol=1e-6)


def test_a_layer_may_be_a_derivative():
    class Slope(layers.Layer):
        def call(self, x):
            return cornu.grad(lambda x: jnp.sum(x**3))(x)

    x = cornu.Input((2,))
    model = cornu.Model(x, Slope()(x))
    assert model.output_shape == (None, 2)
    np.testing.assert_allclose(model.predict(np.array([[1.0, 2.0]]), verbose=0), [[3, 12]])


def test_rematerialized_layers():
    with cornu.RematScope("full"):
        model = network()
    remade = cornu.grad(lambda: mse(Y, model(X)), model.trainable_variables)()
    model = network()
    kept = cornu.grad(lambda: mse(Y, model(X)), model.trainable_variables)()
    for one, other in zip(remade, kept, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda d: d(1.0, []), TypeError, r"takes a function, but got 1.0\. .* happen inside"),
        (lambda d: d(lambda x: x)(2), TypeError, r"argument 0 is 2, and only floats.*Write 2\.0"),
        (
            lambda d: d(lambda a, x: x.sum(), argnums=1)(0.0, np.ones(3, "int32")),
            TypeError,
            r"argument 1 is int32 array of shape \(3,\), and only floats have a derivative",
        ),
        (lambda d: d(lambda: 1.0)(), ValueError, r"called with 0 positional.*trainable_variables"),
        (lambda d: d(lambda x: x, argnums=2)(1.0), ValueError, r"argnums=2.*with 1 positional"),
        (lambda d: d(lambda: 1.0, 1), TypeError, r"takes variables, but got 1\..*argnums=0"),
        (lambda d: d(lambda: 1.0, []), ValueError, r"holds no variable.*before it is built"),
        (lambda d: d(lambda: 1.0, layers.Dense(1)), TypeError, r"Write .*model.trainable_variables"),
        (
            lambda d: d(lambda: 1.0, [Variable(0, name="steps")]),
            TypeError,
            r'variable "steps" holds int32.*model.trainable_variables instead of model.variables',
        ),
        (lambda d: d(lambda: 1.0, [Variable(0.0)] * 2), ValueError, r"listed twice"),
        (lambda d: d(lambda: 1.0, Variable(0.0), 1), ValueError, r"either variables or argnums"),
        (lambda d: d(lambda x: 1)(1.0), TypeError, r"must give floats, but gave 1\."),
        (lambda d: d(lambda x: x > 0)(1.0), TypeError, r"must give floats, but gave bool array"),
        (lambda d: d(lambda x: x, has_aux=True)(1.0), ValueError, r"must give a pair"),
        (
            lambda d: d(lambda x: x)(cornu.Input((3,))),
            TypeError,
            r"argument 0 is a symbolic tensor \(\(None, 3\)\), which has no values yet",
        ),
        (
            lambda d: d(lambda x: network()(cornu.Input((3,))))(1.0),
            TypeError,
            r"the function's result is a symbolic tensor",
        ),
    ],
)
def test_what_cannot_be_differentiated_is_said(kind, call, error, words):
    with pytest.raises(error, match=rf"cornu\.{kind}.*{words}"):
        call(getattr(cornu, kind))


@pytest.mark.parametrize("kind", ["grad", "value_and_grad", "hessian"])
@pytest.mark.parametrize(
    ("result", "words"),
    [
        (lambda x: x, r"gave float32 array of shape \(3,\).*mean or sum, or use cornu.jacobian"),
        (lambda x: (x.sum(), x), r"gave a tuple.*has_aux=True"),
        (lambda x: None, r"gave a NoneType.*add a return"),
    ],
)
def test_a_gradient_is_of_one_number(kind, result, words):
    with pytest.raises(
        ValueError, match=rf"cornu\.{kind}: the function must give one number, but {words}"
    ):
        getattr(cornu, kind)(result)(np.ones(3, "float32"))
