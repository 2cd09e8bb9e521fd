"""The limit's networks: for each its weights, and the outputs as a function of them.

Weights are a dictionary by name; `noted` are running means and variances. `key(part)` gives
random keys; without it there is no dropout, and what was noted is used.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.networks import jax_dense, jax_sequences
from benchmarks.networks.jax_dense import relu
from benchmarks.networks.jax_parts import (
    Noted,
    Weights,
    batch_norm,
    classes,
    conv,
    dropped,
    glorot,
    head,
    pool,
    zeros,
)
from benchmarks.workloads import Workload


class Network(NamedTuple):
    """`initial(work, seed)` gives weights and what is noted, `forward(work, weights, noted, x, key)`
    outputs and what is noted then."""

    initial: Callable[[Workload, int], tuple[Weights, Noted]]
    forward: Callable[[Workload, Weights, Noted, Any, Any], tuple[Any, Noted]]


def cnn_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng, n, (height, width, channels) = np.random.default_rng(seed), work.sizes["filters"], work.shape
    left = np.prod([((size - 2) // 2 - 2) // 2 for size in (height, width)])
    return {
        "first": glorot(rng, n, channels, 9), "first_bias": zeros(n),
        "second": glorot(rng, 2 * n, n, 9), "second_bias": zeros(2 * n),
        **head(rng, 10, 2 * n * int(left)),
    }, ()  # fmt: skip


def cnn(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """The lecture's network for digits. Relu after pooling: the same, on a quarter of the numbers."""
    for name in ("first", "second"):
        x = pool(conv(x, weights[name], 3, same=False), 2, (1, 2))
        x = relu(x + weights[name + "_bias"])
    return classes(weights, dropped(x.reshape(len(x), -1), 0.5, key)), noted


def normalized(rng: Any, weights: Weights, noted: list[Any], units: int, inputs: int, taps: int) -> None:
    """Adds the weights of a convolution with batch normalization."""
    at = str(len(noted))
    weights |= {"conv" + at: glorot(rng, units, inputs, taps * taps)}
    weights |= {"scale" + at: zeros(units) + 1, "shift" + at: zeros(units)}
    noted.append((zeros(units), zeros(units) + 1))


class Pictures:
    """Applies one convolution with batch normalization after the other, and notes their moments."""

    def __init__(self, weights: Weights, noted: Noted, training: bool) -> None:
        self.weights, self.before, self.training = weights, noted, training
        self.after: list[Any] = []

    def __call__(self, x: Any, taps: int = 3, stride: int = 1) -> Any:
        at = len(self.after)
        x = conv(x, self.weights[f"conv{at}"], taps, stride)
        scale, shift = self.weights[f"scale{at}"], self.weights[f"shift{at}"]
        x, moments = batch_norm(x, scale, shift, self.before[at], self.training)
        self.after.append(moments)
        return x


def blocks_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng, n, (height, width, channels) = np.random.default_rng(seed), work.sizes["filters"], work.shape
    weights, noted = head(rng, 10, 2 * n * (height // 4) * (width // 4)), []
    for units, inputs in ((n, channels), (n, n), (2 * n, n), (2 * n, 2 * n)):
        normalized(rng, weights, noted, units, inputs, 3)
    return weights, tuple(noted)


def blocks(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """Two blocks of convolution, batch normalization and relu, twice each, and pooling."""
    step = Pictures(weights, noted, key is not None)
    for _ in range(2):
        x = relu(pool(step(relu(step(x))), 2, (1, 2)))
    return classes(weights, x.reshape(len(x), -1)), tuple(step.after)


def residual_plan(work: Workload) -> list[tuple[int, int]]:
    """Filters and stride of each block."""
    return [
        (work.sizes["filters"] << stage, 2 if stage and not block else 1)
        for stage in range(3)
        for block in range(work.sizes["n"])
    ]


def resnet_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng, inputs = np.random.default_rng(seed), work.sizes["filters"]
    weights, noted = head(rng, 10, 4 * inputs), []
    normalized(rng, weights, noted, inputs, work.shape[-1], 3)
    for filters, stride in residual_plan(work):
        normalized(rng, weights, noted, filters, inputs, 3)
        normalized(rng, weights, noted, filters, filters, 3)
        if stride > 1:
            normalized(rng, weights, noted, filters, inputs, 1)
        inputs = filters
    return weights, tuple(noted)


def resnet(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """A residual network of 6 n + 2 layers."""
    step = Pictures(weights, noted, key is not None)
    x = relu(step(x))
    for _, stride in residual_plan(work):
        y = step(relu(step(x, 3, stride)))
        x = relu(y + (step(x, 1, stride) if stride > 1 else x))
    return classes(weights, x.mean((1, 2))), tuple(step.after)


def packed_dense(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """The dense networks, which are a file of their own."""
    return jax_dense.forward(work, weights, x), noted


NETWORKS = {
    "dense": Network(lambda work, seed: (jax_dense.initial(work, seed), ()), packed_dense),
    "cnn": Network(cnn_weights, cnn),
    "blocks": Network(blocks_weights, blocks),
    "resnet": Network(resnet_weights, resnet),
    "lstm": Network(jax_sequences.recurrent_weights, jax_sequences.recurrent),
    "gru": Network(jax_sequences.recurrent_weights, jax_sequences.recurrent),
    "cnn_1d": Network(jax_sequences.cnn_1d_weights, jax_sequences.cnn_1d),
    "transformer": Network(jax_sequences.transformer_weights, jax_sequences.transformer),
    "gpt": Network(jax_sequences.gpt_weights, jax_sequences.gpt),
    "deep": Network(jax_sequences.deep_weights, jax_sequences.deep),
}
