"""`explain.misclassified`: where a model is most surely wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.explain.plots.classes import Judged, judged
from cornu.explain.plots.outputs import as_rows
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import brief, color, columns, panels, quiet

CHANNELS = (1, 3, 4)
VALUES = 6  # of a row that are written out


class Misclassified(Plot):
    """The examples that are wrong, the surest first: `rows` with `index`, `true`, `said`, `probability`
    (of what was said), `probability_of_true`; and how many there are in all, `wrong` of `total`."""

    rows: list[dict[str, Any]]
    wrong: int
    total: int


def misclassified(
    model: Any,
    x: Any,
    y: Any,
    names: Sequence[str] | None = None,
    count: int = 12,
    image_shape: tuple[int, ...] | None = None,
    predictions: Any = None,
    from_logits: bool = False,
) -> Misclassified:
    """Shows the examples that the model gets wrong with the highest probability, as pictures if they
    are images, else as rows. Often it is their label that is wrong.

    Args:
        model: anything with `predict`.
        x: images, (rows, height, width) or with 1, 3 or 4 channels behind; or rows of features.
        y: true labels, or one-hot rows.
        names: of the classes. Default: their labels.
        count: how many to show at most. Default: 12.
        image_shape: (height, width) or (height, width, channels) of images that are rows of x. Default:
            None.
        predictions: probabilities that are known already, in place of a call of `predict`. Default:
            None.
        from_logits: whether the outputs come before the sigmoid or softmax. Default: False.

    Raises:
        TypeError: if the model cannot predict, or x or y are no arrays.
        ValueError: if outputs are no probabilities, lengths differ, or the image's shape does not fit.

    Example:
        >>> import cornu
        >>> import numpy as np
        >>> model = cornu.Sequential([cornu.Input((1,)), cornu.layers.Dense(1, activation="sigmoid")])
        >>> model.set_weights([np.array([[2.0]]), np.array([0.0])])
        >>> print(cornu.explain.misclassified(model, [[-1.0], [2.0], [3.0]], [0, 0, 1]))
        1 of 3 examples is wrong. The surest:
          row  true  said  probability  of the true class  values
            1     0     1        98.2%               1.8%       2
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"explain.misclassified(count={count!r}): a whole number above 0 is needed.")
    x = as_rows("misclassified", "x", x)
    known = predictions is not None
    found = judged(
        "misclassified",
        predictions if known else model,
        None if known else x,
        y,
        names,
        0.5,
        from_logits,
    )
    if len(found.truth) != len(x):
        raise ValueError(
            f"explain.misclassified: x has {len(x):,} rows, but y has {len(found.truth):,}."
        )
    images = _images(x, image_shape)
    wrong = np.flatnonzero(found.said != found.truth)
    surest = wrong[np.argsort(-found.chances[wrong, found.said[wrong]], kind="stable")][:count]
    rows = [_row(found, int(index)) for index in surest]
    drawn = _as_rows if images is None else _as_images
    values = x if images is None else images
    size = _size(len(rows), images is not None)
    plot = Misclassified(lambda figure: drawn(figure, rows, values), "", size)
    plot.rows, plot.wrong, plot.total = rows, len(wrong), len(x)
    plot.text = _text(plot, x if images is None else None)
    return plot


def _images(x: Any, shape: tuple[int, ...] | None) -> Any:
    """The rows as images, None if they are none."""
    if shape is not None:
        size = int(np.prod(shape))
        if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in CHANNELS):
            raise ValueError(
                f"explain.misclassified(image_shape={shape}): (height, width) is needed, or with 1, 3 "
                "or 4 channels behind."
            )
        if x[0].size != size:
            raise ValueError(
                f"explain.misclassified(image_shape={shape}): that is {size} numbers, but a row of x "
                f"has {x[0].size}."
            )
        x = x.reshape(len(x), *shape)
    elif x.ndim == 2 or (x.ndim == 4 and x.shape[3] not in CHANNELS) or x.ndim not in (3, 4):
        return None
    return x[..., 0] if x.ndim == 4 and x.shape[3] == 1 else x


def _row(found: Judged, index: int) -> dict[str, Any]:
    true, said = int(found.truth[index]), int(found.said[index])
    return {
        "index": index,
        "true": found.names[true],
        "said": found.names[said],
        "probability": float(found.chances[index, said]),
        "probability_of_true": float(found.chances[index, true]),
    }


def _text(found: Misclassified, x: Any) -> str:
    if not found.rows:
        return f"All {found.total:,} examples are right."
    verb = "is" if found.wrong == 1 else "are"
    lines = [
        ["row", "true", "said", "probability", "of the true class", *([] if x is None else ["values"])]
    ]
    for row in found.rows:
        shares = [f"{row['probability']:.1%}", f"{row['probability_of_true']:.1%}"]
        values = [] if x is None else [_values(x[row["index"]])]
        lines.append([str(row["index"]), row["true"], row["said"], *shares, *values])
    first = f"{found.wrong:,} of {found.total:,} examples {verb} wrong. The surest:"
    return "\n".join([first, *columns(lines, left=0)])


def _values(row: Any) -> str:
    flat = np.asarray(row).reshape(-1)
    shown = [each if isinstance(each, str) else brief(each) for each in flat[:VALUES]]
    return ", ".join(shown) + ", ..." * (len(flat) > VALUES)


def _size(count: int, images: bool) -> tuple[float, float]:
    if images:
        return 1.7 * min(max(count, 1), 6), 2.5 * -(-max(count, 1) // 6)
    return 7, 1.2 + 0.36 * max(count, 1)


def _as_images(figure: Any, rows: list[dict[str, Any]], images: Any) -> None:
    if not rows:
        _nothing(figure)
        return
    shown = images[[row["index"] for row in rows]].astype("float64")
    low, high = shown.min(), shown.max()
    if low < 0 or high > 1:
        whole = low >= 0 and high <= 255
        low, high = (0, 255) if whole else (low, high)
        shown = (shown - low) / (high - low)
    for axes, row, image in zip(panels(figure, len(rows), 6), rows, shown, strict=True):
        axes.imshow(image, cmap="gray", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        title = f"{row['said']} ({row['probability']:.0%})\ntrue: {row['true']}"
        axes.set_title(title, fontsize=9)
        axes.set_xlabel(f"row {row['index']}", fontsize=8)


def _as_rows(figure: Any, rows: list[dict[str, Any]], x: Any) -> None:
    if not rows:
        _nothing(figure)
        return
    axes = quiet(figure.subplots(), "", "probability")
    places = np.arange(len(rows))
    for key, pen, shift, label in (
        ("probability", 1, -0.18, "of the class said"),
        ("probability_of_true", 0, 0.18, "of the true class"),
    ):
        axes.barh(places + shift, [row[key] for row in rows], 0.34, color=color(pen), label=label)
    axes.set_yticks(places, [f"row {r['index']}: said {r['said']}, is {r['true']}" for r in rows])
    axes.set(xlim=(0, 1))
    axes.invert_yaxis()
    figure.legend(frameon=False, loc="outside upper right", ncols=2)


def _nothing(figure: Any) -> None:
    axes = figure.subplots()
    axes.axis("off")
    axes.text(0.5, 0.5, "All are right.", ha="center", va="center")


__all__ = ["Misclassified", "misclassified"]
