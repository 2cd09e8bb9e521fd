"""The networks in Flax NNX, as one writes them there, with Keras's initial distributions.

A network with a softmax gives logits, since optax's cross-entropy takes it upon itself; one with a
sigmoid gives the logit, for the same reason.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from benchmarks.workloads import Workload

ACTIVATIONS = {"relu": nnx.relu, "sigmoid": lambda x: x, "softmax": lambda x: x, "linear": lambda x: x}
GLOROT = nnx.initializers.glorot_uniform()


def uniform(limit: float) -> Any:
    """An initializer of uniform numbers between -limit and limit."""
    return lambda key, shape, dtype=jnp.float32, **_: jax.random.uniform(
        key, shape, dtype, -limit, limit
    )


def linear(inputs: int, units: int, rngs: nnx.Rngs, **options: Any) -> nnx.Linear:
    """A dense layer with a Glorot uniform kernel and zero bias."""
    return nnx.Linear(inputs, units, kernel_init=GLOROT, rngs=rngs, **options)


def conv(inputs: int, filters: int, size: tuple[int, ...], rngs: nnx.Rngs, **options: Any) -> nnx.Conv:
    """A convolution with a Glorot uniform kernel and zero bias."""
    return nnx.Conv(inputs, filters, size, kernel_init=GLOROT, rngs=rngs, **options)


def embedding(words: int, width: int, rngs: nnx.Rngs) -> nnx.Embed:
    """A table with Keras's uniform numbers."""
    return nnx.Embed(words, width, embedding_init=uniform(0.05), rngs=rngs)


def pool(x: Any) -> Any:
    """The largest of each 2 x 2."""
    return nnx.max_pool(x, (2, 2), strides=(2, 2))


def dense(work: Workload, rngs: nnx.Rngs) -> nnx.Module:
    """Dense layers, one after the other."""
    steps: list[Any] = []
    (width,) = work.shape
    for units, activation in work.layers:
        steps += [linear(width, units, rngs), ACTIVATIONS[activation]]
        width = units
    return nnx.Sequential(*steps)


