"""ScheduleFreeAdamW: an average of the steps in place of a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.variable import Variable
from cornu.optimizers.optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """Adam's steps z, their average x, and weights w between the two, without a schedule.

    v ← v + (1 − β₂)(g² − v); z ← z − α min(t / warmup_steps, 1) g / (√(v / (1 − β₂ᵗ)) + ε);
    x = (w − (1 − β₁) z_old) / β₁; x ← (1 − 1/t) x + z / t; w ← (1 − β₁) z + β₁ x.

    Args:
        learning_rate: α. Default: 0.0025.
        beta_1: β₁ in (0, 1). Default: 0.9.
        beta_2: β₂ in [0, 1). Default: 0.999.
        epsilon: ε. Default: 1e-8.
        warmup_steps: steps in which the rate grows to α. Default: 0.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> ScheduleFreeAdamW(learning_rate=0.1).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 4)
        0.9

    Source: A. Defazio et al., The road less scheduled, 2024.
    """

    slots = (("momentum", "velocity"),)

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    def initial(self, slot: str, variable: Variable) -> Any:
        return np.asarray(variable._value) if slot == "momentum" else super().initial(slot, variable)

    def scalars(self, learning_rate: Any, step: Any) -> Any:
        t = step.astype(learning_rate.dtype)
        if self.warmup_steps:
            learning_rate = learning_rate * jnp.minimum(t / self.warmup_steps, 1)
        # In float32, as 1 - β₂ᵗ is: 1 - 0.999 is 0.00099998 there.
        beta_1, beta_2 = jnp.asarray((self.beta_1, self.beta_2), learning_rate.dtype)
        return learning_rate, 1 - beta_1, 1 - beta_2, 1 - beta_2**t, 1 / t

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        rate, of_z, new, unbiased, share = scalars
        beta, before, v = self.beta_1, slots["momentum"], slots["velocity"]
        v = v + (lax.square(gradient) - v) * new
        z = before - rate * gradient / (lax.sqrt(v / unbiased) + self.epsilon)
        x = (value - of_z * before) / beta
        x = (1 - share) * x + share * z
        return of_z * z + beta * x, {"momentum": z, "velocity": v}
