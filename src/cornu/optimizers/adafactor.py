"""Adafactor: Adam's memory of squares, kept as rows and columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.dtypes import numpy_dtype
from cornu.core.variable import Variable
from cornu.optimizers.optimizer import Optimizer


class Adafactor(Optimizer):
    """Gradients divided by a mean square that is put together from means of rows and of columns.

    β = 1 − tᵈ; ρ = min(α, 1/√t); s = max(ε₂, rms(w)) ρ. Of a variable with two axes or more:
    r ← β r + (1 − β) mean(g² + ε₁ along rows), c alike along columns, v = r cᵀ / mean(r); of others
    v ← β v + (1 − β)(g² + ε₁). u = g / √v; w ← w − s u / max(1, rms(u) / d').

    Args:
        learning_rate: α. Default: 0.001.
        beta_2_decay: d, 0 or less. Default: -0.8.
        epsilon_1: ε₁. Default: 1e-30.
        epsilon_2: ε₂. Default: 0.001.
        clip_threshold: d', the largest root mean square of a step. Default: 1.
        relative_step: as in Keras, without effect: α is bounded by 1/√t in any case. Default: True.
        **kwargs: weight_decay, clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([[1.0, 1.0], [1.0, 1.0]], name="weight")
        >>> Adafactor(learning_rate=0.1).apply([np.ones((2, 2))], [weight])
        >>> bool(np.allclose(weight, 0.9))
        True

    Source: N. Shazeer and M. Stern, Adafactor: adaptive learning rates with sublinear memory cost, 2018.
    """

    slots = (("row", "column", "velocity"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def initial(self, slot: str, variable: Variable) -> Any:
        shape = variable.shape
        if slot != "velocity":
            without = {"row": shape[:-1], "column": (*shape[:-2], *shape[-1:])}
            shape = without[slot] if len(shape) > 1 else ()
        return np.zeros(shape, numpy_dtype(variable.dtype))

    def slot_name(self, slot: str, variable: Variable) -> str:
        return super().slot_name(slot, variable) if slot == "velocity" else variable.name

    def scalars(self, learning_rate: Any, step: Any) -> Any:
        t = step.astype(learning_rate.dtype)
        return jnp.minimum(learning_rate, 1 / lax.sqrt(t)), 1 - t**self.beta_2_decay

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        rate, beta = scalars
        square = lax.square(gradient) + self.epsilon_1
        new = {}
        if value.ndim > 1:
            r = new["row"] = beta * slots["row"] + (1 - beta) * jnp.mean(square, axis=-1)
            c = new["column"] = beta * slots["column"] + (1 - beta) * jnp.mean(square, axis=-2)
            relative = r / jnp.mean(r, axis=-1, keepdims=True)
            v = jnp.expand_dims(relative, -1) * jnp.expand_dims(c, -2)
        else:
            v = beta * slots["velocity"] + (1 - beta) * square
        new["velocity"] = v
        u = gradient / lax.sqrt(v)
        bounded = u / jnp.maximum(_rms(u) / self.clip_threshold, 1)
        return value - jnp.maximum(_rms(value), self.epsilon_2) * rate * bounded, new


def _rms(x: Any) -> Any:
    return lax.sqrt(jnp.mean(lax.square(x)))
