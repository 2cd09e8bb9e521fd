"""What the layers that change colors share: a factor drawn for each image, the range of values."""

from __future__ import annotations

from typing import Any

from cornu.layers.preprocessing.arguments import bounds, interval
from cornu.layers.preprocessing.base import RandomImageLayer, Size

PER_IMAGE = (1, 1, 1)  # one number for each image of a batch


class ColorLayer(RandomImageLayer):
    """Base of layers that draw a number between the bounds of `factor`, and know the `value_range`
    of pixels."""

    factor_bounds: tuple[float, float] = (-1, 1)
    ordered = True  # whether the configuration shows the value range sorted

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.factor = bounds(self, "factor", factor, *self.factor_bounds)
        self.value_range = interval(self, value_range, self.ordered)

    def draw(self, size: Size, seed: Any) -> Any:
        return self.uniform(seed, (size.batch, *PER_IMAGE), *self.factor)
