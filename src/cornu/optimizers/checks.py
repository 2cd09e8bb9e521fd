"""What the arguments of optimizers may be, and what is said where they are not."""

from __future__ import annotations

import inspect
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
    whole: bool = False

    def holds(self, value: float) -> bool:
        if self.whole and value != int(value):
            return False
        above = value >= self.low if self.ends[0] == "[" else value > self.low
        return above and (value <= self.high if self.ends[1] == "]" else value < self.high)

    def __str__(self) -> str:
        kind = "whole number" if self.whole else "number"
        if math.inf == self.high == -self.low:
            return f"a {kind}"
        if self.high == math.inf:
            return f"a {kind} {'at least' if self.ends[0] == '[' else 'greater than'} {self.low:g}"
        if self.low == -math.inf:
            return f"a {kind} at most {self.high:g}"
        return f"a {kind} from {self.low:g} to {'' if self.ends[1] == ']' else 'below '}{self.high:g}"


def _number(usual: float) -> Range:
    return Range(-math.inf, math.inf, "()", usual)


def _positive(usual: float) -> Range:
    return Range(0, math.inf, "()", usual)


def _from_zero(usual: float) -> Range:
    return Range(0, math.inf, "[)", usual)


def _fraction(usual: float) -> Range:
    return Range(0, 1, "[)", usual)


def _count(least: int, usual: int) -> Range:
    return Range(least, math.inf, "[)", usual, whole=True)


RANGES = {
    "learning_rate": _from_zero(0.01),
    "decay": _from_zero(1e-6),
    "schedule_decay": _from_zero(0.004),
    "momentum": Range(0, 1, "[]", 0.9),
    "rho": _fraction(0.9),
    "beta_1": _fraction(0.9),
    "beta_2": _fraction(0.999),
    "Lion.beta_1": Range(0, 1, "(]", 0.9),  # at 0 it is no longer Lion
    "ScheduleFreeAdamW.beta_1": Range(0, 1, "()", 0.9),  # it is divided by
    "beta": _from_zero(0.0),
    "epsilon": _from_zero(1e-7),
    "epsilon_1": _from_zero(1e-30),
    "epsilon_2": _from_zero(1e-3),
    "beta_2_decay": Range(-math.inf, 0, "(]", -0.8),
    "clip_threshold": _positive(1.0),
    "initial_accumulator_value": _from_zero(0.1),
    "learning_rate_power": Range(-math.inf, 0, "(]", -0.5),
    "l1_regularization_strength": _from_zero(0.01),
    "l2_regularization_strength": _from_zero(0.01),
    "l2_shrinkage_regularization_strength": _from_zero(0.01),
    "adam_beta_1": _fraction(0.9),
    "adam_beta_2": _fraction(0.999),
    "adam_weight_decay": _from_zero(0.004),
    "adam_lr_ratio": _from_zero(1.0),
    "muon_a": _number(3.4445),
    "muon_b": _number(-4.775),
    "muon_c": _number(2.0315),
    "ns_steps": _count(0, 5),
    "rms_rate": _positive(0.2),
    "warmup_steps": _count(0, 100),
    "initial_scale": _positive(32768.0),
    "dynamic_growth_steps": _count(1, 2000),
    "weight_decay": _from_zero(0.004),
    "clipnorm": _positive(1.0),
    "clipvalue": _positive(0.5),
    "global_clipnorm": _positive(1.0),
    "ema_momentum": Range(0, 1, "[]", 0.99),
    "ema_overwrite_frequency": _count(1, 100),
    "loss_scale_factor": _positive(1024.0),
    "gradient_accumulation_steps": _count(2, 4),
    # of schedules
    "initial_learning_rate": _from_zero(0.1),
    "end_learning_rate": _from_zero(1e-4),
    "decay_steps": _positive(1000),
    "first_decay_steps": _positive(1000),
    "decay_rate": _from_zero(0.9),
    "power": _from_zero(1.0),
    "alpha": _number(0.1),
    "warmup_target": _from_zero(0.1),
    "t_mul": _positive(2.0),
    "m_mul": _from_zero(1.0),
}
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")
OPTIONAL = (
    *("weight_decay", "adam_weight_decay", "rms_rate", "warmup_target", *CLIPS),
    *("ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps"),
)
REQUIRED = ("AdamW.weight_decay",)
SWITCHES = (
    *("nesterov", "centered", "amsgrad", "relative_step", "exclude_embeddings", "use_ema"),
    *("staircase", "cycle"),
)


