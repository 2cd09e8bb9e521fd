"""The crossentropy of class numbers from logits, whose slope is a rule, against the plain formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.ops.formulas.crossentropy import MANY, log_of_class, sparse


def plain(labels, x, axis=-1):
    """-log softmax at the labels, as JAX writes it; 0 for a label that is no class."""
    hot = jax.nn.one_hot(labels, x.shape[axis], axis=axis)
    return -jnp.sum(hot * jax.nn.log_softmax(x, axis), axis)


def numbers(shape, classes, scale, seed):
    generator = np.random.default_rng(seed)
    x = scale * generator.standard_normal((*shape, classes)).astype("float32")
    return x, generator.integers(-1, classes + 1, shape).astype("int32")


@pytest.mark.wide
@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([(3,), (2, 4), ()]),
    st.sampled_from([2, MANY, 70]),
    st.sampled_from([0.0, 1.0, 80.0]),
    st.integers(0, 9),
)
def test_it_and_its_derivatives_equal_the_plain_ones(shape, classes, scale, seed):
    x, labels = numbers(shape, classes, scale, seed)
    weights = np.random.default_rng(seed).standard_normal(shape).astype("float32")
    direction = np.random.default_rng(seed + 1).standard_normal(x.shape).astype("float32")
    totals = [
        lambda x: jnp.sum(jnp.sin(sparse(labels, x, True, -1)) * weights),
        lambda x: jnp.sum(jnp.sin(plain(labels, x)) * weights),
    ]
    ours, theirs = (
        (f(x), *jax.jvp(f, (x,), (direction,)), *jax.jvp(jax.grad(f), (x,), (direction,)))
        for f in totals
    )
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_compiled_along_another_axis_and_with_an_ignored_class():
    x, labels = numbers((5, 3), MANY, 2.0, 1)
    labels[:2, 0] = 2, MANY + 1
    found, slope = jax.jit(jax.value_and_grad(
        lambda x: jnp.sum(sparse(jnp.asarray(labels), jnp.moveaxis(x, -1, 1), True, 1, ignored=2))
    ))(x)  # fmt: skip
    kept = np.where(labels == 2, -1, labels)
    expected, its_slope = jax.value_and_grad(lambda x: jnp.sum(plain(kept, x)))(x)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(slope, its_slope, atol=1e-6)


def test_large_logits_neither_overflow_nor_teach_what_is_no_number():
    x = jnp.array([[1e4, -1e4], [1e4, -1e4]])
    slopes = jax.jacrev(lambda x: log_of_class(x, jnp.array([[0], [1]]), 1))(x)
    assert log_of_class(x, jnp.array([[0], [1]]), 1).ravel().tolist() == [0.0, -2e4]
    assert slopes[0, 0, 0].tolist() == [0.0, 0.0]
    assert slopes[1, 0, 1].tolist() == [-1.0, 1.0]