def cnn(work: Workload, rngs: nnx.Rngs) -> nnx.Module:
    """The lecture's network for digits."""
    filters, (height, width, channels) = work.sizes["filters"], work.shape
    left = [((n - 2) // 2 - 2) // 2 for n in (height, width)]
    return nnx.Sequential(
        conv(channels, filters, (3, 3), rngs, padding="VALID"), nnx.relu, pool,
        conv(filters, 2 * filters, (3, 3), rngs, padding="VALID"), nnx.relu, pool,
        lambda x: x.reshape(len(x), -1),
        nnx.Dropout(0.5, rngs=rngs), linear(2 * filters * math.prod(left), 10, rngs),
    )  # fmt: skip


def normalized(inputs: int, filters: int, rngs: nnx.Rngs, size: int = 3, stride: int = 1) -> list[Any]:
    """A convolution and batch normalization, with Keras's momentum and epsilon."""
    layer = conv(inputs, filters, (size, size), rngs, strides=stride, use_bias=False)
    return [layer, nnx.BatchNorm(filters, momentum=0.99, epsilon=1e-3, rngs=rngs)]


def blocks(work: Workload, rngs: nnx.Rngs) -> nnx.Module:
    """Two blocks of convolution, batch normalization and relu, twice each, and pooling."""
    filters, (height, width, channels) = work.sizes["filters"], work.shape
    steps: list[Any] = []
    for units in (filters, 2 * filters):
        for inputs in (channels, units):
            steps += [*normalized(inputs, units, rngs), nnx.relu]
        steps.append(pool)
        channels = units
    return nnx.Sequential(
        *steps,
        lambda x: x.reshape(len(x), -1),
        linear(channels * (height // 4) * (width // 4), 10, rngs),
    )


class Residual(nnx.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, filters: int, stride: int, rngs: nnx.Rngs) -> None:
        first = normalized(inputs, filters, rngs, 3, stride)
        self.main = nnx.Sequential(*first, nnx.relu, *normalized(filters, filters, rngs))
        short = normalized(inputs, filters, rngs, 1, stride) if stride > 1 else [lambda x: x]
        self.shortcut = nnx.Sequential(*short)

    def __call__(self, x: Any) -> Any:
        return nnx.relu(self.main(x) + self.shortcut(x))


def resnet(work: Workload, rngs: nnx.Rngs) -> nnx.Module:
    """A residual network of 6 n + 2 layers."""
    filters = work.sizes["filters"]
    steps = [*normalized(work.shape[-1], filters, rngs), nnx.relu]
    inputs = filters
    for stage in range(3):
        for block in range(work.sizes["n"]):
            steps.append(Residual(inputs, filters << stage, 2 if stage and not block else 1, rngs))
            inputs = filters << stage
    return nnx.Sequential(*steps, lambda x: x.mean((1, 2)), linear(inputs, 10, rngs))


class Recurrent(nnx.Module):
    """Embedding, one recurrent layer, and the logit of a probability."""

    def __init__(self, work: Workload, rngs: nnx.Rngs) -> None:
        sizes, units = work.sizes, work.sizes["units"]
        self.table = embedding(sizes["words"], sizes["width"], rngs)
        kind = {"lstm": nnx.OptimizedLSTMCell, "gru": nnx.GRUCell}[work.network]
        cell = kind(sizes["width"], units, kernel_init=GLOROT, rngs=rngs)
        if work.network == "lstm":  # the gates are: input, forget, candidate, output
            cell.dense_h.bias[...] = jnp.repeat(jnp.array([0.0, 1, 0, 0]), units)
        else:  # Keras's has a bias within the reset, too
            orthogonal = nnx.initializers.orthogonal()
            cell.dense_h = nnx.Linear(units, 3 * units, kernel_init=orthogonal, rngs=rngs)
        self.layer = nnx.RNN(cell, rngs=rngs)
        self.head = linear(units, 1, rngs)

    def __call__(self, words: Any) -> Any:
        return self.head(self.layer(self.table(words))[:, -1])


class Convolved(nnx.Module):
    """Embedding and convolutions over words."""

    def __init__(self, work: Workload, rngs: nnx.Rngs) -> None:
        width, filters = work.sizes["width"], work.sizes["filters"]
        self.table = embedding(work.sizes["words"], width, rngs)
        self.first = conv(width, filters, (7,), rngs, padding="VALID")
        self.second = conv(filters, filters, (7,), rngs, padding="VALID")
        self.head = linear(filters, 1, rngs)

    def __call__(self, words: Any) -> Any:
        x = nnx.relu(self.first(self.table(words)))
        x = nnx.relu(self.second(nnx.max_pool(x, (5,), strides=(5,))))
        return self.head(x.max(1))


class Positions(nnx.Module):
    """The vectors of words plus those of their positions."""

    def __init__(self, work: Workload, rngs: nnx.Rngs) -> None:
        width = work.sizes["width"]
        self.words = embedding(work.sizes["words"], width, rngs)
        self.places = nnx.Param(uniform(0.05)(rngs.params(), (work.shape[0], width)))

    def __call__(self, words: Any) -> Any:
        return self.words(words) + self.places[...]


def attention(work: Workload, rngs: nnx.Rngs) -> nnx.MultiHeadAttention:
    """Attention with Keras's limits, which counts the kernel (width, heads, size) as a convolution's."""
    width, heads = work.sizes["width"], work.sizes["heads"]
    size = width // heads
    return nnx.MultiHeadAttention(
        heads, width, decode=False, rngs=rngs,
        kernel_init=uniform(math.sqrt(6 / (width * heads + width * size))),
        out_kernel_init=uniform(math.sqrt(6 / (heads * size + heads * width))),
    )  # fmt: skip


class Transformer(nnx.Module):
    """Embedding with positions, one encoder block, mean over the positions."""

    def __init__(self, work: Workload, rngs: nnx.Rngs) -> None:
        width, units = work.sizes["width"], work.sizes["units"]
        self.embedded, self.attention = Positions(work, rngs), attention(work, rngs)
        self.inner, self.outer = linear(width, units, rngs), linear(units, width, rngs)
        self.first = nnx.LayerNorm(width, epsilon=1e-6, rngs=rngs)
        self.second = nnx.LayerNorm(width, epsilon=1e-6, rngs=rngs)
        self.drop, self.head = nnx.Dropout(0.1, rngs=rngs), linear(width, 1, rngs)

    def __call__(self, words: Any) -> Any:
        x = self.embedded(words)
        x = self.first(x + self.drop(self.attention(x)))
        x = self.second(x + self.drop(self.outer(nnx.relu(self.inner(x)))))
        return self.head(x.mean(1))


class Block(nnx.Module):
    """Attention to what came before and two dense layers, each normalized first and then added."""

    def __init__(self, work: Workload, rngs: nnx.Rngs) -> None:
        width, units = work.sizes["width"], work.sizes["units"]
        self.first = nnx.LayerNorm(width, epsilon=1e-5, rngs=rngs)
        self.second = nnx.LayerNorm(width, epsilon=1e-5, rngs=rngs)
        self.attention = attention(work, rngs)
        self.inner, self.outer = linear(width, units, rngs), linear(units, width, rngs)

    def __call__(self, x: Any) -> Any:
        mask = nnx.make_causal_mask(x[..., 0])
        x = x + self.attention(self.first(x), mask=mask)
        return x + self.outer(nnx.gelu(self.inner(self.second(x)), approximate=False))


def gpt(work: Workload, rngs: nnx.Rngs) -> nnx.Module:
    """A small language model."""
    width = work.sizes["width"]
    return nnx.Sequential(
        Positions(work, rngs),
        *(Block(work, rngs) for _ in range(work.sizes["depth"])),
        nnx.LayerNorm(width, epsilon=1e-5, rngs=rngs),
        linear(width, work.sizes["words"], rngs, use_bias=False),
    )


class Deep(nnx.Module):
    """Many dense layers, each of which adds something to what came before."""

    def __init__(self, work: Workload, rngs: nnx.Rngs) -> None:
        units, depth = work.sizes["units"], work.sizes["depth"]
        self.first, self.last = linear(work.shape[0], units, rngs), linear(units, 10, rngs)
        self.norm = nnx.LayerNorm(units, epsilon=1e-5, rngs=rngs)
        self.layers = nnx.List([linear(units, units, rngs) for _ in range(depth)])

    def __call__(self, x: Any) -> Any:
        x = self.first(x)
        for layer in self.layers:
            x = x + jnp.tanh(layer(x))
        return self.last(self.norm(x))


NETWORKS = {
    "dense": dense, "cnn": cnn, "blocks": blocks, "resnet": resnet, "lstm": Recurrent,
    "gru": Recurrent, "cnn_1d": Convolved, "transformer": Transformer, "gpt": gpt, "deep": Deep,
}  # fmt: skip
