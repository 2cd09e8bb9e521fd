"""Muon: momentum made orthogonal, for matrices."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.variable import Variable
from cornu.optimizers.checks import check_words
from cornu.optimizers.optimizer import Optimizer
from cornu.optimizers.stages import norm


class Muon(Optimizer):
    """Steps along matrices with all singular values near 1; AdamW for what is no matrix.

    m ← μ m + g; u = g + μ m (`nesterov`) or m; X = u / |u|, then `ns_steps` times
    A = X Xᵀ; X ← a X + (b A + c A²) X; w ← w − α X √(max(rows, columns)) · rms_rate.
    Variables that have not two axes, those of embeddings, and those whose path matches one of
    `exclude_layers` take Adam's step with the rate α · adam_lr_ratio.

    Args:
        learning_rate: α. Default: 0.001.
        adam_beta_1, adam_beta_2, epsilon: as for `Adam`: 0.9, 0.999, 1e-7.
        adam_weight_decay: weight decay of variables that take Adam's step. Default: 0.004.
        weight_decay: that of the others. Default: 0.004.
        exclude_layers: patterns of paths, such as the output layer's name. Default: none.
        exclude_embeddings: whether variables with "embedding" in their path take Adam's. Default: True.
        muon_a, muon_b, muon_c: a, b, c. Default: 3.4445, -4.775, 2.0315.
        adam_lr_ratio: Adam's rate by Muon's. Default: 1.
        momentum: μ in [0, 1]. Default: 0.95.
        ns_steps: rounds of the iteration. Default: 5.
        nesterov: whether to look ahead. Default: True.
        rms_rate: makes the rate one that suits Adam, too; None: no such factor. Default: 0.2.
        **kwargs: clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range, or `exclude_layers` is no list of texts.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable(np.zeros((2, 2)), name="weight")
        >>> optimizer = Muon(learning_rate=0.1)
        >>> optimizer.apply([np.eye(2)], [weight])
        >>> [v.name for v in optimizer.variables]
        ['iteration', 'learning_rate', 'weight_momentum']

    Source: K. Jordan et al., Muon: an optimizer for hidden layers, 2024; J. Liu et al., Muon is scalable
    for LLM training, 2025.
    """

    slots = (("momentum", "velocity"),)

    #: Paths of variables decide what is done with them, hence are part of what is traced.
    looks_at_paths = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        check_words(type(self).__name__, "exclude_layers", exclude_layers)
        self.adam_beta_1, self.adam_beta_2 = adam_beta_1, adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or ())
        self.exclude_embeddings = exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def initial(self, slot: str, variable: Variable) -> Any:
        wanted = slot == "momentum" or self._takes_adam(variable)
        return super().initial(slot, variable) if wanted else None

    def _takes_adam(self, variable: Variable) -> bool:
        if len(variable.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in variable.path.lower():
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def decay_of(self, variable: Variable) -> float | None:
        if variable in self._undecayed:
            return None
        return self.adam_weight_decay if self._takes_adam(variable) else self.weight_decay

    def scalars(self, learning_rate: Any, step: Any) -> Any:
        t, rate = step.astype(learning_rate.dtype), learning_rate * self.adam_lr_ratio
        return learning_rate, rate * lax.sqrt(1 - self.adam_beta_2**t) / (1 - self.adam_beta_1**t)

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        rate, alpha = scalars
        m = slots["momentum"]
        if "velocity" in slots:
            m = m + (gradient - m) * (1 - self.adam_beta_1)
            v = slots["velocity"]
            v = v + (lax.square(gradient) - v) * (1 - self.adam_beta_2)
            return value - m * alpha / (lax.sqrt(v) + self.epsilon), {"momentum": m, "velocity": v}
        m = m + (gradient + m * (self.momentum - 1))
        step = rate * self._orthogonal(gradient + self.momentum * m if self.nesterov else m)
        if self.rms_rate is not None:
            step = step * math.sqrt(max(value.shape)) * self.rms_rate
        return value - step, {"momentum": m}

    def _orthogonal(self, x: Any) -> Any:
        """Newton and Schulz's iteration, with fewer rounds than it would take to the end."""
        upright = x.shape[0] > x.shape[1]
        x = x.T if upright else x
        x = x / (norm([x]) + 1e-7)
        for _ in range(self.ns_steps):
            a = jnp.matmul(x, x.T)
            x = self.muon_a * x + jnp.matmul(self.muon_b * a + self.muon_c * jnp.matmul(a, a), x)
        return x.T if upright else x
