"""The limit: what a person who knows JAX well would write by hand for exactly this work.

One compiled loop runs a whole epoch. Few weights are packed into one vector, so that the optimizer
is one fused operation; tiny products are sums of elementwise products, which XLA fuses; kernels are
stored (units, inputs), which makes their gradient a plain product. The last, partial batch is
padded with row 0 and weighted with zeros.
"""

import gc
from time import perf_counter

start = perf_counter()
gc.disable()  # collections during the import, and of its objects at the end, cost 0.2 s for nothing
import jax  # noqa: E402

gc.freeze()
gc.enable()
imported = perf_counter()
from functools import partial  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from jax import lax  # noqa: E402

from benchmarks import data, feeds, worker  # noqa: E402
from benchmarks.workloads import WORKLOADS, Workload  # noqa: E402

EPSILON = 1e-7  # Keras's, in the optimizers and where a probability is clipped
RATE = 1e-3
PACKED = 1 << 14  # up to so many weights lie in one vector
TINY = 1 << 14  # up to so many multiplications are no matrix product
Weights = tuple[Any, ...]


def initial(work: Workload, seed: int) -> Weights:
    """Glorot uniform kernels, as (units, inputs), and zero biases; one vector if they are few."""
    rng, parts, width = np.random.default_rng(seed), [], work.inputs
    for units, _ in work.layers:
        limit = np.sqrt(6 / (width + units))
        kernel = rng.uniform(-limit, limit, (units, width)).astype("float32")
        parts += [kernel, np.zeros(units, "float32")]
        width = units
    packed = np.concatenate([part.ravel() for part in parts])
    return (packed,) if packed.size <= PACKED else tuple(parts)


def unpacked(work: Workload, weights: Weights) -> Weights:
    """Kernel and bias of each layer in turn."""
    if len(weights) > 1:
        return weights
    parts, at, width = [], 0, work.inputs
    for units, _ in work.layers:
        middle, end = at + units * width, at + units * width + units
        kernel = lax.slice(weights[0], (at,), (middle,))
        parts += [lax.reshape(kernel, (units, width)), lax.slice(weights[0], (middle,), (end,))]
        at, width = end, units
    return tuple(parts)


def product(x: Any, kernel: Any) -> Any:
    """Rows times the transposed kernel."""
    if len(x) * kernel.size <= TINY:
        return lax.reduce_sum(x[:, None, :] * kernel[None], (2,))
    return lax.dot_general(x, kernel, (((1,), (1,)), ((), ())))


def relu(x: Any) -> Any:
    """Positive part; written so that its gradient is one selection."""
    return lax.select(x > 0, x, lax.full_like(x, 0))


def softmax(x: Any) -> Any:
    """Softmax over the classes."""
    e = lax.exp(x - lax.stop_gradient(lax.reduce_max(x, (1,)))[:, None])
    return e / lax.reduce_sum(e, (1,))[:, None]


def forward(work: Workload, weights: Weights, x: Any) -> Any:
    """The model's output: a probability per row, or per row and class."""
    parts = iter(unpacked(work, weights))
    for _, activation in work.layers:
        x = ACTIVATIONS[activation](product(x, next(parts)) + next(parts)[None])
    return x


def binary_scores(output: Any, y: Any) -> tuple[Any, Any]:
    """Cross-entropy and hit of each row, for one probability a row."""
    output = lax.squeeze(output, (1,))
    clipped = lax.clamp(EPSILON, output, 1 - EPSILON)
    return -lax.log(lax.select(y > 0.5, clipped, 1 - clipped)), (output > 0.5) == (y > 0.5)


def class_scores(output: Any, y: Any) -> tuple[Any, Any]:
    """Cross-entropy and hit of each row, for one probability a class."""
    mine = lax.broadcasted_iota("int32", output.shape, 1) == y[:, None]
    chosen = lax.reduce_sum(output * lax.convert_element_type(mine, "float32"), (1,))
    return -lax.log(lax.clamp(EPSILON, chosen, 1 - EPSILON)), lax.argmax(output, 1, "int32") == y


