"""The worker for Cornu and for Keras: one program, in which only the library's name differs."""

import importlib
import math
import sys
from time import perf_counter
from typing import Any

from benchmarks import data, feeds, worker, workloads
from benchmarks.networks.keras_like import NETWORKS
from benchmarks.workloads import LOGITS, Workload


def build(keras: Any, work: Workload, whole_epoch: int | None = None, jit: bool | None = None) -> Any:
    """The compiled model of a workload; `whole_epoch` is a number of steps per execution."""
    model = NETWORKS[work.network](keras, work)
    options: dict[str, Any] = {"steps_per_execution": whole_epoch} if whole_epoch else {}
    if jit is not None:
        options["jit_compile"] = jit
    if work.accuracy:
        options["metrics"] = ["accuracy"]
    loss: Any = work.loss
    if loss == LOGITS:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer: Any = work.optimizer
    if optimizer == "sgd":
        optimizer = keras.optimizers.SGD(0.01)
    model.compile(loss=loss, optimizer=optimizer, **options)
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


def train(
    keras: Any, work: Workload, rows: data.Data, spe: bool, jit: bool | None = None
) -> dict[str, Any]:
    """Fit, and evaluate where the workload says so; timings and final scores."""
    steps = math.ceil(len(rows.x) / work.batch)
    built, model = perf_counter(), build(keras, work, steps if spe else None, jit)
    watch = stopwatch(keras)
    start = built if work.from_build else perf_counter()
    history = model.fit(
        **feeds.arguments(keras, work, rows), epochs=work.epochs, verbose=0,
        validation_data=rows.validation, callbacks=[watch],
    ).history  # fmt: skip
    result = {"fit_s": perf_counter() - start, **worker.laps(start, watch.ends)}
    result |= worker.scores({key: values[-1] for key, values in history.items()})
    result["weights"] = sum(math.prod(one.shape) for one in model.trainable_weights)
    if work.evaluate:
        start = perf_counter()
        found = model.evaluate(rows.x, rows.y, verbose=0)
        result["evaluated_loss"] = float(found[0] if work.accuracy else found)
        result["evaluate_s"] = perf_counter() - start
    return result


def predict(keras: Any, work: Workload, rows: data.Data, jit: bool | None = None) -> dict[str, Any]:
    """Time `predict` on one batch, called again and again."""
    model, batch = build(keras, work, jit=jit), rows.x[: work.batch]
    return worker.time_calls(lambda: model.predict(batch, batch_size=work.batch, verbose=0), work.calls)


def run(keras: Any, work: Workload, rows: data.Data, job: dict[str, Any]) -> dict[str, Any]:
    """Do what the workload says."""
    keras.utils.set_random_seed(job["seed"])
    jit = job.get("jit")
    if work.calls:
        return predict(keras, work, rows, jit)
    spe = job.get("spe", False)
    return worker.each(work, lambda one: train(keras, one, rows, spe, jit))


def main() -> None:
    """Run the job on the command line."""
    job = worker.job()
    sys.modules.update(dict.fromkeys(job.get("hide", ())))  # as if these were not installed
    start = perf_counter()
    keras = importlib.import_module(job["library"])
    imported = perf_counter()
    work = workloads.get(job)
    rows = data.load(work)
    loaded = perf_counter()
    result = run(keras, work, rows, job)
    times = {"import_s": imported - start, "data_s": loaded - imported}
    worker.emit({**times, **result, "peak_mb": worker.peak_mb(), "version": keras.__version__})


if __name__ == "__main__":
    main()
