"""What the arguments of optimizers may be, and what is said where they are not."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, show_shape, warn
from cornu.core.variable import Variable


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, ends included or not, and a usual value."""

    low: float
    high: float
    ends: str  # as mathematicians write them: "[)"
    usual: float

    def holds(self, value: float) -> bool:
        above = value >= self.low if self.ends[0] == "[" else value > self.low
        return above and (value <= self.high if self.ends[1] == "]" else value < self.high)

    def __str__(self) -> str:
        if self.high == math.inf:
            return f"{'at least' if self.ends[0] == '[' else 'greater than'} {self.low:g}"
        return f"from {self.low:g} to {'' if self.ends[1] == ']' else 'below '}{self.high:g}"


RANGES = {
    "learning_rate": Range(0, math.inf, "[)", 0.01),
    "momentum": Range(0, 1, "[]", 0.9),
    "rho": Range(0, 1, "[)", 0.9),
    "beta_1": Range(0, 1, "[)", 0.9),
    "beta_2": Range(0, 1, "[)", 0.999),
    "epsilon": Range(0, math.inf, "[)", 1e-7),
    "weight_decay": Range(0, math.inf, "[)", 0.004),
    "clipnorm": Range(0, math.inf, "()", 1.0),
    "clipvalue": Range(0, math.inf, "()", 0.5),
    "global_clipnorm": Range(0, math.inf, "()", 1.0),
}
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")
OPTIONAL = ("weight_decay", *CLIPS)

# Arguments of Keras that are not built yet, and the values that ask for nothing.
NOT_BUILT: dict[str, Any] = {
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


def check_argument(owner: str, name: str, value: Any) -> None:
    """Raises an error that says what to write, unless this may be the argument's value."""
    if name in NOT_BUILT and value != NOT_BUILT[name]:
        raise NotBuiltYetError(f"{owner}({name}={value!r}) is not built yet. Leave {name} out.")
    allowed = RANGES.get(name)
    if allowed is None or (value is None and name in OPTIONAL):
        return
    number = value.item() if getattr(value, "shape", None) == () else value
    real = isinstance(number, numbers.Real) and not isinstance(number, bool)
    if not real or not allowed.holds(float(number)):
        raise ValueError(
            f"{owner}: {name} must be a number {allowed}, but is {describe(value)}. "
            f"Write for example {name}={allowed.usual:g}."
        )


def check_one_clip(owner: str, values: Mapping[str, Any]) -> None:
    """Raises a ValueError where two kinds of clipping are asked for."""
    given = [f"{name}={values[name]!r}" for name in CLIPS if values[name] is not None]
    if len(given) > 1:
        raise ValueError(
            f"{owner} takes one of clipnorm, clipvalue and global_clipnorm, "
            f"but got {' and '.join(given)}. Leave all but one out."
        )


def check_unknown(owner: str, unknown: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raises a ValueError for an argument that does not exist, with what to write instead."""
    for name, value in unknown.items():
        if name == "lr":
            raise ValueError(f"{owner}(lr={value!r}): write {owner}(learning_rate={value!r}).")
        if name == "decay" and not value:
            continue
        if name == "decay":
            raise NotBuiltYetError(
                f"{owner}(decay={value!r}) is not built yet. For a learning rate that shrinks, write "
                f"learning_rate=InverseTimeDecay(0.01, 1, {value!r})."
            )
        raise ValueError(f'{owner} has no argument "{name}". {did_you_mean(name, known)}')


def with_gradient(
    owner: str, grads: Sequence[Any], variables: Sequence[Variable]
) -> list[tuple[Any, Variable]]:
    """The pairs that have a gradient; a warning for the others.

    Raises:
        ValueError: if a gradient has not its variable's shape, or there is none at all.
    """
    if len(grads) != len(variables):
        raise ValueError(
            f"{owner} got {len(grads)} gradients for {len(variables)} variables. "
            "Pass one gradient for each variable, in their order."
        )
    pairs, missing = [], []
    for gradient, variable in zip(grads, variables, strict=True):
        if gradient is None:
            missing.append(variable.path)
            continue
        if np.shape(gradient) != variable.shape:
            raise ValueError(
                f'{owner}: the gradient of "{variable.path}" must have the variable\'s shape '
                f"{show_shape(variable.shape)}, but is {describe(gradient)}."
            )
        pairs.append((gradient, variable))
    if not pairs:
        raise ValueError(
            f"{owner} got no gradient for any variable: the loss does not depend on "
            f"{', '.join(missing)}. Compute the loss from the model's output."
        )
    if missing:
        warn(
            f"{owner} got no gradient for {', '.join(missing)}, so that it keeps its value: "
            "the loss does not depend on it. Is a layer unused?"
        )
    return pairs
