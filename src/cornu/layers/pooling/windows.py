"""What max and average pooling share: windows, and the steps between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax

from cornu.core.errors import show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.spatial import Spatial, one_of, sizes


class Pooling(Spatial):
    """What the layers of this kind share: a window for each axis of space, and how it moves."""

    samplewise = True
    reduce: ClassVar[Callable[..., Any]]

    def __init__(
        self, pool_size: Any, strides: Any, padding: str, data_format: str | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = sizes(self, "pool_size", pool_size)
        self.strides = self.pool_size if strides is None else sizes(self, "strides", strides)
        self.padding = one_of(self, "padding", padding, ("valid", "same"))
        self._over(data_format)

    def call(self, inputs: jax.Array) -> jax.Array:
        self._check_fit(inputs.shape)
        return type(self).reduce(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def _check_fit(self, shape: Any) -> None:
        shape = known_shape(shape)
        for size, axis in zip(self.pool_size, self.axes, strict=True):
            length = shape[axis]
            if self.padding == "valid" and length is not None and length < size:
                raise ValueError(
                    f'{type(self).__name__} "{self.name}": a window of {size} does not fit into axis '
                    f"{axis}, which has size {length}: pool_size={self.pool_size}, and the input has "
                    f"shape {show_shape(shape)}. Make pool_size smaller, leave out a layer of pooling "
                    "before this one, or write padding='same'."
                )
