"""Ftrl: follow the regularized leader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.dtypes import numpy_dtype
from cornu.core.variable import Variable
from cornu.optimizers.optimizer import Optimizer


class Ftrl(Optimizer):
    """Weights that minimize all gradients so far, as linear functions, and penalties; many become 0.

    n' = n + g²; σ = (n'⁻ᵖ − n⁻ᵖ) / α; z ← z + g + 2 s w − σ w; q = n'⁻ᵖ / α + 2 λ₂ + β / α;
    w ← (clip(z, −λ₁, λ₁) − z) / q; n ← n'.

    Args:
        learning_rate: α. Default: 0.001.
        learning_rate_power: p, 0 or less; at 0 the rate does not shrink. Default: -0.5.
        initial_accumulator_value: where n starts. Default: 0.1.
        l1_regularization_strength: λ₁. Default: 0.
        l2_regularization_strength: λ₂. Default: 0.
        l2_shrinkage_regularization_strength: s, a penalty on the size of the weights alone. Default: 0.
        beta: β. Default: 0.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([0.0, 0.0], name="weight")
        >>> sparse = Ftrl(0.1, initial_accumulator_value=0.0, l1_regularization_strength=1.0)
        >>> sparse.apply([np.array([0.5, 2.0])], [weight])
        >>> [round(number, 4) for number in weight.numpy().tolist()]
        [0.0, -0.05]

    Source: H. B. McMahan et al., Ad click prediction: a view from the trenches, 2013, algorithm 1.
    """

    slots = (("accumulator", "linear"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def initial(self, slot: str, variable: Variable) -> Any:
        start = self.initial_accumulator_value if slot == "accumulator" else 0.0
        return np.full(variable.shape, start, numpy_dtype(variable.dtype))

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        rate, l1, power = scalars, self.l1_regularization_strength, -self.learning_rate_power
        n = slots["accumulator"] + lax.square(gradient)
        grown = (jnp.power(n, power) - jnp.power(slots["accumulator"], power)) / rate
        pull = gradient + 2 * self.l2_shrinkage_regularization_strength * value
        z = slots["linear"] + (pull - grown * value)
        l2 = self.l2_regularization_strength + self.beta / (2 * rate)
        quadratic = jnp.power(n, power) / rate + 2 * l2
        value = (jnp.clip(z, -l1, l1) - z) / quadratic
        return value, {"accumulator": n, "linear": z}
