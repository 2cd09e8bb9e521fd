"""The learning rate of an optimizer: a number that may be assigned, or a schedule."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.context import name_scope
from cornu.core.dtypes import floatx, numpy_dtype
from cornu.core.errors import show_shape
from cornu.core.module import Module
from cornu.core.variable import Variable
from cornu.optimizers.checks import check_argument
from cornu.optimizers.schedules.schedule import check_schedule, value_at


class Rate(Module):
    """What reads and changes the learning rate.

    As a number it is a variable of its own, so that a compiled program meets the value of now.
    """

    name: str
    decay: float
    _iterations: Variable
    _learning_rate: Any

    @property
    def learning_rate(self) -> Any:
        """The learning rate, a variable that may be assigned; or a schedule's value now."""
        rate = self._learning_rate
        return rate if isinstance(rate, Variable) else value_at(rate, self._iterations.value)

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        mine, current = type(self).__name__, self._learning_rate
        if callable(rate) and not isinstance(rate, Variable):
            check_schedule(mine, rate)
            del self._learning_rate  # so that programs compiled for the former rate are given up
            self._learning_rate = rate
        elif isinstance(current, Variable):
            check_rate(mine, rate)
            current.assign(rate)
        else:
            raise TypeError(
                f"{mine}'s learning rate is a schedule and cannot be set to a number. Create it as "
                f"{mine}(learning_rate=0.01) to set it later, or assign another schedule."
            )

    @property
    def lr(self) -> Any:
        """The learning rate, as Keras 2 called it."""
        return self.learning_rate

    @lr.setter
    def lr(self, rate: Any) -> None:
        self.learning_rate = rate

    def _first_rate(self, rate: Any) -> Any:
        """What keeps the rate that the optimizer was created with: a variable or a schedule."""
        mine = type(self).__name__
        if callable(rate) and not isinstance(rate, Variable):
            check_schedule(mine, rate)
            return rate
        check_rate(mine, rate)
        with name_scope(self.name):
            value = np.asarray(rate, numpy_dtype(floatx()))
            return Variable(value, trainable=False, name="learning_rate")

    def _rate_now(self) -> Any:
        """The rate of the next step, after Keras 2's `decay`."""
        rate = self.learning_rate
        rate = jnp.asarray(rate.value if isinstance(rate, Variable) else rate)
        return rate / (1 + self.decay * self._iterations.value) if self.decay else rate


def check_rate(owner: str, rate: Any) -> None:
    """Raises a ValueError unless a learning rate is one number that may be one."""
    if isinstance(rate, (Variable, jax.core.Tracer)):
        return
    if getattr(rate, "shape", ()) != ():
        raise ValueError(
            f"{owner}: learning_rate must be one number, but has shape {show_shape(rate.shape)}. "
            "Make one optimizer for each learning rate."
        )
    check_argument(owner, "learning_rate", rate)
