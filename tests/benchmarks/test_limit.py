"""The hand-written limit does the same arithmetic as the libraries it is compared with."""

from functools import partial

import jax
import numpy as np
import pytest

from benchmarks import jax_worker
from benchmarks.data import Data
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
    parts, x = iter(jax_worker.unpacked(work, weights)), x.astype("float64")
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
    weights = jax_worker.initial(work, 1)
    loss, accuracy = jax_worker.score(work, weights, x, jax_worker.float32(y, work))
    losses, hits = numpy_scores(work, weights, x, y)
    np.testing.assert_allclose(loss, losses.mean(), rtol=1e-5)
    np.testing.assert_allclose(accuracy, hits.mean(), rtol=1e-6)


@pytest.mark.parametrize("work", [BINARY, CLASSES], ids=["binary", "classes"])
def test_the_partial_batch_counts_with_its_rows_only(work):
    x, y = rows(work, 2)  # one batch of 3, of which one row is padding
    y = jax_worker.float32(y, work)
    weights = jax_worker.initial(work, 1)
    slots = jax_worker.blank(work, weights)
    full = work._replace(batch=2)
    padded, exact = (
        jax.jit(partial(jax_worker.epoch, one, 2))(
            (weights, slots), np.array(order, "int32"), 0, 1, x, y
        )
        for one, order in ((work, [0, 1, 0]), (full, [0, 1]))
    )
    for a, b in zip(*map(jax.tree.leaves, (padded, exact)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8)


def test_adam_by_hand():
    weight, (mean, square) = jax_worker.adam(1.0, (0.0, 0.0), 2.0, 1.0)
    np.testing.assert_allclose([mean, square], [0.2, 0.004], rtol=1e-5)
    np.testing.assert_allclose(
        weight, 1 - 0.001, rtol=1e-5
    )  # the first step is the rate, whatever the gradient


def test_rmsprop_by_hand():
    weight, (square,) = jax_worker.rmsprop(1.0, (0.0,), 2.0, 1.0)
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
