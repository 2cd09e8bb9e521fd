"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    w ← w − α g. With momentum μ > 0, m ← μ m − α g and w ← w + m; `nesterov`: w ← w + μ m − α g.

    Args:
        learning_rate: α. Default: 0.01.
        momentum: μ in [0, 1]. Default: 0.
        nesterov: whether to look ahead. Default: False.
        **kwargs: weight_decay, clipnorm, clipvalue, global_clipnorm, name: as for `Optimizer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> import numpy as np
        >>> from cornu.core.variable import Variable
        >>> weight = Variable([1.0, 2.0], name="weight")
        >>> SGD(learning_rate=0.5).apply([np.array([1.0, -1.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5, 2.5]

    Source: H. Robbins and S. Monro, A stochastic approximation method, 1951; I. Sutskever et al.,
    On the importance of initialization and momentum in deep learning, 2013.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum
        self.nesterov = nesterov
        self.slots = ("momentum",) if momentum else ()

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        step = gradient * scalars
        if "momentum" not in slots:
            return value - step, {}
        m = slots["momentum"] * self.momentum - step
        if self.nesterov:
            return value + (m * self.momentum - step), {"momentum": m}
        return value + m, {"momentum": m}
