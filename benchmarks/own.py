"""`python -m benchmarks own`: what is measured of Cornu, or of another contestant, alone."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import data, report, runner
from benchmarks.contestants import CACHES, CONTESTANTS, OURS, Contestant, environment, interpreter
from benchmarks.worker import MARK
from benchmarks.workloads import MNIST_LAYERS

Result = dict[str, Any]
ROWS = (10**4, 10**5, 10**6, 10**7)
BATCH = 128  # the same for every number of rows
SWEEPS = {
    "batch": (8, 32, 128, 512, 2048),
    "width": (16, 64, 256, 1024),
    "depth": (1, 4, 16, 64),
    "sequence": (10, 40, 160, 640),
    "epochs": (1, 10, 100, 1000),
}
IMPORT = """
from time import perf_counter
start = perf_counter()
{statement}
print('{mark}{{"import_s": %r}}' % (perf_counter() - start))
"""


def measure(one: Contestant, name: str, limit: float = 900, **settings: Any) -> Result:
    """One measurement in a fresh process."""
    job = one.job(measure=name, **settings)
    command = [interpreter(one), "-m", "benchmarks.own_worker", job]
    return runner.launch(command, environment(one, str(CACHES / one.name)), limit)


def verbose(one: Contestant, rounds: int) -> Result:
    """The cost of the progress bar and of a batch-level callback, as ratios to silence."""
    found: Result = {}
    rows = [["an epoch of", "silent", "progress bar, ratio", "batch callback, ratio"]]
    for name, epochs in (("mnist", 3), ("pima", 30)):
        result = measure(one, "verbose", workload=name, epochs=epochs, rounds=rounds)
        found[name] = result
        if "error" in result:
            rows.append([name, result["error"], "", ""])
            continue
        times = result["times"]
        cells = [report.duration(median(times["silent"]))]
        for way in ("bar", "callback"):
            parts = [a / b for a, b in zip(times[way], times["silent"], strict=True)]
            found[name][way] = report.spread(parts)
            cells.append(report.share(found[name][way]))
        rows.append([name, *cells])
    print(report.table(rows))
    return found


def scale(one: Contestant, rounds: int) -> Result:
    """Time of an epoch against the number of rows."""
    found: Result = {}
    rows = [["rows", "first epoch", "steady epoch", "a row", "data", "memory above the start"]]
    for count in ROWS:
        result = measure(one, "scale", rows=count, batch=BATCH, epochs=4 if count < 10**7 else 3)
        found[str(count)] = result
        if "error" in result:
            rows.append([f"{count:,}", result["error"], "", "", "", ""])
            continue
        first, steady = result["first_s"], result["steady_s"]
        extra = result["peak_mb"] - result["before_mb"]
        times = [report.duration(value) for value in (first, steady, steady / count)]
        rows.append([f"{count:,}", *times, f"{result['data_mb']:.1f} MB", f"{extra:.0f} MB"])
    print(f"batch {BATCH}, 8-12-8-1")
    print(report.table(rows))
    return found


def growth(one: Contestant, rounds: int) -> Result:
    """Time against batch, width, depth, length of sequences, and epochs; 32 steps an epoch."""
    found: Result = {}
    rows = [["", "", "first epoch", "a later step", "the whole fit"]]
    for sweep, values in SWEEPS.items():
        result = found[sweep] = measure(one, "growth", sweep=sweep, values=values)
        if "error" in result:
            rows.append([sweep, "", result["error"], "", ""])
            continue
        for value, each in zip(values, result["sizes"], strict=True):
            times = [report.duration(each[key]) for key in ("first_s", "step_s", "fit_s")]
            rows.append([sweep, f"{value:,}", *times])
    print(report.table(rows))
    return found


def flat(one: Contestant, rounds: int) -> Result:
    """Memory over a thousand epochs in one fit, and over ten more calls of fit."""
    result = measure(one, "flat", epochs=1000, every=100)
    if "error" in result:
        print(result["error"])
        return result
    for title, key in (
        ("after 100, 200, ... epochs of one fit", "epochs_mb"),
        ("after each further fit", "calls_mb"),
    ):
        print(f"{title}: " + ", ".join(f"{value:.1f}" for value in result[key]) + " MB")
    return result


def imports(one: Contestant, rounds: int) -> Result:
    """Importing the library, bare and with what a program uses, against importing JAX."""
    library = one.library
    statements = {
        "import jax": "import jax",
        f"import {library}": f"import {library}",
        "and Sequential, Dense": f"import {library} as k; k.Sequential, k.layers.Dense",
    }
    runs: dict[str, list[Result]] = {name: [] for name in statements}
    for _ in range(2 * rounds):
        for name, statement in statements.items():
            command = [interpreter(one), "-c", IMPORT.format(statement=statement, mark=MARK)]
            runs[name].append(runner.launch(command, environment(one, str(CACHES / one.name)), 120))
    rows = [["", "in the process", "ratio to jax", "whole process", "ratio to jax"]]
    found: Result = {}
    for name, listed in runs.items():
        found[name] = {**report.summarize(listed), "ratios": {}}
        cells = []
        for key in ("import_s", "process_s"):
            found[name]["ratios"][key] = report.ratio(listed, runs["import jax"], key)
            cells += [
                report.cell(key, found[name].get(key)),
                report.share(found[name]["ratios"][key]),
            ]
        rows.append([name, *cells])
    print(report.table(rows))
    return found


def stream(one: Contestant, rounds: int) -> Result:
    """An epoch over a file of CORNU_BENCH_MEMMAP_MB, not in memory, against its step and the disk."""
    found: Result = {}
    rows = [["network", "order", "rows/s", "of the step", "of the disk", "memory held, first / most"]]
    last = MNIST_LAYERS[-1:]
    networks = {"784-10": last, "784-512-512-10": MNIST_LAYERS}
    networks["784-1024-1024-10"] = (*[(1024, "relu")] * 2, *last)
    for name, layers in networks.items():
        for order in ("in order", "shuffled"):
            settings = {"layers": layers, "shuffle": order == "shuffled", "every": 2.0}
            result = found[f"{name} {order}"] = measure(one, "stream", limit=3600, **settings)
            if "error" in result:
                rows.append([name, order, result["error"], "", "", ""])
                continue
            speed, held = result["rows_per_s"], result["own_memory_mb"]
            shares = [speed / result[key] for key in ("in_memory_rows_per_s", "disk_rows_per_s")]
            cells = [f"{speed:,.0f}", *(f"{share:.2f}" for share in shares)]
            rows.append([name, order, *cells, f"{held[0]:.0f} / {max(held):.0f} MB"])
            print(f"{name} {order}: {result['fit_s']:.0f} s, disk {result['disk_mb_per_s']:.0f} MB/s")
    print(report.table(rows))
    return found


MEASURES: dict[str, Callable[[Contestant, int], Result]] = {
    "import": imports, "verbose": verbose, "scale": scale, "growth": growth, "flat": flat,
    "stream": stream,
}  # fmt: skip


def main(argv: list[str]) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks own", description=__doc__)
    parser.add_argument("--measures", default=",".join(MEASURES), help="names with commas between")
    parser.add_argument("--contestant", default=OURS, help="a contestant that has Keras's API (cornu)")
    parser.add_argument("--runs", type=int, default=5, help="rounds where there are any (5)")
    parser.add_argument(
        "--json", type=Path, default=CACHES.parent / "own.json", help="where to write everything"
    )
    options = parser.parse_args(argv)
    one = CONTESTANTS.get(options.contestant)
    if one is None or not one.library or not runner.available(one):
        sys.exit(f"{options.contestant}: not installed, or not a contestant with Keras's API")
    data.find(data.FILES["pima"])
    found: Result = {"machine": runner.machine(), "contestant": one.name, "measures": {}}
    for name in filter(None, options.measures.split(",")):
        print(f"\n{name}: {MEASURES[name].__doc__}", flush=True)
        found["measures"][name] = MEASURES[name](one, options.runs)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=1))
    print(f"\nwritten to {options.json}")
