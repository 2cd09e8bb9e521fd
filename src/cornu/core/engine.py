"""The engine: how JAX is imported, so that a short script does not pay for what it does not need."""

from __future__ import annotations

import gc
import glob
import importlib.metadata as metadata
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_waiting: list[Callable[[], None]] = []


def when_started(action: Callable[[], None]) -> None:
    """Lets something be done as soon as JAX is there."""
    _waiting.append(action)
    if "jax" in sys.modules:
        start()


def start() -> None:
    """Imports JAX with the garbage collector at rest, and takes what it made out of the collector's
    sight.

    JAX's modules hold hundreds of thousands of objects that live as long as the process. Searching
    them for garbage
    takes 0.06 s during the import and 0.15 s at exit, of a process of 0.6 s (measured on two cores).
    """
    if "jax" not in sys.modules:
        _import()
    while _waiting:
        _waiting.pop()()


def _import() -> None:
    with without_collecting(), _plugins_alone():
        try:
            import jax  # noqa: F401 (the import is what this is for)
        finally:
            gc.freeze()


@contextmanager
def without_collecting() -> Iterator[None]:
    """Within the block, which makes many objects that stay, the garbage collector does not look at them
    again and again: that takes a seventh of the time in which a deep network is traced."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _plugins_alone() -> Iterator[None]:
    """Within the block, who lists all installed packages is given those that JAX looks for.

    JAX 0.10 opens the metadata of every package in search of a plugin for GPUs of AMD: 20 ms where there
    are a hundred packages, and more on a learner's machine. Their folders can be told by their names.
    """
    everything = metadata.distributions

    def some(**wanted: Any) -> Any:
        if wanted:
            return everything(**wanted)
        folders = (os.path.join(glob.escape(place), "jax*rocm*-info") for place in sys.path)
        return [metadata.Distribution.at(path) for pattern in folders for path in glob.glob(pattern)]

    metadata.distributions = some
    try:
        yield
    finally:
        metadata.distributions = everything
