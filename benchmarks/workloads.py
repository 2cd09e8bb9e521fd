"""The table of workloads: which data, model and hyper-parameters every contestant runs."""

from typing import NamedTuple


class Workload(NamedTuple):
    """One row of the table; `layers` are (units, activation), the last one the output."""

    name: str
    title: str
    data: str
    inputs: int
    layers: tuple[tuple[int, str], ...]
    loss: str
    optimizer: str
    batch: int
    epochs: int
    evaluate: bool = False  # score the training rows after fit
    calls: int = 0  # instead of fit: this many calls of predict on one row
    feed: str = ""  # how fit is given the rows: '' as arrays; generator, PyDataset, DataLoader, memmap


PIMA_LAYERS = ((12, "relu"), (8, "relu"), (1, "sigmoid"))
MNIST_LAYERS = ((512, "relu"), (512, "relu"), (10, "softmax"))

WORKLOADS = {
    row.name: row
    for row in (
        Workload(
            "pima",
            "the lecture's first program: 768 rows, 8-12-8-1, Adam, batch 10, 150 epochs, evaluate",
            "pima", 8, PIMA_LAYERS, "binary_crossentropy", "adam", 10, 150, evaluate=True,
        ),
        Workload(
            "imdb",
            "multi-hot reviews 10000-16-16-1, RMSprop, batch 512, 15,000 rows, 10,000 to validate, "
            "20 epochs",
            "imdb", 10000, ((16, "relu"), (16, "relu"), (1, "sigmoid")),
            "binary_crossentropy", "rmsprop", 512, 20,
        ),
        Workload(
            "mnist",
            "digits 784-512-512-10, Adam, batch 128, 12,800 rows, 5 epochs",
            "mnist", 784, MNIST_LAYERS,
            "sparse_categorical_crossentropy", "adam", 128, 5,
        ),
        Workload(
            "predict",
            "predict of one row, 8-12-8-1, 300 calls (first: the first call; steady: a later call)",
            "pima", 8, PIMA_LAYERS, "binary_crossentropy", "adam", 1, 0, calls=300,
        ),
        Workload(
            "generator",
            "as mnist, from a generator that takes each batch out of the shuffled rows",
            "mnist", 784, MNIST_LAYERS, "sparse_categorical_crossentropy", "adam", 128, 5,
            feed="generator",
        ),
        Workload(
            "dataloader",
            "as mnist, from a DataLoader of PyTorch that shuffles the rows",
            "mnist", 784, MNIST_LAYERS, "sparse_categorical_crossentropy", "adam", 128, 5,
            feed="DataLoader",
        ),
        Workload(
            "pydataset",
            "the lecture's first program from a PyDataset: 77 batches of 10 rows, 20 epochs",
            "pima", 8, PIMA_LAYERS, "binary_crossentropy", "adam", 10, 20, feed="PyDataset",
        ),
        Workload(
            "memmap",
            "as mnist, shuffled rows of a np.memmap of --memmap-mb (above 1 GB Cornu streams it), "
            "batch 512, one epoch",
            "memmap", 784, MNIST_LAYERS, "sparse_categorical_crossentropy", "adam", 512, 1,
            feed="memmap",
        ),
    )
}  # fmt: skip
