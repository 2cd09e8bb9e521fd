"""The real data of the workloads, read from a folder that the user names."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.workloads import BINARY, SQUARES, Workload

ROOT = Path(__file__).resolve().parent.parent
WORDS = 10000
MEMMAP_MB = 1500
BLOCK = 10000  # rows of a memmap that are made together


class Data(NamedTuple):
    """Training rows and, where the workload has them, validation rows."""

    x: Any
    y: Any
    validation: tuple[Any, Any] | None = None


def folder() -> Path:
    """Where the data files are: `CORNU_DATA`, or `shared/data` beside the repository."""
    return Path(os.environ.get("CORNU_DATA") or ROOT.parent / "shared" / "data")


def find(name: str) -> Path:
    """The path of one data file; ends the program with advice if it is missing."""
    path = folder() / name
    if not path.is_file():
        sys.exit(f"benchmark data missing: {path} (set CORNU_DATA to the folder that holds {name})")
    return path


def pima() -> Data:
    """768 patients, 8 measurements, diabetes or not; float64, as the lecture's program has it."""
    import numpy as np

    table = np.loadtxt(find(FILES["pima"]), delimiter=",")
    return Data(table[:, 0:8], table[:, 8])


def mnist() -> Data:
    """12,800 digits as rows of 784 numbers between 0 and 1."""
    import numpy as np

    with np.load(find(FILES["mnist"])) as file:
        x, y = file["x_train"][:12800], file["y_train"][:12800]
    return Data(x.reshape(-1, 784).astype("float32") / 255, y.astype("int32"))


def imdb() -> Data:
    """Reviews as multi-hot rows: 15,000 to train on, and 10,000 for validation."""
    import numpy as np

    with np.load(find(FILES["imdb"])) as file:
        labels = file["y_train"]
    reviews = _object_array(FILES["imdb"], "x_train")
    order = np.random.default_rng(0).permutation(len(reviews))
    x = np.zeros((len(reviews), WORDS), "float32")
    for row, review in zip(x, reviews[order], strict=True):
        words = np.array(review) + 3  # 0 to 3 stand for padding, start and unknown words
        row[np.where(words < WORDS, words, 2)] = 1
    y = labels[order].astype("float32")
    return Data(x[10000:], y[10000:], (x[:10000], y[:10000]))


def memmap() -> Data:
    """Made-up digits, rows of 784 numbers in a file of so many MB, mapped into memory; written once."""
    import numpy as np

    count = int(float(os.environ.get("CORNU_BENCH_MEMMAP_MB", MEMMAP_MB)) * 1e6) // (784 * 4)
    path = ROOT / "benchmarks" / "results" / f"memmap-{count}.npy"
    rng = np.random.default_rng(0)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        rows = np.lib.format.open_memmap(part, "w+", "float32", (count, 784))
        for at in range(0, count, BLOCK):
            block = rows[at : at + BLOCK]
            block[...] = rng.standard_normal(block.shape, dtype="float32")
        rows.flush()
        part.rename(path)
    y = (np.arange(count) * 7919 % 10).astype("int32")
    return Data(np.load(path, mmap_mode="r"), y)


def linear() -> Data:
    """200 points about the line 2 x - 1."""
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (200, 1)).astype("float32")
    return Data(x, (2 * x[:, 0] - 1 + 0.1 * rng.standard_normal(200)).astype("float32"))


def xor() -> Data:
    """The four rows of exclusive or."""
    import numpy as np

    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    return Data(x, (x[:, 0] != x[:, 1]).astype("float32"))


def banknotes() -> Data:
    """1,372 banknotes, 4 measurements, genuine or not."""
    import numpy as np

    table = np.loadtxt(find(FILES["banknotes"]), delimiter=",")
    return Data(table[:, 0:4], table[:, 4])


def cifar(work: Workload) -> Data:
    """Pictures of 32 x 32 x 3 numbers between 0 and 1, of ten classes."""
    import numpy as np

    with np.load(unpacked("cifar")) as file:
        x, y = file["x_train"][: work.rows], file["y_train"][: work.rows, 0]
    return Data(x.astype("float32") / 255, y.astype("int32"))


def unpacked(name: str) -> Path:
    """A data file without its compression, which takes seconds to undo; written once."""
    import numpy as np

    source = find(FILES[name])
    path = ROOT / "benchmarks" / "results" / source.name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        with np.load(source) as file:
            np.savez(part, x_train=file["x_train"], y_train=file["y_train"])
        part.rename(path)
    return path


