"""cornu.jit: compiled once per shape, with the variables' values of now going in and coming out."""

import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import Variable, layers


class Counted:
    """A function that counts how often its Python code runs."""

    def __init__(self, function):
        self.function, self.runs, self.__name__ = function, 0, "step"

    def __call__(self, *args, **kwargs):
        self.runs += 1
        return self.function(*args, **kwargs)


def runs(counted, call):
    """How often the Python code ran during the call."""
    before = counted.runs
    call()
    return counted.runs - before


# Traces -------------------------------------------------------------------------------------------


def test_without_variables_it_is_traced_once_per_shape_and_dtype():
    double = Counted(lambda x: 2 * x)
    compiled = cornu.jit(double)
    assert runs(double, lambda: compiled(np.ones(3, "float32"))) == 1
    assert runs(double, lambda: compiled(np.zeros(3, "float32"))) == 0
    assert runs(double, lambda: compiled(np.ones(4, "float32"))) == 1
    assert runs(double, lambda: compiled(np.ones(4, "int32"))) == 1
    assert runs(double, lambda: [compiled(2.0), compiled(3.0)]) == 1
    np.testing.assert_array_equal(compiled(np.ones(3, "float32")), [2, 2, 2])


def test_with_variables_the_first_call_is_traced_twice():
    total = Variable(0.0)
    add = Counted(lambda x: total.assign_add(jnp.sum(x)))
    compiled = cornu.jit(add)
    assert runs(add, lambda: compiled(np.ones(3, "float32"))) == 2
    assert runs(add, lambda: compiled(np.ones(3, "float32"))) == 0
    assert runs(add, lambda: compiled(np.ones(4, "float32"))) == 1
    assert runs(add, lambda: compiled(np.ones(3, "float32"))) == 0
    assert float(total) == 13


def test_a_variable_that_another_shape_assigns_is_found():
    weight, count = Variable(2.0), Variable(0.0)

    def f(x):
        if x.ndim:  # shapes are known while tracing
            count.assign_add(1.0)
            weight.assign(10.0)
        return weight * x

    compiled = cornu.jit(f)
    assert float(compiled(1.0)) == 2
    np.testing.assert_array_equal(compiled(np.ones(2, "float32")), [10, 10])
    assert (float(weight), float(count)) == (10, 1)
    assert float(compiled(3.0)) == 30
    np.testing.assert_array_equal(compiled(np.ones(2, "float32")), [10, 10])
    assert float(count) == 2


# Variables ----------------------------------------------------------------------------------------


def test_a_value_assigned_from_outside_is_used():
    w = Variable([1.0, 2.0])
    double = Counted(lambda: w * 2)
    compiled = cornu.jit(double)
    np.testing.assert_array_equal(compiled(), [2, 4])
    w.assign([5.0, 6.0])
    assert runs(double, lambda: np.testing.assert_array_equal(compiled(), [10, 12])) == 0


def test_an_array_taken_out_of_a_variable_stays_readable():
    w = Variable([1.0, 2.0])
    compiled = cornu.jit(lambda: w.assign(w * 2))
    compiled()
    held = w.value
    compiled()
    np.testing.assert_array_equal(held, [2, 4])
    np.testing.assert_array_equal(w, [4, 8])


def test_variables_that_were_given_the_same_value_stay_apart():
    a, b, c = (Variable([number, 0.0]) for number in (1.0, 2.0, 3.0))

    @cornu.jit
    def step():
        a.assign_add([1.0, 1.0])
        b.assign(a)
        c.assign(b)

    for _ in range(3):
        step()
    b.assign([0.0, 0.0])
    for variable, expected in ((a, [4, 3]), (b, [0, 0]), (c, [4, 3])):
        np.testing.assert_array_equal(variable, expected)


def test_a_variable_that_is_returned_gives_its_new_value():
    count = Variable(0.0)

    @cornu.jit
    def step():
        count.assign_add(1.0)
        return {"count": count, "nothing": None}

    step()
    assert float(step()["count"]) == 2


