"""How much of a step on several devices was communication, input and compute; what to look at first."""

from __future__ import annotations

from typing import Any

from cornu.distribution.communication import of_loop
from cornu.distribution.links import estimated, measured

TOO_SHORT = (
    "What its steps were made of was not measured: that needs a call of the program after the first, "
    "which compiles it, for instance in a second epoch"
)
ON = "On {devices} devices ({strategy}) a step took {step}"
SHARES = (
    "input {input:.0%} (measured: waiting for data), communication {sent:.0%} (estimated: {number}, "
    "each device sends {bytes}; {how} {seconds}), "
    "compute {rest:.0%} (the rest)"
)
CAPPED = " (alone they take longer than the step: they overlap with it, or the devices share cores)"
TIMED = "such ones, timed here alone and now, take"
BY_MODEL = "timing them would need all processes, and by the model of cost they take"
FIRST = {
    "input": "Look at the input first: give fit arrays, a PyDataset with workers=4, or larger batches",
    "sent": "Look at communication first: a larger batch_size sums gradients less often",
    "rest": "Compute is most of it: more devices can help as long as batch_size grows with them",
}
INNER = (
    "{number} of the collectives stand in loops within the step, once for each round: print "
    "cornu.distribution.communication(model)"
)


def shares(loop: Any, clock: Any) -> str:
    """What a fit's steps were made of, in sentences.

    In one process the collectives are timed on its devices, in several the model of cost is asked: any
    process may call this alone.
    """
    if not clock.steps:
        return TOO_SHORT + "."
    found = of_loop(loop)
    shared, devices = loop.placement.shared, loop.placement.mesh.devices.ravel()
    taken = (estimated if shared else measured)(found.collectives, devices)
    step = clock.step / (1 - clock.input)
    sent = min(taken / step, 1 - clock.input)
    parts = {"input": clock.input, "sent": sent, "rest": 1 - clock.input - sent}
    number = f"{found.number} collective{'s' if found.number != 1 else ''}"
    about = {"number": number, "bytes": size(found.sent), "seconds": duration(taken)}
    about["how"] = BY_MODEL if shared else TIMED
    lines = [
        ON.format(devices=found.devices, strategy=found.strategy, step=duration(step)),
        SHARES.format(**parts, **about) + (CAPPED if taken > step else ""),
    ]
    advice = [FIRST[max(parts, key=lambda part: parts[part])]]
    inner = sum(each.per_step for each in found.within_loops)
    if inner:
        advice.append(INNER.format(number=inner))
    return f"{lines[0]}: {lines[1]}. {'. '.join(advice)}."


def duration(seconds: float) -> str:
    """Seconds with a unit.

    >>> duration(0.00123)
    '1.23 ms'
    """
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def size(number: float) -> str:
    """Bytes with a unit.

    >>> size(3344.0)
    '3.34 kB'
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            return f"{number / factor:.3g} {unit}"
    return f"{number:.0f} bytes"
