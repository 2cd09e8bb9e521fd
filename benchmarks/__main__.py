"""`python -m benchmarks`: all contestants, workload by workload; `... own`: Cornu alone."""

import argparse
import json
import os
import sys
from pathlib import Path

from benchmarks import data, report, runner
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.workloads import WORKLOADS, Workload, small

RESULTS = data.ROOT / "benchmarks" / "results"


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="names with commas between")
    parser.add_argument("--contestants", default=",".join(CONTESTANTS), help="names with commas between")
    parser.add_argument("--runs", type=int, default=5, help="rounds of each workload (5)")
    parser.add_argument(
        "--limit", type=float, default=120, help="seconds after which a run is given up (120)"
    )
    parser.add_argument(
        "--json", type=Path, default=RESULTS / "latest.json", help="where to write everything"
    )
    parser.add_argument(
        "--memmap-mb", type=float, default=data.MEMMAP_MB, help="size of the workload memmap (1500)"
    )
    parser.add_argument(
        "--small", action="store_true", help="tiny sizes and made-up rows: does everything work?"
    )
    parser.add_argument("--list", action="store_true", help="say what there is, and stop")
    return parser.parse_args(argv)


def pick(text: str, rows: dict) -> list:
    """The named rows of a table; ends the program with the names there are if one is unknown."""
    names = [name for name in text.split(",") if name]
    if unknown := [name for name in names if name not in rows]:
        sys.exit(f"unknown: {', '.join(unknown)}; there are: {', '.join(rows)}")
    return [rows[name] for name in names]


def listing() -> str:
    """What can be run, and what is installed."""
    works = [f"  {row.name:16} {row.title}" for row in WORKLOADS.values()]
    rows = []
    for row in CONTESTANTS.values():
        lacks = runner.missing(row)
        rows.append(f"  {row.name:16} {row.title}" + (f" ({lacks})" if lacks else ""))
    return "\n".join(["workloads:", *works, "contestants:", *rows])


def bench(work: Workload, contestants: list[Contestant], rounds: int, limit: float) -> dict:
    """Run one workload and print its tables; returns all runs."""
    print(f"\n{work.name}: {work.title}")
    data.ready(work)
    able, left_out = runner.take_part(contestants, work)
    runs = runner.alternate(able, rounds, lambda one, seed: runner.run_once(one, work, seed, limit))
    runs |= {name: [{"left_out": why}] for name, why in left_out.items()}
    print(report.figures(runs), report.ratios(runs), sep="\n\n", flush=True)
    return runs


def main(argv: list[str]) -> None:
    """Run what the command line asks for."""
    if argv[:1] == ["own"]:
        from benchmarks import own

        own.main(argv[1:])
        return
    options = arguments(argv)
    if options.list:
        print(listing())
        return
    os.environ["CORNU_BENCH_MEMMAP_MB"] = str(options.memmap_mb)
    works, contestants = pick(options.workloads, WORKLOADS), pick(options.contestants, CONTESTANTS)
    found = {"machine": runner.machine(), "workloads": {}}
    print(", ".join(f"{key} {value}" for key, value in found["machine"].items()))
    everything = {}
    for work in map(small, works) if options.small else works:
        everything[work.name] = runs = bench(work, contestants, options.runs, options.limit)
        found["workloads"][work.name] = report.document(runs)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=1))
    print("\nall workloads", report.overview(everything), sep="\n\n")
    print(f"\nwritten to {options.json}")


if __name__ == "__main__":
    main(sys.argv[1:])
