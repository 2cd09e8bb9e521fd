"""Max pooling: the greatest number of each window."""

from __future__ import annotations

from typing import Any

from cornu.layers.pooling.windows import Pooling
from cornu.ops.formulas.pooling import max_pool


class MaxPooling1D(Pooling):
    r"""The largest number of each window of a sequence, for each channel.

    $$y_{t,c} = \max_{0 \le i < p} x_{s t + i,\,c}$$

    Of equal numbers in a window the first gets the whole gradient.

    Args:
        pool_size: size of the window $p$; 2 by default.
        strides: step of the window $s$; that of `pool_size` by default, so that windows lie side
            by side.
        padding: 'valid' (default), only windows inside of the input; 'same', windows beyond the
            edges as well, so that the output has ceil(size / s) of them.
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
        >>> cornu.layers.MaxPooling1D(2)(x).ravel().tolist()
        [3.0, 5.0]

    Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies, 2007.
    """

    rank = 1
    reduce = max_pool

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


class MaxPooling2D(Pooling):
    r"""The largest number of each window of an image, for each channel.

    $$y_{h,w,c} = \max_{0 \le i < p_1,\, 0 \le j < p_2} x_{s_1 h + i,\, s_2 w + j,\,c}$$

    Of equal numbers in a window the first gets the whole gradient.

    Args:
        pool_size: size of the window $p$ along (height, width), or one number for both; (2, 2) by
            default.
        strides: step of the window $s$; that of `pool_size` by default, so that windows lie side
            by side.
        padding: 'valid' (default), only windows inside of the input; 'same', windows beyond the
            edges as well, so that the output has ceil(size / s) of them.
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
        >>> cornu.layers.MaxPooling2D(2)(x)[0, :, :, 0].tolist()
        [[5.0, 7.0], [13.0, 15.0]]

    Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies, 2007.
    """

    rank = 2
    reduce = max_pool

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


class MaxPooling3D(Pooling):
    r"""The largest number of each window of a volume, for each channel.

    $$y_{d,h,w,c} = \max_{i,j,k} x_{s_1 d + i,\, s_2 h + j,\, s_3 w + k,\,c}, \quad
    0 \le i < p_1,\, 0 \le j < p_2,\, 0 \le k < p_3$$

    Of equal numbers in a window the first gets the whole gradient.

    Args:
        pool_size: size of the window $p$ along (depth, height, width), or one number for all;
            (2, 2, 2) by default.
        strides: step of the window $s$; that of `pool_size` by default, so that windows lie side
            by side.
        padding: 'valid' (default), only windows inside of the input; 'same', windows beyond the
            edges as well, so that the output has ceil(size / s) of them.
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
        >>> cornu.layers.MaxPooling3D(2)(x).shape
        (1, 2, 2, 2, 3)

    Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies, 2007.
    """

    rank = 3
    reduce = max_pool

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


__all__ = ["MaxPooling1D", "MaxPooling2D", "MaxPooling3D"]
