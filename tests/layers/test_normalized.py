"""Numbers with mean 0 and variance 1, whose derivative is a rule, compared with JAX's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.layers.normalization.normalized import normalized

SHAPES = [((3, 4), (1,)), ((2, 3, 5), (2,)), ((2, 3, 5), (1, 2)), ((4, 1), (1,)), ((2, 6), (0,))]


def plain(x, axes, epsilon):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + epsilon)


@pytest.mark.wide
@settings(max_examples=10, deadline=None)
@given(st.sampled_from(SHAPES), st.sampled_from([0.1, 1.0, 50.0]), st.sampled_from([0.0, 30.0]))
def test_derivatives_of_every_kind(case, scale, offset):
    shape, axes = case
    generator = np.random.default_rng(0)
    x = (offset + scale * generator.standard_normal(shape)).astype("float32")
    weights, direction = generator.standard_normal((2, *shape)).astype("float32")
    ours, theirs = (
        (*jax.jvp(f, (x,), (direction,)), *jax.jvp(jax.grad(f), (x,), (direction,)))
        for f in (
            lambda x: jnp.sum(weights * normalized(x, axes, 1e-3) ** 2),
            lambda x: jnp.sum(weights * plain(x, axes, 1e-3) ** 2),
        )
    )
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-3 * (1 + np.abs(other).max()))


def test_compiled_it_equals_the_plain_formula():
    x = np.random.default_rng(0).standard_normal((4, 6)).astype("float32") + 100
    ours, plainly = (lambda x, f=f: jnp.sum(jnp.sin(f(x, (1,), 1e-3))) for f in (normalized, plain))
    value, slope = jax.jit(jax.value_and_grad(ours))(x)
    expected, its_slope = jax.value_and_grad(plainly)(x)
    np.testing.assert_allclose(value, expected, rtol=1e-4)
    np.testing.assert_allclose(slope, its_slope, rtol=1e-3, atol=1e-4)
