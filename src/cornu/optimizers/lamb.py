"""Lamb: Adam's steps, as long as the weights are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.optimizers.optimizer import Optimizer
from cornu.optimizers.stages import norm


class Lamb(Optimizer):
    """Adam whose step has, for each variable, the length of the variable; for large batches.

    m ← m + (1 − β₁)(g − m); v ← v + (1 − β₂)(g² − v); u = m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε);
    w ← w − α u |w| / |u|, without the lengths where one of them is 0.

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
        >>> weight = Variable([3.0, 4.0], name="weight")
        >>> Lamb(learning_rate=0.1).apply([np.array([0.5, 0.0])], [weight])
        >>> [round(float(number), 4) for number in weight.numpy()]
        [2.5, 4.0]

    Source: Y. You et al., Large batch optimization for deep learning, 2020, algorithm 2.
    """

    slots = (("momentum", "velocity"),)

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
        t = step.astype(learning_rate.dtype)
        return learning_rate, 1 - self.beta_1**t, 1 - self.beta_2**t

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        rate, of_m, of_v = scalars
        m = slots["momentum"] + (gradient - slots["momentum"]) * (1 - self.beta_1)
        v = slots["velocity"] + (lax.square(gradient) - slots["velocity"]) * (1 - self.beta_2)
        step = m / of_m / (lax.sqrt(v / of_v) + self.epsilon)
        mine, its = norm([value]), norm([step])
        ratio = jnp.where((mine > 0) & (its > 0), mine / its, 1)
        return value - ratio * rate * step, {"momentum": m, "velocity": v}
