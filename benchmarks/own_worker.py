"""The worker for what is measured of one library alone: progress bar, growth, memory."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from benchmarks import data, keras_like, worker
from benchmarks.workloads import WORKLOADS

Result = dict[str, Any]
SMALL = WORKLOADS["pima"]


@contextmanager
def terminal() -> Iterator[None]:
    """Send standard output to a terminal of 100 columns, which somebody reads and forgets."""
    import fcntl
    import pty
    import struct
    import subprocess
    import termios

    saved, (reader, screen) = os.dup(1), pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    sys.stdout.flush()
    audience = subprocess.Popen(
        ["cat"], stdin=reader, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.dup2(screen, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(saved, 1)
        audience.terminate()
        audience.wait()


def resident_mb() -> float:
    """The memory that this process holds now, in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def made_up(rows: int) -> tuple[Any, Any]:
    """Rows of 8 normal numbers, and a target that depends on them."""
    import numpy as np

    x = np.random.default_rng(0).standard_normal((rows, SMALL.inputs), dtype="float32")
    return x, (x[:, 0] + x[:, 1] > 0).astype("float32")


def modes(keras: Any) -> dict[str, dict[str, Any]]:
    """The ways of looking on while `fit` works."""

    class Reader(keras.callbacks.Callback):
        total = 0.0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.total += logs["loss"]

    return {
        "silent": {"verbose": 0},
        "bar": {"verbose": 1},
        "callback": {"verbose": 0, "callbacks": [Reader()]},
    }


def verbose(keras: Any, job: Result) -> Result:
    """Time per epoch in silence, with the progress bar, and with a callback for each batch."""
    work = WORKLOADS[job["workload"]]
    rows, model, ways = data.load(work), keras_like.build(keras, work), modes(keras)
    times: dict[str, list[float]] = {name: [] for name in ways}
    with terminal():
        for turn in range(job["rounds"] + 1):
            names = list(ways)
            for name in names[turn % 3 :] + names[: turn % 3]:  # a different one first each time
                begin = perf_counter()
                model.fit(rows.x, rows.y, batch_size=work.batch, epochs=job["epochs"], **ways[name])
                if turn:  # the first one compiles
                    times[name].append((perf_counter() - begin) / job["epochs"])
    return {"times": times}


def scale(keras: Any, job: Result) -> Result:
    """First and steady epoch for that many rows of 8 features."""
    x, y = made_up(job["rows"])
    model, watch = keras_like.build(keras, SMALL), keras_like.stopwatch(keras)
    before, begin = worker.peak_mb(), perf_counter()
    model.fit(x, y, batch_size=job["batch"], epochs=job["epochs"], verbose=0, callbacks=[watch])
    return {**worker.laps(begin, watch.ends), "data_mb": (x.nbytes + y.nbytes) / 1e6,
            "before_mb": before, "peak_mb": worker.peak_mb()}  # fmt: skip


