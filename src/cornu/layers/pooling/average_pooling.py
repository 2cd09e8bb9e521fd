"""Average pooling: the mean of each window."""

from __future__ import annotations

from typing import Any

from cornu.layers.pooling.windows import Pooling
from cornu.ops.formulas.pooling import average_pool


class AveragePooling1D(Pooling):
    r"""The mean of each window of a sequence, for each channel.

    $$y_{t,c} = \frac{1}{p} \sum_{i} x_{s t + i,\,c}$$

    Args:
        pool_size: size of the window $p$.
        strides: step of the window $s$; that of `pool_size` by default, so that windows lie side
            by side.
        padding: 'valid' (default), only windows inside of the input; 'same', windows beyond the
            edges as well, so that the output has ceil(size / s) of them; what is beyond the
            edges does not count.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, steps, channels), or (batch, channels, steps)

    Output shape:
        the same rank; the axis of steps has floor((size - p) / s) + 1 numbers, or ceil(size / s)

    Raises:
        ValueError: if a size or stride is no whole number above 0, or a window does not fit into
            the input.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0], [3.0], [2.0], [5.0]]])
        >>> cornu.layers.AveragePooling1D(2)(x).ravel().tolist()
        [2.0, 3.5]

    Source: LeCun et al., Gradient-based learning applied to document recognition, 1998.
    """

    rank = 1
    reduce = average_pool

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


class AveragePooling2D(Pooling):
    r"""The mean of each window of an image, for each channel.

    $$y_{h,w,c} = \frac{1}{p_1 p_2} \sum_{i,j} x_{s_1 h + i,\, s_2 w + j,\,c}$$

    Args:
        pool_size: size of the window $p$ along (height, width), or one number for both.
        strides: step of the window $s$; that of `pool_size` by default, so that windows lie side
            by side.
        padding: 'valid' (default), only windows inside of the input; 'same', windows beyond the
            edges as well, so that the output has ceil(size / s) of them; what is beyond the
            edges does not count.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels), or (batch, channels, height, width)

    Output shape:
        the same rank; an axis of space has floor((size - p) / s) + 1 numbers, or ceil(size / s)

    Raises:
        ValueError: if a size or stride is no whole number above 0, or a window does not fit into
            the input.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
        >>> cornu.layers.AveragePooling2D(2)(x)[0, :, :, 0].tolist()
        [[2.5, 4.5], [10.5, 12.5]]

    Source: LeCun et al., Gradient-based learning applied to document recognition, 1998.
    """

    rank = 2
    reduce = average_pool

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


class AveragePooling3D(Pooling):
    r"""The mean of each window of a volume, for each channel.

    $$y_{d,h,w,c} = \frac{1}{p_1 p_2 p_3} \sum_{i,j,k} x_{s_1 d + i,\, s_2 h + j,\, s_3 w + k,\,c}$$

    Args:
        pool_size: size of the window $p$ along (depth, height, width), or one number for all.
        strides: step of the window $s$; that of `pool_size` by default, so that windows lie side
            by side.
        padding: 'valid' (default), only windows inside of the input; 'same', windows beyond the
            edges as well, so that the output has ceil(size / s) of them; what is beyond the
            edges does not count.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, depth, height, width, channels), or (batch, channels, depth, height, width)

    Output shape:
        the same rank; an axis of space has floor((size - p) / s) + 1 numbers, or ceil(size / s)

    Raises:
        ValueError: if a size or stride is no whole number above 0, or a window does not fit into
            the input.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.ones((1, 4, 4, 4, 3))
        >>> cornu.layers.AveragePooling3D(2)(x).shape
        (1, 2, 2, 2, 3)

    Source: LeCun et al., Gradient-based learning applied to document recognition, 1998.
    """

    rank = 3
    reduce = average_pool

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


__all__ = ["AveragePooling1D", "AveragePooling2D", "AveragePooling3D"]
