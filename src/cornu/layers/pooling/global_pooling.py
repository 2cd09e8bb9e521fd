"""Global pooling: one number for each channel of a whole image, sequence or volume."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.spatial import Spatial, agree


class GlobalPooling(Spatial):
    """What the layers of this file share."""

    def __init__(self, data_format: str | None, keepdims: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keepdims = keepdims
        self._over(data_format)


class GlobalMax(GlobalPooling):
    """The largest numbers over all axes of space; equal ones share the gradient."""

    samplewise = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return jnp.max(inputs, self.axes, keepdims=self.keepdims)


class GlobalAverage(GlobalPooling):
    """The means over all axes of space."""

    samplewise = True

    def call(self, inputs: jax.Array) -> jax.Array:
        return jnp.mean(inputs, self.axes, keepdims=self.keepdims)


class GlobalMaxPooling1D(GlobalMax):
    r"""The largest number of each channel over a sequence.

    $$y_c = \max_{t} x_{t,c}$$

    Args:
        data_format: 'channels_last' (default) or 'channels_first'.
        keepdims: whether the axis of steps stays, with size 1.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps)

    Output shape:
        (batch, channels); with `keepdims` (batch, 1, channels), or (batch, channels, 1)

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0, 3.0], [3.0, 5.0]]])
        >>> cornu.layers.GlobalMaxPooling1D()(x).tolist()
        [[3.0, 5.0]]
    """

    rank = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


class GlobalMaxPooling2D(GlobalMax):
    r"""The largest number of each channel over an image.

    $$y_c = \max_{h,w} x_{h,w,c}$$

    Args:
        data_format: 'channels_last' (default) or 'channels_first'.
        keepdims: whether the axes of space stay, with size 1.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        (batch, channels); with `keepdims` (batch, 1, 1, channels), or (batch, channels, 1, 1)

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[[1.0, 3.0]], [[3.0, 5.0]]]])
        >>> cornu.layers.GlobalMaxPooling2D()(x).tolist()
        [[3.0, 5.0]]
    """

    rank = 2

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


class GlobalMaxPooling3D(GlobalMax):
    r"""The largest number of each channel over a volume.

    $$y_c = \max_{d,h,w} x_{d,h,w,c}$$

    Args:
        data_format: 'channels_last' (default) or 'channels_first'.
        keepdims: whether the axes of space stay, with size 1.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        (batch, channels); with `keepdims` (batch, 1, 1, 1, channels), or (batch, channels, 1, 1, 1)

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[[[1.0, 3.0]]], [[[3.0, 5.0]]]]])
        >>> cornu.layers.GlobalMaxPooling3D()(x).tolist()
        [[3.0, 5.0]]
    """

    rank = 3

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


class GlobalAveragePooling1D(GlobalAverage):
    r"""The mean of each channel over a sequence.

    $$y_c = \frac{1}{T} \sum_{t} x_{t,c}$$

    With a mask of shape (batch, steps) only the steps where it is True count; where it is True for
    none, the mean is NaN, 0 / 0.

    Args:
        data_format: 'channels_last' (default) or 'channels_first'.
        keepdims: whether the axis of steps stays, with size 1.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps)

    Output shape:
        (batch, channels); with `keepdims` (batch, 1, channels), or (batch, channels, 1)

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0, 3.0], [3.0, 5.0]]])
        >>> cornu.layers.GlobalAveragePooling1D()(x).tolist()
        [[2.0, 4.0]]

    Source: Lin, Chen, Yan, Network in network, 2014.
    """

    rank = 1
    samplewise = True

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)

    def call(self, inputs: jax.Array, mask: Any = None) -> jax.Array:
        if mask is None:
            return jnp.mean(inputs, self.axes, keepdims=self.keepdims)
        (steps,) = self.axes
        expected = known_shape((inputs.shape[0], inputs.shape[steps]))
        if not agree(known_shape(mask.shape), expected):
            raise ValueError(
                f'{type(self).__name__} "{self.name}": its mask has shape '
                f"{show_shape(known_shape(mask.shape))}, but its input has shape "
                f"{show_shape(known_shape(inputs.shape))}. A mask has a number for each of the steps, "
                f"axis {steps}, of each sample."
            )
        counts = jnp.expand_dims(mask, 3 - steps).astype(bool)
        total = jnp.sum(jnp.where(counts, inputs, 0), steps, keepdims=self.keepdims)
        return total / jnp.sum(counts.astype(inputs.dtype), steps, keepdims=self.keepdims)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """No mask: there are no steps any more."""


class GlobalAveragePooling2D(GlobalAverage):
    r"""The mean of each channel over an image.

    $$y_c = \frac{1}{H W} \sum_{h,w} x_{h,w,c}$$

    Args:
        data_format: 'channels_last' (default) or 'channels_first'.
        keepdims: whether the axes of space stay, with size 1.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        (batch, channels); with `keepdims` (batch, 1, 1, channels), or (batch, channels, 1, 1)

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[[1.0, 3.0]], [[3.0, 5.0]]]])
        >>> cornu.layers.GlobalAveragePooling2D()(x).tolist()
        [[2.0, 4.0]]

    Source: Lin, Chen, Yan, Network in network, 2014.
    """

    rank = 2

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


class GlobalAveragePooling3D(GlobalAverage):
    r"""The mean of each channel over a volume.

    $$y_c = \frac{1}{D H W} \sum_{d,h,w} x_{d,h,w,c}$$

    Args:
        data_format: 'channels_last' (default) or 'channels_first'.
        keepdims: whether the axes of space stay, with size 1.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        (batch, channels); with `keepdims` (batch, 1, 1, 1, channels), or (batch, channels, 1, 1, 1)

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[[[1.0, 3.0]]], [[[3.0, 5.0]]]]])
        >>> cornu.layers.GlobalAveragePooling3D()(x).tolist()
        [[2.0, 4.0]]

    Source: Lin, Chen, Yan, Network in network, 2014.
    """

    rank = 3

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


__all__ = [
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
]