def test_layers_are_built_and_optimizers_get_their_slots_while_tracing():
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    mse = cornu.losses.MeanSquaredError()

    def train(wrap):
        cornu.utils.set_random_seed(4)
        model = cornu.Sequential(
            [
                layers.Dense(4, activation="tanh"),
                layers.BatchNormalization(),
                layers.Dropout(0.5),
                layers.Dense(1),
            ]
        )
        optimizer = cornu.optimizers.Adam(0.01)

        def step(x, y):
            model(x)  # builds it
            weights = model.trainable_variables
            loss, grads = cornu.value_and_grad(lambda: mse(y, model(x, training=True)), weights)()
            optimizer.apply(grads, weights)
            return loss

        step = wrap(step)
        losses = [float(step(x, y)) for _ in range(4)]
        return losses, [v.numpy() for v in (*model.variables, *optimizer.variables)]

    losses, compiled = train(cornu.jit)
    expected, eager = train(lambda step: step)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert len(compiled) == len(eager)
    for ours, theirs in zip(compiled, eager, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_seed_generators_go_on_and_give_what_they_give_uncompiled():
    generator, other = cornu.random.SeedGenerator(3), cornu.random.SeedGenerator(3)
    draw = cornu.jit(lambda: cornu.random.uniform((4,), seed=generator))
    for _ in range(3):
        np.testing.assert_allclose(draw(), cornu.random.uniform((4,), seed=other), rtol=1e-6)
    np.testing.assert_array_equal(generator.state, [3, 3])


# Arguments ----------------------------------------------------------------------------------------


def test_objects_flags_and_strings_are_part_of_the_program():
    seen = []

    @cornu.jit
    def call(layer, x, training=False, mode="sum"):
        seen.append((layer.name, training, mode))
        y = layer(x, training=training)
        return jnp.sum(y) if mode == "sum" else jnp.mean(y)

    x = np.ones((2, 3), "float32")
    one, two = layers.Rescaling(1.0, name="one"), layers.Rescaling(2.0, name="two")
    assert [float(call(layer, x)) for layer in (one, two, one, two)] == [6, 12, 6, 12]
    assert float(call(one, x, mode="mean")) == 1
    call(one, x, training=True)
    assert seen == [
        ("one", False, "sum"),
        ("two", False, "sum"),
        ("one", False, "mean"),
        ("one", True, "sum"),
    ]


def test_a_variable_is_an_argument_that_can_be_assigned():
    @cornu.jit
    def double(variable):
        variable.assign(variable * 2)

    a, b = Variable(1.0), Variable([5.0])
    for variable in (a, b, a):
        double(variable)
    assert (float(a), b.numpy().tolist()) == (4, [10])


@pytest.mark.parametrize(
    "static", [{"static_argnames": "n"}, {"static_argnums": 1}, {"static_argnums": (1,)}]
)
def test_static_numbers(static):
    power = Counted(lambda x, n: jnp.stack([x**i for i in range(n)]))
    compiled = cornu.jit(lambda x, n: power(x, n), **static)
    np.testing.assert_array_equal(compiled(2.0, 3), [1, 2, 4])
    np.testing.assert_array_equal(compiled(3.0, n=3), [1, 3, 9])
    assert power.runs == 2  # by place and by name are two forms of a call
    np.testing.assert_array_equal(compiled(2.0, 4), [1, 2, 4, 8])
    assert runs(power, lambda: compiled(5.0, 3)) == 0


def test_numbers_that_are_equal_but_not_alike_have_programs_of_their_own():
    kind = cornu.jit(lambda n: jnp.zeros(()) + len(type(n).__name__), static_argnums=0)
    assert [float(kind(n)) for n in (1, 1.0, True)] == [3, 5, 4]


def test_nested_arguments():
    compiled = cornu.jit(lambda batch, *rest, **options: batch["x"] + rest[0][1] - options["z"])
    assert float(compiled({"x": 1.0, "name": "a"}, (None, 2.0), z=5)) == -2


def test_a_method_can_be_compiled():
    class Counter:
        def __init__(self):
            self.count = Variable(0.0)

        @cornu.jit
        def add(self, x):
            """Adds."""
            self.count.assign_add(x)
            return self.count

    one, two = Counter(), Counter()
    assert [float(c.add(x)) for c, x in ((one, 1.0), (two, 10.0), (one, 2.0))] == [1, 10, 3]
    assert (Counter.add.__name__, Counter.add.__doc__) == ("add", "Adds.")


# Within other programs ----------------------------------------------------------------------------


def test_it_is_part_of_the_program_it_is_called_in():
    count = Variable(0.0)
    add = cornu.jit(lambda x: [count.assign_add(x), count * x][1])
    twice = cornu.jit(lambda x: add(x) + add(x))
    assert float(twice(2.0)) == 2 * 2 + 4 * 2
    assert float(count) == 4
    count.assign(0.0)
    assert float(cornu.grad(add)(3.0)) == 6  # (0 + x) x
    assert float(count) == 3
    assert float(jax.grad(cornu.jit(lambda x: x**2))(3.0)) == 6


def test_in_a_layer_of_a_model_that_is_trained():
    class Scaled(layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight((), "ones", name="scale")

        @cornu.jit
        def double(self, x):
            return 2 * self.scale * x

        def call(self, x):
            self.add_loss(0.0 * jnp.sum(x))
            return self.double(x)

    model = cornu.Sequential([cornu.Input((1,)), Scaled()])
    model.compile(cornu.optimizers.SGD(0.25), "mse")
    model.fit(np.ones((1, 1)), np.ones((1, 1)), verbose=0)  # ∂(2s - 1)²/∂s = 4 at s = 1
    assert float(model.layers[0].scale) == 0
    assert model(np.ones((1, 1))).tolist() == [[0.0]]


def test_fit_and_a_step_of_ones_own_go_on_from_one_another():
    x, y = np.ones((4, 1), "float32"), np.ones((4, 1), "float32")
    model = cornu.Sequential([cornu.Input((1,)), layers.Dense(1, "linear", kernel_initializer="zeros")])
    model.compile(cornu.optimizers.SGD(0.25), "mse")
    mean, weights = cornu.metrics.Mean(), model.trainable_variables

    @cornu.jit
    def step():
        loss, gradients = cornu.value_and_grad(lambda: jnp.mean((model(x) - y) ** 2), weights)()
        model.optimizer.apply(gradients, weights)
        mean.update_state(loss)
        return mean.result()

    # w + b = 1/2 · 2 · 2 · (1 - 0) = 1 after one step of rate 1/4
    assert float(step()) == 1
    model.fit(x, y, epochs=2, verbose=0)
    assert float(step()) == 0.5
    assert int(model.optimizer.iterations) == 4
    np.testing.assert_allclose([w.numpy().item() for w in weights], [0.5, 0.5])


def test_keys_of_jax_are_arguments():
    key = jax.random.key(3)
    drawn = cornu.jit(lambda key: jax.random.normal(key, (2,)))(key)
    np.testing.assert_allclose(drawn, jax.random.normal(key, (2,)), rtol=1e-6)


def test_from_many_threads():
    total = Variable(0.0)
    add = cornu.jit(lambda x: total.assign_add(x))
    threads = [threading.Thread(target=lambda: [add(1.0) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert float(total) == 80


# Errors -------------------------------------------------------------------------------------------


def test_an_error_while_tracing_loses_nothing():
    count = Variable(0.0)

    @cornu.jit
    def step(x):
        count.assign_add(1.0)
        if x.shape == (3,):
            raise KeyError("oh")

    step(np.ones(2))
    with pytest.raises(KeyError, match="oh"):
        step(np.ones(3))
    step(np.ones(2))
    assert float(count) == 2


def test_a_value_that_is_not_known_yet_is_explained():
    with pytest.raises(jax.errors.ConcretizationTypeError) as caught:
        cornu.jit(lambda x: 1 if x > 0 else 2)(1.0)
    assert "compiled by cornu.jit" in caught.value.__notes__[-1]
    assert "jax.numpy.where for `if`" in caught.value.__notes__[-1]


def test_an_assignment_in_a_program_of_jax_is_refused():
    count = Variable(0.0)
    add = cornu.jit(lambda: count.assign_add(1.0))
    with pytest.raises(
        ValueError, match=r'"variable.*" was assigned inside a function compiled by jax.jit'
    ):
        jax.jit(add)()
    add()
    assert float(count) == 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: cornu.jit(3.0),
            TypeError,
            r"takes a function, but got 3.0\. .*not cornu.jit\(step\(x\)\)",
        ),
        (
            lambda: cornu.jit(lambda x: "s")(1.0),
            TypeError,
            r"gave 's', but a compiled function can give only",
        ),
        (
            lambda: cornu.jit(lambda x: x)(cornu.Input((3,))),
            TypeError,
            r"called on a symbolic tensor \(\(None, 3\)\)",
        ),
        (
            lambda: cornu.jit(lambda sizes: 1, static_argnames="sizes")([1, 2]),
            TypeError,
            r"is \[1, 2\], which is part of the program and must be hashable. Write a tuple",
        ),
        (
            lambda: cornu.jit(lambda x: x)(np.array(["a"])),
            TypeError,
            r"<U1 array of shape .*make strings numbers",
        ),
        (
            lambda: cornu.jit(lambda size: 1, static_argnames=("sise",)),
            ValueError,
            r'no argument "sise". Did you mean "size"\?',
        ),
        (
            lambda: cornu.jit(lambda a, b: 1, static_argnums=2),
            ValueError,
            r"no argument 2, .* has 2: a, b",
        ),
        (
            lambda: cornu.jit(lambda: Variable(1.0, name="fresh").value)(),
            ValueError,
            r'makes new variables whenever it runs, such as "fresh"',
        ),
        (
            lambda: cornu.jit(lambda: cornu.random.normal((2,)))(),
            ValueError,
            r"seed=None inside a compiled",
        ),
    ],
)
def test_errors_teach(call, error, words):
    with pytest.raises(error, match=words):
        call()
