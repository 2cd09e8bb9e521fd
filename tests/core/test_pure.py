"""The seam: object code as pure functions, with values in, values out, and nothing left behind."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cornu import Variable
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


@pytest.mark.parametrize(
    ("use", "assigns"),
    [(lambda v: v.value, False), (lambda v: v.assign(3.0), True), (lambda v: v + 1, False)],
)
def test_variables_outside_the_state_are_reported(pair, use, assigns):
    w, count = pair
    state = named(trainable=[w])
    with pytest.raises(ForeignVariables, match="count") as caught:
        jax.eval_shape(pure(lambda: (use(count), None)[1], state), read(state))
    assert caught.value.variables == [count]
    assert caught.value.assigned == ([count] if assigns else [])
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
