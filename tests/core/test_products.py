"""Matrix products, compared with NumPy's and with JAX's own derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.core.products import CACHED, MANY, NARROW, SMALL, TALL, matmul, way

SHAPES = [((5, 40), 3), ((2, 7, 64), 16), ((4, 8), 4), ((3, 9), 1), ((6, 128), 17), ((50, 100), 20)]


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


@pytest.mark.parametrize("shape, units", [((5, 40), 3), ((5, 8), 4), ((50, 100), 20)])
@pytest.mark.parametrize("derivative", [jax.grad, jax.jacfwd, jax.jacrev, jax.hessian])
def test_derivatives_equal_those_of_the_plain_product(derivative, shape, units):
    x, kernel = example(shape, units)
    if derivative is jax.hessian:
        x, kernel = x[:4, :20], kernel[:20, :2]

    def total(product):
        return lambda w: jnp.sum(jnp.sin(product(x, w)))

    ours, plain = derivative(total(matmul))(kernel), derivative(total(jnp.matmul))(kernel)
    np.testing.assert_allclose(ours, plain, rtol=1e-3, atol=1e-3)
    ours, plain = (jax.grad(lambda x, f=f: jnp.sum(f(x, kernel) ** 2))(x) for f in (matmul, jnp.matmul))
    np.testing.assert_allclose(ours, plain, rtol=1e-3, atol=1e-3)


def test_it_can_be_mapped_over_many_kernels():
    x, kernel = example((5, 40), 3)
    kernels = jnp.stack([kernel, 2 * kernel])
    gradients = jax.vmap(jax.grad(lambda w: jnp.sum(matmul(x, w) ** 2)))(kernels)
    np.testing.assert_allclose(gradients[0], 2 * x.T @ (x @ kernel), rtol=1e-3, atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(1, 80), st.integers(1, 20))
def test_gradient_is_the_product_of_input_and_upstream_gradient(rows, features, units):
    x, kernel = example((rows, features), units)
    gradient = jax.jit(jax.grad(lambda w: jnp.sum(matmul(x, w))))(kernel)
    np.testing.assert_allclose(gradient, x.T @ np.ones((rows, units)), rtol=1e-4, atol=1e-4)


def test_the_choice_by_shape():
    assert way((1, TALL * NARROW), NARROW) == "narrow"
    assert way((MANY - 1, TALL * NARROW), NARROW + 1) == "plain"
    assert way((MANY, TALL * NARROW), NARROW + 1) == "slopes"
    assert way((MANY, NARROW + 1), NARROW + 1) == "inputs"
    assert way((MANY, CACHED // MANY + 1), CACHED // MANY + 1) == "plain"
    assert way((1, SMALL), SMALL) == "inputs"
    assert way((1, SMALL + 1), SMALL) == "plain"
    assert way((2, 3, 4), 4) == "plain"
    assert way((2, MANY, 4), 4) == "inputs"
    assert way((None, 8), 8) == "plain"


@pytest.mark.parametrize(
    "shape, units", [((MANY, 3), 5), ((2, MANY, 6), 4), ((4, MANY // 4, 1, 18), 17)]
)
def test_derivatives_for_many_rows(shape, units):
    x, kernel = example(shape, units)
    generator = np.random.default_rng(1)
    weights = generator.standard_normal((*shape[:-1], units), "float32")
    direction = generator.standard_normal(kernel.shape, "float32")
    expected = np.tensordot(x, weights, axes=(range(len(shape) - 1),) * 2)

    def total(w):
        return jnp.sum(matmul(x, w) * weights)

    gradient, (value, slope) = jax.jit(lambda w, d: (jax.grad(total)(w), jax.jvp(total, (w,), (d,))))(
        kernel, direction
    )
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(value, np.sum(expected * kernel), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(slope, np.sum(expected * direction), rtol=1e-3, atol=1e-3)
