"""Convolutions by oneDNN against XLA's own, their derivatives, and what happens without it."""

import subprocess
import sys
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

import cornu
from cornu.native import convolution, library
from cornu.ops.formulas.convolution import convolve, convolve_transposed, transposed_cuts
from cornu.training import explaining

FOUND = library.library()
there = pytest.mark.skipif(not FOUND.name, reason=FOUND.missing)


@pytest.fixture(autouse=True)
def any_size(monkeypatch):
    monkeypatch.setattr(convolution, "WORTH", 0)


def by_engine(x, kernel, strides, pads, dilation, groups, channels_last):
    axes = "DHW"[5 - x.ndim :]
    layout = f"N{axes}C" if channels_last else f"NC{axes}"
    numbers = (layout, f"{axes}IO", layout)
    return lax.conv_general_dilated(x, kernel, strides, pads, None, dilation, numbers, groups)


def arrays(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype("float32") for shape in shapes]


def close(found, expected):
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5 * max(1.0, float(np.abs(b).max(initial=0))))


def uses_it(function, *arguments):
    return convolution.operation.name in str(jax.make_jaxpr(lambda *a: function(*a))(*arguments))


@st.composite
def cases(draw):
    n = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(n))

    strides, dilation, taps, more = each(1, 3), each(1, 2), each(1, 4), each(0, 6)
    spans = [(k - 1) * d for k, d in zip(taps, dilation, strict=True)]
    pads = [(draw(st.integers(0, s)), draw(st.integers(0, s))) for s in spans]
    sizes = [span + 1 + size for span, size in zip(spans, more, strict=True)]
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, filters = groups * draw(st.integers(1, 9)), groups * draw(st.integers(1, 9))
    last = draw(st.booleans())
    x = (2, *sizes, channels) if last else (2, channels, *sizes)
    return x, (*taps, channels // groups, filters), (strides, pads, dilation, groups, last)


@there
@pytest.mark.wide
@settings(max_examples=60, deadline=None)
@given(case=cases(), seed=st.integers(0, 99))
def test_outputs_and_gradients_are_those_of_the_engine(case, seed):
    check_case(case, seed)


def check_case(case, seed):
    x_shape, k_shape, options = case
    x, kernel = arrays(seed, x_shape, k_shape)

    def all_three(conv):
        def function(x, kernel):
            y, pull = jax.vjp(conv, x, kernel)
            return y, pull(jnp.cos(y))

        return jax.jit(function)(x, kernel)

    def ours(x, kernel):
        strides, pads, dilation, groups, last = options
        return convolve(x, kernel, strides, pads, dilation, groups, last)

    assert uses_it(ours, x, kernel)
    close(all_three(ours), all_three(lambda x, k: by_engine(x, k, *options)))


@there
@pytest.mark.parametrize(
    "case",
    [
        ((2, 7, 8, 3), (3, 2, 3, 5), ((1, 2), [(1, 1), (0, 1)], (1, 1), 1, True)),
        ((2, 6, 9), (3, 3, 4), ((1,), [(2, 0)], (2,), 2, False)),
        ((1, 4, 5, 4, 2), (2, 2, 2, 2, 3), ((1, 1, 2), [(0, 0)] * 3, (1, 1, 1), 1, True)),
        ((2, 6, 6, 4), (3, 3, 1, 8), ((1, 1), [(1, 1)] * 2, (1, 1), 4, True)),
    ],
    ids=["plane", "line in groups", "space", "depthwise"],
)
def test_a_case_of_each_kind(case):
    check_case(case, 1)


@there
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("last", [True, False])
def test_a_transposed_convolution(padding, last, monkeypatch):
    x, kernel = arrays(0, (2, 5, 6, 3) if last else (2, 3, 5, 6), (3, 3, 4, 3))
    cuts = transposed_cuts((3, 3), (2, 2), (1, 1), padding)

    def both(x, kernel):
        def conv(x, kernel):
            return convolve_transposed(x, kernel, (2, 2), cuts, (1, 1), last)

        y, pull = jax.vjp(conv, x, kernel)
        return y, pull(jnp.cos(y))

    assert uses_it(both, x, kernel)
    found = jax.jit(both)(x, kernel)
    monkeypatch.setattr(convolution, "MOST_AXES", 0)
    assert not uses_it(both, x, kernel)
    close(found, jax.jit(lambda x, k: both(x, k))(x, kernel))


def square(x, kernel):
    return convolve(x, kernel, (1, 1), "same", (1, 1))


def square_by_engine(x, kernel):
    return by_engine(x, kernel, (1, 1), [(1, 1)] * 2, (1, 1), 1, True)


@there
def test_forward_mode_and_second_derivatives():
    x, kernel, dx, dk = arrays(2, (2, 5, 5, 2), (3, 3, 2, 3), (2, 5, 5, 2), (3, 3, 2, 3))

    def derivatives(conv):
        def total(x, kernel):
            return jnp.sum(jnp.sin(conv(x, kernel)))

        def function(x, kernel):
            forward = jax.jvp(conv, (x, kernel), (dx, dk))
            second = jax.jvp(jax.grad(total, (0, 1)), (x, kernel), (dx, dk))[1]
            return forward, second, jax.grad(lambda *a: jnp.sum(jax.grad(total)(*a) ** 2), 1)(x, kernel)

        return jax.jit(function)(x, kernel)

    close(derivatives(square), derivatives(square_by_engine))


@there
@pytest.mark.parametrize("axes", [(0, None), (2, None), (None, 1), (0, 0)])
def test_vmap(axes):
    shapes = [(2, 5, 5, 2), (3, 3, 2, 3)]
    shapes = [s if a is None else (*s[:a], 3, *s[a:]) for s, a in zip(shapes, axes, strict=True)]
    x, kernel = arrays(3, *shapes)

    def both(conv):
        def function(x, kernel):
            y, pull = jax.vjp(conv, x, kernel)
            return y, pull(jnp.cos(y))

        return jax.jit(jax.vmap(function, axes))(x, kernel)

    close(both(square), both(square_by_engine))


@there
def test_in_a_loop_and_out_of_a_trace():
    x, kernel = arrays(4, (2, 5, 5, 3), (3, 3, 3, 3))

    def often(conv):
        return jax.jit(lambda x, k: lax.fori_loop(0, 5, lambda i, x: jnp.tanh(conv(x, k)), x))(x, kernel)

    close(often(square), often(square_by_engine))
    found = convolution.convolve(x, kernel, (1, 1), [(1, 1)] * 2, (1, 1), 1, True)
    close(found, square_by_engine(x, kernel))


@there
def test_what_one_thread_made_ready_another_computes():
    """oneDNN would lend a computation memory of the thread that made it ready; XLA takes any thread."""
    cases = [arrays(8, (50, 1, 8, 8), (3, 3, 1, 16)), arrays(9, (50, 16, 8, 8), (3, 3, 16, 16))]

    def conv(x, kernel):
        return convolve(x, kernel, (1, 1), "same", (1, 1), channels_last=False)

    expected = [by_engine(x, k, (1, 1), [(1, 1)] * 2, (1, 1), 1, False) for x, k in cases]
    run, found = jax.jit(conv), []

    def work():
        found.extend([run(*case) for case in cases] for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(6)]
    work()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 35
    for both in found:
        close(both, expected)


@there
@pytest.mark.parametrize(
    ("x", "kernel", "pads"),
    [
        (jnp.ones((1, 5, 5, 2), "bfloat16"), jnp.ones((3, 3, 2, 2), "bfloat16"), [(1, 1)] * 2),
        (jnp.ones((1, 5, 5, 2)), jnp.ones((3, 3, 2, 2)), [(3, 0), (1, 1)]),  # beyond the kernel
        (jnp.ones((1, 5, 5, 2)), jnp.ones((3, 3, 2, 2)), [(-1, 0), (1, 1)]),
        (jnp.ones((0, 5, 5, 2)), jnp.ones((3, 3, 2, 2)), [(1, 1)] * 2),
        (jnp.ones((1, 2, 5, 2)), jnp.ones((3, 3, 2, 2)), [(0, 0)] * 2),
    ],
    ids=["half precision", "zeros beyond the kernel", "cut", "no rows", "no outputs"],
)
def test_what_is_left_to_xla(x, kernel, pads):
    assert not convolution.takes(x, kernel, pads, (1, 1), x.shape[1:3])
    expected = by_engine(x, kernel, (1, 1), pads, (1, 1), 1, True)
    found = jax.jit(lambda x, k: convolve(x, k, (1, 1), pads, (1, 1)))(x, kernel)
    assert found.shape == expected.shape
    close(np.asarray(found, "float32"), np.asarray(expected, "float32"))


@there
def test_tiny_convolutions_are_left_to_xla(monkeypatch):
    monkeypatch.undo()
    x, kernel = arrays(6, (1, 5, 5, 2), (3, 3, 2, 2))
    assert not uses_it(square, x, kernel)
    assert uses_it(square, *arrays(6, (32, 16, 16, 16), (3, 3, 16, 32)))


@there
@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([2, 1, 1, 2, 1, 1, 1, 1, 0, 0, 0], "1 to 3 axes of float32"),
        ([7, 1, 1, 2, *[1] * 8], "1 to 3 axes of float32"),
        ([2, 1, 1, 2, 1, 1, 1, 1, 9, 9, 9, 9], "cannot compute this convolution"),
    ],
    ids=["too few", "no such result", "other sizes"],
)
def test_numbers_that_do_not_fit_are_an_error_of_the_program(numbers, words):
    x, kernel = arrays(7, (1, 4, 4, 2), (3, 3, 2, 2))
    call = jax.ffi.ffi_call(library.TARGET, jax.ShapeDtypeStruct((1, 2, 2, 2), "float32"))
    with pytest.raises(Exception, match=words):
        jax.block_until_ready(
            jax.jit(lambda *a: call(*a, numbers=np.array(numbers, "int64")))(x, kernel)
        )


