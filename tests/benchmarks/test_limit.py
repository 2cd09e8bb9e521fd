"""The hand-written limit does the same arithmetic as the libraries it is compared with."""

from functools import partial

import jax
import numpy as np
import pytest

from benchmarks import jax_worker
from benchmarks.data import Data
from benchmarks.networks import jax_dense, jax_parts, jax_training
from benchmarks.workloads import WORKLOADS, Workload

BINARY = Workload("small", "", "", 4, ((5, "relu"), (1, "sigmoid")), "binary_crossentropy", "adam", 3, 2)
CLASSES = BINARY._replace(
    layers=((5, "relu"), (3, "softmax")),
    loss="sparse_categorical_crossentropy",
    optimizer="rmsprop",
)


def rows(work, count):
    rng = np.random.default_rng(0)
    return rng.standard_normal((count, 4)).astype("float32"), rng.integers(
        0, work.layers[-1][0] + 1, count
    ) % 3


def numpy_scores(work, weights, x, y):
    """Loss of each row and whether it is classified rightly, in float64 NumPy."""
    parts, x = iter(jax_dense.unpacked(work, weights)), x.astype("float64")
    for _, activation in work.layers:
        x = x @ np.transpose(next(parts)) + next(parts)
        if activation == "relu":
            x = np.maximum(x, 0)
    if work.loss == "binary_crossentropy":
        p = 1 / (1 + np.exp(-x[:, 0]))
        return -np.where(y == 1, np.log(p), np.log(1 - p)), (p > 0.5) == (y == 1)
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]), p.argmax(1) == y


@pytest.mark.parametrize("work", [BINARY, CLASSES], ids=["binary", "classes"])
def test_score(work):
    x, y = rows(work, 7)
    state = jax_worker.initial(work, 1)
    loss, accuracy = jax_worker.score(work, state, *jax_worker.typed(work, x, y))
    losses, hits = numpy_scores(work, state[0], x, y)
    np.testing.assert_allclose(loss, losses.mean(), rtol=1e-5)
    np.testing.assert_allclose(accuracy, hits.mean(), rtol=1e-6)


@pytest.mark.parametrize("work", [BINARY, CLASSES], ids=["binary", "classes"])
def test_the_partial_batch_counts_with_its_rows_only(work):
    x, y = rows(work, 2)  # one batch of 3, of which one row is padding
    x, y = jax_worker.typed(work, x, y)
    state = jax_worker.initial(work, 1)
    full = work._replace(batch=2)
    padded, exact = (
        jax.jit(partial(jax_worker.epoch, one, 2))(state, np.array(order, "int32"), 0, 1, x, y)
        for one, order in ((work, [0, 1, 0]), (full, [0, 1]))
    )
    for a, b in zip(*map(jax.tree.leaves, (padded, exact)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8)


def test_adam_by_hand():
    weight, (mean, square) = jax_training.adam(1.0, (0.0, 0.0), 2.0, 1.0)
    np.testing.assert_allclose([mean, square], [0.2, 0.004], rtol=1e-5)
    np.testing.assert_allclose(
        weight, 1 - 0.001, rtol=1e-5
    )  # the first step is the rate, whatever the gradient


def test_rmsprop_by_hand():
    weight, (square,) = jax_training.rmsprop(1.0, (0.0,), 2.0, 1.0)
    np.testing.assert_allclose(square, 0.4, rtol=1e-5)
    np.testing.assert_allclose(weight, 1 - 0.001 * 2 / np.sqrt(0.4), rtol=1e-5)


def test_training_learns():
    x = np.random.default_rng(0).standard_normal((50, 4)).astype("float32")
    found = jax_worker.train(BINARY._replace(epochs=300), Data(x, (x[:, 0] > 0).astype(float)), 0)
    assert found["accuracy"] > 0.9
    assert found["fit_s"] > 0


def test_predict_gives_a_probability():
    work = WORKLOADS["pima"]
    output = jax_worker.forward(work, jax_worker.initial(work, 0), np.ones((1, 8), "float32"))
    assert output.shape == (1, 1)
    assert 0 < float(output[0, 0]) < 1


@pytest.mark.parametrize("stride, same", [(1, True), (2, True), (1, False)])
def test_a_convolution_is_that_of_the_engine(stride, same, monkeypatch):
    monkeypatch.setattr(jax_parts, "PART", 4000)  # so small that it works a few images at a time
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 6, 6, 2)).astype("float32")
    kernel = rng.standard_normal((3, 9 * 2)).astype("float32")

    def ours(x, kernel):
        return jax_parts.conv(x, kernel, 3, stride, same)

    def engine(x, kernel):
        numbers = ("NHWC", "OHWI", "NHWC")
        edges = "SAME" if same else "VALID"
        kernel = kernel.reshape(3, 3, 3, 2)
        return jax.lax.conv_general_dilated(
            x, kernel, (stride, stride), edges, dimension_numbers=numbers
        )

    compare_with_gradients(ours, engine, x, kernel)


def compare_with_gradients(ours, theirs, *arguments):
    """Values, and the gradients of a sum of their sines, are equal."""
    for a, b in zip(
        jax.tree.leaves(with_gradients(ours, *arguments)),
        jax.tree.leaves(with_gradients(theirs, *arguments)),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def with_gradients(function, *arguments):
    def total(*arguments):
        return jax.numpy.sin(function(*arguments)).sum()

    places = tuple(range(len(arguments)))
    return jax.jit(lambda *arguments: (function(*arguments), jax.grad(total, places)(*arguments)))(
        *arguments
    )


def test_normalization_has_the_gradient_of_its_formula():
    x = np.random.default_rng(0).standard_normal((3, 5)).astype("float32")

    def formula(x):
        return (x - x.mean(1, keepdims=True)) / jax.numpy.sqrt(x.var(1, keepdims=True) + 1e-3)

    compare_with_gradients(lambda x: jax_parts.normalizer((1,), 1e-3)(x)[0], formula, x)


@pytest.mark.parametrize("added", [True, False])
def test_recurrence_has_the_gradient_of_a_plain_loop(added):
    rng = np.random.default_rng(0)
    x, kernel, bias = (rng.standard_normal(shape).astype("float32") for shape in ((4, 2, 3), (3, 3), 3))
    start = (np.zeros((2, 3), "float32"),)

    def step(carry, x, h):
        return (jax.numpy.tanh(x + h if added else x * h),)

    def loop(x, kernel, bias):
        carry = start
        for now in x:
            carry = step(carry, now, carry[0] @ kernel + bias)
        return carry[0]

    ours = jax_parts.recurrence(step, start, added)
    compare_with_gradients(ours, loop, x, kernel, bias)


def test_pooling_takes_the_largest():
    x = np.random.default_rng(0).standard_normal((2, 4, 6, 3)).astype("float32")
    expected = x.reshape(2, 2, 2, 3, 2, 3).max((2, 4))
    np.testing.assert_array_equal(jax_parts.pool(x, 2, (1, 2)), expected)


def test_attention_looks_back_only_when_causal():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 5, 4)).astype("float32")
    weights = [rng.standard_normal(shape).astype("float32") for shape in ((12, 4), 12, (4, 4), 4)]
    z = jax_parts.attend(x, 2, weights, causal=True)
    x[0, 3:] += 1
    later = jax_parts.attend(x, 2, weights, causal=True)
    np.testing.assert_allclose(z[0, :3], later[0, :3], rtol=1e-5)
    assert not np.allclose(z[0, 3:], later[0, 3:])