def adam(weight: Any, slots: Any, gradient: Any, step: Any) -> tuple[Any, Any]:
    """Adam, as Keras computes it."""
    mean, square = slots
    alpha = RATE * lax.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    mean = mean + (gradient - mean) * (1 - 0.9)
    square = square + (gradient * gradient - square) * (1 - 0.999)
    return weight - mean * alpha / (lax.sqrt(square) + EPSILON), (mean, square)


def rmsprop(weight: Any, slots: Any, gradient: Any, step: Any) -> tuple[Any, Any]:
    """RMSprop, as Keras computes it."""
    square = 0.9 * slots[0] + (1 - 0.9) * gradient * gradient
    return weight - RATE * gradient / lax.sqrt(square + EPSILON), (square,)


ACTIVATIONS = {"relu": relu, "sigmoid": lax.logistic, "softmax": softmax}
SCORES = {"binary_crossentropy": binary_scores, "sparse_categorical_crossentropy": class_scores}
OPTIMIZERS = {"adam": (adam, 2), "rmsprop": (rmsprop, 1)}


def blank(work: Workload, weights: Weights) -> tuple[Any, ...]:
    """For each weight, its optimizer slots, all zero."""
    count = OPTIMIZERS[work.optimizer][1]
    return tuple(tuple(np.zeros_like(weight) for _ in range(count)) for weight in weights)


def epoch(
    work: Workload, rows: int, state: Any, order: Any, first: Any, steps: Any, x: Any, y: Any
) -> Any:
    """All steps of an epoch over rows in the given order: new state, mean loss, accuracy."""
    update = OPTIMIZERS[work.optimizer][0]
    within = np.arange(work.batch, dtype="int32")

    def mean_loss(weights: Weights, x: Any, y: Any, mask: Any, count: Any) -> Any:
        losses, hits = SCORES[work.loss](forward(work, weights, x), y)
        total = lax.reduce_sum(losses * mask, (0,))
        right = lax.reduce_sum(lax.convert_element_type(hits, "float32") * mask, (0,))
        return total / count, (total, right)

    def step(i: Any, carry: Any) -> Any:
        weights, slots, total, right = carry
        at = i * work.batch
        picked = lax.dynamic_slice(order, (at,), (work.batch,))
        mask = lax.convert_element_type(at + within < rows, "float32")
        count = lax.convert_element_type(lax.min(work.batch, rows - at), "float32")
        batch = [part.at[picked].get(mode="promise_in_bounds") for part in (x, y)]
        gradients, (loss, hits) = jax.grad(mean_loss, has_aux=True)(weights, *batch, mask, count)
        number = lax.convert_element_type(first + i + 1, "float32")
        done = [update(*part, number) for part in zip(weights, slots, gradients, strict=True)]
        weights, slots = zip(*done, strict=True)
        return weights, slots, total + loss, right + hits

    weights, slots, total, right = lax.fori_loop(0, steps, step, (*state, 0.0, 0.0))
    return (weights, slots), total / rows, right / rows


def score(work: Workload, weights: Weights, x: Any, y: Any) -> Any:
    """Loss and accuracy over all rows at once."""
    losses, hits = SCORES[work.loss](forward(work, weights, x), y)
    right = lax.reduce_sum(lax.convert_element_type(hits, "float32"), (0,))
    return lax.reduce_sum(losses, (0,)) / len(x), right / len(x)


def compiled(function: Any, *arguments: Any, **options: Any) -> tuple[Any, dict[str, float]]:
    """The compiled function, and how long tracing, lowering and compiling took."""
    a = perf_counter()
    traced = jax.jit(function, **options).trace(*arguments)
    b = perf_counter()
    lowered = traced.lower()
    c = perf_counter()
    program = lowered.compile()
    return program, {"trace_s": b - a, "lower_s": c - b, "compile_s": perf_counter() - c}


