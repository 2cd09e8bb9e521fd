"""The limit's networks for words, and the deep one: weights, and outputs as a function of them."""

from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from benchmarks.networks.jax_dense import relu
from benchmarks.networks.jax_parts import (
    Noted,
    Weights,
    attend,
    classes,
    conv,
    dense,
    dropped,
    glorot,
    head,
    layer_norm,
    pool,
    probability,
    read,
    recurrence,
    uniform,
    zeros,
)
from benchmarks.workloads import Workload


def lstm_step(carry: Any, x: Any, h: Any) -> Any:
    """Keras's gates: input, forget, candidate, output."""
    i, f, g, o = jnp.split(x + h, 4, -1)
    cell = lax.logistic(f) * carry[1] + lax.logistic(i) * jnp.tanh(g)
    return lax.logistic(o) * jnp.tanh(cell), cell


def gru_step(carry: Any, x: Any, h: Any) -> Any:
    """Keras's gates: update, reset, candidate, which is reset after the product."""
    (xz, xr, xn), (hz, hr, hn) = jnp.split(x, 3, -1), jnp.split(h, 3, -1)
    update, reset = lax.logistic(xz + hz), lax.logistic(xr + hr)
    candidate = jnp.tanh(xn + reset * hn)
    return (candidate + update * (carry[0] - candidate),)


GATES = {"lstm": (lstm_step, 4, 2), "gru": (gru_step, 3, 1)}


def recurrent_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng, sizes, units = np.random.default_rng(seed), work.sizes, work.sizes["units"]
    gates = GATES[work.network][1]
    orthogonal, triangle = np.linalg.qr(rng.standard_normal((gates * units, units)))
    weights = {
        "table": uniform(rng, 0.05, sizes["words"], sizes["width"]),
        "kernel": glorot(rng, gates * units, sizes["width"]), "bias": zeros(gates * units),
        "recurrent": (orthogonal * np.sign(np.diag(triangle))).T.astype("float32"),
        **head(rng, 1, units),
    }  # fmt: skip
    if work.network == "lstm":
        weights["bias"][units : 2 * units] = 1  # forget little at first
    else:
        weights["recurrent_bias"] = zeros(gates * units)
    return weights, ()


def recurrent(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """Embedding, one recurrent layer, and a probability; inputs are multiplied before the loop."""
    step, _, states = GATES[work.network]
    x = dense(read(weights["table"], x.T), weights["kernel"], weights["bias"])
    start = (jnp.zeros((x.shape[1], work.sizes["units"])),) * states
    bias = weights.get("recurrent_bias", zeros(x.shape[-1]))
    layer = recurrence(step, start, added=work.network == "lstm")
    return probability(weights, layer(x, weights["recurrent"], bias)), noted


def cnn_1d_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng, n, width = np.random.default_rng(seed), work.sizes["filters"], work.sizes["width"]
    return {
        "table": uniform(rng, 0.05, work.sizes["words"], width),
        "first": glorot(rng, n, width, 7), "first_bias": zeros(n),
        "second": glorot(rng, n, n, 7), "second_bias": zeros(n), **head(rng, 1, n),
    }, ()  # fmt: skip


def cnn_1d(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """Embedding and convolutions over words; relu after pooling."""
    x = pool(conv(read(weights["table"], x), weights["first"], 7, same=False), 5, (1,))
    x = conv(relu(x + weights["first_bias"]), weights["second"], 7, same=False)
    return probability(weights, relu(x.max(1) + weights["second_bias"])), noted


def attention_weights(rng: Any, width: int, heads: int) -> Weights:
    """Keras counts the kernel (width, heads, size) as a convolution's, and (heads, size, width) too."""
    size = width // heads
    inward, outward = width * heads + width * size, heads * size + heads * width
    return (
        uniform(rng, np.sqrt(6 / inward), 3 * width, width), zeros(3 * width),
        uniform(rng, np.sqrt(6 / outward), width, width), zeros(width),
    )  # fmt: skip


def words_and_places(work: Workload, rng: Any) -> Weights:
    """The tables of words and of positions."""
    width = work.sizes["width"]
    tables = {"words": work.sizes["words"], "places": work.shape[0]}
    return {name: uniform(rng, 0.05, count, width) for name, count in tables.items()}


def block_weights(work: Workload, rng: Any) -> Weights:
    """The weights of attention, two dense layers and two normalizations."""
    width, units = work.sizes["width"], work.sizes["units"]
    return {
        "attention": attention_weights(rng, width, work.sizes["heads"]),
        "inner": (glorot(rng, units, width), zeros(units)),
        "outer": (glorot(rng, width, units), zeros(width)),
        "norms": [(zeros(width) + 1, zeros(width)) for _ in range(2)],
    }


def transformer_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng = np.random.default_rng(seed)
    weights = words_and_places(work, rng) | block_weights(work, rng)
    return weights | head(rng, 1, work.sizes["width"]), ()


def transformer(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """Embedding with positions, one encoder block, mean over the positions."""
    first, second = weights["norms"]
    x = read(weights["words"], x) + weights["places"]
    y = attend(x, work.sizes["heads"], weights["attention"])
    x = layer_norm(x + dropped(y, 0.1, key), *first, 1e-6)
    y = dense(relu(dense(x, *weights["inner"])), *weights["outer"])
    x = layer_norm(x + dropped(y, 0.1, key, 1), *second, 1e-6)
    return probability(weights, x.mean(1)), noted


def gpt_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng, width = np.random.default_rng(seed), work.sizes["width"]
    return words_and_places(work, rng) | {
        "blocks": [block_weights(work, rng) for _ in range(work.sizes["depth"])],
        "norm": (zeros(width) + 1, zeros(width)),
        "last": glorot(rng, work.sizes["words"], width),
    }, ()  # fmt: skip


def gpt(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """A small language model: blocks that look back only, normalized before each part."""
    x = read(weights["words"], x) + weights["places"]
    for block in weights["blocks"]:
        first, second = block["norms"]
        y = layer_norm(x, *first, 1e-5)
        x = x + attend(y, work.sizes["heads"], block["attention"], causal=True)
        y = jax.nn.gelu(dense(layer_norm(x, *second, 1e-5), *block["inner"]), approximate=False)
        x = x + dense(y, *block["outer"])
    return dense(layer_norm(x, *weights["norm"], 1e-5), weights["last"], 0), noted


def deep_weights(work: Workload, seed: int) -> tuple[Weights, Noted]:
    rng, units, depth = np.random.default_rng(seed), work.sizes["units"], work.sizes["depth"]
    return {
        "first": glorot(rng, units, work.shape[0]), "first_bias": zeros(units),
        "layers": uniform(rng, np.sqrt(3 / units), depth, units, units),
        "norm": (zeros(units) + 1, zeros(units)), "biases": zeros(depth, units), **head(rng, 10, units),
    }, ()  # fmt: skip


def deep(work: Workload, weights: Weights, noted: Noted, x: Any, key: Any) -> tuple[Any, Noted]:
    """Many dense layers, each of which adds something to what came before: a loop over them."""

    def layer(x: Any, now: Any) -> Any:
        return x + jnp.tanh(dense(x, *now)), None

    x = dense(x, weights["first"], weights["first_bias"])
    x, _ = lax.scan(layer, x, (weights["layers"], weights["biases"]))
    return classes(weights, layer_norm(x, *weights["norm"], 1e-5)), noted
