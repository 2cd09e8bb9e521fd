"""Layers that make training harder so that the network generalizes: noise, dropout, penalties."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

from cornu import random, regularizers
from cornu.core.errors import describe, show_shape
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.random import SeedGenerator


class _Dropping(Layer):
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


class Dropout(_Dropping):
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
        self.noise_shape = _noise_shape(self, noise_shape)

    def call(self, inputs: jax.Array, training: bool = False) -> jax.Array:
        if not training or self.rate == 0:
            return inputs
        return random.dropout(inputs, self.rate, _sizes(self, inputs.shape), self.seed_generator)


class AlphaDropout(_Dropping):
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
        self.noise_shape = _noise_shape(self, noise_shape)
        self._below_one()

    def call(self, inputs: jax.Array, training: bool = False) -> jax.Array:
        if not training or self.rate == 0:
            return inputs
        keep = random.uniform(_sizes(self, inputs.shape), seed=self.seed_generator) >= self.rate
        alpha = ((1 - self.rate) * (1 + self.rate * self.lowest**2)) ** -0.5
        beta = -alpha * self.lowest * self.rate
        return alpha * jnp.where(keep, inputs, self.lowest) + beta


class GaussianDropout(_Dropping):
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


class _SpatialDropout(_Dropping):
    """Dropout of whole channels, for inputs of any rank."""

    samplewise = True
    data_format = "channels_last"

    def __init__(self, rate: float, *, rank: int, seed: int | None, **kwargs: Any) -> None:
        super().__init__(rate, seed=seed, **kwargs)
        self.input_spec = InputSpec(ndim=rank + 2)

    def call(self, inputs: jax.Array, training: bool = False) -> jax.Array:
        if not training or self.rate == 0:
            return inputs
        channels = 1 if self.data_format == "channels_first" else inputs.ndim - 1
        shape = [size if axis in (0, channels) else 1 for axis, size in enumerate(inputs.shape)]
        return random.dropout(inputs, self.rate, shape, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        wanted = ("rate", "data_format", "seed", "name", "dtype")
        return {key: config[key] for key in wanted if key in config}


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of a series: neighbouring steps are too alike to be dropped one by one.

    Args:
        rate: the fraction of channels to drop, 0 <= r < 1 (1 drops everything).
        seed: a whole number for the same masks in every run.

    Input shape, output shape:
        (batch, steps, channels)

    Raises:
        ValueError: if `rate` is outside 0..1.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.SpatialDropout1D(0.5, seed=3)
        >>> outputs = layer(np.ones((1, 4, 8)), training=True)
        >>> bool((outputs[:, :1] == outputs).all())
        True

    Source: Tompson et al., Efficient object localization using convolutional networks, 2014.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, rank=1, seed=seed, **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of an image: neighbouring pixels are too alike to be dropped one by one.

    Args:
        rate: the fraction of channels to drop, 0 <= r < 1 (1 drops everything).
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same masks in every run.

    Input shape, output shape:
        (batch, rows, columns, channels), or (batch, channels, rows, columns)

    Raises:
        ValueError: if `rate` is outside 0..1, or `data_format` is neither of the two.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.SpatialDropout2D(0.5, seed=3)
        >>> outputs = layer(np.ones((1, 2, 2, 8)), training=True)
        >>> bool((outputs[:, :1, :1] == outputs).all())
        True

    Source: Tompson et al., Efficient object localization using convolutional networks, 2014.
    """

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, rank=2, seed=seed, **kwargs)
        self.data_format = _data_format(self, data_format)


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of a volume: neighbouring points are too alike to be dropped one by one.

    Args:
        rate: the fraction of channels to drop, 0 <= r < 1 (1 drops everything).
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same masks in every run.

    Input shape, output shape:
        (batch, size1, size2, size3, channels), or (batch, channels, size1, size2, size3)

    Raises:
        ValueError: if `rate` is outside 0..1, or `data_format` is neither of the two.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.SpatialDropout3D(0.5, seed=3)
        >>> outputs = layer(np.ones((1, 2, 2, 2, 8)), training=True)
        >>> bool((outputs[:, :1, :1, :1] == outputs).all())
        True

    Source: Tompson et al., Efficient object localization using convolutional networks, 2014.
    """

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, rank=3, seed=seed, **kwargs)
        self.data_format = _data_format(self, data_format)


class ActivityRegularization(Layer):
    """Hands its input on, and adds a penalty on it to the loss: (l1 Σ|x| + l2 Σx²) / batch size.

    Args:
        l1: weight of the sum of absolute values; 0 by default.
        l2: weight of the sum of squares; 0 by default.

    Input shape, output shape:
        any

    Raises:
        ValueError: if a weight is negative.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.ActivityRegularization(l1=0.5)
        >>> outputs = layer(np.array([[1.0, -3.0]]))
        >>> [float(loss) for loss in layer.losses]
        [2.0]
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs: jax.Array) -> jax.Array:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]  # is made of l1 and l2
        return config


def _noise_shape(layer: Layer, shape: Any) -> Any:
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


def _sizes(layer: Any, shape: Any) -> Any:
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


def _data_format(layer: Layer, given: Any) -> str:
    """`data_format`, or 'channels_last' where it is None."""
    if given not in (None, "channels_last", "channels_first"):
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": data_format must be "channels_last" or '
            f'"channels_first", got data_format={describe(given)}.'
        )
    return given or "channels_last"


__all__ = [
    *("ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
]
