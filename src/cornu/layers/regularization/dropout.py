"""Dropout: a part of the numbers becomes zero while training."""

from __future__ import annotations

from typing import Any

import jax

from cornu import random
from cornu.core.errors import describe, show_shape
from cornu.layers.layer import Layer
from cornu.random import SeedGenerator


class Dropping(Layer):
    """What the layers with a rate share: its check, and the source of random numbers."""

    def __init__(self, rate: float, *, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": rate must be a number from 0 to 1, the fraction '
                f"of inputs to drop, got rate={describe(rate)}. Write for instance "
                f"{type(self).__name__}(0.5)."
            )
        self.rate = rate
        self.seed = seed
        self.supports_masking = True
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)

    def _below_one(self) -> None:
        """Refuses rate=1, for noise whose scale would be infinite."""
        if self.rate == 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": rate must be below 1, got rate={self.rate}, for '
                "which the noise would be infinite. Write for instance "
                f"{type(self).__name__}(0.5)."
            )


class Dropout(Dropping):
    r"""While training, sets each input to zero with probability `rate` and scales the others up.

    $$a_i = \frac{m_i x_i}{1 - r}, \quad m_i \sim \mathrm{Bernoulli}(1 - r)$$

    so that the expected sum stays the same. When not training it does nothing.

    Args:
        rate: $r$, the fraction of inputs to drop, 0 <= r < 1 (1 drops everything).
        noise_shape: shape of $m$, with 1 on the axes along which all are dropped together, and None
            for a size of the input; None: the shape of the input.
        seed: a whole number for the same masks in every run.

    Input shape:
        any

    Output shape:
        that of the input

    Raises:
        ValueError: if `rate` is outside 0..1, or `noise_shape` does not fit the input.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Dropout(0.5, seed=1)
        >>> sorted(set(layer(np.ones((4, 4)), training=True).flatten().tolist()))
        [0.0, 2.0]

    Source: Srivastava et al., Dropout, JMLR 2014.
    """

    samplewise = True

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed=seed, **kwargs)
        self.noise_shape = checked_noise_shape(self, noise_shape)

    def call(self, inputs: jax.Array, training: bool = False) -> jax.Array:
        if not training or self.rate == 0:
            return inputs
        return random.dropout(inputs, self.rate, mask_shape(self, inputs.shape), self.seed_generator)


def checked_noise_shape(layer: Layer, shape: Any) -> Any:
    """`noise_shape` as a tuple of sizes and None, or None."""
    if shape is None:
        return None
    sizes = tuple(shape) if isinstance(shape, (list, tuple)) else None
    good = sizes is not None and all(
        size is None or (isinstance(size, int) and not isinstance(size, bool) and size > 0)
        for size in sizes
    )
    if not good:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": noise_shape must be a tuple of sizes above 0 and '
            f"None, got noise_shape={describe(shape)}. Write for instance noise_shape=(None, 1, None), "
            "which drops all steps of a feature together."
        )
    return sizes


def mask_shape(layer: Any, shape: Any) -> Any:
    """The shape of the random mask for an input of this shape."""
    if layer.noise_shape is None:
        return shape
    if len(layer.noise_shape) == len(shape):
        sizes = tuple(given or size for given, size in zip(layer.noise_shape, shape, strict=True))
        if all(given in (1, size) for given, size in zip(sizes, shape, strict=True)):
            return sizes
    raise ValueError(
        f'{type(layer).__name__} "{layer.name}": noise_shape={layer.noise_shape} does not fit an input '
        f"of shape {show_shape(shape)}. Give each axis its size, 1, or None."
    )


__all__ = ["Dropout"]
