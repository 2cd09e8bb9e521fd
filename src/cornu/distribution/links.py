"""Links, measured: how long a collective takes on the devices at hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from cornu.core import placement
from cornu.distribution.collectives import Collective, Groups
from cornu.distribution.costs import machine_of

REPEATED = 20  # collectives in a row that one measurement takes
MEASURED = 5  # measurements, of which the median counts
_ALONG = "members"


def _sum(x: Any, _: int) -> Any:
    return lax.psum(x, _ALONG) * 0.5


def _gather(x: Any, _: int) -> Any:
    return lax.all_gather(x, _ALONG, tiled=True)[-x.size :]


def _scatter(x: Any, _: int) -> Any:
    part = lax.psum_scatter(x, _ALONG, tiled=True)
    return jnp.concatenate([part, x[part.size :]])


def _exchange(x: Any, _: int) -> Any:
    return lax.all_to_all(x, _ALONG, 0, 0, tiled=True)


def _permute(x: Any, devices: int) -> Any:
    return lax.ppermute(x, _ALONG, [(i, (i + 1) % devices) for i in range(devices)])


# By kind what is done on each device; the result is as large as what it is given.
_DONE: dict[str, Callable[[Any, int], Any]] = {
    "all-reduce": _sum,
    "all-gather": _gather,
    "reduce-scatter": _scatter,
    "all-to-all": _exchange,
    "collective-permute": _permute,
}


def seconds_of(kind: str, size: int, groups: Groups, devices: Any) -> float:
    """Seconds that a collective of this kind takes, all groups at once.

    Args:
        kind: one of `KINDS`.
        size: its bytes, as `Collective.bytes` counts them.
        groups: the numbers of the devices that talk to each other.
        devices: all devices, in the order in which they are numbered.
    """
    members = len(groups[0])
    if members < 2:
        return 0.0
    grid = np.asarray(devices, object).ravel()[np.asarray(groups)]
    mesh = Mesh(grid, ("groups", _ALONG))
    part = size / members if kind == "all-gather" else size
    numbers = max(int(part) // 4 // members, 1) * members
    spec = PartitionSpec(("groups", _ALONG))

    def repeated(x: Any) -> Any:
        return lax.fori_loop(0, REPEATED, lambda _, x: _DONE[kind](x, members), x)

    program = jax.jit(jax.shard_map(repeated, mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False))
    x = placement.put(np.ones(numbers * grid.size, np.float32), NamedSharding(mesh, spec))
    jax.block_until_ready(program(x))
    times = []
    for _ in range(MEASURED):
        start = time.perf_counter()
        jax.block_until_ready(program(x))
        times.append(time.perf_counter() - start)
    return median(times) / REPEATED


def measured(found: Iterable[Collective], devices: Any) -> float:
    """Seconds that the collectives of a step take, one after another, estimated: of each kind and group
    the smallest and the largest are timed, and those between lie on the line through both."""
    sizes: dict[tuple[str, Groups], list[Collective]] = {}
    for each in found:
        if each.per_step and each.devices > 1:
            sizes.setdefault((each.kind, _paired(each.groups, devices)), []).append(each)
    total = 0.0
    for (kind, groups), several in sizes.items():
        ends = sorted({each.bytes for each in several})
        ends = [ends[0], ends[-1]] if len(ends) > 1 else ends
        times = [seconds_of(kind, size, groups, devices) for size in ends]
        total += sum(each.per_step * float(np.interp(each.bytes, ends, times)) for each in several)
    return total


def estimated(found: Iterable[Collective], devices: Any) -> float:
    """The same by the model of cost, where nothing can be timed: that would need all processes."""
    devices = np.asarray(devices, object).ravel()
    machine = machine_of(devices[0].device_kind)
    total = 0.0
    for each in found:
        if each.devices > 1:
            owners = {devices[number].process_index for number in each.groups[0]}
            link = machine.near if len(owners) == 1 else machine.far
            total += each.per_step * (link.latency + each.sent / link.bandwidth)
    return total


def _paired(groups: Groups, devices: Any) -> Groups:
    """Groups that hold every device once: pairs of a permute may form a chain, or leave some out."""
    named = [number for group in groups for number in group]
    if sorted(named) == list(range(np.size(devices))):
        return groups
    return (tuple(range(np.size(devices))),)
