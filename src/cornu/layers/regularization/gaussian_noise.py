"""Gaussian noise while training, added (GaussianNoise) or multiplied (GaussianDropout)."""

from __future__ import annotations

import math
from typing import Any

import jax

from cornu import random
from cornu.core.errors import describe
from cornu.layers.layer import Layer
from cornu.layers.regularization.dropout import Dropping
from cornu.random import SeedGenerator


class GaussianDropout(Dropping):
    r"""While training, multiplies each input by noise of mean 1: $a = x\, n$.

    $$n \sim N\!\left(1, \frac{r}{1 - r}\right)$$

    which has the variance of dropout at the `rate` $r$.

    Args:
        rate: $r$, 0 <= r < 1.
        seed: a whole number for the same noise in every run.

    Input shape, output shape:
        any

    Raises:
        ValueError: if `rate` is not at least 0 and below 1.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.GaussianDropout(0.5, seed=1)
        >>> round(float(layer(np.ones((500, 500)), training=True).std()), 2)
        1.0

    Source: Srivastava et al., Dropout, JMLR 2014, section 10.
    """

    samplewise = True

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, seed=seed, **kwargs)
        self._below_one()

    def call(self, inputs: jax.Array, training: bool = False) -> jax.Array:
        if not training or self.rate == 0:
            return inputs
        spread = math.sqrt(self.rate / (1 - self.rate))
        dtype = self.compute_dtype
        return inputs * random.normal(inputs.shape, 1.0, spread, dtype, self.seed_generator)


class GaussianNoise(Layer):
    r"""While training, adds noise to each input: $a = x + n$, $n \sim N(0, s^2)$.

    Args:
        stddev: $s$, the standard deviation.
        seed: a whole number for the same noise in every run.

    Input shape, output shape:
        any

    Raises:
        ValueError: if `stddev` is negative.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.GaussianNoise(0.1, seed=1)
        >>> round(float(layer(np.zeros((500, 500)), training=True).std()), 2)
        0.1

    Source: Bishop, Training with noise is equivalent to Tikhonov regularization, 1995.
    """

    samplewise = True

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(stddev, bool) or not isinstance(stddev, (int, float)) or not stddev >= 0:
            raise ValueError(
                f'GaussianNoise "{self.name}": stddev must be a number of at least 0, the standard '
                f"deviation of the noise, got stddev={describe(stddev)}. Write for instance "
                "GaussianNoise(0.1)."
            )
        self.stddev = stddev
        self.seed = seed
        self.supports_masking = True
        if stddev > 0:
            self.seed_generator = SeedGenerator(seed)

    def call(self, inputs: jax.Array, training: bool = False) -> jax.Array:
        if not training or self.stddev == 0:
            return inputs
        dtype = self.compute_dtype
        return inputs + random.normal(inputs.shape, 0.0, self.stddev, dtype, self.seed_generator)


__all__ = ["GaussianDropout", "GaussianNoise"]
