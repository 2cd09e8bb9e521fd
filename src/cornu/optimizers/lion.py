"""Lion: steps of one size, in the direction of the momentum's sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jax import lax

from cornu.optimizers.optimizer import Optimizer


class Lion(Optimizer):
    """Gradient descent by signs.

    w ← w − α sign(β₁ m + (1 − β₁) g); m ← β₂ m + (1 − β₂) g.

    Args:
        learning_rate: α; three to ten times smaller than for Adam. Default: 0.001.
        beta_1: β₁ in (0, 1]. Default: 0.9.
        beta_2: β₂ in [0, 1). Default: 0.99.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0, 1.0], name="weight")
        >>> Lion(learning_rate=0.1).apply([np.array([5.0, -0.01])], [weight])
        >>> [round(float(number), 4) for number in weight.numpy()]
        [0.9, 1.1]

    Source: X. Chen et al., Symbolic discovery of optimization algorithms, 2023.
    """

    slots = ("momentum",)

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        m = slots["momentum"]
        direction = lax.sign(m * self.beta_1 + gradient * (1 - self.beta_1))
        return value - scalars * direction, {"momentum": m * self.beta_2 + gradient * (1 - self.beta_2)}