def grown(keras: Any, sweep: str, value: int) -> tuple[Any, Any, dict[str, Any]]:
    """A model, its rows, and how to fit it, where one size has this value."""
    import numpy as np

    size = {"batch": 128, "width": 128, "depth": 2, "sequence": 40, "epochs": 5} | {sweep: value}
    layers = keras.layers
    rows = size["batch"] * 32
    if sweep == "sequence":
        shape, body = (value, 16), [layers.GRU(32)]
    else:
        shape = (64,)
        body = [layers.Dense(size["width"], activation="relu") for _ in range(size["depth"])]
    model = keras.Sequential([layers.Input(shape), *body, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    data = rng.standard_normal((rows, *shape), dtype="float32"), rng.integers(0, 10, rows)
    return model, data, {"batch_size": size["batch"], "epochs": size["epochs"], "verbose": 0}


def growth(keras: Any, job: Result) -> Result:
    """First epoch, a later step, and the whole fit, as one size grows."""
    found = []
    for value in job["values"]:
        model, rows, options = grown(keras, job["sweep"], value)
        watch, begin = keras_like.stopwatch(keras), perf_counter()
        model.fit(*rows, callbacks=[watch], **options)
        laps = worker.laps(begin, watch.ends)
        found.append({"first_s": laps["first_s"], "step_s": laps["steady_s"] / 32,
                      "fit_s": perf_counter() - begin})  # fmt: skip
    return {"sizes": found}


def flat(keras: Any, job: Result) -> Result:
    """Memory over the epochs of one long fit, and over as many further fits as samples."""
    rows, model = data.load(SMALL), keras_like.build(keras, SMALL)
    samples: list[float] = []

    class Sampler(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if (epoch + 1) % job["every"] == 0:
                samples.append(resident_mb())

    def fit(epochs: int, **options: Any) -> None:
        model.fit(rows.x, rows.y, batch_size=32, epochs=epochs, verbose=0, **options)

    fit(job["epochs"], callbacks=[Sampler()])
    calls = []
    for _ in samples:
        fit(job["every"] // 10)
        calls.append(resident_mb())
    return {"epochs_mb": samples, "calls_mb": calls}


def own_memory_mb() -> float:
    """The memory that this process holds for itself, without the pages of files, in MB."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1e3 for line in file if line.startswith("RssAnon"))


@contextmanager
def sampled(look: Callable[[], float], every: float) -> Iterator[list[float]]:
    """What a function gives now and every so many seconds within the block."""
    import threading

    found, done = [look()], threading.Event()

    def watch() -> None:
        while not done.wait(every):
            found.append(look())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def forget_pages(path: str) -> int:
    """Has the system forget what it holds of a file in memory; gives the file, open to be read."""
    file = os.open(path, os.O_RDONLY)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    return file


def disk(path: str, most: int = 4 << 30, block: int = 32 << 20) -> float:
    """Bytes a second that the disk gives of a file, read from its begin in large blocks."""
    file, total, begin = forget_pages(path), 0, perf_counter()
    while total < most and (got := len(os.read(file, block))):
        total += got
    os.close(file)
    return total / (perf_counter() - begin)


def stream(keras: Any, job: Result) -> Result:
    """Rows a second of an epoch over a file, with the memory held meanwhile; the same of rows that lie
    in memory; and what the disk gives."""
    import numpy as np

    work = WORKLOADS["memmap"]._replace(layers=tuple(job["layers"]))
    rows = data.load(work)
    path, few = str(rows.x.filename), 250_000_000 // rows.x[0].nbytes
    near = np.array(rows.x[:few]), rows.y[:few]
    options = {"batch_size": work.batch, "verbose": 0}
    model, watch = keras_like.build(keras, work), keras_like.stopwatch(keras)
    begin = perf_counter()
    model.fit(*near, epochs=5, callbacks=[watch], **options)
    held = few / worker.laps(begin, watch.ends)["steady_s"]
    speed = disk(path)
    os.close(forget_pages(path))
    with sampled(own_memory_mb, job["every"]) as memory:
        begin = perf_counter()
        model.fit(rows.x, rows.y, shuffle=job["shuffle"], **options)
        spent = perf_counter() - begin
    return {"rows": len(rows.x), "fit_s": spent, "rows_per_s": len(rows.x) / spent,
            "in_memory_rows_per_s": held, "disk_rows_per_s": speed / rows.x[0].nbytes,
            "disk_mb_per_s": speed / 1e6, "own_memory_mb": memory}  # fmt: skip


MEASURES: dict[str, Callable[[Any, Result], Result]] = {
    "verbose": verbose,
    "scale": scale,
    "growth": growth,
    "flat": flat,
    "stream": stream,
}


def main() -> None:
    """Run the job on the command line."""
    job = worker.job()
    sys.modules.update(dict.fromkeys(job.get("hide", ())))
    keras = importlib.import_module(job["library"])
    keras.utils.set_random_seed(0)
    worker.emit({**MEASURES[job["measure"]](keras, job), "version": keras.__version__})


if __name__ == "__main__":
    main()
