"""Pooling in three ways, forward and backward inside a compiled loop: `python -m benchmarks.pooling`.

The ways take turns, so that what else the machine does meets them all; what counts are the ratios
within a round.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.ops.formulas import pooling

# Kind, shape, length of the windows, stride.
CASES = [
    ("max", (128, 26, 26, 32), 2, 2),
    ("max", (128, 11, 11, 64), 2, 2),
    ("max", (32, 24, 24, 32), 4, 4),
    ("max", (32, 28, 28, 32), 7, 7),
    ("max", (32, 27, 27, 64), 3, 2),
    ("max", (32, 1000, 64), 50, 1),
    ("mean", (128, 26, 26, 32), 2, 2),
    ("mean", (128, 11, 11, 64), 2, 2),
    ("mean", (32, 28, 28, 32), 7, 7),
    ("mean", (32, 27, 27, 64), 3, 2),
]


def ways(stride_is_size: bool) -> dict[str, dict[str, Any]]:
    """What each way makes of the choices in `ops.formulas.pooling`."""
    along = lambda *_: "along"  # noqa: E731
    found = {
        "window": {"way": lambda *_: "window"},
        "slices": {"way": along, "FEW": {"max": 10**6, "mean": 10**6}},
    }
    return found | ({"split": {"way": along, "FEW": {"max": 0, "mean": 0}}} if stride_is_size else {})


def program(kind: str, size: int, stride: int) -> Any:
    """A loop that moves its input along the gradient of a sum of squares, after a relu and pooling."""
    pool = {"max": pooling.max_pool, "mean": pooling.average_pool}[kind]
    slope = jax.grad(lambda x: jnp.sum(pool(jax.nn.relu(x), size, stride) ** 2))
    return jax.jit(lambda x, n: lax.fori_loop(0, n, lambda _, x: x - 1e-3 * slope(x), x))


def milliseconds(case: Any, rounds: int, steps: int) -> dict[str, list[float]]:
    """The time of a step for each way, round after round."""
    kind, shape, size, stride = case
    x = jnp.asarray(np.random.default_rng(0).normal(size=shape), "float32")
    before, programs = {"way": pooling.way, "FEW": pooling.FEW}, {}
    for name, choices in ways(size == stride).items():
        vars(pooling).update(choices)
        programs[name] = program(kind, size, stride)
        programs[name](x, 1).block_until_ready()
        vars(pooling).update(before)
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, run in programs.items():
            start = time.perf_counter()
            run(x, steps).block_until_ready()
            times[name].append((time.perf_counter() - start) / steps * 1e3)
    return times


def main() -> None:
    """Prints a row of the table for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=10)
    given = parser.parse_args()
    for case in CASES:
        times = milliseconds(case, given.rounds, given.steps)
        cells = []
        for name, found in times.items():
            ratios = sorted(t / w for t, w in zip(found, times["window"], strict=True))
            cells.append(
                f"{name} {statistics.median(found):.2f} ms, {statistics.median(ratios):.2f} "
                f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
            )
        print(*case, "|", " | ".join(cells), flush=True)


if __name__ == "__main__":
    main()
