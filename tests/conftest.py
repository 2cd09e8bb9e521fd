"""What every test shares: the engine of the parity tests, a cache apart, seeds, and real data."""

import gc
import os
import random
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent

# Before anything imports Keras or JAX, hence at the top of this file. Several workers may share one
# GPU, thus none may take all of its memory at the start.
os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

# Compiled programs are kept from one run to the next, apart from the user's own. A folder per
# worker: JAX writes its entries in place, and a second process could read one that is half written.
os.environ["CORNU_CACHE_DIR"] = str(
    ROOT / ".pytest_cache" / "cornu" / os.environ.get("PYTEST_XDIST_WORKER", "main")
)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what is no test: collecting doctests would run each program that lies here."""
    is_python = collection_path.suffix == ".py"
    kind = collection_path.name.partition("_")[0]
    wanted = kind == "test" or (kind == "check" and "device_count" in os.environ.get("XLA_FLAGS", ""))
    return True if is_python and not wanted else None


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of what Python's garbage collector goes over."""
    gc.collect()
    gc.freeze()


_done = 0


def pytest_runtest_teardown() -> None:
    """Now and then forget compiled programs: thousands of tests keep gigabytes of them."""
    global _done
    _done += 1
    if _done % 100 == 0 and "jax" in sys.modules:
        sys.modules["jax"].clear_caches()


@pytest.fixture(autouse=True)
def afresh() -> None:
    """Start every test from the same random numbers, and from the first automatic name."""
    random.seed(0)
    np.random.seed(0)
    if "cornu.core.names" in sys.modules:  # a test may look at what `import cornu` brings
        sys.modules["cornu.core.names"].clear_session(free_memory=False)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data sets (`mnist.npz`, `iris.csv`); without it the test is skipped."""
    named = os.environ.get("CORNU_DATA")
    folder = Path(named).expanduser() if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            f"no data sets in {folder}: set CORNU_DATA to a folder that holds mnist.npz, iris.csv, "
            "pima-indians-diabetes.csv and the like"
        )
    return folder
