"""RMSprop: gradients divided by their recent size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jax import lax

from cornu.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Gradient descent in which each gradient is divided by the root of its recent mean square.

    v ← ρ v + (1 − ρ) g²; w ← w − α g / √(v + ε). With `centered`, a ← ρ a + (1 − ρ) g and v − a²
    takes the place of v. With momentum μ > 0, m ← μ m + α g / √(v + ε) and w ← w − m.

    Args:
        learning_rate: α. Default: 0.001.
        rho: ρ in [0, 1). Default: 0.9.
        momentum: μ in [0, 1]. Default: 0.
        epsilon: ε. Default: 1e-7.
        centered: whether to divide by the variance instead. Default: False.
        **kwargs: weight_decay, clipnorm, clipvalue, global_clipnorm, name: as for `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> RMSprop(learning_rate=0.1).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 4)
        0.6838

    Source: T. Tieleman and G. Hinton, Lecture 6.5, Neural networks for machine learning, 2012.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered
        wanted = {"velocity": True, "momentum": momentum, "average_gradient": centered}
        self.slots = tuple(name for name, needed in wanted.items() if needed)

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        rho = self.rho
        new = {"velocity": rho * slots["velocity"] + (1 - rho) * lax.square(gradient)}
        square = new["velocity"]
        if "average_gradient" in slots:
            new["average_gradient"] = rho * slots["average_gradient"] + (1 - rho) * gradient
            square = square - lax.square(new["average_gradient"])
        step = scalars * gradient / lax.sqrt(square + self.epsilon)
        if "momentum" in slots:
            new["momentum"] = step = self.momentum * slots["momentum"] + step
        return value - step, new
