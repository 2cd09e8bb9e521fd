"""The model of cost: what a step of training takes on n accelerators, and when more of them pay.

A step computes, then sums the gradients. With f operations of one row, B rows, k kernels and g bytes of
gradients, on n devices of which m share a host:

    compute = k * launch + B f / (n * rate)
    ring(n, g, link) = 2 (n-1) * latency + 2 (n-1)/n * g / bandwidth          (Patarasuk and Yuan 2009)
    sum = ring(m, g, near) + ring(n/m, g/m, far)      within hosts, and one part of each between hosts

The sum may take place while the backward pass still computes; the model counts nothing for that.
"""

from __future__ import annotations

import math
from typing import NamedTuple

ATTAINED = 0.4  # of the peak, in large models (PaLM: 0.46, Chowdhery et al. 2022, table 3)
WORTH = 1.3  # times faster that several devices must be, as predicted, to be used unasked


class Link(NamedTuple):
    """What joins devices: bytes per second that one sends, and seconds until the first arrives."""

    bandwidth: float
    latency: float


class Machine(NamedTuple):
    """Accelerators of one kind, and what joins them.

    Args:
        name: as `jax.Device.device_kind` has it, or a part of that.
        peak: operations per second of one, in the floats that training multiplies in.
        launch: seconds that the start of a kernel costs.
        near: the link within a host, or within a pod.
        together: how many devices the near link joins.
        far: the link between those groups, per device.
    """

    name: str
    peak: float
    launch: float
    near: Link
    together: int
    far: Link

    @property
    def rate(self) -> float:
        """Operations per second that are attained."""
        return self.peak * ATTAINED


_NETWORK = Link(25e9 / 8, 30e-6)  # an Ethernet of 25 Gb/s
_INFINIBAND = Link(400e9 / 8, 10e-6)  # NDR, one adapter per GPU as in a DGX H100 (NVIDIA, user guide)
# Peaks: TensorFloat-32 without sparsity, in which JAX multiplies float32 on these GPUs (NVIDIA's data
# sheets), bfloat16 on TPUs (Google's system architecture pages). Near links: 370 of 450 GB/s arrive
# (NVIDIA/nccl-tests issue 212); A100: 230 of 300, in the same proportion. A TPU v5e's ports send 200 of
# their 400 GB/s out, and a pod of 256 has 6.4 Tb/s to the outside. Launches and latencies are orders of
# magnitude: a few microseconds for a kernel and for a hop of NCCL, one on a TPU.
MACHINES = (
    Machine("H100", 494e12, 3e-6, Link(370e9, 3e-6), 8, _INFINIBAND),
    Machine("H200", 494e12, 3e-6, Link(370e9, 3e-6), 8, _INFINIBAND),
    Machine("A100", 156e12, 3e-6, Link(230e9, 3e-6), 8, Link(200e9 / 8, 10e-6)),
    Machine("TPU v5 lite", 197e12, 1e-6, Link(200e9, 1e-6), 256, Link(25e9 / 8, 30e-6)),
    Machine("TPU v5p", 459e12, 1e-6, Link(600e9, 1e-6), 8960, Link(50e9 / 8, 30e-6)),
    # Virtual devices, and two processes that talk by Gloo on loopback, as measured on two shared cores.
    Machine("cpu", 250e9, 2e-6, Link(0.8e9, 70e-6), 8, Link(0.5e9, 2e-3)),
)
# What is not listed counts as a small GPU at a PCIe bus of the third generation: to be careful.
UNKNOWN = Machine("accelerator", 10e12, 5e-6, Link(8e9, 20e-6), 8, _NETWORK)


class Work(NamedTuple):
    """What a step of a model has to do.

    Args:
        operations: floating-point operations of one row, forward and backward.
        kernels: kernels that are started one after another.
        gradients: bytes of the gradients of all weights.
    """

    operations: float
    kernels: int
    gradients: float


def machine_of(kind: str) -> Machine:
    """What is known of accelerators of this kind.

    >>> machine_of("NVIDIA H100 80GB HBM3").together
    8
    """
    return next((each for each in MACHINES if each.name.lower() in kind.lower()), UNKNOWN)


def ring(devices: int, size: float, link: Link) -> float:
    """Seconds to sum arrays of so many bytes over devices in a ring.

    >>> ring(2, 8e9, Link(bandwidth=8e9, latency=0.0))
    1.0
    """
    rounds = 2 * (devices - 1)
    return rounds * link.latency + rounds / devices * size / link.bandwidth


def tree(devices: int, size: float, link: Link) -> float:
    """Seconds to sum them up a tree and down again, which has fewer rounds, of more bytes (Sanders,
    Speck and Träff 2009)."""
    rounds = 2 * math.ceil(math.log2(devices)) if devices > 1 else 0
    return rounds * link.latency + (2 * size / link.bandwidth if devices > 1 else 0.0)


def sum_seconds(devices: int, size: float, machine: Machine) -> float:
    """Seconds to sum gradients of so many bytes over all devices, by what is quicker."""
    near = min(devices, machine.together)
    groups = math.ceil(devices / near)
    within = min(each(near, size, machine.near) for each in (ring, tree))
    between = min(each(groups, size / near, machine.far) for each in (ring, tree))
    return within + between


def compute_seconds(work: Work, rows: float, machine: Machine) -> float:
    """Seconds that one device takes to compute a step with so many rows of its own."""
    return work.kernels * machine.launch + rows * work.operations / machine.rate


def step_seconds(work: Work, batch: int, devices: int, machine: Machine) -> float:
    """Seconds of a step in which the rows of a batch are split among devices."""
    return compute_seconds(work, batch / devices, machine) + sum_seconds(
        devices, work.gradients, machine
    )


def speed_up(work: Work, batch: int, devices: int, machine: Machine) -> float:
    """How many times faster a step with this batch is on so many devices than on one.

    >>> network = Work(operations=6e9, kernels=100, gradients=4e8)
    >>> round(speed_up(network, 1024, 8, machine_of("H100")), 1)
    5.1
    """
    return step_seconds(work, batch, 1, machine) / step_seconds(work, batch, devices, machine)


def efficiency(work: Work, rows: int, devices: int, machine: Machine) -> float:
    """The part of a step that computes, where each device has so many rows (weak scaling)."""
    alone = step_seconds(work, rows, 1, machine)
    return alone / step_seconds(work, rows * devices, devices, machine)
