"""What every worker process shares: its job, its clock, and the one line it prints."""

import json
import resource
import statistics
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from time import perf_counter
from typing import Any

from benchmarks import data, workloads
from benchmarks.workloads import Workload, searched

MARK = "benchmark-result "


def job() -> dict[str, Any]:
    """The job given on the command line, as JSON."""
    return json.loads(sys.argv[1])


def peak_mb() -> float:
    """The most memory this process has held so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def emit(result: dict[str, Any]) -> None:
    """Print the result as the one line that the runner looks for."""
    print("\n" + MARK + json.dumps(result), flush=True)


def laps(start: float, ends: list[float]) -> dict[str, Any]:
    """First and steady (median of the later ones) duration between the time stamps."""
    spans = [b - a for a, b in pairwise([start, *ends])]
    return {"first_s": spans[0], "steady_s": statistics.median(spans[1:] or spans)}


def time_calls(call: Any, count: int) -> dict[str, Any]:
    """First and steady duration of a function called `count` times."""
    start, ends = perf_counter(), []
    for _ in range(count):
        call()
        ends.append(perf_counter())
    return laps(start, ends)


def scores(last: Mapping[str, Any]) -> dict[str, float]:
    """The final loss, and accuracy where there is one, as plain numbers."""
    return {key: float(last[key]) for key in ("loss", "accuracy") if key in last}


def each(work: Workload, train: Callable[[Workload], dict[str, Any]]) -> dict[str, Any]:
    """Train a workload; or, of a search, each of its models: then the times are those of models, and
    the loss is the mean of theirs."""
    if not work.models:
        return train(work)
    start, ends, found = perf_counter(), [], []
    for one in searched(work):
        found.append(train(one))
        ends.append(perf_counter())
    means = {key: statistics.fmean(one[key] for one in found) for key in ("loss", "accuracy", "weights")
             if key in found[0]}  # fmt: skip
    return {"fit_s": ends[-1] - start, **laps(start, ends), **means}


def main(run: Callable[[Workload, data.Data, Any], Any], import_s: float, version: str) -> None:
    """Run the job on the command line, by what a library does with a workload and its rows."""
    what = job()
    work = workloads.get(what)
    before = perf_counter()
    rows = data.load(work)
    times = {"import_s": import_s, "data_s": perf_counter() - before}
    emit({**times, **run(work, rows, what), "peak_mb": peak_mb(), "version": version})
