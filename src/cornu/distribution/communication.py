"""What a step of a trained model sends between devices, against what its distribution has to send."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cornu.core.in_force import Placement
from cornu.distribution.collectives import KINDS, SENT, Collective, collectives
from cornu.distribution.strategies import Distribution

NO_FIT = (
    "communication(model) reads the program of the last fit, and this model was not trained under a "
    "distribution yet. Set one, and call fit first."
)
EAGER = "communication(model): with compile(run_eagerly=True) there is no compiled program to read."
HEAD = f"{'':<20} {'number':>7} {'bytes':>14} {'each device sends':>18}"


@dataclass(frozen=True, repr=False)
class Communication:
    """What the devices send in one step of training.

    Args:
        collectives: those of the compiled program, those outside of its loop over steps included.
        ideal: bytes that each device has to send for weights and gradients, by rings.
        strategy: the name of the distribution.
        devices: how many there are.
    """

    collectives: list[Collective]
    ideal: float
    strategy: str
    devices: int

    @property
    def sent(self) -> float:
        """Bytes that each device sends in a step."""
        return sum((each.sent * each.per_step for each in self.collectives), 0.0)

    @property
    def number(self) -> int:
        """How many collectives a step takes."""
        return sum(each.per_step for each in self.collectives)

    @property
    def within_loops(self) -> list[Collective]:
        """Those in loops within a step, such as that of a recurrent layer over time."""
        return [each for each in self.collectives if each.depth > 1]

    def bytes(self, kind: str) -> int:
        """Bytes that all collectives of this kind work on in a step."""
        return sum(each.bytes * each.per_step for each in self.collectives if each.kind == kind)

    def __str__(self) -> str:
        lines = [f"{self.strategy} on {self.devices} devices, one step:", HEAD]
        for kind in KINDS:
            found = [each for each in self.collectives if each.kind == kind and each.per_step]
            if found:
                number = sum(each.per_step for each in found)
                sent = sum(each.sent * each.per_step for each in found)
                lines.append(f"{kind:<20} {number:>7,} {self.bytes(kind):>14,} {sent:>18,.0f}")
        lines.append(f"{'all':<20} {self.number:>7,} {'':>14} {self.sent:>18,.0f}")
        lines.append(f"{'weights, gradients: ideal':<43} {self.ideal:>18,.0f}")
        inner = sum(each.per_step for each in self.within_loops)
        if inner:
            lines.append(f"{inner} of them stand in loops within a step.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def communication(model: Any) -> Communication:
    """What one step of the model's last `fit` sends between devices, read from its compiled program.

    The ideal is what weights and gradients alone need, sent in rings: a sum of g bytes over n devices
    is 2 (n-1)/n g for each of them, gathering or scattering half of that. What is above it are sums of
    losses, metrics and batch statistics, and, if weights are split along an axis of the mesh that does
    not split the batch, what layers gather and sum of their activations.

    Args:
        model: trained by `fit` under a distribution.

    Raises:
        RuntimeError: if it was not, or runs eagerly.

    Example:
        >>> import cornu, numpy as np
        >>> with cornu.distribution.DataParallel(devices=["cpu:0"]).scope():
        ...     model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        ...     model.compile("sgd", "mse")
        ...     history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
        >>> cornu.distribution.communication(model).sent
        0.0
    """
    loop = getattr(getattr(model, "last_fit", None), "loop", None)
    if loop is None or loop.placement is None:
        raise RuntimeError(NO_FIT)
    if loop.eager:
        raise RuntimeError(EAGER)
    if not loop.called:
        raise RuntimeError(NO_FIT)
    return of_loop(loop)


def of_loop(loop: Any) -> Communication:
    """What a step of a loop sends that has run on several devices."""
    where = loop.placement
    found = [_in_step(each, loop.looped) for each in collectives(loop.text())]
    weights = loop.variables["trainable"].values()
    ideal = sum(ideal_bytes(where, weight) for weight in weights)
    distribution: Distribution = where.distribution
    count = distribution.device_mesh.devices.size
    return Communication(found, ideal, type(distribution).__name__, count)


def _in_step(each: Collective, looped: bool) -> Collective:
    """A program of one step has no loop over steps: then everything is in the step."""
    return each if looped else each._replace(depth=each.depth + 1)


def ideal_bytes(where: Placement, weight: Any) -> float:
    """Bytes that a device sends for one weight and its gradient."""
    size = weight.nbytes
    parts = math.prod(weight.shape) / max(math.prod(where.variable(weight).shard_shape(weight.shape)), 1)
    if where.gathers(weight):
        return float(
            size * (SENT["all-gather"](where.replicas) + SENT["reduce-scatter"](where.replicas))
        )
    return float(size / parts * SENT["all-reduce"](where.replicas))


__all__ = ["Communication", "communication"]
