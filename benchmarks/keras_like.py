"""The worker for Cornu and for Keras: one program, in which only the library's name differs."""

import importlib
import math
import sys
from time import perf_counter
from typing import Any

from benchmarks import data, feeds, worker
from benchmarks.workloads import WORKLOADS, Workload


def build(keras: Any, work: Workload, whole_epoch: int | None = None) -> Any:
    """The compiled model of a workload; `whole_epoch` is a number of steps per execution."""
    layers = [keras.layers.Dense(units, activation=name) for units, name in work.layers]
    model = keras.Sequential([keras.Input((work.inputs,)), *layers])
    options = {"steps_per_execution": whole_epoch} if whole_epoch else {}
    model.compile(loss=work.loss, optimizer=work.optimizer, metrics=["accuracy"], **options)
    return model


def stopwatch(keras: Any) -> Any:
    """A callback that notes the time at the end of every epoch in `ends`."""

    class Stopwatch(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.ends: list[float] = []

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.ends.append(perf_counter())

    return Stopwatch()


def train(keras: Any, work: Workload, rows: data.Data, spe: bool) -> dict[str, Any]:
    """Fit, and evaluate where the workload says so; timings and final scores."""
    steps = math.ceil(len(rows.x) / work.batch)
    model = build(keras, work, steps if spe else None)
    watch = stopwatch(keras)
    start = perf_counter()
    history = model.fit(
        **feeds.arguments(keras, work, rows), epochs=work.epochs, verbose=0,
        validation_data=rows.validation, callbacks=[watch],
    ).history  # fmt: skip
    result = {"fit_s": perf_counter() - start, **worker.laps(start, watch.ends)}
    result |= {"loss": float(history["loss"][-1]), "accuracy": float(history["accuracy"][-1])}
    if work.evaluate:
        start = perf_counter()
        result["evaluated_loss"] = float(model.evaluate(rows.x, rows.y, verbose=0)[0])
        result["evaluate_s"] = perf_counter() - start
    return result


def predict(keras: Any, work: Workload, rows: data.Data) -> dict[str, Any]:
    """Time `predict` on one row, called again and again."""
    model, row = build(keras, work), rows.x[:1]
    return worker.time_calls(lambda: model.predict(row, verbose=0), work.calls)


def main() -> None:
    """Run the job on the command line."""
    job = worker.job()
    sys.modules.update(dict.fromkeys(job.get("hide", ())))  # as if these were not installed
    start = perf_counter()
    keras = importlib.import_module(job["library"])
    imported = perf_counter()
    rows = data.load(WORKLOADS[job["workload"]].data)
    loaded = perf_counter()
    keras.utils.set_random_seed(job["seed"])
    work = WORKLOADS[job["workload"]]
    result = (
        predict(keras, work, rows) if work.calls else train(keras, work, rows, job.get("spe", False))
    )
    times = {"import_s": imported - start, "data_s": loaded - imported}
    worker.emit({**times, **result, "peak_mb": worker.peak_mb(), "version": keras.__version__})


if __name__ == "__main__":
    main()
