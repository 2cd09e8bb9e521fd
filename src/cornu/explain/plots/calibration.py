"""`explain.calibration`: whether of what is said with 80% certainty, 80% is so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean
from cornu.explain.plots.classes import judged
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import color, columns, quiet

STRATEGIES = ("uniform", "quantile")
NOTABLE = 0.02  # a mean difference of less is not worth a remedy


class Calibration(Plot):
    """What was found, by bin: `predicted` (mean probability), `observed` (share that is so), `counts`;
    and the expected calibration error `error`."""

    predicted: Any
    observed: Any
    counts: Any
    error: float


def calibration(
    model: Any,
    x: Any,
    y: Any,
    bins: int = 10,
    strategy: str = "uniform",
    label: int | None = None,
    names: Sequence[str] | None = None,
    from_logits: bool = False,
) -> Calibration:
    """Compares probabilities with how often they come true: the reliability diagram.

    Examples are put into bins by their probability. In bin b, of n_b examples, p_b is the mean
    probability, and o_b the share in which it came true. The expected calibration error is
    Σ n_b / n · |o_b - p_b|. For two classes the probability is that of the second; for more, that of
    the class that is said, and it comes true if that class is right.

    Args:
        model: anything with `predict`; or, with x=None, probabilities.
        x: data with a row per example, or None.
        y: true labels, or one-hot rows.
        bins: how many. Default: 10.
        strategy: 'uniform', bins of equal width (the default); or 'quantile', of equally many examples.
        label: the number of a class to look at alone. Default: None.
        names: of the classes. Default: their labels.
        from_logits: whether the outputs come before the sigmoid or softmax. Default: False.

    Raises:
        TypeError: if the model cannot predict, or y is no array.
        ValueError: if outputs are no probabilities, lengths differ, or an argument is out of range.

    Example:
        >>> import cornu
        >>> found = cornu.explain.calibration([0.1, 0.1, 0.9, 0.9], None, [0, 0, 1, 0])
        >>> round(found.error, 3), found.observed.tolist()
        (0.25, [0.0, 0.5])

    Source: Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    _check(bins, strategy)
    found = judged("calibration", model, x, y, names, 0.5, from_logits)
    count = len(found.names)
    if label is not None and (isinstance(label, bool) or label not in range(count)):
        raise ValueError(
            f"explain.calibration(label={label!r}): the number of a class, 0 to {count - 1}, is needed."
        )
    if label is None and count > 2:
        chance = found.chances.max(axis=1)
        true, what = found.chances.argmax(axis=1) == found.truth, "the class said is right"
    else:
        label = 1 if label is None else label
        chance, true, what = found.chances[:, label], found.truth == label, f"it is {found.names[label]}"
    plot = Calibration(lambda figure: _draw(figure, plot, chance, what), "", (5.2, 5.6))
    plot.predicted, plot.observed, plot.counts = _binned(chance, true, bins, strategy)
    plot.error = float(np.average(np.abs(plot.observed - plot.predicted), weights=plot.counts))
    plot.text = _text(plot, what, what.startswith("it is"))
    return plot


def _check(bins: Any, strategy: str) -> None:
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise ValueError(f"explain.calibration(bins={bins!r}): a whole number above 0 is needed.")
    if strategy not in STRATEGIES:
        raise ValueError(
            f'explain.calibration(strategy="{strategy}"): {did_you_mean(str(strategy), STRATEGIES)}'
        )


def _binned(chance: Any, true: Any, bins: int, strategy: str) -> tuple[Any, Any, Any]:
    """Means of probability and truth, and how many, of the bins that are not empty."""
    edges = np.linspace(0, 1, bins + 1)
    if strategy == "quantile":
        edges = np.quantile(chance, edges)
    place = np.searchsorted(edges[1:-1], chance)
    counts = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, weights=each, minlength=bins) for each in (chance, true)]
    some = counts > 0
    return sums[0][some] / counts[some], sums[1][some] / counts[some], counts[some]


def _text(found: Calibration, what: str, two_sided: bool) -> str:
    rows = [["predicted", "observed", "examples"]]
    for predicted, observed, count in zip(found.predicted, found.observed, found.counts, strict=True):
        rows.append([f"{predicted:.1%}", f"{observed:.1%}", f"{count:,}"])
    side = np.where(found.predicted < 0.5, -1, 1) if two_sided else 1
    too = float(np.average(side * (found.predicted - found.observed), weights=found.counts))
    if found.error < NOTABLE:
        verdict = "The probabilities can be taken at their word."
    elif too > found.error / 2:
        verdict = "The model is too sure: try early stopping, Dropout or L2 regularization."
    elif too < -found.error / 2:
        verdict = "The model is less sure than it could be: try more epochs or a larger model."
    else:
        verdict = "It is too sure in places and not sure enough in others: see the bins."
    first = f"Probabilities that {what}: the expected calibration error is {found.error:.1%}."
    return "\n".join([first, *columns(rows, left=0), verdict])


def _draw(figure: Any, found: Calibration, chance: Any, what: str) -> None:
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    quiet(above, f"expected calibration error {found.error:.1%}", "", "how often it is so")
    above.plot([0, 1], [0, 1], "--", color="#8a8a8a", linewidth=1, label="as it should be")
    above.vlines(found.predicted, found.predicted, found.observed, color=color(1), linewidth=1.5)
    above.plot(found.predicted, found.observed, "o-", color=color(0), label="the model")
    above.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    above.legend(frameon=False)
    quiet(below, "", f"predicted probability that {what}", "examples")
    below.hist(chance, bins=20, range=(0, 1), color=color(0), alpha=0.6)


__all__ = ["Calibration", "calibration"]
