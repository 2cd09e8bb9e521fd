"""Adadelta: steps in the units of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jax import lax

from cornu.optimizers.optimizer import Optimizer


class Adadelta(Optimizer):
    """Gradient descent whose step sizes come from the recent steps themselves.

    a ← ρ a + (1 − ρ) g²; Δ = −g √(d + ε) / √(a + ε); d ← ρ d + (1 − ρ) Δ²; w ← w + α Δ.

    Args:
        learning_rate: α. Default: 0.001; the paper's form has 1.
        rho: ρ in [0, 1). Default: 0.95.
        epsilon: ε. Default: 1e-7.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> Adadelta(1.0, rho=0.75, epsilon=1e-4).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 4)
        0.98

    Source: M. D. Zeiler, ADADELTA: an adaptive learning rate method, 2012, algorithm 1.
    """

    slots = (("accumulated_grad", "accumulated_delta_var"),)

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        rho, d = self.rho, slots["accumulated_delta_var"]
        a = rho * slots["accumulated_grad"] + (1 - rho) * lax.square(gradient)
        step = -(lax.sqrt(d + self.epsilon) * gradient / lax.sqrt(a + self.epsilon))
        d = rho * d + (1 - rho) * lax.square(step)
        return value + scalars * step, {"accumulated_grad": a, "accumulated_delta_var": d}
