"""Adaptive pooling: windows as large as a given number of them needs, whatever the input's size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax

from cornu.layers.spatial import Spatial, sizes
from cornu.ops.formulas.pooling import adaptive_average_pool, adaptive_max_pool


class AdaptivePooling(Spatial):
    """What the layers of this file share."""

    samplewise = True
    reduce: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_size = sizes(self, "output_size", output_size, wrong_type=TypeError)
        self._over(data_format)

    def call(self, inputs: jax.Array) -> jax.Array:
        return type(self).reduce(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling1D(AdaptivePooling):
    r"""The largest number of each of `output_size` windows that cover a sequence evenly.

    Along an axis of size $n$, window $i$ of $m$ goes from $\lfloor i n / m \rfloor$ up to, not
    including, $\lceil (i + 1) n / m \rceil$.

    Args:
        output_size: number of windows $m$.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps)

    Output shape:
        (batch, output_size, channels), or (batch, channels, output_size)

    Raises:
        TypeError: if `output_size` is no whole number.
        ValueError: if it is below 1.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0], [3.0], [2.0]]])
        >>> cornu.layers.AdaptiveMaxPooling1D(2)(x).ravel().tolist()
        [3.0, 3.0]

    Source: He et al., Spatial pyramid pooling in deep convolutional networks, 2014.
    """

    rank = 1
    reduce = adaptive_max_pool


class AdaptiveMaxPooling2D(AdaptivePooling):
    r"""The largest number of each of `output_size` windows that cover an image evenly.

    Along an axis of size $n$, window $i$ of $m$ goes from $\lfloor i n / m \rfloor$ up to, not
    including, $\lceil (i + 1) n / m \rceil$.

    Args:
        output_size: number of windows $m$ along (height, width), or one number for both.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        (batch, *output_size, channels), or (batch, channels, *output_size)

    Raises:
        TypeError: if `output_size` is neither a whole number nor a tuple of them.
        ValueError: if it is below 1, or has another number of sizes.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.arange(9.0).reshape(1, 3, 3, 1)
        >>> cornu.layers.AdaptiveMaxPooling2D(2)(x)[0, :, :, 0].tolist()
        [[4.0, 5.0], [7.0, 8.0]]

    Source: He et al., Spatial pyramid pooling in deep convolutional networks, 2014.
    """

    rank = 2
    reduce = adaptive_max_pool


class AdaptiveMaxPooling3D(AdaptivePooling):
    r"""The largest number of each of `output_size` windows that cover a volume evenly.

    Along an axis of size $n$, window $i$ of $m$ goes from $\lfloor i n / m \rfloor$ up to, not
    including, $\lceil (i + 1) n / m \rceil$.

    Args:
        output_size: number of windows $m$ along (depth, height, width), or one number for all.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        (batch, *output_size, channels), or (batch, channels, *output_size)

    Raises:
        TypeError: if `output_size` is neither a whole number nor a tuple of them.
        ValueError: if it is below 1, or has another number of sizes.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.ones((1, 5, 6, 7, 2))
        >>> cornu.layers.AdaptiveMaxPooling3D((2, 3, 4))(x).shape
        (1, 2, 3, 4, 2)

    Source: He et al., Spatial pyramid pooling in deep convolutional networks, 2014.
    """

    rank = 3
    reduce = adaptive_max_pool


class AdaptiveAveragePooling1D(AdaptivePooling):
    r"""The mean of each of `output_size` windows that cover a sequence evenly.

    Along an axis of size $n$, window $i$ of $m$ goes from $\lfloor i n / m \rfloor$ up to, not
    including, $\lceil (i + 1) n / m \rceil$.

    Args:
        output_size: number of windows $m$.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps)

    Output shape:
        (batch, output_size, channels), or (batch, channels, output_size)

    Raises:
        TypeError: if `output_size` is no whole number.
        ValueError: if it is below 1.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0], [3.0], [2.0]]])
        >>> cornu.layers.AdaptiveAveragePooling1D(2)(x).ravel().tolist()
        [2.0, 2.5]

    Source: He et al., Spatial pyramid pooling in deep convolutional networks, 2014.
    """

    rank = 1
    reduce = adaptive_average_pool


class AdaptiveAveragePooling2D(AdaptivePooling):
    r"""The mean of each of `output_size` windows that cover an image evenly.

    Along an axis of size $n$, window $i$ of $m$ goes from $\lfloor i n / m \rfloor$ up to, not
    including, $\lceil (i + 1) n / m \rceil$.

    Args:
        output_size: number of windows $m$ along (height, width), or one number for both.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        (batch, *output_size, channels), or (batch, channels, *output_size)

    Raises:
        TypeError: if `output_size` is neither a whole number nor a tuple of them.
        ValueError: if it is below 1, or has another number of sizes.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.arange(9.0).reshape(1, 3, 3, 1)
        >>> cornu.layers.AdaptiveAveragePooling2D(2)(x)[0, :, :, 0].tolist()
        [[2.0, 3.0], [5.0, 6.0]]

    Source: He et al., Spatial pyramid pooling in deep convolutional networks, 2014.
    """

    rank = 2
    reduce = adaptive_average_pool


class AdaptiveAveragePooling3D(AdaptivePooling):
    r"""The mean of each of `output_size` windows that cover a volume evenly.

    Along an axis of size $n$, window $i$ of $m$ goes from $\lfloor i n / m \rfloor$ up to, not
    including, $\lceil (i + 1) n / m \rceil$.

    Args:
        output_size: number of windows $m$ along (depth, height, width), or one number for all.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        (batch, *output_size, channels), or (batch, channels, *output_size)

    Raises:
        TypeError: if `output_size` is neither a whole number nor a tuple of them.
        ValueError: if it is below 1, or has another number of sizes.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.ones((1, 5, 6, 7, 2))
        >>> cornu.layers.AdaptiveAveragePooling3D((2, 3, 4))(x).shape
        (1, 2, 3, 4, 2)

    Source: He et al., Spatial pyramid pooling in deep convolutional networks, 2014.
    """

    rank = 3
    reduce = adaptive_average_pool


__all__ = [
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
]
