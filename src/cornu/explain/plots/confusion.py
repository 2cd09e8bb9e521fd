"""`explain.confusion`: which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.explain.plots.classes import judged
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import columns, quiet

NUMBERED = 20  # classes up to which each cell has its number
PAIRS = 5  # the most frequent confusions that are named


class Confusion(Plot):
    """Who was taken for whom: `matrix[true, said]` counts examples; `accuracy`; by class `precision`
    (of those said, how many are it) and `recall` (of those that are, how many were said), NaN where
    there are none; `names`."""

    matrix: Any
    accuracy: float
    precision: Any
    recall: Any
    names: list[str]


def confusion(
    model: Any,
    x: Any,
    y: Any,
    names: Sequence[str] | None = None,
    threshold: float = 0.5,
    from_logits: bool = False,
) -> Confusion:
    """Counts for each true class how often each class was predicted.

    Args:
        model: anything with `predict`; or, with x=None, predictions: probabilities or labels.
        x: data with a row per example, or None.
        y: true labels, or one-hot rows.
        names: of the classes. Default: their labels.
        threshold: of two classes, from which probability on it is the second. Default: 0.5.
        from_logits: whether the outputs come before the sigmoid or softmax. Default: False.

    Raises:
        TypeError: if the model cannot predict, or y is no array.
        ValueError: if it is not built, lengths differ, labels are not among the classes, or there is
            NaN.

    Example:
        >>> import cornu
        >>> print(cornu.explain.confusion([0.9, 0.2, 0.6, 0.1], None, [1, 0, 0, 0]))
        3 of 4 examples are right: 75.0%.
          true \\ said    0    1  recall
          0              2    1   66.7%
          1              0    1  100.0%
          precision 100.0% 50.0%
        Most frequent: 0 taken for 1 once.
    """
    found = judged("confusion", model, x, y, names, threshold, from_logits, surely=False)
    count = len(found.names)
    matrix = np.bincount(found.truth * count + found.said, minlength=count**2).reshape(count, count)
    right = np.diagonal(matrix)
    plot = Confusion(lambda figure: _draw(figure, matrix, found.names), "", _size(count))
    plot.matrix, plot.names = matrix, found.names
    plot.accuracy = float(right.sum() / matrix.sum())
    plot.precision, plot.recall = (
        np.divide(right, total, out=np.full(count, np.nan), where=total > 0)
        for total in (matrix.sum(axis=0), matrix.sum(axis=1))
    )
    plot.text = _text(plot)
    return plot


def _size(count: int) -> tuple[float, float]:
    side = min(max(3.6, 2.4 + 0.5 * count), 10)
    return side + 1.2, side


def _text(found: Confusion) -> str:
    total, right = int(found.matrix.sum()), int(np.trace(found.matrix))
    lines = [f"{right:,} of {total:,} examples are right: {found.accuracy:.1%}."]
    if len(found.names) <= NUMBERED:
        rows = [["true \\ said", *found.names, "recall"]]
        for name, counts, recall in zip(found.names, found.matrix, found.recall, strict=True):
            rows.append([name, *map(str, counts), _percent(recall)])
        rows.append(["precision", *map(_percent, found.precision), ""])
        lines += columns(rows)
    wrong = found.matrix * (1 - np.eye(len(found.matrix), dtype=int))
    most = [place for place in np.argsort(-wrong, axis=None, kind="stable")[:PAIRS] if wrong.flat[place]]
    said = [_pair(found.names, divmod(int(place), len(wrong)), int(wrong.flat[place])) for place in most]
    if said:
        lines.append(f"Most frequent: {', '.join(said)}.")
    return "\n".join(lines)


def _pair(names: list[str], pair: tuple[int, int], times: int) -> str:
    often = "once" if times == 1 else f"{times:,} times"
    return f"{names[pair[0]]} taken for {names[pair[1]]} {often}"


def _percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{share:.1%}"


def _draw(figure: Any, matrix: Any, names: list[str]) -> None:
    axes = quiet(figure.subplots(), "", "said", "true", grid=False)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(shown, ax=axes, label="share of the true class")
    if len(names) <= 3 * NUMBERED:
        slanted: dict[str, Any] = {}
        if max(map(len, names)) > 3:
            steep = len(names) > NUMBERED
            slanted = {"rotation": 90} if steep else {"rotation": 45, "ha": "right"}
        axes.set_xticks(range(len(names)), names, **slanted)
        axes.set_yticks(range(len(names)), names)
    if len(names) <= NUMBERED:
        for (row, column), times in np.ndenumerate(matrix):
            pen = "white" if shares[row, column] > 0.6 else "black" if times else "#b0b0b0"
            size = 9 if len(names) <= 10 else 7
            axes.text(column, row, str(times), ha="center", va="center", color=pen, fontsize=size)


__all__ = ["Confusion", "confusion"]
