"""`python -m benchmarks.scaling`: how training scales, on paper, and the points that were measured.

The prediction: `cornu.distribution.costs`, with the operations of a step counted by XLA and the bytes
of the gradients by the model. The measured points: the bytes that the compiled program sends on 1, 2, 4
and 8 virtual devices, against the model's; and the time of a sum against its bytes.
"""

import argparse
import os
import subprocess
import sys
from statistics import median
from typing import Any, NamedTuple

DEVICES = (8, 64, 512)
KINDS = ("H100", "TPU v5 lite")
VIRTUAL = "--xla_force_host_platform_device_count={count}"
SIZES = tuple(1 << power for power in range(12, 25, 2))


class Case(NamedTuple):
    """A model of the bench: how it is made, the rows that a device has, and of which shape."""

    title: str
    make: Any
    rows: int
    shape: tuple[int, ...]
    whole_numbers: bool = False
    steps: int = 0  # of a recurrent layer: kernels that cannot run at once


def mlp() -> Any:
    from cornu import Sequential, layers

    dense = [layers.Dense(512, "relu"), layers.Dense(512, "relu"), layers.Dense(10)]
    return Sequential([layers.Input((784,)), *dense])


def resnet20() -> Any:
    """He et al. 2016, section 4.2, for images of 32 x 32."""
    from cornu import Input, Model, layers

    def conv(x: Any, filters: int, stride: int = 1, relu: bool = True) -> Any:
        x = layers.Conv2D(filters, 3, stride, "same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        return layers.ReLU()(x) if relu else x

    images = Input((32, 32, 3))
    x = conv(images, 16)
    for filters in (16, 32, 64):
        for block in range(3):
            stride = 2 if filters > 16 and block == 0 else 1
            branch = conv(conv(x, filters, stride), filters, relu=False)
            if stride == 2:
                x = layers.Conv2D(filters, 1, 2, use_bias=False)(x)
            x = layers.ReLU()(x + branch)
    return Model(images, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def lstm() -> Any:
    """With its loop unrolled, so that XLA counts every step of it."""
    from cornu import Sequential, layers

    return Sequential(
        [
            layers.Input((200,), dtype="int32"),
            layers.Embedding(20_000, 128),
            layers.LSTM(128, unroll=True),
            layers.Dense(10),
        ]
    )


def transformer(
    tokens: int = 128, width: int = 128, heads: int = 4, blocks: int = 2, words: int = 20_000
) -> Any:
    from cornu import Input, Model, layers

    inputs = Input((tokens,), dtype="int32")
    x = layers.Embedding(words, width)(inputs)
    for _ in range(blocks):
        y = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(heads, width // heads)(y, y, use_causal_mask=True)
        y = layers.Dense(4 * width, "gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dense(width)(y)
    return Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling1D()(x)))


def gpt() -> Any:
    """GPT-2 small (Radford et al. 2019): 124 million weights, the last layer sharing the embedding's."""
    from cornu import Input, Model, layers

    tokens, width = 1024, 768
    inputs = Input((tokens,), dtype="int32")
    table = layers.Embedding(50_257, width)
    places = layers.Embedding(tokens, width)
    x = table(inputs) + places(layers.Lambda(_positions)(inputs))
    for _ in range(12):
        y = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(12, width // 12)(y, y, use_causal_mask=True)
        y = layers.Dense(4 * width, "gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dense(width)(y)
    x = layers.LayerNormalization()(x)
    return Model(inputs, layers.Lambda(lambda x: x @ table.embeddings.value.T)(x))


def _positions(tokens: Any) -> Any:
    import jax.numpy as jnp

    return jnp.broadcast_to(jnp.arange(tokens.shape[1]), tokens.shape)


CASES = {
    "mlp": Case("MLP 784-512-512-10, float32", mlp, 128, (784,)),
    "resnet": Case("ResNet-20, 32 x 32 images", resnet20, 128, (32, 32, 3)),
    "lstm": Case("Embedding, LSTM 128, 200 steps", lstm, 32, (200,), True, 200),
    "transformer": Case("transformer, 2 blocks of 128, 128 tokens", transformer, 32, (128,), True),
    "gpt": Case("GPT-2 small, 1,024 tokens", gpt, 8, (1024,), True),
}


def work_of(case: Case, rows: int = 2) -> Any:
    """What a step does: operations counted by XLA in the program as it is traced for so many rows."""
    import jax
    import jax.numpy as jnp

    from cornu.core.pure import numbered, pure, read
    from cornu.distribution.costs import Work

    model = case.make()
    state = {"all": numbered(model.variables)}
    trained = {path for path, v in state["all"].items() if v.trainable}

    def loss(weights: Any, rest: Any, x: Any) -> Any:
        _, outputs = pure(lambda x: model(x, training=True), state)({"all": {**rest, **weights}}, x)
        return jnp.sum(outputs**2)

    values = read(state)["all"]
    weights = {path: value for path, value in values.items() if path in trained}
    rest = {path: value for path, value in values.items() if path not in trained}
    x = jax.ShapeDtypeStruct((rows, *case.shape), "int32" if case.whole_numbers else "float32")
    counted: Any = jax.jit(jax.grad(loss)).lower(weights, rest, x).cost_analysis()
    gradients = sum(value.nbytes for value in weights.values())
    kernels = 4 * len(weights) + 8 * case.steps
    return Work(float(counted["flops"]) / rows, kernels, gradients)


def predictions() -> str:
    """The table of weak and strong scaling."""
    from cornu.distribution import costs

    about = ["model, rows per device", "operations of a row", "gradients, bytes", "on"]
    rows = [[*about, *_heads("weak"), *_heads("strong")]]
    for case in CASES.values():
        work = work_of(case)
        for kind in KINDS:
            machine = costs.machine_of(kind)
            weak = [costs.efficiency(work, case.rows, n, machine) for n in DEVICES]
            batch = case.rows * DEVICES[0]
            strong = [costs.speed_up(work, batch, n, machine) for n in DEVICES]
            about = [f"{case.title}, {case.rows}", _short(work.operations), _short(work.gradients), kind]
            rows.append([*about, *(f"{part:.0%}" for part in weak), *(f"{much:.1f}" for much in strong)])
    return _table(rows)


def _heads(what: str) -> list[str]:
    return [f"{what} {count}" for count in DEVICES]


def _short(number: float) -> str:
    power = next(p for p in (9, 6, 3) if number >= 10**p or p == 3)
    return f"{number / 10**power:.3g}{ {9: ' G', 6: ' M', 3: ' k'}[power] }"


def _table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


# ------------------------------------------------------------------------------------ measured points


def bytes_here(count: int) -> str:
    """A row of the table of bytes: what the program sends on the devices there are, and the model's."""
    import numpy as np

    import cornu
    from cornu.distribution.collectives import SENT

    cells = [str(count)]
    for kind in (cornu.distribution.DataParallel, cornu.distribution.FullySharded):
        with kind().scope():
            model = mlp()
            model.compile("sgd", "mse")
            model.fit(np.ones((16, 784)), np.ones((16, 10)), batch_size=16, verbose=0)
        found = cornu.distribution.communication(model)
        gradients = sum(weight.nbytes for weight in model.trainable_variables)
        gathered = found.bytes("all-gather") * SENT["all-gather"](count)
        summed = found.bytes("all-reduce") * SENT["all-reduce"](count)
        wanted = gradients * SENT["all-reduce"](count)
        cells += [f"{summed:,.0f}", f"{wanted:,.0f}", f"{gathered:,.0f}"]
    return "\t".join(cells[:3] + cells[4:])


def sums_here(count: int, rounds: int = 3) -> str:
    """How long a sum takes by its bytes, and how well a line through these points fits."""
    import jax
    import numpy as np

    from cornu.distribution.links import seconds_of

    groups = (tuple(range(count)),)
    times = [
        median(seconds_of("all-reduce", size, groups, jax.devices()) for _ in range(rounds))
        for size in SIZES
    ]
    rate, latency = np.polyfit(SIZES, times, 1, w=1 / np.asarray(times))  # by the relative error
    line = [latency + rate * size for size in SIZES]
    off = median(abs(a - b) / b for a, b in zip(times, line, strict=True))
    pairs = zip(SIZES, times, strict=True)
    points = ", ".join(f"{size >> 10} kB {1e6 * seconds:.0f}" for size, seconds in pairs)
    about = f"{1e6 * latency:.0f} us + bytes / {1e-9 / rate:.2g} GB/s"
    return f"{count}\t{about}\t{off:.0%}\t{points}"


def measured(what: str, counts: tuple[int, ...]) -> list[list[str]]:
    """Rows from processes that have so many virtual devices each."""
    rows = []
    for count in counts:
        flags = {"XLA_FLAGS": VIRTUAL.format(count=count), "JAX_PLATFORMS": "cpu"}
        command = [sys.executable, "-m", "benchmarks.scaling", "--here", what, "--devices", str(count)]
        done = subprocess.run(
            command, env={**os.environ, **flags}, capture_output=True, text=True, check=True
        )
        rows.append(done.stdout.splitlines()[-1].split("\t"))
    return rows


def main(argv: list[str]) -> None:
    """Prints what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--only", choices=("predicted", "bytes", "sums"), help="one table of the three")
    parser.add_argument("--here", choices=("bytes", "sums"), help=argparse.SUPPRESS)
    parser.add_argument("--devices", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if given.here:
        print({"bytes": bytes_here, "sums": sums_here}[given.here](given.devices))
        return
    if given.only in (None, "predicted"):
        print(predictions(), end="\n\n")
    if given.only in (None, "bytes"):
        heads = ["devices", "DataParallel sends", "model", "FullySharded sums", "model", "gathers"]
        print(_table([heads, *measured("bytes", (1, 2, 4, 8))]), end="\n\n")
    if given.only in (None, "sums"):
        heads = ["devices", "line", "median off it", "points, us"]
        print(_table([heads, *measured("sums", (2, 4, 8))]))


if __name__ == "__main__":
    main(sys.argv[1:])
