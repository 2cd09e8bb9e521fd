"""Adamax: Adam with the largest recent gradient in place of the mean square."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.optimizers.optimizer import Optimizer


class Adamax(Optimizer):
    """Momentum, divided by the largest recent gradient.

    m ← m + (1 − β₁)(g − m); u ← max(β₂ u, |g|); w ← w − α / (1 − β₁ᵗ) · m / (u + ε).

    Args:
        learning_rate: α. Default: 0.001.
        beta_1: β₁ in [0, 1). Default: 0.9.
        beta_2: β₂ in [0, 1). Default: 0.999.
        epsilon: ε. Default: 1e-7.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> Adamax(learning_rate=0.1).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 4)
        0.9

    Source: D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, 2015, section 7.1.
    """

    slots = (("momentum", "norm"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def scalars(self, learning_rate: Any, step: Any) -> Any:
        return learning_rate / (1 - self.beta_1 ** step.astype(learning_rate.dtype))

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        m = slots["momentum"] + (gradient - slots["momentum"]) * (1 - self.beta_1)
        u = jnp.maximum(self.beta_2 * slots["norm"], lax.abs(gradient))
        return value - scalars * m / (u + self.epsilon), {"momentum": m, "norm": u}
