"""Adagrad: gradients divided by the root of all their squares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jax import lax

from cornu.core.dtypes import numpy_dtype
from cornu.core.variable import Variable
from cornu.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """Gradient descent in which each number has a rate of its own, smaller the more it has moved.

    a ← a + g²; w ← w − α g / √(a + ε), from a = initial_accumulator_value on.

    Args:
        learning_rate: α. Default: 0.001; the paper's form has 1.
        initial_accumulator_value: where a starts. Default: 0.1.
        epsilon: ε. Default: 1e-7.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> Adagrad(0.1, initial_accumulator_value=0.0).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 4)
        0.9

    Source: J. Duchi et al., Adaptive subgradient methods for online learning, 2011.
    """

    slots = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def initial(self, slot: str, variable: Variable) -> Any:
        start = self.initial_accumulator_value
        return np.full(variable.shape, start, numpy_dtype(variable.dtype))

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        total = slots["accumulator"] + lax.square(gradient)
        return value - scalars * gradient / lax.sqrt(total + self.epsilon), {"accumulator": total}
