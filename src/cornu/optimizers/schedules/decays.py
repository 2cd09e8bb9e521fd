"""The schedules: how a learning rate shrinks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.optimizers.checks import check_argument
from cornu.optimizers.schedules.schedule import LearningRateSchedule, to_number


class ExponentialDecay(LearningRateSchedule):
    """Shrinks by a factor every so many steps.

    α₀ rᵖ with p = step / decay_steps, r = decay_rate; with `staircase`, p is rounded down.

    Args:
        initial_learning_rate: α₀.
        decay_steps: the number of steps in which the rate shrinks by r.
        decay_rate: r.
        staircase: whether it shrinks in jumps. Default: False.
        name: kept in the configuration.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> round(float(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)), 4)
        0.025
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        p = to_number(step) / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (lax.floor(p) if self.staircase else p)


class InverseTimeDecay(LearningRateSchedule):
    """Shrinks as one over the number of steps; what `decay=` was in old programs.

    α₀ / (1 + r p) with p = step / decay_steps, r = decay_rate; with `staircase`, p is rounded down.

    Args:
        initial_learning_rate: α₀.
        decay_steps: the number of steps that p counts as one.
        decay_rate: r.
        staircase: whether it shrinks in jumps. Default: False.
        name: kept in the configuration.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> round(float(InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.5)(2)), 4)
        0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        p = to_number(step) / self.decay_steps
        p = lax.floor(p) if self.staircase else p
        return self.initial_learning_rate / (1 + self.decay_rate * p)


class PiecewiseConstantDecay(LearningRateSchedule):
    """One constant rate after another.

    values[i] for boundaries[i − 1] < step ≤ boundaries[i]

    Args:
        boundaries: the last step of each rate but the last, growing.
        values: the rates, one more than there are boundaries.
        name: kept in the configuration.

    Raises:
        ValueError: if there is not one value more than boundaries, or the boundaries do not grow.

    Example:
        >>> round(float(PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])(15)), 4)
        0.5
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"PiecewiseConstantDecay needs one value more than boundaries, but got "
                f"{len(values)} values for {len(boundaries)} boundaries. Write for example "
                "PiecewiseConstantDecay([1000, 2000], [0.1, 0.01, 0.001])."
            )
        if list(boundaries) != sorted(boundaries):
            raise ValueError(
                f"PiecewiseConstantDecay: boundaries must grow, but are {list(boundaries)}. "
                "Sort them, and the values with them."
            )
        for value in values:
            check_argument(type(self).__name__, "learning_rate", value)
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        step, rate = jnp.asarray(step), to_number(self.values[-1])
        for boundary, value in zip(self.boundaries[::-1], self.values[-2::-1], strict=True):
            rate = jnp.where(step <= boundary, value, rate)
        return rate


class PolynomialDecay(LearningRateSchedule):
    """Shrinks along a power of the remaining time, down to an end.

    (α₀ − α₁) (1 − p)ᵏ + α₁ with p = min(step / decay_steps, 1), k = power; with `cycle`,
    decay_steps is multiplied by the number of cycles begun.

    Args:
        initial_learning_rate: α₀.
        decay_steps: the number of steps to the end.
        end_learning_rate: α₁. Default: 0.0001.
        power: k. Default: 1.
        cycle: whether to begin again after the end. Default: False.
        name: kept in the configuration.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> round(float(PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)), 4)
        0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        step, length = to_number(step), self.decay_steps
        if self.cycle:
            p = step / (length * jnp.maximum(lax.ceil(step / length), 1.0))
        else:
            p = jnp.minimum(step, length) / length
        span = self.initial_learning_rate - self.end_learning_rate
        return span * (1 - p) ** self.power + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """Shrinks along half a wave, after a linear warmup if wanted.

    α₀ ((1 − a) (1 + cos(π p)) / 2 + a) with p = min(step / decay_steps, 1), a = alpha. With
    `warmup_target`, the rate first grows linearly from α₀ to that target in `warmup_steps`.

    Args:
        initial_learning_rate: α₀.
        decay_steps: the number of steps down, without those of the warmup.
        alpha: a, the part of the rate that is left at the end. Default: 0.
        name: kept in the configuration.
        warmup_target: the rate at the end of the warmup. Default: None, no warmup.
        warmup_steps: the number of steps of the warmup. Default: 0.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> round(float(CosineDecay(0.1, decay_steps=10)(5)), 4)
        0.05

    Source: I. Loshchilov and F. Hutter, SGDR: stochastic gradient descent with warm restarts, 2017.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        step, start = to_number(step), self.initial_learning_rate
        if self.warmup_target is None:
            return start * self._wave(step)
        down = self.warmup_target * self._wave(step - self.warmup_steps)
        if not self.warmup_steps:
            return down
        up = start + (self.warmup_target - start) * (step / self.warmup_steps)
        return jnp.where(step < self.warmup_steps, up, down)

    def _wave(self, step: Any) -> Any:
        p = jnp.minimum(step, self.decay_steps) / self.decay_steps
        return (1 - self.alpha) * (0.5 * (1 + lax.cos(math.pi * p))) + self.alpha


class CosineDecayRestarts(LearningRateSchedule):
    """Shrinks along half a wave, and starts again, each time for longer.

    α₀ ((1 − a) mⁱ (1 + cos(π p)) / 2 + a), where p in [0, 1) is the part of the i-th wave that is done;
    the first takes first_decay_steps, each t_mul times as long as the one before it; m = m_mul.

    Args:
        initial_learning_rate: α₀.
        first_decay_steps: the number of steps of the first wave.
        t_mul: how much longer each wave is. Default: 2.
        m_mul: m, how much lower each starts. Default: 1.
        alpha: a, the part of the rate that is left at the end of a wave. Default: 0.
        name: kept in the configuration.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> rate = CosineDecayRestarts(0.1, first_decay_steps=10)
        >>> [round(float(rate(step)), 4) for step in (0, 5, 10, 20, 30)]
        [0.1, 0.05, 0.1, 0.05, 0.1]

    Source: I. Loshchilov and F. Hutter, SGDR: stochastic gradient descent with warm restarts, 2017.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        done, growth = to_number(step) / self.first_decay_steps, float(self.t_mul)
        if growth == 1:
            wave = lax.floor(done)
            p = done - wave
        else:  # wave i starts after 1 + t + ... + tⁱ⁻¹ = (1 - tⁱ) / (1 - t) times the first one's steps
            wave = lax.floor(lax.log(1 - done * (1 - growth)) / math.log(growth))
            length = growth**wave
            p = (done - (1 - length) / (1 - growth)) / length
        height = 0.5 * self.m_mul**wave * (1 + lax.cos(math.pi * p))
        return self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha)
