"""The loop over time with gradients of kernels after the loop, compared with JAX's own loop."""

from functools import partial
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

import cornu
from cornu.core.inlining import rolled
from cornu.layers import GRU, LSTM, RNN, Bidirectional, GRUCell, LSTMCell, SimpleRNN
from cornu.layers.recurrent import hoisting

PLAIN = partial(rolled, lax.scan)
RNG = np.random.default_rng(3)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


class Gated:
    """A cell of one's own, with two kernels, one of them used twice and turned."""

    state_size = 3

    def __init__(self):
        self.first, self.second = normal(2, 3), normal(3, 3)

    def call(self, x, states):
        (h,) = states
        z = jnp.tanh(x @ self.first + h @ self.second)
        return z @ self.second.T, [z * h + 1 - z]


def losses(layer, x, mask=None):
    """The sum of a curve of the outputs, as a function of the weights and the input; and both."""
    layer(x)
    weights = [v.value for v in layer.trainable_variables]
    others = [v.value for v in layer.non_trainable_variables]

    def total(weights, x):
        found, _ = layer.stateless_call(weights, others, x, mask=mask, training=True)
        return sum(jnp.sum(jnp.sin(2 * one)) for one in jax.tree_util.tree_leaves(found))

    return total, (weights, x)


def compare(derivative, total, at, tolerance=1e-4):
    """The derivative by our loop, and by JAX's, agree."""
    ours = derivative(total)(*at)
    with mock.patch.object(hoisting, "scan", PLAIN):
        plain = derivative(lambda *values: total(*values))(*at)
    for a, b in zip(*map(jax.tree_util.tree_leaves, (ours, plain)), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def gradients(total):
    return jax.jit(jax.value_and_grad(total, argnums=(0, 1)))


def forward_over_reverse(total):
    def slope(weights, x):
        return jax.grad(total)(weights, x)

    def along(weights, x):
        return jax.jvp(lambda w: slope(w, x), (weights,), ([jnp.cos(w) for w in weights],))

    return jax.jit(along)


def reverse_over_reverse(total):
    def size(weights, x):
        return sum(jnp.sum(g**2) for g in jax.tree_util.tree_leaves(jax.grad(total, (0, 1))(weights, x)))

    return jax.jit(jax.grad(size, argnums=(0, 1)))


def forward(total):
    def along(weights, x):
        return jax.jvp(total, (weights, x), ([jnp.cos(w) for w in weights], x * 0.5))

    return jax.jit(along)


CASES = {
    "simple": lambda: SimpleRNN(3, return_sequences=True),
    "lstm": lambda: LSTM(3, return_state=True, go_backwards=True),
    "gru": lambda: GRU(3, return_sequences=True),
    "gru, reset first": lambda: GRU(3, reset_after=False, unroll=True),
    "dropout": lambda: LSTM(3, dropout=0.3, recurrent_dropout=0.4, seed=1),
    "stacked": lambda: RNN([LSTMCell(3), GRUCell(2)]),
    "both ways": lambda: Bidirectional(GRU(2)),
    "one's own": lambda: RNN(Gated(), return_sequences=True),
}


WIDE = ("gru, reset first", "stacked", "both ways", "simple")


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.wide) if case in WIDE else case for case in CASES]
)
def test_gradients_are_those_of_the_plain_loop(case):
    mask = None if case in ("one's own", "dropout") else np.array([[1, 1, 0, 1], [1, 0, 0, 0]], bool)
    compare(gradients, *losses(CASES[case](), normal(2, 4, 2), mask))


@pytest.mark.parametrize("case", ["gru", pytest.param("lstm", marks=pytest.mark.wide)])
@pytest.mark.parametrize(
    "derivative",
    [
        forward,
        forward_over_reverse,
        pytest.param(reverse_over_reverse, marks=pytest.mark.wide),
    ],
)
def test_forward_mode_and_second_derivatives_are_those_of_the_plain_loop(case, derivative):
    compare(derivative, *losses(CASES[case](), normal(2, 4, 2)), 1e-3)


@pytest.mark.wide
@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from([SimpleRNN, LSTM, GRU]),
    st.tuples(*[st.integers(1, 5)] * 4),
    st.fixed_dictionaries(
        {
            "return_sequences": st.booleans(),
            "go_backwards": st.booleans(),
            "use_bias": st.booleans(),
            "unroll": st.booleans(),
            "recurrent_dropout": st.sampled_from([0.0, 0.5]),
            "activation": st.sampled_from(["tanh", "relu", "gelu", "softmax", None]),
        }
    ),
    st.booleans(),
)
def test_gradients_of_random_layers_are_those_of_the_plain_loop(kind, sizes, options, masked):
    rows, steps, features, units = sizes
    mask = RNG.random((rows, steps)) > 0.4 if masked else None
    compare(
        gradients, *losses(kind(units, seed=2, **options), normal(rows, steps, features), mask), 1e-3
    )


def test_a_product_is_found_wherever_it_stands_and_other_values_pass():
    """Kernels that are computed, used twice, or no kernels; whole numbers pass."""
    kernel, keep = normal(3, 3), RNG.random((4, 2)) > 0.3

    def total(scan, kernel, h, x):
        def body(carry, now):
            h, count = carry
            x, keep = now
            z = jnp.tanh(x + h @ kernel + (2 * h) @ (kernel.T + 1) + (h @ h.T) @ h)
            return (jnp.where(keep[:, None], z, h), count + 1), (z @ kernel, count)

        (h, count), (results, counts) = scan(body, (h, 0), (x, keep), reverse=True)
        return jnp.sum(jnp.sin(h)) + jnp.sum(results**2) + count + jnp.sum(counts)

    at = kernel, normal(2, 3), normal(4, 2, 3)
    for derivative in (jax.grad, jax.jacfwd):
        ours, plain = (
            derivative(partial(total, scan), argnums=(0, 1, 2))(*at) for scan in (hoisting.scan, PLAIN)
        )
        for a, b in zip(ours, plain, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_no_loop_carries_the_gradient_of_a_kernel(kind):
    total, at = losses(kind(5), normal(2, 4, 3))
    kernel = at[0][1].shape

    def carried():
        program = jax.make_jaxpr(jax.grad(lambda *values: total(*values)))(*at)
        loops = [eqn for eqn in program.eqns if eqn.primitive.name == "scan"]
        return [
            v.aval.shape for eqn in loops for v in eqn.outvars[: eqn.params["num_carry"]]
        ]  # fmt: skip

    assert len(carried()) > 1
    assert kernel not in carried()
    with mock.patch.object(hoisting, "scan", PLAIN):
        assert kernel in carried()


def test_training_in_short_floats_is_that_of_the_plain_loop():
    """With mixed precision the kernel is rounded once, before the loop."""
    x, y = normal(16, 4, 2), normal(16, 1)

    def trained():
        cornu.utils.set_random_seed(0)
        layers = [GRU(4, dtype="mixed_bfloat16"), cornu.layers.Dense(1)]
        model = cornu.Sequential(layers)
        model.compile(loss="mse", optimizer="sgd")
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        return model.get_weights()

    ours = trained()
    with mock.patch.object(hoisting, "scan", PLAIN):
        plain = trained()
    for a, b in zip(ours, plain, strict=True):
        np.testing.assert_allclose(a, b, atol=0.01)