def float32(y: Any, work: Workload) -> Any:
    """Targets in the type that the loss takes."""
    return y.astype("float32" if work.loss == "binary_crossentropy" else "int32")


def train(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Fit, with validation after each epoch where the workload has it; timings and final scores."""
    begin, ends, history = perf_counter(), [], []
    count, rng, weights = len(rows.x), np.random.default_rng(seed), initial(work, seed)
    steps = -(-count // work.batch)
    order = np.zeros(steps * work.batch, "int32")
    x, y = jax.device_put((rows.x.astype("float32", copy=False), float32(rows.y, work)))
    state = (weights, blank(work, weights))
    rest = np.int32(steps), x, y
    run, times = compiled(
        partial(epoch, work, count), state, order, np.int32(0), *rest, donate_argnums=0
    )
    if rows.validation:
        held_out = jax.device_put((rows.validation[0], float32(rows.validation[1], work)))
        check, _ = compiled(partial(score, work), weights, *held_out)
    for number in range(work.epochs):
        order[:count] = rng.permutation(count)
        state, loss, accuracy = run(state, order, np.int32(number * steps), *rest)
        scores = check(state[0], *held_out) if rows.validation else ()
        history.append([float(value) for value in (loss, accuracy, *scores)])
        ends.append(perf_counter())
    result = {"fit_s": perf_counter() - begin, **times, **worker.laps(begin, ends)}
    result |= {"loss": history[-1][0], "accuracy": history[-1][1]}
    if work.evaluate:
        begin = perf_counter()
        result["evaluated_loss"] = float(jax.jit(partial(score, work))(state[0], x, y)[0])
        result["evaluate_s"] = perf_counter() - begin
    return result


def stream(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Fit from batches: one compiled step, called for each; timings and final scores."""
    begin, ends, loss, accuracy = perf_counter(), [], 0.0, 0.0
    weights = initial(work, seed)
    state, batches = (weights, blank(work, weights)), feeds.batches(work, rows, seed)
    order, programs, done = np.arange(work.batch, dtype="int32"), {}, 0
    for _ in range(work.epochs):
        scores = []
        for _ in range(feeds.steps(work, rows)):
            x, y = next(batches)
            x, y, size = x.astype("float32", copy=False), float32(y, work), len(x)
            if size not in programs:
                programs[size] = jax.jit(partial(epoch, work, size), donate_argnums=0)
            picked = np.minimum(order, size - 1)  # a smaller batch is padded with its last row
            state, *found = programs[size](state, picked, np.int32(done), np.int32(1), x, y)
            scores.append((size, *found))
            done += 1
        count = sum(size for size, _, _ in scores)
        loss, accuracy = (sum(s[0] * float(s[i]) for s in scores) / count for i in (1, 2))
        ends.append(perf_counter())
    return {
        "fit_s": perf_counter() - begin,
        **worker.laps(begin, ends),
        "loss": loss,
        "accuracy": accuracy,
    }


def predict(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Time the compiled forward pass on one NumPy row, called again and again."""
    weights, row = jax.device_put(initial(work, seed)), rows.x[:1].astype("float32")
    run = jax.jit(partial(forward, work))
    return worker.time_calls(lambda: np.asarray(run(weights, row)), work.calls)


def main() -> None:
    """Run the job on the command line."""
    job = worker.job()
    work = WORKLOADS[job["workload"]]
    before = perf_counter()
    rows = data.load(work.data)
    times = {"import_s": imported - start, "data_s": perf_counter() - before}
    run = predict if work.calls else stream if work.feed else train
    result = run(work, rows, job["seed"])
    worker.emit({**times, **result, "peak_mb": worker.peak_mb(), "version": jax.__version__})


if __name__ == "__main__":
    main()
