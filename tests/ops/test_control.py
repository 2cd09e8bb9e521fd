"""Loops and branches: Python's results, what their functions assign, and messages that teach."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops

X = np.arange(6, dtype="float32").reshape(3, 2)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=5), st.booleans())
def test_loops_are_those_of_python(numbers, reverse):
    xs = np.array(numbers, "int32")
    total, seen = 1, []
    for x in reversed(numbers) if reverse else numbers:
        total = 2 * total + x
        seen.append(total)
    found, history = ops.scan(lambda c, x: (2 * c + x,) * 2, 1, xs, reverse=reverse)
    assert found == total
    assert history.tolist() == (seen[::-1] if reverse else seen)
    found = ops.fori_loop(0, len(numbers), lambda i, c: c + jnp.asarray(xs)[i], 0)
    assert found == sum(numbers)
    _, found = ops.while_loop(
        lambda i, c: i < len(numbers), lambda i, c: (i + 1, c + jnp.asarray(xs)[i]), (0, 0)
    )
    assert found == sum(numbers)
    assert ops.associative_scan(jnp.add, xs).tolist() == np.cumsum(numbers).tolist()
    assert ops.map(lambda x: x * x, xs).tolist() == [x * x for x in numbers]


# -- what the functions assign ----------------------------------------------------------------------


def every_loop(step):
    """Calls of each op that runs `step()` three times."""
    return {
        "map": lambda: ops.map(lambda x: (step(), x)[1], X),
        "scan": lambda: ops.scan(lambda c, x: (step(), (c, x))[1], 0.0, X),
        "fori_loop": lambda: ops.fori_loop(0, 3, lambda i, c: (step(), c)[1], 0.0),
        "while_loop": lambda: ops.while_loop(lambda i: i < 3, lambda i: (step(), i + 1)[1], 0),
    }


@pytest.mark.parametrize("name", list(every_loop(None)))
@pytest.mark.parametrize("compiled", [False, True])
def test_a_variable_is_assigned_in_every_round(name, compiled):
    count = cornu.Variable(1.0)
    run = every_loop(lambda: count.assign(count * 2))[name]
    if compiled:
        layer = cornu.layers.Lambda(lambda x: (run(), x)[1])
        model = cornu.Sequential([layer])
        model.compile("sgd", "mse")
        model.evaluate(X, X, verbose=0)
    else:
        run()
    assert float(count) == 8


def test_a_seed_generator_draws_other_numbers_in_every_step():
    seed, again = cornu.random.SeedGenerator(3), cornu.random.SeedGenerator(3)
    found = ops.map(lambda x: x + cornu.random.normal((2,), seed=seed), X * 0)
    expected = [cornu.random.normal((2,), seed=again) for _ in range(3)]
    np.testing.assert_allclose(found, np.stack(expected), rtol=1e-6)
    assert seed.state.numpy().tolist() == again.state.numpy().tolist()


def test_a_branch_assigns_only_where_it_is_taken():
    first, second = cornu.Variable(0.0), cornu.Variable(0.0)
    branches = [lambda x: (first.assign(x), x)[1], lambda x: (second.assign_add(x), x)[1]]
    ops.switch(1, branches, 5.0)
    ops.cond(False, lambda: first.assign(1.0), lambda: None)
    assert (float(first), float(second)) == (0, 5)


def test_a_variable_that_is_returned_has_the_value_of_the_step():
    count = cornu.Variable(0.0)
    found = ops.map(lambda x: (count.assign_add(1.0), count)[1], X)
    assert found.tolist() == [1, 2, 3]


def test_assignments_in_a_model_that_is_trained():
    class Counts(cornu.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight((), initializer="ones", name="scale")
            self.count = self.add_weight((), initializer="zeros", trainable=False, name="count")

        def call(self, x):
            def step(row):
                self.count.assign_add(1.0)
                self.add_loss(self.scale)
                return row * self.scale

            return ops.map(step, x)

    model = cornu.Sequential([Counts()])
    model.compile("sgd", "mse")
    history = model.fit(X, X, batch_size=3, epochs=2, verbose=0)
    assert float(model.layers[0].count) == 6
    assert history.history["loss"][0] == pytest.approx(3.0)  # the scale is right: it is all penalty
    assert float(model.layers[0].scale) < 1


def test_the_losses_of_layers_do_not_leak_out_of_an_eager_loop():
    layer = cornu.layers.ActivityRegularization(l2=1.0)
    assert ops.map(layer, X).tolist() == X.tolist()


def test_every_element_at_once_shares_what_is_assigned():
    seed = cornu.random.SeedGenerator(3)
    found = ops.vectorized_map(lambda x: x + cornu.random.normal((2,), seed=seed), X * 0)
    assert found[0].tolist() == found[1].tolist()
    assert seed.state.numpy().tolist() == [3, 1]
    last = cornu.Variable([0.0, 0.0], name="last")
    with pytest.raises(TypeError, match=r'assigns variables \("last"\) what differs from .* ops.map'):
        ops.vectorized_map(last.assign, X)
    assert last.numpy().tolist() == [0, 0]


def test_a_function_that_cond_of_a_loop_may_not_assign():
    count = cornu.Variable(0.0, name="count")
    with pytest.raises(ValueError, match=r'cond assigns the variable "count". Assign it in body'):
        ops.while_loop(lambda i: (count.assign_add(1.0), i < 3)[1], lambda i: i + 1, 0)


def test_an_assignment_that_would_be_lost_is_refused():
    count = cornu.Variable(0.0, name="count")
    with pytest.raises(ValueError, match=r"assigned inside a function compiled by jax.jit that Cornu"):
        jax.jit(lambda x: ops.map(lambda row: (count.assign_add(1.0), row)[1], x))(X)
    with pytest.raises(
        ValueError, match=r'ops.custom_gradient: the function assigns the variable "count"'
    ):
        ops.custom_gradient(lambda x: (count.assign_add(1.0), (x, lambda g: g))[1])(1.0)


# -- gradients and symbolic tensors -----------------------------------------------------------------


def test_gradients_flow_through_variables_that_loops_read():
    weight = cornu.Variable(2.0)

    def loss():
        return ops.scan(lambda c, x: (c * weight, None), 1.0, X)[0]

    value, gradients = cornu.value_and_grad(loss, [weight])()
    assert (float(value), float(gradients[0])) == (8, 12)


def test_own_gradients_hold_at_once_compiled_and_in_a_model():
    @ops.custom_gradient
    def doubled(x, scale):
        def grad(*args, upstream=None):
            if upstream is None:
                (upstream,) = args
            return upstream * 10.0, ops.cast(0, "float32")

        return x * scale, grad

    scale = cornu.Variable(2.0)
    assert doubled(3.0, scale) == 6
    assert jax.jit(jax.grad(lambda x: doubled(x, scale)))(3.0) == 10
    inputs = cornu.Input((2,))
    model = cornu.Model(inputs, doubled(inputs, 2.0))
    assert jax.grad(lambda x: model(x).sum())(jnp.ones((1, 2))).tolist() == [[10, 10]]


def test_control_flow_in_a_functional_model():
    x = cornu.Input((2,))
    total, totals = ops.scan(lambda c, row: (c + row, c), ops.cast([0, 0], "float32"), x)
    outputs = [
        total,
        totals,
        ops.cond(ops.cast(x[0, 0], "bool"), lambda: 1.0, lambda: 2.0),
        ops.switch(ops.cast(x[0, 1], "int32"), [lambda y: y, lambda y: -y], x),
        ops.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2), (0, x))[1],
        ops.fori_loop(0, 2, lambda i, y: y + i, x),
        ops.jvp(ops.cos, (x,), (x,))[1],
        ops.vectorized_map(lambda row: row[::-1], x),
    ]
    assert [y.shape for y in outputs] == [(2,), (None, 2), (), *[(None, 2)] * 5]
    model = cornu.Model(x, outputs)
    expected = [
        X.sum(0),
        X.cumsum(0) - X,
        2.0,
        -X,
        8 * X,
        X + 1,
        -np.sin(X) * X,
        X[:, ::-1],
    ]
    for each in (model(X), jax.jit(model)(X)):
        for found, wanted in zip(each, expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_model_with_a_function_that_is_known_by_name():
    x = cornu.Input((2,))
    model = cornu.Model(x, ops.map(ops.cos, ops.map(halved, x)))
    again = cornu.Model.from_config(model.get_config(), custom_objects={"halved": halved})
    np.testing.assert_allclose(again(X), np.cos(X / 2), rtol=1e-6)
    with pytest.raises(ValueError, match='No class or function "halved" is known'):
        cornu.Model.from_config(model.get_config())


def halved(x):
    return x / 2


# -- errors -----------------------------------------------------------------------------------------


class Mine(TypeError):
    pass


def failing(*_):
    raise Mine("of the user's own")


@pytest.mark.parametrize("x", [X, cornu.KerasTensor((None, 2)), cornu.KerasTensor((3, 2))])
@pytest.mark.parametrize(
    "call",
    [
        lambda x: ops.map(failing, x),
        lambda x: ops.scan(failing, 0, x),
        lambda x: ops.associative_scan(failing, x),
        lambda x: ops.vectorized_map(failing, x),
        lambda x: ops.switch(1, [failing, failing], x),
        lambda x: ops.while_loop(failing, lambda y: y, x),
        lambda x: ops.while_loop(lambda y: True, failing, x),
        lambda x: ops.fori_loop(0, 3, failing, x),
        lambda x: ops.jvp(failing, (x,), (x,)),
        lambda x: ops.custom_gradient(failing)(x),
    ],
)
def test_errors_of_the_users_functions_come_out_as_they_are(call, x):
    with pytest.raises(Mine) as error:
        call(x)
    assert error.value.args == ("of the user's own",)


def test_an_error_of_a_branch_comes_out_as_it_is():
    with pytest.raises(Mine, match=r"^of the user's own"):
        ops.cond(True, failing, lambda: 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ops.cond(True, lambda: jnp.ones(2), lambda: [jnp.ones(2)]),
            r"ops.cond: all branches .* \[float32 \(2,\)\] \(false_fn\) and float32 \(2,\) \(true_fn\)",
        ),
        (
            lambda: ops.switch(0, [lambda x: x, lambda x: x > 0], X),
            r"ops.switch: all branches .*float32 \(3, 2\) \(branches\[0\]\) and bool \(3, 2\)",
        ),
        (
            lambda: ops.scan(lambda c, x: ((c, c), x), 0.0, X),
            r"ops.scan: what goes from step to step .* f was given float32 \(\) and returned \(float32",
        ),
        (lambda: ops.scan(lambda c, x: c, 0.0, X), r"f must return a pair.*return carry, None"),
        (
            lambda: ops.fori_loop(0, 3, lambda i, c: {"a": c}, {"a": X}),
            r"ops.fori_loop: .* body_fun was given {'a': float32 \(3, 2\)} and returned {'a': {'a'",
        ),
        (
            lambda: ops.while_loop(lambda i, c: i < 3, lambda i, c: (i + 1, c > 0), (0, X)),
            r"ops.while_loop: .* body was given \(int32 \(\), float32 \(3, 2\)\) and returned \(int32",
        ),
        (
            lambda: ops.while_loop(lambda i, c: i < 3, lambda i, c: i + 1, (0, X)),
            "ops.while_loop: body must return a tuple of 2 values",
        ),
        (
            lambda: ops.associative_scan(lambda a, b: a[:, :1], X),
            "ops.associative_scan: what goes from step to step must keep",
        ),
        (lambda: ops.jvp(jnp.sin, (X,), (X[0],)), r"tangents must have the form of primals, .*\(2,\)"),
        (
            lambda: ops.cond(True, 1.0, 2.0),
            "true_fn must be a function without .*lambda: value",
        ),
    ],
)
def test_wrong_structures_are_explained(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.map(abs, (X, X[:2])), r"ops.map: the tensors in xs must have one size.*\(2, 2\)"),
        (lambda: ops.map(abs, 3.0), r"ops.map: .* but their shapes are \(\)"),
        (lambda: ops.vectorized_map(abs, []), "ops.vectorized_map: .* their shapes are nothing"),
        (lambda: ops.scan(abs, 0.0), "ops.scan needs xs, or the number of steps"),
        (lambda: ops.scan(abs, 0.0, X, length=2), "length=2, but xs has 3 elements"),
        (lambda: ops.scan(abs, 0.0, X, unroll=0), "unroll must be True, False or a number from 1 on"),
        (lambda: ops.associative_scan(abs, X, axis=2), "must have one size of axis 2"),
        (lambda: ops.cond(X > 0, abs, abs), r"pred must be a single truth value.*ops.where\(pred"),
        (lambda: ops.switch(1.0, [abs]), "index must be a single whole number"),
        (lambda: ops.switch(1, []), "branches is empty"),
        (lambda: ops.while_loop(lambda x: x > 0, abs, X), "cond must give a single truth value"),
    ],
)
def test_wrong_arguments_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_symbolic_tensor_from_outside_is_refused():
    x = cornu.Input((2,))
    flag = cornu.Input((), batch_size=None)
    for call, instead in (
        (lambda: ops.cond(True, lambda: x, lambda: x * 2), r"Write ops.where\(pred, x1, x2\)"),
        (lambda: ops.map(lambda row: flag, X), "Make it a part of xs"),
        (functools.partial(ops.fori_loop, 0, 2, lambda i, c: x, X), "Make it a part of init_val"),
    ):
        with pytest.raises(TypeError, match=f"a symbolic tensor that is not among its.*{instead}"):
            call()
