"""The seam: object code as pure functions, with values in, values out, and nothing left behind."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu import Variable, value_and_grad
from cornu.core.pure import ForeignVariables, named, private, pure, read, write


@pytest.fixture
def pair():
    return Variable([1.0, 2.0], name="w"), Variable(0.0, trainable=False, name="count")


def test_values_go_in_and_come_out(pair):
    w, count = pair

    def step(x):
        count.assign_add(1.0)
        w.assign(w * x)
        return jnp.sum(w.value)

    state = named(trainable=[w], rest=[count])
    new, result = jax.jit(pure(step, state))(read(state), 3.0)
    assert float(result) == 9
    np.testing.assert_array_equal(new["trainable"]["w"], [3, 6])
    assert float(new["rest"]["count"]) == 1
    np.testing.assert_array_equal(w, [1, 2])  # the objects are as they were
    assert float(count) == 0
    write(state, new)
    np.testing.assert_array_equal(w, [3, 6])


def test_equal_paths_are_told_apart():
    state = named(part=[Variable(float(i), name="same") for i in range(3)])
    assert list(state["part"]) == ["same", "same_1", "same_2"]
    assert [float(value) for value in read(state)["part"].values()] == [0, 1, 2]


def test_the_binding_ends_with_an_error(pair):
    w, count = pair

    def fails():
        w.assign([7.0, 7.0])
        raise KeyError("oh")

    state = named(all=[w, count])
    with pytest.raises(KeyError, match="oh"):
        pure(fails, state)(read(state))
    np.testing.assert_array_equal(w, [1, 2])
    w.assign([5.0, 5.0])
    np.testing.assert_array_equal(w, [5, 5])


@pytest.mark.parametrize("use", [lambda v: v.value, lambda v: v.assign(3.0), lambda v: v + 1])
def test_variables_outside_the_state_are_reported(pair, use):
    w, count = pair
    state = named(trainable=[w])
    with pytest.raises(ForeignVariables, match="count") as caught:
        jax.eval_shape(pure(lambda: (use(count), None)[1], state), read(state))
    assert caught.value.variables == [count]
    assert float(count) == 0


def test_pure_may_be_nested(pair):
    w, count = pair
    inner_state = named(a=[w])

    def outer():
        new, result = pure(lambda: jnp.sum(w.value), inner_state)({"a": {"w": 2 * w.value}})
        count.assign(result)
        return new["a"]["w"]

    state = named(all=[w, count])
    new, result = jax.jit(pure(outer, state))(read(state))
    assert float(new["all"]["count"]) == 6
    np.testing.assert_array_equal(result, [2, 4])


def test_only_what_a_user_may_hold_is_copied(pair):
    w, _ = pair
    assert private(w) is w._value
    held = w.value
    assert private(w) is not held
    np.testing.assert_array_equal(private(w), held)
    w.assign([0.0, 0.0])
    assert private(w) is w._value


def polynomial(w, x):
    return jnp.sum(w**3 * x) + jnp.prod(jnp.sin(w))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=4))
def test_gradients_are_those_of_jax(numbers):
    values = np.array(numbers, "float32")
    x = np.arange(1.0, len(values) + 1, dtype="float32")
    w = Variable(values)
    (loss, extra), gradients = value_and_grad(lambda: (polynomial(w.value, x), "kept"), [w])
    expected, slope = jax.value_and_grad(polynomial)(values, x)
    assert extra == "kept"
    np.testing.assert_allclose(loss, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradients[0], slope, rtol=1e-5, atol=1e-6)


def test_what_is_assigned_on_the_way_stays_assigned(pair):
    w, count = pair

    def loss():
        count.assign_add(jnp.sum(w.value))
        return jnp.sum(w.value**2), count.value

    (value, seen), gradients = value_and_grad(loss, [w])
    assert (float(value), float(seen), float(count)) == (5, 3, 3)
    np.testing.assert_array_equal(gradients[0], [2, 4])
    np.testing.assert_array_equal(w, [1, 2])


def test_gradients_inside_a_compiled_program(pair):
    w, count = pair

    def step(x):
        (loss, _), (gradient,) = value_and_grad(lambda: (jnp.sum(w.value * x), count.assign(x)), [w])
        w.assign(w.value - 0.5 * gradient)
        return loss

    state = named(all=[w, count])
    new, loss = jax.jit(pure(step, state))(read(state), 2.0)
    assert float(loss) == 6
    np.testing.assert_array_equal(new["all"]["w"], [0, 1])
    assert float(new["all"]["count"]) == 2
    np.testing.assert_array_equal(w, [1, 2])


def test_a_variable_that_the_loss_does_not_use_has_gradient_zero(pair):
    w, count = pair
    (_, _), gradients = value_and_grad(lambda: (jnp.sum(w.value), None), [w, count])
    np.testing.assert_array_equal(gradients[0], [1, 1])
    assert float(gradients[1]) == 0
