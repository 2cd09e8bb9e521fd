"""Convolutions in three ways, forward and with both gradients: `python -m benchmarks.convolution`.

The ways take turns, so that what else the machine does meets them all. XLA's own is called once, and
the others run in a compiled loop, where training runs; there XLA's own takes up to 40 times as long.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.native import convolution as native
from cornu.ops.formulas.convolution import convolve

# Images, filters, kernel's length, strides, groups; 'same'.
CASES = [
    ((128, 28, 28, 1), 32, 3, 1, 1),
    ((128, 13, 13, 32), 64, 3, 1, 1),
    ((64, 32, 32, 3), 32, 3, 1, 1),
    ((64, 32, 32, 32), 32, 3, 1, 1),
    ((64, 16, 16, 64), 64, 3, 1, 1),
    ((32, 32, 32, 16), 16, 3, 1, 1),
    ((32, 16, 16, 32), 64, 3, 2, 1),
    ((32, 8, 8, 64), 64, 3, 1, 1),
    ((32, 16, 16, 256), 256, 1, 1, 1),
    ((64, 32, 32, 64), 64, 3, 1, 64),
    ((1, 28, 28, 1), 32, 3, 1, 1),
    ((1, 13, 13, 32), 64, 3, 1, 1),
    ((16, 8, 8, 8), 8, 3, 1, 1),
    ((32, 8, 8, 8), 8, 3, 1, 1),
    ((32, 8, 8, 16), 16, 3, 1, 1),
]
WAYS = ("engine", "put together", "oneDNN")


@contextmanager
def way(name: str) -> Iterator[None]:
    """Within the block convolutions are formulated in this way."""
    before = native.for_cpu, native.WORTH
    if name == "engine":
        native.for_cpu = lambda kernel, image: False
    native.WORTH = 0 if name == "oneDNN" else 10**18
    try:
        yield
    finally:
        native.for_cpu, native.WORTH = before


def program(strides: int, groups: int, looped: bool) -> Callable[..., Any]:
    """Steps along both gradients of a convolution with outputs that are their own slope."""

    def conv(x: Any, kernel: Any) -> Any:
        return convolve(x, kernel, (strides,) * 2, "same", (1, 1), groups)

    def step(_: Any, state: Any) -> Any:
        y, pull = jax.vjp(conv, *state)
        return [a - 1e-6 * slope for a, slope in zip(state, pull(y), strict=True)]

    if not looped:
        return jax.jit(lambda state, n: step(0, state))
    return jax.jit(lambda state, n: lax.fori_loop(0, n, step, state))


def milliseconds(case: Any, rounds: int, steps: int) -> dict[str, list[float]]:
    """The time of a step for each way, round after round."""
    shape, filters, size, strides, groups = case
    rng, programs = np.random.default_rng(0), {}
    kernel = (size, size, shape[-1] // groups, filters)
    state = [jnp.asarray(rng.normal(size=s) / 10, "float32") for s in (shape, kernel)]
    for name in WAYS:
        with way(name):
            programs[name] = program(strides, groups, looped=name != "engine")
            jax.block_until_ready(programs[name](state, 1))
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, run in programs.items():
            count = 1 if name == "engine" else steps
            start = time.perf_counter()
            jax.block_until_ready(run(state, count))
            times[name].append((time.perf_counter() - start) / count * 1e3)
    return times


def main() -> None:
    """Prints a row of the table for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=5)
    given = parser.parse_args()
    for case in CASES:
        (batch, high, wide, channels), filters, size, strides, groups = case
        work = 6e-6 * batch * high * wide * channels * filters * size**2 / strides**2 / groups
        cells = []
        for name, found in milliseconds(case, given.rounds, given.steps).items():
            middle = statistics.median(found)
            cells.append(f"{name} {middle:.2f} ms, {work / middle:.0f} GFLOP/s")
        print(*case, "|", " | ".join(cells), flush=True)


if __name__ == "__main__":
    main()
