"""Nadam: Adam that looks ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.dtypes import floatx, numpy_dtype
from cornu.core.variable import Variable
from cornu.optimizers.checks import check_argument
from cornu.optimizers.optimizer import Optimizer


class Nadam(Optimizer):
    """Adam with Nesterov's momentum, which warms up.

    μₜ = β₁ (1 − ½ · 0.96ᵗ); m ← m + (1 − β₁)(g − m); v ← v + (1 − β₂)(g² − v);
    m̂ = μₜ₊₁ m / (1 − μ₁ ⋯ μₜ₊₁) + (1 − μₜ) g / (1 − μ₁ ⋯ μₜ); v̂ = v / (1 − β₂ᵗ);
    w ← w − α m̂ / (√v̂ + ε).

    Args:
        learning_rate: α. Default: 0.001.
        beta_1: β₁ in [0, 1). Default: 0.9.
        beta_2: β₂ in [0, 1). Default: 0.999.
        epsilon: ε. Default: 1e-7.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`; and Keras 2's
            schedule_decay, which t in μₜ is multiplied by: 1 by default.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> Nadam(learning_rate=0.1).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 3)
        0.894

    Source: T. Dozat, Incorporating Nesterov momentum into Adam, 2016.
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
        self.schedule_decay = kwargs.pop("schedule_decay", 1.0)
        check_argument(type(self).__name__, "schedule_decay", self.schedule_decay)
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables: Iterable[Variable]) -> None:
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        dtype = variables[0].dtype if variables else floatx()
        self._u_product = self._remember(np.ones((), numpy_dtype(dtype)), dtype=dtype, name="u_product")

    def scalars(self, learning_rate: Any, step: Any) -> Any:
        t = step.astype(learning_rate.dtype)
        now, following = self._mu(t), self._mu(t + 1)
        product = self._u_product.value * now
        self._u_product.assign(product)
        of_momentum = learning_rate * following / (1 - product * following)
        of_gradient = learning_rate * (1 - now) / (1 - product)
        # In float32, as 1 - β₂ᵗ is: 1 - 0.999 is 0.00099998 there.
        beta_1, beta_2 = jnp.asarray((self.beta_1, self.beta_2), learning_rate.dtype)
        return of_momentum, of_gradient, 1 - beta_1, 1 - beta_2, 1 - beta_2**t

    def _mu(self, t: Any) -> Any:
        return self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.schedule_decay))

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        of_momentum, of_gradient, new_1, new_2, unbiased = scalars
        m = slots["momentum"] + (gradient - slots["momentum"]) * new_1
        v = slots["velocity"] + (lax.square(gradient) - slots["velocity"]) * new_2
        step = (of_momentum * m + of_gradient * gradient) / (lax.sqrt(v / unbiased) + self.epsilon)
        return value - step, {"momentum": m, "velocity": v}

    def get_config(self) -> dict[str, Any]:
        old = {"schedule_decay": self.schedule_decay} if self.schedule_decay != 1 else {}
        return {**super().get_config(), **old}
