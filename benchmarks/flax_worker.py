"""The worker for Flax NNX with optax: the step compiled, and the usual loop over batches in Python."""

from time import perf_counter

start = perf_counter()
import jax  # noqa: E402
import optax  # noqa: E402
from flax import nnx  # noqa: E402

imported = perf_counter()
from importlib.metadata import version  # noqa: E402
from typing import Any  # noqa: E402

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from benchmarks import data, feeds, worker  # noqa: E402
from benchmarks.networks.flax_networks import NETWORKS  # noqa: E402
from benchmarks.workloads import BINARY, CLASSES, LOGITS, SQUARES, Workload  # noqa: E402

OPTIMIZERS = {  # Keras's settings
    "adam": lambda: optax.adam(1e-3, eps=1e-7),
    "rmsprop": lambda: optax.rmsprop(1e-3, decay=0.9, eps=1e-7),
    "sgd": lambda: optax.sgd(0.01),
}


def typed(work: Workload, x: Any, y: Any) -> tuple[Any, Any]:
    """A batch in the types that the network and the loss take."""
    x = x if x.dtype == np.int32 else x.astype("float32", copy=False)
    return x, y.astype("int32" if work.loss in (CLASSES, LOGITS) else "float32", copy=False)


def scores(work: Workload, output: Any, y: Any) -> tuple[Any, Any]:
    """Loss and hit of each row, or each word."""
    if work.loss in (CLASSES, LOGITS):
        losses = optax.softmax_cross_entropy_with_integer_labels(output, y)
        return losses, output.argmax(-1) == y
    output = output.reshape(y.shape)
    if work.loss == SQUARES:
        return (output - y) ** 2, jnp.zeros(1)
    return optax.sigmoid_binary_cross_entropy(output, y), (output > 0) == (y > 0.5)


def compiled(work: Workload) -> tuple[Any, Any]:
    """The functions that train on a batch, and that score rows without training."""

    def mean_loss(model: Any, x: Any, y: Any) -> tuple[Any, Any]:
        losses, hits = scores(work, model(x), y)
        return losses.mean(), (losses, hits)

    @nnx.jit
    def step(model: Any, optimizer: Any, metrics: Any, x: Any, y: Any) -> None:
        gradients, (losses, hits) = nnx.grad(mean_loss, has_aux=True)(model, x, y)
        optimizer.update(model, gradients)
        metrics.update(loss=losses, accuracy=hits)

    @nnx.jit
    def score(model: Any, x: Any, y: Any) -> tuple[Any, Any]:
        losses, hits = scores(work, model(x), y)
        return losses.mean(), hits.mean()

    return step, score


def averages() -> Any:
    """Running means of loss and accuracy."""
    return nnx.MultiMetric(loss=nnx.metrics.Average("loss"), accuracy=nnx.metrics.Average("accuracy"))


def train(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Fit, with validation after each epoch where the workload has it; timings and final scores."""
    built, ends = perf_counter(), []
    model = NETWORKS[work.network](work, nnx.Rngs(seed))
    optimizer = nnx.Optimizer(model, OPTIMIZERS[work.optimizer](), wrt=nnx.Param)
    metrics, (step, score) = averages(), compiled(work)
    # What Flax's guide on performance advises: the objects are looked through once only.
    fit = nnx.cached_partial(step, model, optimizer, metrics)
    begin = built if work.from_build else perf_counter()
    batches = feeds.batches(work, rows, seed)
    if rows.validation:
        held_out = jax.device_put(typed(work, *rows.validation))
    for _ in range(work.epochs):
        metrics.reset()
        for _ in range(feeds.steps(work, rows)):
            fit(*typed(work, *next(batches)))
        last = {key: float(value) for key, value in metrics.compute().items()}
        if rows.validation:
            last["validation"] = float(score(model, *held_out)[0])
        ends.append(perf_counter())
    result = {"fit_s": perf_counter() - begin, **worker.laps(begin, ends), "loss": last["loss"]}
    if work.accuracy:
        result["accuracy"] = last["accuracy"]
    result["weights"] = sum(one.size for one in jax.tree.leaves(nnx.state(model, nnx.Param)))
    if work.evaluate:
        begin = perf_counter()
        result["evaluated_loss"] = float(score(model, *typed(work, rows.x, rows.y))[0])
        result["evaluate_s"] = perf_counter() - begin
    return result


def predict(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Time the compiled forward pass on one NumPy batch, called again and again."""
    model = NETWORKS[work.network](work, nnx.Rngs(seed))
    model.eval()
    last = nnx.sigmoid if work.loss == BINARY else nnx.softmax
    forward = nnx.cached_partial(nnx.jit(lambda model, x: last(model(x))), model)
    batch = rows.x[: work.batch].astype("float32")
    return worker.time_calls(lambda: np.asarray(forward(batch)), work.calls)


def run(work: Workload, rows: data.Data, job: dict[str, Any]) -> dict[str, Any]:
    """Do what the workload says."""
    if work.calls:
        return predict(work, rows, job["seed"])
    return worker.each(work, lambda one: train(one, rows, job["seed"]))


if __name__ == "__main__":
    worker.main(run, imported - start, version("flax"))
