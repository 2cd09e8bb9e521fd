"""Adam: momentum, divided by the gradients' recent size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.optimizers.optimizer import Optimizer


class Adam(Optimizer):
    """Gradient descent with running means of the gradient and of its square, freed from their bias.

    m ← m + (1 − β₁)(g − m); v ← v + (1 − β₂)(g² − v); αₜ = α √(1 − β₂ᵗ) / (1 − β₁ᵗ);
    w ← w − αₜ m / (√v + ε). With `amsgrad`, the largest v so far takes the place of v.

    Args:
        learning_rate: α. Default: 0.001.
        beta_1: β₁ in [0, 1). Default: 0.9.
        beta_2: β₂ in [0, 1). Default: 0.999.
        epsilon: ε. Default: 1e-7.
        amsgrad: whether to keep the largest v. Default: False.
        **kwargs: weight_decay, clipnorm, clipvalue, global_clipnorm, name: as for `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> Adam(learning_rate=0.1).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 4)
        0.9

    Source: D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, 2015, section 2;
    S. J. Reddi et al., On the convergence of Adam and beyond, 2018.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad
        self.slots = (("momentum", "velocity"), *(("velocity_hat",) if amsgrad else ()))

    def scalars(self, learning_rate: Any, step: Any) -> Any:
        t = step.astype(learning_rate.dtype)
        return learning_rate * lax.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        m, v = slots["momentum"], slots["velocity"]
        m = m + (gradient - m) * (1 - self.beta_1)
        v = v + (lax.square(gradient) - v) * (1 - self.beta_2)
        new = {"momentum": m, "velocity": v}
        if self.amsgrad:
            new["velocity_hat"] = v = jnp.maximum(slots["velocity_hat"], v)
        return value - m * scalars / (lax.sqrt(v) + self.epsilon), new
