"""AlphaDropout: dropout that keeps mean and variance, for self-normalizing networks."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import random
from cornu.layers.regularization.dropout import Dropping, checked_noise_shape, mask_shape


class AlphaDropout(Dropping):
    r"""Dropout for SELU networks: drops to SELU's lowest value and keeps mean 0 and variance 1.

    $$a_i = \alpha \,(m_i x_i + (1 - m_i)\, s) + \beta, \quad m_i \sim \mathrm{Bernoulli}(1 - r)$$

    with $s = -1.758$, the limit of SELU on the left, and $\alpha$, $\beta$ such that inputs of mean 0
    and variance 1 keep both. When not training it does nothing.

    Args:
        rate: $r$, the fraction of inputs to drop, 0 <= r < 1.
        noise_shape: shape of $m$, as in Dropout.
        seed: a whole number for the same masks in every run.

    Input shape, output shape:
        any

    Raises:
        ValueError: if `rate` is not at least 0 and below 1, or `noise_shape` does not fit.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.AlphaDropout(0.2, seed=1)
        >>> layer(np.ones((2, 3))).tolist() == np.ones((2, 3)).tolist()
        True

    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """

    samplewise = True
    lowest = -1.7580993408473766  # -scale * alpha of SELU

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed=seed, **kwargs)
        self.noise_shape = checked_noise_shape(self, noise_shape)
        self._below_one()

    def call(self, inputs: jax.Array, training: bool = False) -> jax.Array:
        if not training or self.rate == 0:
            return inputs
        keep = random.uniform(mask_shape(self, inputs.shape), seed=self.seed_generator) >= self.rate
        alpha = ((1 - self.rate) * (1 + self.rate * self.lowest**2)) ** -0.5
        beta = -alpha * self.lowest * self.rate
        return alpha * jnp.where(keep, inputs, self.lowest) + beta


__all__ = ["AlphaDropout"]
