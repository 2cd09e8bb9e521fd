"""LearningRateSchedule: a learning rate as a function of the number of steps."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cornu.core.config import Configurable
from cornu.core.dtypes import floatx
from cornu.optimizers.checks import check_argument


class LearningRateSchedule(Configurable):
    """Base of learning rates that change: a subclass gives the rate after so many steps.

    Raises:
        NotImplementedError: if a subclass does not define `__call__`.

    Example:
        >>> class Halved(LearningRateSchedule):
        ...     def __init__(self, start, every):
        ...         self.start, self.every = start, every
        ...
        ...     def __call__(self, step):
        ...         return self.start * 0.5 ** (step // self.every)
        >>> Halved(0.1, every=10)(25)
        0.025
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if type(self).__module__.startswith("cornu."):
            check_argument(type(self).__name__, name, value)
        super().__setattr__(name, value)

    def __call__(self, step: Any) -> Any:
        """The learning rate after `step` steps; a subclass must define it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what the rate is. "
            "Define __call__(self, step) and return a number."
        )


def check_schedule(owner: str, schedule: Any) -> None:
    """Raises a ValueError where a class was passed in place of an object."""
    if inspect.isclass(schedule):
        raise ValueError(
            f"{owner}: learning_rate={schedule.__name__} is a class. "
            f"Create a schedule from it: learning_rate={schedule.__name__}(...)."
        )


def value_at(schedule: Callable[..., Any], step: Any) -> Any:
    """The learning rate after `step` steps; a function without parameters is called without."""
    if isinstance(schedule, LearningRateSchedule) or inspect.signature(schedule).parameters:
        return schedule(step)
    return schedule()


def to_number(step: Any) -> Any:
    """The step as a float that JAX computes with."""
    return jnp.asarray(step, dtype=floatx())
