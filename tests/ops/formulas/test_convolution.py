"""Convolutions put together from products, compared with the engine's own and with SciPy's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from scipy.signal import correlate

from cornu.ops.formulas import convolution
from cornu.ops.formulas.convolution import CACHE, convolve, convolve_transposed, pairs, part, way


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, "float32")


def engine(x, kernel, strides, padding, dilation, groups=1, channels_last=True, spread=None):
    axes = "DHW"[3 - len(strides) :]
    layout = f"N{axes}C" if channels_last else f"NC{axes}"
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding.upper() if isinstance(padding, str) else padding,
        lhs_dilation=spread,
        rhs_dilation=dilation,
        dimension_numbers=(layout, f"{axes}IO", layout),
        feature_group_count=groups,
    )


def weighted(z):
    return jnp.sum(z * jnp.cos(jnp.arange(z.size, dtype=z.dtype)).reshape(z.shape))


def agree(ours, theirs, *arguments):
    """Values and both gradients of two functions of (x, kernel), compiled, to float32 rounding."""
    found, expected = jax.jit(ours)(*arguments), jax.jit(theirs)(*arguments)
    assert found.shape == expected.shape
    gradients = [
        jax.jit(jax.grad(lambda *a, f=f: weighted(f(*a)), argnums=(0, 1)))(*arguments)
        for f in (ours, theirs)
    ]
    for one, other in zip([found, *gradients[0]], [expected, *gradients[1]], strict=True):
        scale = float(jnp.max(jnp.abs(other), initial=1.0))
        np.testing.assert_allclose(one / scale, other / scale, rtol=0, atol=2e-6)


@st.composite
def convolutions(draw):
    """Shapes and settings of a convolution whose kernel fits."""
    rank = draw(st.integers(1, 3))
    each = st.tuples
    kernel = draw(each(*[st.integers(1, 3)] * rank))
    dilation = draw(each(*[st.integers(1, 3)] * rank))
    strides = draw(each(*[st.integers(1, 3)] * rank))
    image = tuple(
        (size - 1) * step + 1 + draw(st.integers(0, 4))
        for size, step in zip(kernel, dilation, strict=True)
    )
    # Less than what the kernel spans: beyond that the engine's own gradient is wrong on the CPU.
    spans = [(size - 1) * step for size, step in zip(kernel, dilation, strict=True)]
    explicit = st.tuples(*(st.tuples(*[st.integers(0, span)] * 2) for span in spans)).map(list)
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    return {
        "x": (draw(st.integers(1, 4)), *image, groups * draw(st.integers(1, 3))),
        "kernel": kernel,
        "filters": groups * draw(st.integers(1, 4)),
        "padding": draw(st.one_of(st.sampled_from(["valid", "same"]), explicit)),
        "strides": strides,
        "dilation": dilation,
        "groups": groups,
        "channels_last": draw(st.booleans()),
        "cache": draw(st.sampled_from([1, 2**30])),  # in parts, or whole
    }


@settings(deadline=None, max_examples=15)
@given(convolutions())
def test_equals_the_engine_in_values_and_gradients(case):
    x = draw(*case["x"])
    kernel = draw(*case["kernel"], x.shape[-1] // case["groups"], case["filters"], seed=1)
    if not case["channels_last"]:
        x = np.moveaxis(x, -1, 1)
    settled = [case[key] for key in ("strides", "padding", "dilation", "groups", "channels_last")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "CACHE", case["cache"])
        agree(lambda x, k: convolve(x, k, *settled), lambda x, k: engine(x, k, *settled), x, kernel)


@settings(deadline=None, max_examples=8)
@given(convolutions(), st.data())
def test_the_transposed_one_equals_the_engine_in_values_and_gradients(case, data):
    rank = len(case["kernel"])
    x = draw(*case["x"])
    kernel = draw(*case["kernel"], case["filters"], x.shape[-1], seed=1)
    spans = [(size - 1) * step for size, step in zip(case["kernel"], case["dilation"], strict=True)]
    cuts = [
        (data.draw(st.integers(0, min(span, 1))), data.draw(st.integers(-2, min(span, 1))))
        for span in spans
    ]
    pads = [(span - low, span - high) for span, (low, high) in zip(spans, cuts, strict=True)]
    if any(
        (size - 1) * stride + span + 1 - sum(cut) < 1
        for size, stride, span, cut in zip(x.shape[1:-1], case["strides"], spans, cuts, strict=True)
    ):
        return
    if not case["channels_last"]:
        x = np.moveaxis(x, -1, 1)
    strides, dilation, last = case["strides"], case["dilation"], case["channels_last"]

    def theirs(x, k):
        turned = jnp.flip(k, tuple(range(rank))).swapaxes(-1, -2)
        return engine(x, turned, (1,) * rank, pads, dilation, 1, last, strides)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "CACHE", case["cache"])
        agree(lambda x, k: convolve_transposed(x, k, strides, cuts, dilation, last), theirs, x, kernel)
    np.testing.assert_allclose(  # uncompiled it is the engine's own
        convolve_transposed(x, jnp.asarray(kernel), strides, cuts, dilation, last),
        theirs(x, kernel),
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize("channels, filters", [(1, 8), (4, 4), (8, 1)])
def test_equals_scipy(channels, filters):
    x, kernel = draw(2, 6, 7, channels), draw(3, 2, channels, filters, seed=1)
    found = jax.jit(lambda x, k: convolve(x, k, (1, 1), "valid", (1, 1)))(x, kernel)
    for image in range(2):
        for f in range(filters):
            expected = correlate(x[image], kernel[..., f], mode="valid")[..., 0]
            np.testing.assert_allclose(found[image, ..., f], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cache", [1, pytest.param(2**30, marks=pytest.mark.wide)])
@pytest.mark.parametrize("channels, filters, groups", [(2, 3, 1), (3, 1, 1), (2, 4, 2)])
def test_all_kinds_of_derivatives_exist(monkeypatch, cache, channels, filters, groups):
    monkeypatch.setattr(convolution, "CACHE", cache)
    x = draw(2, 4, 3, channels)
    kernel = draw(2, 2, channels // groups, filters, seed=1)

    def total(convolution):
        return lambda k: jnp.sum(jnp.sin(convolution(x, k, (1, 1), "same", (1, 1), groups)))

    for derivative in (jax.jacfwd, jax.jacrev, jax.hessian):
        found, expected = derivative(total(convolve))(kernel), derivative(total(engine))(kernel)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_it_works_within_loops_and_maps():
    x, kernel = draw(4, 5, 5, 2), draw(3, 3, 2, 2, seed=1)

    def once(x, k):
        return convolve(x, k, (1, 1), "same", (1, 1))

    looped = jax.jit(lambda x, k: lax.fori_loop(0, 3, lambda i, x: once(x, k), x))(x, kernel)
    by_hand = engine(x, kernel, (1, 1), "same", (1, 1))
    by_hand = engine(engine(by_hand, kernel, (1, 1), "same", (1, 1)), kernel, (1, 1), "same", (1, 1))
    np.testing.assert_allclose(looped, by_hand, rtol=1e-3, atol=1e-3)
    mapped = jax.vmap(once, (None, 0))(x, jnp.stack([kernel, 2 * kernel]))
    np.testing.assert_allclose(mapped[1], 2 * mapped[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "image, kernel, strides, dilation",
    [
        ((90,), (35, 2, 3), (2,), (1,)),
        ((90,), (17, 2, 3), (1,), (3,)),
        ((20,), (18, 3, 1), (1,), (1,)),
        ((12, 13), (5, 7, 2, 8), (2, 1), (1, 1)),
        ((20, 5), (17, 3, 1, 2), (1, 1), (1, 2)),
    ],
)
def test_kernels_of_many_taps(image, kernel, strides, dilation):
    x, kernel = draw(2, *image, kernel[-2]), draw(*kernel, seed=1)
    agree(
        lambda x, k: convolve(x, k, strides, "same", dilation),
        lambda x, k: engine(x, k, strides, "same", dilation),
        x,
        kernel,
    )


def test_half_precision_is_left_to_the_engine():
    x, kernel = draw(1, 4, 4, 2), draw(3, 3, 2, 2, seed=1)
    half = kernel.astype("bfloat16")
    program = jax.jit(lambda x, k: convolve(x, k, (1, 1), "valid", (1, 1)))
    assert "conv_general_dilated" in str(jax.make_jaxpr(program)(x, half))
    assert "conv_general_dilated" not in str(jax.make_jaxpr(program)(x, kernel))
    assert program(x, half).dtype == "bfloat16"


def test_whole_numbers_are_cast_to_the_kernels_dtype():
    x = np.arange(16).reshape(1, 4, 4, 1).astype("uint8")
    found = convolve(jnp.asarray(x), jnp.ones((2, 2, 1, 1)), (2, 2), "valid", (1, 1))
    assert found.ravel().tolist() == [10.0, 18.0, 42.0, 50.0]


def test_unknown_sizes_are_left_to_the_engine():
    from jax import export

    rows, height = export.symbolic_shape("n, h")

    def shape(*sizes):
        x, k = jax.ShapeDtypeStruct(sizes, "float32"), jax.ShapeDtypeStruct((3, 3, 2, 4), "float32")
        return jax.eval_shape(lambda x, k: convolve(x, k, (1, 1), "same", (1, 1)), x, k).shape

    assert shape(rows, 5, 5, 2) == (rows, 5, 5, 4)
    assert shape(rows, height, 5, 2) == (rows, height, 5, 4)


def test_the_choice_of_axes():
    assert way((3, 3, 1, 32), (1, 1)) == (0, 1)  # many filters: the inputs are laid out
    assert way((3, 3, 64, 3), (1, 1)) == ()  # few: the products
    assert way((3, 3, 64, 64), (1, 1)) == (1,)  # as many: one axis before, one after
    assert way((3, 3, 64, 64), (2, 1)) == (0,)  # nothing is computed that strides would drop
    assert way((3, 3, 64, 3), (1, 2)) == (1,)
    assert way((1, 1, 8, 8), (1, 1)) == (0, 1)
    assert way((5, 16, 16), (1,)) == (0,)
    assert way((3, 3, 8, 8), (1, 1), groups=2) == (0, 1)


@given(st.integers(1, 300), st.integers(1, 4 * CACHE))
def test_parts_divide_the_batch_and_fit_the_cache(batch, size):
    count = part(batch, size)
    if count is None:
        assert batch * size <= CACHE or batch == 1 or CACHE // size > 3
    else:
        assert batch % count == 0
        assert count == 1 or count * size <= CACHE


def test_an_empty_batch():
    x, kernel = jnp.zeros((0, 5, 5, 2)), jnp.ones((3, 3, 2, 2))
    ones = (1, 1)
    assert jax.jit(lambda x, k: convolve(x, k, ones, "valid", ones))(x, kernel).shape == (0, 3, 3, 2)
    transposed = jax.jit(lambda x, k: convolve_transposed(x, k, ones, [(0, 0)] * 2, ones))
    assert transposed(x, kernel).shape == (0, 7, 7, 2)


def test_an_unknown_batch_is_one_part():
    from jax import export

    assert part(export.symbolic_shape("n")[0], 10 * CACHE) is None


def test_zeros_around_as_the_engine_has_them():
    for size, taps, stride, step in [
        (5, 3, 1, 1),
        (6, 3, 2, 1),
        (7, 2, 3, 2),
        (1, 3, 2, 3),
        (9, 1, 4, 1),
    ]:
        ((low, high),) = pairs("same", (size,), (taps,), (stride,), (step,))
        expected = lax.padtype_to_pads((size,), ((taps - 1) * step + 1,), (stride,), "SAME")
        assert [(low, high)] == list(expected)
