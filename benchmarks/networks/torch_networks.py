"""The networks in PyTorch, as one writes them there, with Keras's initial distributions.

Pictures lie channels first, PyTorch's way; a network with a softmax gives logits, since PyTorch's
cross-entropy takes it upon itself. Each function returns a module.
"""

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.workloads import CLASSES, Workload

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def linear(inputs: int, units: int, bias: bool = True) -> nn.Linear:
    """A dense layer with a Glorot uniform kernel and zero bias."""
    layer = nn.Linear(inputs, units, bias)
    nn.init.xavier_uniform_(layer.weight)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def conv(kind: Any, *arguments: int, **options: Any) -> nn.Module:
    """A convolution with a Glorot uniform kernel and zero bias."""
    layer = kind(*arguments, **options)
    nn.init.xavier_uniform_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def embedding(words: int, width: int) -> nn.Embedding:
    """A table with Keras's uniform numbers."""
    layer = nn.Embedding(words, width)
    nn.init.uniform_(layer.weight, -0.05, 0.05)
    return layer


def dense(work: Workload) -> nn.Module:
    """Dense layers, one after the other."""
    steps: list[nn.Module] = []
    (width,) = work.shape
    for units, activation in work.layers:
        steps.append(linear(width, units))
        if activation in ACTIVATIONS:
            steps.append(ACTIVATIONS[activation]())
        width = units
    return nn.Sequential(*steps)


