"""Attention of heads, compared with the softmax written plainly, and its gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.layers.einsum_dense import product
from cornu.ops.formulas.attention import attend, band


def plain(query, key, value, mask, scale):
    scores = jnp.einsum("bqnd,bknd->bnqk", query, key) * scale
    weights = jax.nn.softmax(scores if mask is None else jnp.where(mask, scores, -1e9), -1)
    return jnp.einsum("bnqk,bknd->bqnd", weights, value)


@pytest.mark.wide
@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([(1, 1), (3, 5), (6, 6)]),
    st.sampled_from([(1, 1), (2, 2), (4, 2)]),
    st.sampled_from([None, 0.3]),
    st.booleans(),
    st.booleans(),
)
def test_means_and_gradients_equal_the_plain_ones(steps, heads, scale, causal, whole):
    generator = np.random.default_rng(0)
    shapes = [(2, steps[0], heads[0], 4), (2, steps[1], heads[1], 4), (2, steps[1], heads[1], 3)]
    tensors = tuple(generator.standard_normal(shape).astype("float32") for shape in shapes)
    mask = band(*steps, causal, None)

    def ours(query, key, value):
        return jnp.sum(jnp.sin(attend(query, key, value, mask, scale=scale, whole=whole)[0]))

    def theirs(query, key, value):
        key, value = (jnp.repeat(one, heads[0] // heads[1], 2) for one in (key, value))
        return jnp.sum(jnp.sin(plain(query, key, value, mask, 0.5 if scale is None else scale)))

    found = jax.jit(jax.value_and_grad(ours, (0, 1, 2)))(*tensors)
    expected = jax.value_and_grad(theirs, (0, 1, 2))(*tensors)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), found, expected)


@pytest.mark.parametrize(
    "equation, shape, kernel",
    [
        ("abc,cde->abde", (2, 3, 4), (4, 2, 5)),
        ("abcd,cde->abe", (2, 3, 4, 5), (4, 5, 6)),
        ("...cd,cde->...e", (2, 3, 4, 5), (4, 5, 6)),
        ("abcd,dce->abe", (2, 3, 4, 5), (5, 4, 6)),
        ("ab...,bc->ac...", (2, 3, 4), (3, 5)),
        ("abc,bd->adc", (2, 3, 4), (3, 5)),
    ],
)
def test_projections_are_the_products_that_their_equations_name(equation, shape, kernel):
    generator = np.random.default_rng(0)
    x, w = (generator.standard_normal(size).astype("float32") for size in (shape, kernel))
    functions = [lambda x, w, f=f: jnp.sum(jnp.sin(f(equation, x, w))) for f in (product, jnp.einsum)]
    found, expected = (jax.jit(jax.value_and_grad(f, (0, 1)))(x, w) for f in functions)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), found, expected)
