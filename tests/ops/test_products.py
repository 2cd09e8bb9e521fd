"""Matrix products, compared with NumPy's and with JAX's own derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.ops.products import NARROW, TALL, is_narrow, matmul

SHAPES = [((5, 40), 3), ((2, 7, 64), 16), ((4, 8), 4), ((3, 9), 1), ((6, 128), 17)]


def example(shape, units):
    generator = np.random.default_rng(0)
    return (
        generator.standard_normal(shape, "float32"),
        generator.standard_normal((shape[-1], units), "float32"),
    )


@pytest.mark.parametrize("shape, units", SHAPES)
def test_equals_numpy_compiled_and_not(shape, units):
    x, kernel = example(shape, units)
    np.testing.assert_allclose(matmul(x, kernel), x @ kernel, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(jax.jit(matmul)(x, kernel), x @ kernel, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("derivative", [jax.grad, jax.jacfwd, jax.jacrev, jax.hessian])
def test_derivatives_equal_those_of_the_plain_product(derivative):
    x, kernel = example((5, 40), 3)
    ours = derivative(lambda w: jnp.sum(jnp.sin(matmul(x, w))))(kernel)
    plain = derivative(lambda w: jnp.sum(jnp.sin(jnp.matmul(x, w))))(kernel)
    np.testing.assert_allclose(ours, plain, rtol=1e-4, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(1, 80), st.integers(1, 20))
def test_gradient_is_the_product_of_input_and_upstream_gradient(rows, features, units):
    x, kernel = example((rows, features), units)
    gradient = jax.jit(jax.grad(lambda w: jnp.sum(matmul(x, w))))(kernel)
    np.testing.assert_allclose(gradient, x.T @ np.ones((rows, units)), rtol=1e-4, atol=1e-4)


def test_the_choice_by_shape():
    assert is_narrow((TALL * NARROW, NARROW))
    assert not is_narrow((TALL * NARROW - 1, NARROW))
    assert not is_narrow((10_000, NARROW + 1))
    assert not is_narrow((100, 1))