class ChannelsFirst(nn.Module):
    """(batch, height, width, channels) to (batch, channels, height, width); moves no numbers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 3, 1, 2)


def cnn(work: Workload) -> nn.Module:
    """The lecture's network for digits."""
    filters, (height, width, channels) = work.sizes["filters"], work.shape
    left = [((n - 2) // 2 - 2) // 2 for n in (height, width)]
    return nn.Sequential(
        ChannelsFirst(),
        conv(nn.Conv2d, channels, filters, 3), nn.ReLU(), nn.MaxPool2d(2),
        conv(nn.Conv2d, filters, 2 * filters, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), linear(2 * filters * math.prod(left), 10),
    )  # fmt: skip


def normalized(inputs: int, filters: int, size: int = 3, stride: int = 1) -> list[nn.Module]:
    """A convolution and batch normalization, with Keras's momentum and epsilon."""
    layer = conv(nn.Conv2d, inputs, filters, size, stride=stride, padding=size // 2, bias=False)
    return [layer, nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)]


def blocks(work: Workload) -> nn.Module:
    """Two blocks of convolution, batch normalization and relu, twice each, and pooling."""
    filters, (height, width, channels) = work.sizes["filters"], work.shape
    steps: list[nn.Module] = [ChannelsFirst()]
    for units in (filters, 2 * filters):
        for inputs in (channels, units):
            steps += [*normalized(inputs, units), nn.ReLU()]
        steps.append(nn.MaxPool2d(2))
        channels = units
    return nn.Sequential(*steps, nn.Flatten(), linear(channels * (height // 4) * (width // 4), 10))


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, filters: int, stride: int) -> None:
        super().__init__()
        first, second = normalized(inputs, filters, 3, stride), normalized(filters, filters)
        self.main = nn.Sequential(*first, nn.ReLU(), *second)
        short = normalized(inputs, filters, 1, stride) if stride > 1 else []
        self.shortcut = nn.Sequential(*short)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.main(x) + self.shortcut(x))


def resnet(work: Workload) -> nn.Module:
    """A residual network of 6 n + 2 layers."""
    filters = work.sizes["filters"]
    steps = [ChannelsFirst(), *normalized(work.shape[-1], filters), nn.ReLU()]
    inputs = filters
    for stage in range(3):
        for block in range(work.sizes["n"]):
            steps.append(Residual(inputs, filters << stage, 2 if stage and not block else 1))
            inputs = filters << stage
    return nn.Sequential(*steps, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear(inputs, 10))


class Recurrent(nn.Module):
    """Embedding, one recurrent layer, and a probability."""

    def __init__(self, work: Workload) -> None:
        super().__init__()
        sizes = work.sizes
        units = sizes["units"]
        self.table = embedding(sizes["words"], sizes["width"])
        kind = {"lstm": nn.LSTM, "gru": nn.GRU}[work.network]
        self.layer = kind(sizes["width"], units, batch_first=True)
        nn.init.xavier_uniform_(self.layer.weight_ih_l0)
        nn.init.orthogonal_(self.layer.weight_hh_l0)
        nn.init.zeros_(self.layer.bias_ih_l0)
        nn.init.zeros_(self.layer.bias_hh_l0)
        if work.network == "lstm":  # one bias, as in Keras, that of the forget gate 1
            nn.init.ones_(self.layer.bias_ih_l0.data[units : 2 * units])
            self.layer.bias_hh_l0.requires_grad_(False)
        self.head = linear(units, 1)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        outputs, _ = self.layer(self.table(words))
        return torch.sigmoid(self.head(outputs[:, -1]))


class Convolved(nn.Module):
    """Embedding and convolutions over words."""

    def __init__(self, work: Workload) -> None:
        super().__init__()
        filters = work.sizes["filters"]
        self.table = embedding(work.sizes["words"], work.sizes["width"])
        self.steps = nn.Sequential(
            conv(nn.Conv1d, work.sizes["width"], filters, 7), nn.ReLU(), nn.MaxPool1d(5),
            conv(nn.Conv1d, filters, filters, 7), nn.ReLU(),
        )  # fmt: skip
        self.head = linear(filters, 1)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.steps(self.table(words).transpose(1, 2))
        return torch.sigmoid(self.head(x.amax(2)))


class Attention(nn.Module):
    """What each position gathers from the others; one product for query, key and value."""

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.inward, self.outward = linear(width, 3 * width), linear(width, width)
        # Keras counts the kernel (width, heads, size) as a convolution's: fans of width x heads
        # and width x size; and the last one, (heads, size, width), of heads x size and heads x width.
        size = width // heads
        limit = math.sqrt(6 / (width * heads + width * size))
        nn.init.uniform_(self.inward.weight, -limit, limit)
        limit = math.sqrt(6 / (heads * size + heads * width))
        nn.init.uniform_(self.outward.weight, -limit, limit)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, length, width = x.shape
        parts = self.inward(x).view(rows, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        x = F.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return self.outward(x.transpose(1, 2).reshape(rows, length, width))


class Positions(nn.Module):
    """The vectors of words plus those of their positions."""

    def __init__(self, words: int, length: int, width: int) -> None:
        super().__init__()
        self.words, self.places = embedding(words, width), embedding(length, width).weight

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return self.words(words) + self.places


class Encoder(nn.Module):
    """Attention and two dense layers, each added and then normalized."""

    def __init__(self, width: int, heads: int, units: int) -> None:
        super().__init__()
        self.attention, self.drop = Attention(width, heads), nn.Dropout(0.1)
        self.first, self.second = nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
        self.dense = nn.Sequential(
            linear(width, units), nn.ReLU(), linear(units, width), nn.Dropout(0.1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x + self.drop(self.attention(x)))
        return self.second(x + self.dense(x))


class Transformer(nn.Module):
    """Embedding with positions, one encoder block, mean over the positions."""

    def __init__(self, work: Workload) -> None:
        super().__init__()
        sizes = work.sizes
        self.embedded = Positions(sizes["words"], work.shape[0], sizes["width"])
        self.block = Encoder(sizes["width"], sizes["heads"], sizes["units"])
        self.head = linear(sizes["width"], 1)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.head(self.block(self.embedded(words)).mean(1)))


class Block(nn.Module):
    """Attention to what came before and two dense layers, each normalized first and then added."""

    def __init__(self, width: int, heads: int, units: int) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads, causal=True)
        self.dense = nn.Sequential(linear(width, units), nn.GELU(), linear(units, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.first(x))
        return x + self.dense(self.second(x))


def gpt(work: Workload) -> nn.Module:
    """A small language model."""
    sizes, width = work.sizes, work.sizes["width"]
    return nn.Sequential(
        Positions(sizes["words"], work.shape[0], width),
        *(Block(width, sizes["heads"], sizes["units"]) for _ in range(sizes["depth"])),
        nn.LayerNorm(width),
        linear(width, sizes["words"], bias=False),
    )


class Deep(nn.Module):
    """Many dense layers, each of which adds something to what came before."""

    def __init__(self, work: Workload) -> None:
        super().__init__()
        units = work.sizes["units"]
        self.first, self.last = linear(work.shape[0], units), linear(units, 10)
        self.norm = nn.LayerNorm(units)
        self.layers = nn.ModuleList(linear(units, units) for _ in range(work.sizes["depth"]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        for layer in self.layers:
            x = x + torch.tanh(layer(x))
        return self.last(self.norm(x))


NETWORKS = {
    "dense": dense, "cnn": cnn, "blocks": blocks, "resnet": resnet, "lstm": Recurrent,
    "gru": Recurrent, "cnn_1d": Convolved, "transformer": Transformer, "gpt": gpt, "deep": Deep,
}  # fmt: skip


def with_softmax(work: Workload, model: nn.Module) -> nn.Module:
    """The model whose outputs are what `predict` of the others gives."""
    return nn.Sequential(model, nn.Softmax(1)) if work.loss == CLASSES else model
