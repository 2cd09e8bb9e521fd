"""Several accelerators, unasked: `fit` uses them all where the model of cost says that it pays."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import jax
import numpy as np

from cornu.core import placement
from cornu.core.in_force import in_force
from cornu.core.pure import read
from cornu.core.settings import show
from cornu.training.compiling import lowered
from cornu.training.stateless import overridden

# Set to 0, fit never takes more devices than it was told to.
SETTING = "CORNU_DISTRIBUTE"
KERNELS = 4  # for each weight: forward, two of the backward pass, and the update
OWN = ("train_step", "compute_loss", "compute_metrics", "get_metrics_result")
CHOSEN = (
    "Training on {count} devices ({first} to {last}), each with {rows} rows of a batch: predicted to be "
    "{times:.1f} times as fast as one. cornu.distribution.set_distribution(None) keeps to one."
)


class Choice(NamedTuple):
    """Devices that were chosen: where all lies, and what is said of it."""

    placement: Any
    line: str


def accelerators() -> list[Any]:
    """The accelerators of this process, if there are several and nobody has said which to use."""
    if jax.default_backend() == "cpu" or getattr(jax.config, "jax_default_device", None):
        return []
    return list(jax.local_devices())


def choice(model: Any, source: Any) -> Choice | None:
    """The devices that a fit should use; None where it keeps to one, or to what the user has set."""
    said = in_force.said or placement.current() is not None
    if said or os.environ.get(SETTING) == "0" or jax.process_count() > 1:
        return None
    devices = accelerators()
    count = len(devices)
    if count < 2 or len({device.device_kind for device in devices}) > 1 or source.size % count:
        return None
    own = model.run_eagerly or any(overridden(model, name) for name in OWN)
    if own or threading.current_thread() is not threading.main_thread():
        return None
    from cornu.distribution import costs

    weights = model.trainable_variables
    gradients = sum(weight.nbytes for weight in weights)
    work = costs.Work(_operations(model, source), KERNELS * len(weights), gradients)
    times = costs.speed_up(work, source.size, count, costs.machine_of(devices[0].device_kind))
    if times < costs.WORTH:
        return None
    where = _data_parallel(tuple(f"{device.platform}:{device.id}" for device in devices))
    names = where.distribution.device_mesh.devices.ravel()
    about = {"count": count, "first": names[0], "last": names[-1], "rows": source.size // count}
    return Choice(where, CHOSEN.format(**about, times=times))


@cache
def _data_parallel(names: tuple[str, ...]) -> Any:
    """The same placement for the same devices, so that the next fit finds its programs."""
    from cornu.distribution import DataParallel

    return DataParallel(devices=list(names)).placement


def _operations(model: Any, source: Any) -> float:
    """Floating-point operations of one row, forward and backward, counted by XLA in the step as it is
    traced; if that fails, estimated by the weights."""
    loop = model._loop("train", source.size, source.example)
    keep = {part: loop.variables[part] for part in loop.keep}
    fixed = {part: named for part, named in loop.variables.items() if part not in loop.keep}
    try:
        arguments = read(keep), read(fixed), source.example.specs(source.size), np.bool_(False)
        found = lowered(loop._one.function, "full", arguments).cost_analysis()
        return float(found["flops"]) / source.size
    except Exception:  # whatever is wrong with the step, fit will say it
        return 6.0 * sum(weight.size for weight in model.trainable_variables)


@contextmanager
def unasked(model: Any, source: Any, verbose: int) -> Iterator[str]:
    """Within the block the devices are used that pay; after it the variables are where they were. Gives
    what is said of them."""
    chosen = choice(model, source)
    if chosen is None:
        yield ""
        return
    if verbose:
        show(chosen.line + "\n")
    with placement.under(chosen.placement):
        try:
            yield chosen.line
        finally:
            home = chosen.placement.mesh.devices.ravel()[0]
            for _, loop in model._loops.values():
                if loop.placement is chosen.placement:
                    loop.bring(home)
