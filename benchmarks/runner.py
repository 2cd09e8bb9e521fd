"""Runs contestants, each in a fresh process, turn by turn."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.contestants import CACHES, Contestant, environment, interpreter
from benchmarks.data import ROOT
from benchmarks.worker import MARK
from benchmarks.workloads import Workload

Run = dict[str, Any]


def launch(command: Sequence[str], env: dict[str, str] | None, limit: float) -> Run:
    """One fresh process: its result line and `process_s` from spawn to exit, or an `error`."""
    with tempfile.TemporaryFile() as errors:
        begin = perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return {"error": f"took over {limit:.0f} s"}
        elapsed = perf_counter() - begin
        errors.seek(0)
        return parse(output.decode(errors="replace"), errors.read().decode(errors="replace"), elapsed)


def parse(output: str, errors: str, elapsed: float) -> Run:
    """The worker's result line, or the last line of its complaint."""
    for line in reversed(output.splitlines()):
        if line.startswith(MARK):
            return {**json.loads(line.removeprefix(MARK)), "process_s": elapsed}
    complaint = [line.strip() for line in errors.splitlines() if line.strip()]
    return {"error": complaint[-1] if complaint else "no result"}


def run_once(contestant: Contestant, work: Workload, seed: int, limit: float) -> Run:
    """One run of a workload by a contestant."""
    job = contestant.job(workload=work.name, seed=seed, small=work.small)
    command = [interpreter(contestant, work.feed), "-m", f"benchmarks.{contestant.worker}", job]
    with tempfile.TemporaryDirectory() as empty:
        folder = str(CACHES / contestant.name) if contestant.cache == "warm" else empty
        return launch(command, environment(contestant, folder), limit)


def alternate(
    contestants: Iterable[Contestant],
    rounds: int,
    once: Callable[[Contestant, int], Run],
    note: Callable[[str], None] = print,
) -> dict[str, list[Run]]:
    """Rounds in which everyone runs once, a different one going first each time; who fails is out.

    A contestant with a warm cache gets one untimed run first. All lists have one entry a round,
    so that runs of the same round can be compared.
    """
    everyone = list(contestants)
    runs: dict[str, list[Run]] = {one.name: [] for one in everyone}
    out: dict[str, Run] = {}
    for one in everyone:
        if one.cache == "warm" and "error" in (first := once(one, 0)):
            out[one.name] = first
    for number in range(rounds):
        at = number % max(len(everyone), 1)
        for one in everyone[at:] + everyone[:at]:
            result = out.get(one.name) or once(one, number)
            runs[one.name].append(result)
            if "error" in result:
                out[one.name] = result
        note(f"  round {number + 1} of {rounds} done")
    return runs


@cache
def has(python: str, module: str) -> bool:
    """Whether that interpreter finds the module."""
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run([python, "-c", code], env=env, capture_output=True).returncode == 0


def missing(contestant: Contestant) -> str:
    """What the contestant needs that is not there, in words; '' if all is."""
    modules = filter(None, [contestant.needs, contestant.library])
    python = interpreter(contestant)
    if absent := [module for module in modules if not has(python, module)]:
        return f"{', '.join(absent)} not installed"
    if contestant.compiler and not any(map(shutil.which, ("g++", "c++", "clang++"))):
        return "torch.compile needs a C++ compiler, and there is none"
    return ""


def available(contestant: Contestant) -> bool:
    """Whether everything that the contestant needs is there."""
    return not missing(contestant)


def take_part(
    contestants: Iterable[Contestant], work: Workload
) -> tuple[list[Contestant], dict[str, str]]:
    """Who runs a workload, and why the others do not."""
    reasons = {one.name: missing(one) or one.unable(work) for one in contestants}
    able = [one for one in contestants if not reasons[one.name]]
    return able, {name: why for name, why in reasons.items() if why}


def machine() -> dict[str, Any]:
    """Processor, cores, date and load: what the figures depend on."""
    import datetime
    import platform

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "load": round(os.getloadavg()[0], 2),
    }
