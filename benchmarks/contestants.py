"""The table of contestants: which worker, under which interpreter, with which environment."""

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.data import ROOT
from benchmarks.workloads import Workload, reason

CACHES = ROOT / "benchmarks" / "results" / "cache"
KEPT = ("CORNU_DATA", "CORNU_BENCH_MEMMAP_MB", "JAX_PLATFORMS")  # variables that reach the workers
LIMIT = "jax-loop"
OURS = "cornu"


class Contestant(NamedTuple):
    """One row of the table; `needs` is the module whose absence leaves it out."""

    name: str
    title: str
    worker: str
    needs: str
    peer: bool = True
    library: str = ""  # with Keras's API, for the worker `keras_like`
    spe: bool = False  # steps per execution: a whole epoch
    cache: str = ""  # "warm": a compile cache kept between runs; "cold": an empty one each
    jit: bool | None = None  # `jit_compile`, or `torch.compile`; None: as it comes
    compiler: bool = False  # needs a C++ compiler

    def unable(self, work: Workload) -> str:
        """Why it cannot do a workload, in words; '' if it can."""
        if self.spe and work.calls and not self.cache:
            return "steps_per_execution is nothing to one batch"
        return reason(self.worker, work)

    def job(self, **more: Any) -> str:
        """The job for the worker. Keras does not see a TensorFlow that it has no use for."""
        hide = ["tensorflow"] if self.library == "keras" and self.needs != "tensorflow" else []
        return json.dumps(
            {"library": self.library, "spe": self.spe, "jit": self.jit, "hide": hide, **more}
        )


def ours(name: str, title: str, cache: str) -> Contestant:
    """A row for Cornu."""
    return Contestant(name, title, "keras_like", "cornu", False, "cornu", cache=cache)


def keras(
    name: str, backend: str, spe: bool = False, cache: str = "", jit: bool | None = None
) -> Contestant:
    """A row for Keras on one of its backends."""
    title = f"Keras on {backend}" + (", steps_per_execution = a whole epoch" if spe else "")
    title += ", compile cache filled" if cache else ""
    title += f", jit_compile={jit}" if jit is not None else ""
    compiler = backend == "torch" and bool(jit)
    return Contestant(name, title, "keras_like", backend, True, "keras", spe, cache, jit, compiler)


ROWS = (
    ours(OURS, "Cornu, compile cache filled", "warm"),
    ours("cornu-cold", "Cornu, compile cache empty", "cold"),
    keras("keras-jax", "jax"),
    keras("keras-jax-spe", "jax", spe=True),
    keras("keras-jax-best", "jax", spe=True, cache="warm"),
    keras("keras-tf", "tensorflow"),
    keras("keras-tf-spe", "tensorflow", spe=True),
    keras("keras-tf-graph", "tensorflow", spe=True, jit=False),
    keras("keras-torch", "torch"),
    keras("keras-torch-jit", "torch", cache="warm", jit=True),
    Contestant("torch", "raw PyTorch, a loop by hand", "torch_worker", "torch"),
    Contestant("torch-compile", "raw PyTorch with torch.compile, its cache filled", "torch_worker",
               "torch", cache="warm", jit=True, compiler=True),
    Contestant("flax", "Flax NNX with optax, the step compiled", "flax_worker", "flax"),
    Contestant("sklearn", "scikit-learn's MLPClassifier and MLPRegressor", "sklearn_worker", "sklearn"),
    Contestant(LIMIT, "the limit: JAX by hand, cache filled", "jax_worker", "jax", False, cache="warm"),
)  # fmt: skip
CONTESTANTS = {row.name: row for row in ROWS}


def interpreter(contestant: Contestant, feed: str = "") -> str:
    """Python to run it with; peers may have their own: `CORNU_BENCH_PEERS`, or `.venv-peers`.

    All use that one where PyTorch's DataLoader feeds them.
    """
    peers = os.environ.get("CORNU_BENCH_PEERS") or str(ROOT / ".venv-peers" / "bin" / "python")
    with_peers = contestant.peer or feed == "DataLoader"
    return peers if with_peers and Path(peers).is_file() else sys.executable


def environment(contestant: Contestant, cache: str) -> dict[str, str]:
    """The worker's environment variables; `cache` is the folder of its compile cache."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JAX_", "KERAS_", "CORNU_", "PYTHONDONTWRITEBYTECODE"))
    }
    env |= {name: os.environ[name] for name in KEPT if name in os.environ}
    source = str(ROOT / "src")
    env["PYTHONPATH"] = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    env["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if contestant.library == "keras":
        env["KERAS_BACKEND"] = contestant.needs
    if contestant.needs == "cornu":
        env["CORNU_CACHE_DIR"] = cache
    elif contestant.cache:
        env["JAX_COMPILATION_CACHE_DIR"] = cache
        env["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        env["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
        env["TORCHINDUCTOR_CACHE_DIR"] = cache
    return env