def check_argument(owner: str, name: str, value: Any) -> None:
    """Raises a ValueError that says what to write, unless this may be the argument's value."""
    if name == "name" and not isinstance(value, str):
        raise ValueError(f'{owner}: name must be text, but is {describe(value)}. Write name="mine".')
    number = value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value
    if name in SWITCHES and not (isinstance(number, numbers.Real) and number in (0, 1)):
        raise ValueError(
            f"{owner}: {name} must be True or False, but is {describe(value)}. Write {name}=True."
        )
    allowed = RANGES.get(f"{owner}.{name}") or RANGES.get(name)
    if allowed is None:
        return
    if value is None and name in OPTIONAL and f"{owner}.{name}" not in REQUIRED:
        return
    real = isinstance(number, numbers.Real) and not isinstance(number, bool)
    if not real or not math.isfinite(number) or not allowed.holds(float(number)):
        raise ValueError(
            f"{owner}: {name} must be {allowed}, but is {describe(value)}. "
            f"Write for example {name}={allowed.usual:g}."
        )


def check_words(owner: str, name: str, value: Any) -> None:
    """Raises a ValueError unless this is a list of texts, or None."""
    if value is None:
        return
    if isinstance(value, str) or not all(isinstance(word, str) for word in value):
        raise ValueError(
            f"{owner}: {name} must be a list of texts, but is {describe(value)}. "
            f'Write for example {name}=["output_dense"].'
        )


def check_one_clip(owner: str, values: Mapping[str, Any]) -> None:
    """Raises a ValueError where two kinds of clipping are asked for."""
    given = [f"{name}={values[name]!r}" for name in CLIPS if values[name] is not None]
    if len(given) > 1:
        raise ValueError(
            f"{owner} takes one of clipnorm, clipvalue and global_clipnorm, "
            f"but got {' and '.join(given)}. Leave all but one out."
        )


def of_keras_2(
    owner: str, learning_rate: Any, unknown: dict[str, Any], known: Iterable[str], twice: bool
) -> tuple[Any, float]:
    """The learning rate and its decay, which Keras 2 called `lr` and `decay`.

    Raises:
        ValueError: for any other argument, with what to write instead, and for two learning rates.
    """
    decay = unknown.pop("decay", None) or 0.0
    if "lr" in unknown:
        rate = unknown.pop("lr")
        if twice:
            raise ValueError(
                f"{owner} got lr={describe(rate)} and learning_rate={describe(learning_rate)}, two "
                "names of one thing. Leave lr out."
            )
        learning_rate = rate
    for name in unknown:
        if name == "jit_compile":
            raise ValueError(
                f"{owner} has no argument jit_compile: the step is compiled with the training. Leave it "
                "out, and write model.compile(jit_compile=False) for an uncompiled training."
            )
        raise ValueError(f'{owner} has no argument "{name}". {did_you_mean(name, known)}')
    return learning_rate, decay


#: What optimizers written for Keras 1 and 2 define; none of it is called.
STYLES_OF_KERAS_2 = (
    "get_updates",
    "_create_slots",
    "_resource_apply_dense",
    "_resource_apply_sparse",
    "_resource_apply_sparse_duplicate_indices",
    "_apply_dense",
    "_apply_sparse",
)
OF_KERAS_2 = (
    "{cls} is an optimizer as Keras 2 had them: its {name} is not called. Write\n"
    "    def update_step(self, gradient, variable, learning_rate):\n"
    "        self.assign_sub(variable, learning_rate * gradient)\n"
    "and make what it remembers in build(self, variables), with "
    "self.add_variable_from_reference(variable, name)."
)
TWO_ARGUMENTS = (
    "{cls}.update_step takes (gradient, variable), as in tf.keras 2.11, but gets the learning rate of "
    "the step, too. Write\n"
    "    def update_step(self, gradient, variable, learning_rate):"
)


def check_style(cls: type) -> None:
    """Raises a NotBuiltYetError for an optimizer that is written for Keras 2."""
    today = min(_definer(cls, name) for name in ("update", "update_step"))
    for name in STYLES_OF_KERAS_2:
        if _definer(cls, name) < today:
            raise NotBuiltYetError(OF_KERAS_2.format(cls=cls.__name__, name=name))
    step: Any = cls.update_step  # type: ignore[attr-defined]
    try:
        inspect.signature(step).bind(None, None, None, None)
    except TypeError:
        raise NotBuiltYetError(TWO_ARGUMENTS.format(cls=cls.__name__)) from None


def _definer(cls: type, name: str) -> int:
    """How far up the classes a method is defined."""
    places = (i for i, each in enumerate(cls.__mro__) if name in vars(each))
    return next(places, len(cls.__mro__))


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