SAYS = "from cornu.native.library import library; print(*library(), sep='|')"


@pytest.mark.parametrize(
    ("switch", "says"),
    [("0", "|CORNU_ONEDNN is 0"), ("/nowhere/lib.so", "|oneDNN could not be opened: /nowhere/lib.so")],
    ids=["switched off", "a wrong path"],
)
def test_why_there_is_none(switch, says, monkeypatch):
    if not library.OURS.is_file():
        pytest.skip(FOUND.missing)
    monkeypatch.setenv(library.SWITCH, switch)
    done = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(says)


def test_why_there_is_none_where_nothing_is_installed(monkeypatch, tmp_path):
    monkeypatch.delenv(library.SWITCH, raising=False)
    monkeypatch.setattr(library, "OURS", tmp_path / "none.so")
    assert "without a C compiler" in library._found.__wrapped__().missing
    monkeypatch.setattr(library, "OURS", tmp_path)
    monkeypatch.setattr(library.Path, "is_file", lambda path: True)
    monkeypatch.setattr(library, "PACKAGE", "no-such-package-of-onednn")
    assert "pip install no-such-package-of-onednn" in library._found.__wrapped__().missing


def test_why_there_is_none_on_another_machine(monkeypatch):
    monkeypatch.delenv(library.SWITCH, raising=False)
    monkeypatch.setattr(library.platform, "machine", lambda: "arm64")
    assert "x86-64 processor only" in library._found.__wrapped__().missing


