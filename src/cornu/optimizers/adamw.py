"""AdamW: Adam with weight decay beside the gradient."""

from __future__ import annotations

from typing import Any

from cornu.optimizers.adam import Adam


class AdamW(Adam):
    """Adam, with weights that shrink by themselves in each step: w ← w − α λ w, then Adam's step.

    Args:
        learning_rate: α. Default: 0.001.
        weight_decay: λ. Default: 0.004.
        beta_1, beta_2, epsilon, amsgrad: as for `Adam`.
        **kwargs: clipnorm, use_ema, name and the others of `Optimizer`.

    Raises:
        ValueError: if a number is out of its range, or `weight_decay` is None.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0], name="weight")
        >>> AdamW(learning_rate=0.1, weight_decay=0.5).apply([np.array([5.0])], [weight])
        >>> round(float(weight[0]), 4)
        0.85

    Source: I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2019, algorithm 2.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **kwargs
        )