def ready(work: Workload) -> None:
    """See that the data of a workload are there, before anyone is timed."""
    if work.small or work.data not in FILES:
        return
    find(FILES[work.data])
    if work.data == "cifar":
        unpacked("cifar")


def words(work: Workload) -> Data:
    """Reviews as the ranks of their last words, zeros before; positive or not."""
    import numpy as np

    with np.load(find(FILES["words"])) as file:
        labels = file["y_train"]
    reviews = _object_array(FILES["words"], "x_train")
    order = np.random.default_rng(0).permutation(len(reviews))[: work.rows or None]
    (length,), count = work.shape, work.sizes["words"]
    x = np.zeros((len(order), length), "int32")
    for row, review in zip(x, reviews[order], strict=True):
        kept = np.array(review[-length:]) + 3
        row[length - len(kept) :] = np.where(kept < count, kept, 2)
    return Data(x, labels[order].astype("float32"))


def language(work: Workload) -> Data:
    """Reviews one after the other, cut into pieces: their words, and for each the word after it."""
    import numpy as np

    reviews = _object_array(FILES["language"], "x_train")
    order = np.random.default_rng(0).permutation(len(reviews))
    (length,), count = work.shape, work.sizes["words"]
    needed = work.rows * length + 1
    stream = np.concatenate([[1, *(rank + 3 for rank in reviews[i])] for i in order[: work.rows]])
    stream = np.where(stream < count, stream, 2).astype("int32")[:needed]
    return Data(stream[:-1].reshape(-1, length), stream[1:].reshape(-1, length))


def made_up(work: Workload) -> Data:
    """Rows in the shape of the workload's, from which something can be learned."""
    import numpy as np

    rng, count = np.random.default_rng(0), work.rows or 4
    if "words" in work.sizes:
        top = work.sizes["words"]
        start = rng.integers(0, top, (count, 1))
        x = ((start + np.arange(work.shape[0] + 1)) % top).astype("int32")
        y = x[:, 1:] if work.data == "language" else (start[:, 0] > top / 2).astype("float32")
        return Data(x[:, :-1], y)
    x = rng.uniform(0, 1, (count, *work.shape)).astype("float32")
    flat = x.reshape(count, -1)
    if work.loss == SQUARES:
        return Data(x, flat.sum(1))
    if work.loss == BINARY:
        return Data(x, (flat[:, 0] > 0.5).astype("float32"))
    return Data(x, (flat[:, 0] * 10).astype("int32"))


def _object_array(name: str, member: str) -> Any:
    """An array of Python lists out of an .npz file, unpickled with nothing but NumPy allowed."""
    import pickle
    import zipfile

    from numpy.lib import format as npy

    class NumpyOnly(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            module = module.replace("numpy.core", "numpy._core")
            if (module, name) in ALLOWED:
                return super().find_class(module, name)
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a data file")

    with zipfile.ZipFile(find(name)) as archive, archive.open(member + ".npy") as file:
        npy.read_magic(file)
        npy.read_array_header_1_0(file)
        return NumpyOnly(file).load()


ALLOWED = {("numpy._core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}
FILES = {
    "pima": "pima-indians-diabetes.csv", "imdb": "imdb.npz", "mnist": "mnist.npz",
    "banknotes": "banknote_authentication.csv", "cifar": "cifar10_10k_1k.npz", "words": "imdb.npz",
    "language": "imdb.npz",
}  # fmt: skip
READERS: dict[str, Callable[[], Data]] = {
    "pima": pima, "imdb": imdb, "mnist": mnist, "memmap": memmap, "linear": linear, "xor": xor,
    "banknotes": banknotes,
}  # fmt: skip
FOR_SIZES: dict[str, Callable[[Workload], Data]] = {
    "words": words, "language": language, "cifar": cifar, "made_up": made_up,
}  # fmt: skip


def load(work: Workload) -> Data:
    """The rows of a workload, in its shape."""
    if work.small:
        rows = made_up(work)
    elif work.data in FOR_SIZES:
        rows = FOR_SIZES[work.data](work)
    else:
        rows = READERS[work.data]()
    x, y = (rows.x[: work.rows], rows.y[: work.rows]) if work.rows else (rows.x, rows.y)
    if x.shape[1:] != work.shape:
        x = x.reshape(-1, *work.shape)
    targets = work.layers[-1:]
    if targets and targets[0][0] == work.inputs > 1:  # an autoencoder
        y = x
    return Data(x, y, rows.validation)
