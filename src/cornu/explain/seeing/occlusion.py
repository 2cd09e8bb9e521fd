"""`explain.occlusion`: how much a number of the model falls when a part of the image is covered."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.explain.numbers import number
from cornu.explain.seeing.inputs import Score, channels_last, one_sample
from cornu.explain.seeing.inside import Inside
from cornu.explain.seeing.panels import Attribution, beside, displayed, show, symmetric

NUMBERS = 1 << 20  # of covered images that are given to the model at once
MOST = 20_000  # places
NO_SIZE = (
    "explain.occlusion({name}={value!r}): a whole number of pixels from 1 to {most} is needed, the "
    "shorter side of the image, which is {height} x {width}."
)
TOO_MANY = (
    "explain.occlusion: a patch of size {size} at a stride of {stride} has {count:,} places in this "
    "image; at most {most:,} are tried. Give a larger stride, such as stride={better}."
)


class Occlusion(Attribution):
    """`drops` has a number for each place of the patch, `array` their mean over each pixel."""

    def __init__(self, *arguments: Any, drops: Any) -> None:
        super().__init__(*arguments)
        self.drops = drops


def occlusion(
    model: Any,
    image: Any,
    size: int | None = None,
    stride: int | None = None,
    index: int | None = None,
    baseline: float = 0.0,
) -> Occlusion:
    r"""Covers an image with a patch at one place after another, and tells how much the output falls.

    $$d_p = f(x) - f(x \text{ covered at } p)$$

    Above 0, what is covered speaks for the class; below 0, against it. No gradient is needed.

    Args:
        model: a built model.
        image: one image, with or without an axis for the batch.
        size: side of the patch in pixels. Default: a sixth of the image's shorter side.
        stride: pixels from one place to the next; the last ones end at the border. Default: half of
            `size`.
        index: the class. Default: the one that is predicted.
        baseline: what the patch is filled with. Default: 0.

    Returns:
        the image beside a map of the drops; `drops` for each place, `array` (height, width) the mean of
        the drops of all patches over a pixel, `index` and `score` for programs.

    Raises:
        ValueError: if the model is not built or takes several inputs, there is no such class, the image
            has another shape than the model takes or holds NaN, or a size does not fit into it.
        TypeError: if it is no model, or the image is made of no numbers.
        ImportError: when it is drawn without matplotlib.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential(
        ...     [cornu.Input((2, 2, 1)), cornu.layers.Flatten(), cornu.layers.Dense(1, use_bias=False)]
        ... )
        >>> model.set_weights([[[1.0], [2.0], [3.0], [4.0]]])
        >>> cornu.explain.occlusion(model, np.ones((2, 2, 1)), size=1).drops.tolist()
        [[1.0, 2.0], [3.0, 4.0]]

    Source: Zeiler, Fergus, Visualizing and Understanding Convolutional Networks, 2014.
    """
    x = one_sample("occlusion", model, image, "image", image=True)
    inside = Inside("occlusion", model, x)
    score = Score(inside, index)
    last = channels_last(x, inside)
    height, width = x.shape[1:3] if last else x.shape[2:4]
    size = max(1, min(height, width) // 6) if size is None else _checked("size", size, height, width)
    stride = max(1, size // 2) if stride is None else _checked("stride", stride, height, width)
    tops, lefts = _starts(height, size, stride), _starts(width, size, stride)
    places = [(top, left) for top in tops for left in lefts]
    if len(places) > MOST:
        better = int(np.ceil(stride * np.sqrt(len(places) / MOST)))
        about = {"size": size, "stride": stride, "count": len(places), "most": MOST}
        raise ValueError(TOO_MANY.format(**about, better=better))
    whole, covered = _scores(inside, score, x, places, size, baseline, last)
    drops = (whole - covered).reshape(len(tops), len(lefts))
    array = _over_pixels(drops, places, size, (height, width))
    assert score.index is not None
    return Occlusion(
        lambda figure: _draw(figure, displayed(x[0], last), array, f"class {score.index}"),
        _text(score.index, whole, drops, places, size, stride),
        beside(2),
        *(array, score.index, whole),
        drops=drops,
    )


def _checked(name: str, value: Any, height: int, width: int) -> int:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not 1 <= value <= min(height, width):
        about = {"name": name, "value": value, "most": min(height, width)}
        raise ValueError(NO_SIZE.format(**about, height=height, width=width))
    return int(value)


def _starts(length: int, size: int, stride: int) -> list[int]:
    """Where the patch begins along an axis; at the end it touches the border.

    >>> _starts(5, 2, 2)
    [0, 2, 3]
    """
    starts = list(range(0, length - size + 1, stride))
    return starts if starts[-1] == length - size else [*starts, length - size]


def _scores(
    inside: Inside, score: Score, x: Any, places: Any, size: int, baseline: float, last: bool
) -> Any:
    """The score of the image, and of the image covered at each place: batch by batch in one program."""
    program = inside.program(lambda batch: score.all(inside.model(batch, training=False)))
    rows = max(1, min(len(places) + 1, NUMBERS // x.size))
    found: list[Any] = []
    for start in range(0, len(places) + 1, rows):
        batch = np.repeat(x, rows, axis=0)  # the first of all is the image as it is
        for row, place in enumerate([None, *places][start : start + rows]):
            if place is not None:
                y, z = slice(place[0], place[0] + size), slice(place[1], place[1] + size)
                batch[(row, y, z) if last else (row, slice(None), y, z)] = baseline
        found.append(program(batch))
        if start == 0:
            score.choose(found[0])
    scores = np.concatenate(found)[: len(places) + 1, score.index].astype("float64")
    return float(scores[0]), scores[1:]


def _over_pixels(drops: Any, places: Any, size: int, shape: tuple[int, int]) -> Any:
    """The mean of the drops of all patches that lie over a pixel; 0 where none does."""
    total, count = np.zeros(shape), np.zeros(shape)
    for (top, left), drop in zip(places, drops.reshape(-1), strict=True):
        total[top : top + size, left : left + size] += drop
        count[top : top + size, left : left + size] += 1
    return total / np.maximum(count, 1)


def _text(index: int, whole: float, drops: Any, places: Any, size: int, stride: int) -> str:
    high, low = int(drops.argmax()), int(drops.argmin())
    lines = [
        f"Occlusion of class {index} (output: {number(whole)}), {len(places):,} places of a patch of "
        f"{size} x {size} pixels at a stride of {stride}:"
    ]
    values = drops.reshape(-1)
    if values[high] > 0:
        top, left = places[high]
        lines.append(
            f"  covering row {top}, column {left} costs most: {number(whole)} falls to "
            f"{number(whole - values[high])}"
        )
    if values[low] < 0:
        top, left = places[low]
        lines.append(
            f"  covering row {top}, column {left} helps most: {number(whole)} rises to "
            f"{number(whole - values[low])}"
        )
    return "\n".join(lines if len(lines) > 1 else [*lines, "  no place makes a difference"])


def _draw(figure: Any, image: Any, array: Any, title: str) -> None:
    left, right = figure.subplots(1, 2)
    show(left, image, "image")
    drawn = show(right, array, f"what speaks for {title}", **symmetric(array))
    figure.colorbar(drawn, ax=[left, right], shrink=0.8).ax.tick_params(labelsize=8)


__all__ = ["Occlusion", "occlusion"]
