"""Activations that are bent at 0, as layers: ReLU, LeakyReLU, ELU."""

from __future__ import annotations

from typing import Any

import jax

from cornu import activations
from cornu.core.errors import describe
from cornu.layers.arguments import not_negative
from cornu.layers.layer import Layer


class ReLU(Layer):
    r"""The rectified linear unit, with a limit, a slope below and a threshold.

    $$a = \begin{cases} M & x \ge M \\ x & t < x < M \\ s\,(x - t) & x \le t \end{cases}$$

    Args:
        max_value: $M$, None (default) for no limit.
        negative_slope: $s$, 0 by default.
        threshold: $t$, 0 by default.

    Input shape, output shape:
        any

    Raises:
        ValueError: if an argument is negative, or None where it may not be.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.ReLU(max_value=6)(np.array([-1.0, 2.0, 8.0])).tolist()
        [0.0, 2.0, 6.0]

    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """

    samplewise = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else not_negative(self, "max_value", max_value)
        self.negative_slope = not_negative(self, "negative_slope", negative_slope)
        self.threshold = not_negative(self, "threshold", threshold)
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """Rectified, but with a slope below 0: x where x >= 0, else s x.

    Args:
        negative_slope: s, 0.3 by default (the function `activations.leaky_relu` has 0.2).

    Input shape, output shape:
        any

    Raises:
        ValueError: if `negative_slope` is negative or None.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.LeakyReLU(0.5)(np.array([-4.0, 2.0])).tolist()
        [-2.0, 2.0]

    Source: Maas et al., Rectifier nonlinearities improve neural network acoustic models, 2013.
    """

    samplewise = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            raise ValueError(
                'LeakyReLU has no argument "alpha". Its slope is called "negative_slope": '
                f"LeakyReLU(negative_slope={describe(kwargs['alpha'])})."
            )
        super().__init__(**kwargs)
        self.negative_slope = not_negative(self, "negative_slope", negative_slope)
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return activations.leaky_relu(inputs, self.negative_slope)


class ELU(Layer):
    """The exponential linear unit: x where x > 0, else alpha (e^x - 1).

    Args:
        alpha: minus the limit on the left; 1 by default.

    Input shape, output shape:
        any

    Raises:
        ValueError: if `alpha` is no number.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.ELU()(np.array([-100.0, 2.0])).tolist()
        [-1.0, 2.0]

    Source: Clevert et al., Fast and accurate deep network learning by exponential linear units
    (2016).
    """

    samplewise = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(alpha, (int, float)) or isinstance(alpha, bool):
            raise ValueError(f'ELU "{self.name}": alpha must be a number, got alpha={describe(alpha)}.')
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return activations.elu(inputs, self.alpha)


__all__ = ["ELU", "LeakyReLU", "ReLU"]
