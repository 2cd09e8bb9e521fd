"""Images side by side in a figure of matplotlib."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cornu.explain.plots.plot import Plot

LABEL = 9.0  # size of titles, in points
SIDE = 2.1  # width and height of a panel in inches


class Attribution(Plot):
    """How much each part of an input counts for one number that the model gives.

    `array` has a number for each pixel or feature, `index` says which output is explained, `score` is
    its value.
    """

    def __init__(
        self, draw: Any, text: str, size: tuple[float, float], array: Any, index: int, score: float
    ) -> None:
        super().__init__(draw, text, size)
        self.array, self.index, self.score = array, index, score


def displayed(image: Any, last: bool = True) -> Any:
    """An image as matplotlib shows it: from 0 to 1, grey ones with two axes, of more channels the mean.

    >>> displayed(np.array([[[0.0], [255.0]]])).tolist()
    [[0.0, 1.0]]
    """
    image = np.asarray(image, "float32")
    image = image if last else np.moveaxis(image, 0, -1)
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 1:  # else it keeps its brightness
        image = (image - min(low, 0.0)) / (max(high, 1e-12) - min(low, 0.0))
    if image.shape[-1] == 1:
        return image[..., 0]
    return image[..., :3] if image.shape[-1] in (3, 4) else image.mean(-1)


def show(axes: Any, image: Any, title: str = "", **how: Any) -> Any:
    """One image, without axes; grey unless told otherwise."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(0.5)
    if title:
        axes.set_title(title, fontsize=LABEL)
    return axes.imshow(image, **{"cmap": "gray", "interpolation": "nearest", **how})


def symmetric(array: Any) -> dict[str, Any]:
    """Colours for numbers around 0: blue below, white at it, red above."""
    size = float(np.abs(array).max(initial=0.0)) or 1.0
    return {"cmap": "RdBu_r", "vmin": -size, "vmax": size}


def beside(count: int) -> tuple[float, float]:
    """The size of a figure of so many panels in a row, with room for a scale."""
    return (SIDE * count + 0.8, SIDE + 0.4)


def spread(total: int, most: int) -> list[int]:
    """At most so many of the numbers below `total`, at equal distances.

    >>> spread(3, 8), spread(64, 4)
    ([0, 1, 2], [0, 21, 42, 63])
    """
    if total <= most:
        return list(range(total))
    return [round(n * (total - 1) / (most - 1)) for n in range(most)] if most > 1 else [0]


def tiled(images: list[Any], columns: int, gap: float = math.nan) -> Any:
    """Images of one size as one, in rows of so many, with a gap of one pixel between them.

    >>> tiled([np.ones((1, 2)), np.zeros((1, 2))], 2, gap=5).tolist()
    [[1.0, 1.0, 5.0, 0.0, 0.0]]
    """
    height, width = images[0].shape[:2]
    rows = math.ceil(len(images) / columns)
    columns = min(columns, len(images))
    shape = (rows * (height + 1) - 1, columns * (width + 1) - 1, *images[0].shape[2:])
    whole = np.full(shape, gap, "float32")
    for number, image in enumerate(images):
        top, left = (number // columns) * (height + 1), (number % columns) * (width + 1)
        whole[top : top + height, left : left + width] = image
    return whole


__all__ = ["Attribution", "beside", "displayed", "show", "spread", "symmetric", "tiled"]
