"""What all initializers have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core import dtypes
from cornu.core.config import Configurable
from cornu.core.errors import describe, show_shape


class Initializer(Configurable):
    """Base of all initializers: a function from a shape and a dtype to an array.

    Example:
        >>> class Half(Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return np.full(shape, 0.5, dtype)
        >>> Half()((2,)).tolist()
        [0.5, 0.5]
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} must define __call__(self, shape, dtype=None) and return an "
            "array of that shape."
        )

    def clone(self) -> Any:
        """Another initializer with the same configuration."""
        return self.from_config(self.get_config())


def known(owner: Initializer, shape: Any, rank: int | None = None) -> tuple[int, ...]:
    """The shape as a tuple, which must be fully known, and have this many axes if that matters."""
    if not isinstance(shape, (tuple, list)) or not all(
        isinstance(size, (int, np.integer)) and size >= 0 for size in shape
    ):
        shown = show_shape(shape) if isinstance(shape, (tuple, list)) else describe(shape)
        raise ValueError(
            f"{type(owner).__name__}: shape must be a tuple of known sizes, got shape={shown}. "
            "Write for example shape=(3, 2)."
        )
    if rank is not None and len(shape) != rank:
        raise ValueError(
            f"{type(owner).__name__}: shape must have {rank} sizes, "
            f"got shape={show_shape(shape)}. Use another initializer for this weight."
        )
    return tuple(int(size) for size in shape)


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """The NumPy dtype of whatever names one; None is `floatx`."""
    return dtypes.numpy_dtype(dtypes.standardize(dtype))