@pytest.mark.parametrize("missing", ["oneDNN is not installed: pip install it", ""])
def test_explain_fit_says_what_convolutions_miss(missing, monkeypatch):
    answer = library.Library("" if missing else "oneDNN", missing)
    for module in (convolution, explaining):
        monkeypatch.setattr(module, "library", lambda: answer)
    monkeypatch.setattr(explaining, "asked", lambda: 1)
    model = cornu.Sequential([cornu.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    said = "since oneDNN is not installed: pip install it." in model.explain_fit()
    assert said == bool(missing)


PROGRAM = """
import sys, numpy as np, cornu
cornu.utils.set_random_seed(1)
layers = cornu.layers
model = cornu.Sequential([layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(1)])
model.compile("sgd", "mse")
x = np.random.default_rng(0).standard_normal((64, 12, 12, 4)).astype("float32")
history = model.fit(x, x[:, 0, 0, 0], batch_size=64, epochs=3, verbose=0)
from cornu.training import kept
print(history.history["loss"][-1], [found.native for found in kept._recent.values()])
"""


@there
def test_kept_programs_know_what_they_are_computed_by(monkeypatch, tmp_path):
    """A program that uses oneDNN is made anew in a process that does without, and the other way."""
    monkeypatch.setenv("CORNU_CACHE_DIR", str(tmp_path))
    said = []
    for switch in ("", "", "0", ""):
        monkeypatch.setenv(library.SWITCH, switch)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        )
        loss, native = done.stdout.split(" ", 1)
        said.append((round(float(loss), 5), FOUND.name in native, "is 0" in native))
    losses, with_it, without = zip(*said, strict=True)
    assert len(set(losses)) == 1
    assert with_it == (True, True, False, True)
    assert without == (False, False, True, False)
