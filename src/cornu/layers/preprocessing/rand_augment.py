"""RandAugment: a few layers chosen by chance, one after the other."""

from __future__ import annotations

from typing import Any

from cornu import random
from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.arguments import bounds, interval
from cornu.layers.preprocessing.base import ImageLayer, Size
from cornu.layers.preprocessing.policies import Policy, as_function, choose, in_turn


class RandAugment(Policy):
    """While training, applies a few operations, each chosen among eleven for the whole batch.

    They are RandomShear, RandomTranslation, RandomRotation, RandomBrightness,
    RandomColorDegeneration, RandomContrast, RandomSharpness, RandomPosterization, Solarization,
    AutoContrast and Equalization.

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        num_ops: how many are applied one after another, 2 by default.
        factor: their strength: two bounds within 0..1; a number f (0.5 by default) stands for
            (0, f).
        interpolation: of those that move pixels: 'bilinear' (default) or 'nearest'.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1, or `num_ops` is no positive whole number.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RandAugment(seed=1)(np.ones((2, 8, 8, 3)), training=True).shape
        (2, 8, 8, 3)

    Source: Cubuk et al., RandAugment, 2020.
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.value_range = interval(self, value_range, ordered=False)
        self.num_ops = positive_int(self, "num_ops", num_ops)
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.interpolation = interpolation
        self._make_operations(self.factor, self.OPERATIONS)

    def draw(self, size: Size, seed: Any) -> Any:
        chosen = random.randint((self.num_ops,), 0, len(self.OPERATIONS), seed=seed.next())
        return chosen, [operation.draw(size, seed) for operation in self.operations()]

    def apply(self, images: Any, drawn: Any, on_masks: bool = False) -> Any:
        chosen, drawn_by_each = drawn
        pairs = zip(self.operations(), drawn_by_each, strict=True)
        branches = [as_function(operation, its, on_masks) for operation, its in pairs]
        return in_turn(lambda images, index: choose(index, branches, images), images, chosen)

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self.apply(masks, drawn, on_masks=True)

    def move_boxes(self, boxes: Any, drawn: Any, size: Size) -> Any:
        def moving(layer: ImageLayer, its: Any) -> Any:
            return lambda boxes: layer.move_boxes(boxes, its, size) if layer.moves else boxes

        branches = [moving(*pair) for pair in zip(self.operations(), drawn[1], strict=True)]
        return in_turn(lambda boxes, index: choose(index, branches, boxes), boxes, drawn[0])


__all__ = ["RandAugment"]
