"""The limit: what a person who knows JAX well would write by hand for exactly this work.

One compiled loop runs a whole epoch; the networks are in `networks/jax_*.py`. The last, partial batch
is padded with row 0 and weighted with zeros, which networks with batch normalization would notice:
their workloads have none.
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
from benchmarks.networks.jax_networks import NETWORKS  # noqa: E402
from benchmarks.networks.jax_training import OPTIMIZERS, SCORES  # noqa: E402
from benchmarks.workloads import CLASSES, LOGITS, Workload  # noqa: E402


def initial(work: Workload, seed: int) -> tuple[Any, ...]:
    """Weights, their optimizer slots, all zero, what is noted, and the seed of dropout."""
    weights, noted = NETWORKS[work.network].initial(work, seed)
    count = OPTIMIZERS[work.optimizer][1]
    slots = [tuple(np.zeros_like(one) for _ in range(count)) for one in jax.tree.leaves(weights)]
    return weights, slots, noted, np.array([0, seed, 0, seed], "uint32")


def epoch(
    work: Workload, rows: int, state: Any, order: Any, first: Any, steps: Any, x: Any, y: Any
) -> Any:
    """All steps of an epoch over rows in the given order: new state, mean loss, accuracy."""
    update, forward = OPTIMIZERS[work.optimizer][0], NETWORKS[work.network].forward
    within = np.arange(work.batch, dtype="int32")
    *state, seed = state

    def mean_loss(weights: Any, noted: Any, key: Any, x: Any, y: Any, mask: Any, count: Any) -> Any:
        output, noted = forward(work, weights, noted, x, key)
        losses, hits = SCORES[work.loss](output, y)
        total = lax.reduce_sum(losses * mask, (0,))
        right = lax.reduce_sum(lax.convert_element_type(hits, "float32") * mask, (0,))
        return total / count, (total, right, noted)

    def step(i: Any, carry: Any) -> Any:
        weights, slots, noted, total, right = carry
        at = i * work.batch
        picked = lax.dynamic_slice(order, (at,), (work.batch,))
        mask = lax.convert_element_type(at + within < rows, "float32")
        count = lax.convert_element_type(lax.min(work.batch, rows - at), "float32")
        batch = [part.at[picked].get(mode="promise_in_bounds") for part in (x, y)]

        def key(part: int) -> Any:
            # Two random words a part and step, which `dropped` mixes with the places of the numbers.
            return jax.random.fold_in(jax.random.wrap_key_data(seed, impl="rbg"), (first + i) * 8 + part)

        gradients, (loss, hits, noted) = jax.grad(mean_loss, has_aux=True)(
            weights, noted, key, *batch, mask, count
        )
        number = lax.convert_element_type(first + i + 1, "float32")
        leaves, tree = jax.tree.flatten(weights)
        parts = zip(leaves, slots, jax.tree.leaves(gradients), strict=True)
        done = [update(*part, number) for part in parts]
        weights = jax.tree.unflatten(tree, [weight for weight, _ in done])
        return weights, [slot for _, slot in done], noted, total + loss, right + hits

    *state, total, right = lax.fori_loop(0, steps, step, (*state, 0.0, 0.0))
    return (*state, seed), total / rows, right / rows


def forward(work: Workload, state: Any, x: Any) -> Any:
    """The outputs, as for rows never seen."""
    weights, _, noted, _ = state
    return NETWORKS[work.network].forward(work, weights, noted, x, None)[0]


def score(work: Workload, state: Any, x: Any, y: Any) -> Any:
    """Loss and accuracy over all rows at once."""
    losses, hits = SCORES[work.loss](forward(work, state, x), y)
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


def typed(work: Workload, x: Any, y: Any) -> tuple[Any, Any]:
    """Rows in the types that the network and the loss take."""
    x = x if x.dtype == np.int32 else x.astype("float32", copy=False)
    return x, y.astype("int32" if work.loss in (CLASSES, LOGITS) else "float32", copy=False)


def ended(work: Workload, times: dict[str, Any], state: Any, last: Any) -> dict[str, Any]:
    """The result of a fit."""
    found = {**times, "loss": float(last[0]), "weights": sum(map(np.size, jax.tree.leaves(state[0])))}
    return found | ({"accuracy": float(last[1])} if work.accuracy else {})


def train(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Fit, with validation after each epoch where the workload has it; timings and final scores."""
    begin, ends, history = perf_counter(), [], []
    count, rng, state = len(rows.x), np.random.default_rng(seed), initial(work, seed)
    steps = -(-count // work.batch)
    order = np.zeros(steps * work.batch, "int32")
    x, y = jax.device_put(typed(work, rows.x, rows.y))
    rest = np.int32(steps), x, y
    run, times = compiled(
        partial(epoch, work, count), state, order, np.int32(0), *rest, donate_argnums=0
    )
    if rows.validation:
        held_out = jax.device_put(typed(work, *rows.validation))
        check, _ = compiled(partial(score, work), state, *held_out)
    for number in range(work.epochs):
        order[:count] = rng.permutation(count)
        state, loss, accuracy = run(state, order, np.int32(number * steps), *rest)
        scores = check(state, *held_out) if rows.validation else ()
        history.append([float(value) for value in (loss, accuracy, *scores)])
        ends.append(perf_counter())
    times |= {"fit_s": perf_counter() - begin, **worker.laps(begin, ends)}
    result = ended(work, times, state, history[-1])
    if work.evaluate:
        begin = perf_counter()
        result["evaluated_loss"] = float(jax.jit(partial(score, work))(state, x, y)[0])
        result["evaluate_s"] = perf_counter() - begin
    return result


def stream(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Fit from batches: one compiled step, called for each; timings and final scores."""
    begin, ends, last = perf_counter(), [], ()
    state, batches = initial(work, seed), feeds.batches(work, rows, seed)
    order, programs, done = np.arange(work.batch, dtype="int32"), {}, 0
    for _ in range(work.epochs):
        scores = []
        for _ in range(feeds.steps(work, rows)):
            x, y = typed(work, *next(batches))
            size = len(x)
            if size not in programs:
                programs[size] = jax.jit(partial(epoch, work, size), donate_argnums=0)
            picked = np.minimum(order, size - 1)  # a smaller batch is padded with its last row
            state, *found = programs[size](state, picked, np.int32(done), np.int32(1), x, y)
            scores.append((size, *found))
            done += 1
        count = sum(size for size, _, _ in scores)
        last = tuple(sum(s[0] * float(s[i]) for s in scores) / count for i in (1, 2))
        ends.append(perf_counter())
    times = {"fit_s": perf_counter() - begin, **worker.laps(begin, ends)}
    return ended(work, times, state, last)


def predict(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Time the compiled forward pass on one NumPy batch, called again and again."""
    state, batch = jax.device_put(initial(work, seed)), rows.x[: work.batch].astype("float32")
    call = jax.jit(partial(forward, work))
    return worker.time_calls(lambda: np.asarray(call(state, batch)), work.calls)


def run(work: Workload, rows: data.Data, job: dict[str, Any]) -> dict[str, Any]:
    """Do what the workload says."""
    if work.calls:
        return predict(work, rows, job["seed"])
    fit = stream if work.feed else train
    return worker.each(work, lambda one: fit(one, rows, job["seed"]))


if __name__ == "__main__":
    worker.main(run, imported - start, jax.__version__)
