"""Pooling, compared with a loop over windows, and in its derivatives with XLA's own windows."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from cornu.ops.formulas import pooling
from cornu.ops.formulas.pooling import adaptive_average_pool, adaptive_max_pool, average_pool, max_pool

RNG = np.random.default_rng(5)
on_the_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="chosen for the CPU")


def by_hand(x, size, strides, padding, reduce):
    """Pooling of (batch, height, width, channels), window after window."""
    pads = (
        [(0, 0), (0, 0)]
        if padding == "valid"
        else lax.padtype_to_pads(x.shape[1:3], size, strides, "SAME")
    )
    x = np.pad(x.astype("float64"), [(0, 0), *pads, (0, 0)], constant_values=np.nan)
    counts = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, strides, strict=True)]
    y = np.empty((len(x), *counts, x.shape[-1]))
    for i, j in np.ndindex(*counts):
        a, b = i * strides[0], j * strides[1]
        y[:, i, j] = reduce(x[:, a : a + size[0], b : b + size[1]], axis=(1, 2))
    return y


CASES = list(itertools.product([(2, 2), (5, 4)], [(2, 3), (5, 4)], ["valid", "same"], ["last", "first"]))


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("pool, reduce", [(max_pool, np.nanmax), (average_pool, np.nanmean)])
def test_equals_a_loop_over_windows(pool, reduce, compiled):
    x = RNG.normal(size=(2, 7, 9, 3)).astype("float32")
    for size, strides, padding, layout in CASES:

        def run(x, size=size, strides=strides, padding=padding, layout=layout):
            if layout == "last":
                return pool(x, size, strides, padding)
            y = pool(jnp.moveaxis(x, -1, 1), size, strides, padding, "channels_first")
            return jnp.moveaxis(y, 1, -1)

        found = (jax.jit(run) if compiled else run)(x)
        expected = by_hand(x, size, strides, padding, reduce)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def windows_of_xla(x, size, strides, padding):
    one = (1, *size, 1), (1, *strides, 1)
    return lax.reduce_window(x, np.float32(-np.inf), lax.max, *one, padding.upper())


@on_the_cpu
@settings(max_examples=12, deadline=None)
@given(
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)) | st.none(),
    st.sampled_from(["valid", "same"]),
    st.integers(1, 4),
)
def test_of_equal_numbers_the_first_gets_the_gradient_as_with_windows_of_xla(
    size, strides, padding, values
):
    x = RNG.integers(0, values, size=(2, 6, 7, 2)).astype("float32")

    def total(pool):
        def weighted(x):
            y = pool(x, size, strides or size, padding)
            return jnp.sum(y * jnp.cos(jnp.arange(y.size)).reshape(y.shape))

        return jax.jit(jax.grad(weighted))

    np.testing.assert_allclose(total(max_pool)(x), total(windows_of_xla)(x), rtol=1e-5, atol=1e-5)


def test_a_window_of_equal_numbers_worked_by_hand():
    x = jnp.array([[3.0, 1.0, 3.0, 3.0], [3.0, 0.0, 3.0, 2.0]]).reshape(1, 2, 4, 1)
    gradient = jax.jit(jax.grad(lambda x: jnp.sum(max_pool(x, 2))))(x)
    assert gradient.reshape(2, 4).tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("n, strides", [(2, 2), (3, 2), (5, 5)])
def test_all_kinds_of_derivatives(n, strides):
    x = RNG.normal(size=(2, 11, 3)).astype("float32")

    def largest(x):
        return jnp.sum(max_pool(x, n, strides) ** 2)

    gradient = jax.jit(jax.grad(largest))(x)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(largest))(x), gradient, rtol=1e-6)
    _, slope = jax.jit(lambda x: jax.jvp(jax.grad(largest), (x,), (x,)))(x)  # of degree 2
    np.testing.assert_allclose(slope, gradient, rtol=1e-5)
    mapped = jax.vmap(jax.grad(largest))(jnp.stack([x, 2 * x]))
    np.testing.assert_allclose(mapped[1], 2 * gradient, rtol=1e-6)


@pytest.mark.parametrize("compiled", [True, False])
def test_numbers_that_are_none_integers_and_short_floats(compiled):
    run = jax.jit(max_pool, static_argnums=(1, 2, 3)) if compiled else max_pool
    x = np.array([1.0, np.nan, 2.0, 3.0, -np.inf, -np.inf], "float32").reshape(1, 6, 1)
    np.testing.assert_array_equal(np.ravel(run(x, 2)), [np.nan, 3.0, -np.inf])
    whole = np.array([-5, -7, -9], "int32").reshape(1, 3, 1)
    assert np.ravel(run(whole, 2, 2, "same")).tolist() == [-5, -9]
    half = jnp.asarray(x, "bfloat16")
    assert (
        run(half, 3).dtype
        == average_pool(half, 2).dtype
        == adaptive_average_pool(half, 4).dtype
        == half.dtype
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20))
def test_adaptive_windows_cover_the_input_evenly(length, count):
    x = RNG.normal(size=(2, length, 3)).astype("float32")
    edges = [(i * length // count, -(-(i + 1) * length // count)) for i in range(count)]
    for pool, reduce in ((adaptive_max_pool, np.max), (adaptive_average_pool, np.mean)):
        expected = np.stack([reduce(x[:, a:b], axis=1) for a, b in edges], 1)
        np.testing.assert_allclose(
            jax.jit(pool, static_argnums=1)(x, count), expected, rtol=1e-4, atol=1e-5
        )


@on_the_cpu
def test_the_choice_by_shape():
    chosen = {}

    def look(x, size, strides):
        chosen[size, strides] = pooling.way(x, size, strides, (1, 2))
        return max_pool(x, size, strides)

    x = jnp.ones((1, 40, 40, 1))
    pooling_of = jax.jit(look, static_argnums=(1, 2))
    for size, strides in [((2, 2), (2, 2)), ((20, 20), (20, 20)), ((8, 8), (1, 1)), ((13, 5), (1, 5))]:
        pooling_of(x, size, strides)
    assert list(chosen.values()) == ["along", "along", "along", "window"]
    assert pooling.way(x, (2, 2), (2, 2), (1, 2)) == "window"  # outside of a program
