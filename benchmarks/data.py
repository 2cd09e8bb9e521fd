"""The real data of the workloads, read from a folder that the user names."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

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
FILES = {"pima": "pima-indians-diabetes.csv", "imdb": "imdb.npz", "mnist": "mnist.npz"}
READERS: dict[str, Callable[..., Data]] = {"pima": pima, "imdb": imdb, "mnist": mnist, "memmap": memmap}


def load(name: str) -> Data:
    """The data set of that name."""
    return READERS[name]()
