"""The table of workloads: which data, network and hyper-parameters every contestant runs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

CLASSES = "sparse_categorical_crossentropy"
LOGITS = "sparse_categorical_crossentropy from logits"
BINARY = "binary_crossentropy"
SQUARES = "mean_squared_error"


class Workload(NamedTuple):
    """One row of the table; `layers` are (units, activation) of a dense network, the last one the
    output, and `sizes` the sizes of any other."""

    name: str
    title: str
    data: str
    inputs: int | tuple[int, ...]
    layers: tuple[tuple[int, str], ...]
    loss: str
    optimizer: str
    batch: int
    epochs: int
    evaluate: bool = False  # score the training rows after fit
    calls: int = 0  # instead of fit: this many calls of predict on one batch
    feed: str = ""  # how fit is given the rows: '' as arrays; generator, PyDataset, DataLoader, memmap
    network: str = "dense"  # its name in the tables of `benchmarks.networks`
    sizes: Mapping[str, int] = {}
    rows: int = 0  # so many rows of the data; 0: all
    accuracy: bool = True
    models: int = 0  # fit so many models, one after the other, each wider than the one before
    from_build: bool = False  # the first epoch begins with the building of the model
    small: bool = False  # at toy size, with made-up rows

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.inputs if isinstance(self.inputs, tuple) else (self.inputs,)


SMALL_SIZES = {"words": 40, "width": 16, "units": 8, "filters": 4, "depth": 6, "n": 1}
SMALL_INPUTS = {"mnist": (14, 14, 1), "cifar": (8, 8, 3), "words": (45,), "language": (8,)}


def small(work: Workload) -> Workload:
    """The same work at a size that takes no time: little data, made up, and a narrow network."""
    image = len(work.shape) == 3 or work.data in ("words", "language")
    inputs = SMALL_INPUTS[work.data] if image else min(work.shape[0], 16)
    last = work.layers[-1:]
    if last and last[0][0] == work.inputs > 1:  # an autoencoder gives back what it got
        last = ((16, last[0][1]),)
    return work._replace(
        inputs=inputs,
        layers=tuple((min(units, 16), name) for units, name in work.layers[:-1]) + last,
        batch=min(work.batch, 16), rows=64 if work.data != "xor" else 0,
        epochs=min(work.epochs, 3), calls=min(work.calls, 5), models=min(work.models, 3),
        sizes={key: min(size, SMALL_SIZES.get(key, size)) for key, size in work.sizes.items()},
        small=True,
    )  # fmt: skip


def get(job: Mapping[str, Any]) -> Workload:
    """The workload that a job names."""
    work = WORKLOADS[job["workload"]]
    return small(work) if job.get("small") else work


def searched(work: Workload) -> list[Workload]:
    """The models of a search: the same network, wider and wider."""
    found = []
    for i in range(work.models):
        *hidden, last = work.layers
        wider = tuple((units + 2 * i, name) for units, name in hidden)
        found.append(work._replace(layers=(*wider, last), models=0))
    return found


def reason(worker: str, work: Workload) -> str:
    """Why a worker cannot do a workload, in words; '' if it can."""
    if worker != "sklearn_worker":
        return ""
    if work.network != "dense" or len(work.shape) > 1:
        return "scikit-learn has dense networks only"
    if work.optimizer == "rmsprop":
        return "scikit-learn has no RMSprop"
    if work.feed:
        return "the same as from memory: partial_fit takes arrays"
    hidden = {name for _, name in work.layers[:-1]}
    if len(hidden) > 1:
        return "scikit-learn has one activation for all hidden layers"
    if work.loss == BINARY and work.layers[-1][0] > 1:
        return "scikit-learn's cross-entropy takes classes, not fractions"
    return ""


def dense(
    name: str, title: str, data: str, inputs: int, layers: Any, loss: str = BINARY,
    optimizer: str = "adam", batch: int = 32, epochs: int = 3, **more: Any,
) -> Workload:  # fmt: skip
    """A row with a dense network."""
    return Workload(name, title, data, inputs, layers, loss, optimizer, batch, epochs, **more)


def named(
    name: str, title: str, network: str, data: str, inputs: tuple[int, ...], rows: int, batch: int,
    loss: str = BINARY, optimizer: str = "adam", sizes: Mapping[str, int] = {}, **more: Any,
) -> Workload:  # fmt: skip
    """A row with a network of the tables; three epochs."""
    return Workload(
        name, title, data, inputs, (), loss, optimizer, batch, more.pop("epochs", 3),
        network=network, rows=rows, sizes=sizes, **more,
    )  # fmt: skip


PIMA_LAYERS = ((12, "relu"), (8, "relu"), (1, "sigmoid"))
MNIST_LAYERS = ((512, "relu"), (512, "relu"), (10, "softmax"))
IMDB_LAYERS = ((16, "relu"), (16, "relu"), (1, "sigmoid"))
CODE_LAYERS = (*((n, "relu") for n in (128, 64, 32, 64, 128)), (784, "sigmoid"))
RECURRENT = {"words": 10000, "width": 128, "units": 128}
TRANSFORMER = {"words": 10000, "width": 32, "heads": 2, "units": 32}
GPT = {"words": 2000, "width": 128, "heads": 4, "units": 512, "depth": 2}

ROWS = (
    dense("pima", "the lecture's first program: 768 rows, 8-12-8-1, Adam, batch 10, 150 epochs, "
          "evaluate", "pima", 8, PIMA_LAYERS, batch=10, epochs=150, evaluate=True),
    dense("imdb", "multi-hot reviews 10000-16-16-1, RMSprop, batch 512, 15,000 rows, 10,000 to "
          "validate, 20 epochs", "imdb", 10000, IMDB_LAYERS, BINARY, "rmsprop", 512, 20),
    dense("mnist", "digits 784-512-512-10, Adam, batch 128, 12,800 rows, 5 epochs",
          "mnist", 784, MNIST_LAYERS, CLASSES, batch=128, epochs=5),
    dense("linear", "linear regression: 200 rows, 1-1, SGD, batch 32, 100 epochs, evaluate",
          "linear", 1, ((1, "linear"),), SQUARES, "sgd", epochs=100, evaluate=True, accuracy=False),
    dense("xor", "XOR: 4 rows, 2-16-1, Adam, 500 epochs, evaluate",
          "xor", 2, ((16, "relu"), (1, "sigmoid")), batch=4, epochs=500, evaluate=True),
    dense("banknotes", "banknotes: 1,372 rows, 4-8-1, Adam, batch 32, 50 epochs, evaluate",
          "banknotes", 4, ((8, "relu"), (1, "sigmoid")), epochs=50, evaluate=True),
    dense("autoencoder", "digits 784-128-64-32-64-128-784, Adam, batch 128, 12,800 rows, 3 epochs",
          "mnist", 784, CODE_LAYERS, batch=128, accuracy=False),
    dense("search", "30 models 8-n-n-1, n = 8, 10, ... 66, each on the same 500 rows, Adam, batch 32, "
          "5 epochs (first: the first model; steady: a later one)",
          "pima", 8, ((8, "relu"), (8, "relu"), (1, "sigmoid")), epochs=5, rows=500, models=30),
    named("deep", "a Functional model of 500 layers, 32 wide: build, compile, one step of 32 rows "
          "(first), and later steps", "deep", "made_up", (32,), 32, 32, CLASSES,
          sizes={"depth": 248, "units": 32}, from_build=True, epochs=5),
    named("mnist-cnn", "digits: conv 32, pool, conv 64, pool, dropout, dense; Adam, batch 128, 6,400 "
          "rows, 3 epochs", "cnn", "mnist", (28, 28, 1), 6400, 128, CLASSES, sizes={"filters": 32}),
    named("cifar-cnn", "CIFAR: 2 x (conv, batch norm, relu) and pool, of 32 and of 64; Adam, batch 64, "
          "1,024 rows, 3 epochs", "blocks", "cifar", (32, 32, 3), 1024, 64, CLASSES,
          sizes={"filters": 32}),
    named("resnet", "CIFAR: ResNet-20, Adam, batch 32, 512 rows, 3 epochs", "resnet", "cifar",
          (32, 32, 3), 512, 32, CLASSES, sizes={"filters": 16, "n": 3}),
    named("lstm", "reviews of 80 words: embedding 128, LSTM 128; Adam, batch 32, 1,024 rows, 3 epochs",
          "lstm", "words", (80,), 1024, 32, sizes=RECURRENT),
    named("gru", "as lstm, with a GRU", "gru", "words", (80,), 1024, 32, sizes=RECURRENT),
    named("cnn-1d", "reviews of 500 words: embedding 128, conv 32 of 7, pool 5, conv 32 of 7, largest, "
          "dense; RMSprop, batch 128, 1,024 rows, 3 epochs", "cnn_1d", "words", (500,), 1024, 128,
          optimizer="rmsprop", sizes={"words": 10000, "width": 128, "filters": 32}),
    named("transformer", "reviews of 80 words: embedding and positions 32, one encoder block, 2 heads "
          "of 16; Adam, batch 32, 2,048 rows, 3 epochs", "transformer", "words", (80,), 2048, 32,
          sizes=TRANSFORMER),
    named("gpt", "reviews as language, 2,000 words: 2 blocks, width 128, 4 heads, length 64; Adam, "
          "batch 32, 512 rows, 3 epochs", "gpt", "language", (64,), 512, 32, LOGITS, sizes=GPT),
    dense("predict", "predict of one row, 8-12-8-1, 300 calls (first: the first call; steady: a later "
          "call)", "pima", 8, PIMA_LAYERS, batch=1, epochs=0, calls=300),
    *(dense(f"predict-{n}", f"predict of {n:,} rows, 784-512-512-10, {calls} calls", "mnist", 784,
            MNIST_LAYERS, CLASSES, batch=n, epochs=0, calls=calls)
      for n, calls in ((1, 300), (32, 300), (1024, 50))),
    *(named(f"predict-cnn-{n}", f"predict of {n:,} rows, the network of mnist-cnn, {calls} calls", "cnn",
            "mnist", (28, 28, 1), 0, n, CLASSES, sizes={"filters": 32}, epochs=0, calls=calls)
      for n, calls in ((1, 300), (32, 100), (1024, 10))),
    dense("generator", "as mnist, from a generator that takes each batch out of the shuffled rows",
          "mnist", 784, MNIST_LAYERS, CLASSES, batch=128, epochs=5, feed="generator"),
    dense("dataloader", "as mnist, from a DataLoader of PyTorch that shuffles the rows",
          "mnist", 784, MNIST_LAYERS, CLASSES, batch=128, epochs=5, feed="DataLoader"),
    dense("pydataset", "the lecture's first program from a PyDataset: 77 batches of 10 rows, 20 epochs",
          "pima", 8, PIMA_LAYERS, batch=10, epochs=20, feed="PyDataset"),
    dense("memmap", "as mnist, shuffled rows of a np.memmap of --memmap-mb (above 1 GB Cornu streams "
          "it), batch 512, one epoch",
          "memmap", 784, MNIST_LAYERS, CLASSES, batch=512, epochs=1, feed="memmap"),
)  # fmt: skip
WORKLOADS = {row.name: row for row in ROWS}
