"""Spatial dropout: whole channels of a series, an image or a volume become zero."""

from __future__ import annotations

from typing import Any

import jax

from cornu import random
from cornu.layers.input_spec import InputSpec
from cornu.layers.regularization.dropout import Dropping
from cornu.layers.spatial import data_format_of


class _SpatialDropout(Dropping):
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
        self.data_format = data_format_of(self, data_format)


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
        self.data_format = data_format_of(self, data_format)


__all__ = ["SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"]
