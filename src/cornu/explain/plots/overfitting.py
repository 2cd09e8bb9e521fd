"""`explain.overfitting`: where validation was best, and how far it has gone since."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean
from cornu.explain.plots.curves import draw_log
from cornu.explain.plots.histories import Record, record
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import GREY, brief, color, quiet, whole_ticks
from cornu.training.callbacks.history import other_spelling

NO_VALIDATION = (
    "explain.overfitting: the history has no validation, so it cannot tell. Keep some rows aside: "
    "model.fit(x, y, validation_split=0.2), or give validation_data=(x, y)."
)
NO_DIRECTION = (
    'explain.overfitting(monitor="{monitor}"): the name does not tell whether more is better. Write '
    'mode="max" if it is, else mode="min".'
)
NO_NUMBER = (
    'explain.overfitting: "{monitor}" is no number in any epoch. Try a smaller learning rate, and look '
    "at the data for NaN."
)
SLACK = 0.05  # of the range that a log has moved in: less than that is no change

#: What each verdict means, and what to try.
VERDICTS = {
    "overfitting": (
        "The model overfits: validation gets worse while training gets better.",
        "Try: stop there, with callbacks.EarlyStopping(monitor={monitor!r}, patience={patience}, "
        "restore_best_weights=True); fewer or smaller layers; Dropout; L2 regularization; more data, or "
        "augmented data.",
    ),
    "diverging": (
        "Training itself got worse after that: this is not overfitting.",
        "Try: a smaller learning rate (explain.learning_rates finds one), or a larger batch.",
    ),
    "learning": (
        "The last epoch is the best: nothing speaks of overfitting yet.",
        "Try: more epochs.",
    ),
    "level": (
        "Validation has hardly changed since.",
        "Try: callbacks.EarlyStopping(monitor={monitor!r}, patience={patience}); to get further, a "
        "larger model or other features.",
    ),
}


class Overfitting(Plot):
    """What was found: `verdict` ('overfitting', 'diverging', 'learning' or 'level'), `best_epoch` (from
    1), `best`, `last`, `epochs_since`, `change` (last - best), `gap` (last validation - last
    training)."""

    verdict: str
    best_epoch: int
    best: float
    last: float
    epochs_since: int
    change: float
    gap: float | None


def overfitting(history: Any, monitor: str = "val_loss", mode: str = "auto") -> Overfitting:
    """Marks the epoch at which validation was best, and says how far it has gone since.

    It overfits if validation is worse at the end than at its best by more than a twentieth of the range
    it moved in, while training has gone on to get better.

    Args:
        history: what `fit` with validation returned, or a dict of lists.
        monitor: a log of validation. Default: 'val_loss'.
        mode: 'min' or 'max', whichever is better. Default: 'auto', by the log's name.

    Raises:
        TypeError: if it is no history.
        ValueError: if there was no validation, no such log, or it holds no numbers.

    Example:
        >>> import cornu
        >>> logs = {"loss": [0.9, 0.5, 0.3, 0.1], "val_loss": [0.8, 0.6, 0.7, 1.0]}
        >>> found = cornu.explain.overfitting(logs)
        >>> found.verdict, found.best_epoch
        ('overfitting', 2)
        >>> print(found)
        The model overfits: validation gets worse while training gets better.
          val_loss was best at epoch 2 of 4: 0.6. At the end it is 1, 0.4 (67%) worse.
          loss has gone on from 0.5 to 0.1 since.
        Try: stop there, ...
    """
    each = record("overfitting", history, "the history")
    log = _monitored(each, monitor)
    if mode not in ("auto", "min", "max"):
        hint = did_you_mean(mode, ("auto", "min", "max"))
        raise ValueError(f'explain.overfitting(mode="{mode}"): {hint}')
    direction = each.direction(log) if mode == "auto" else mode
    if direction is None:
        raise ValueError(NO_DIRECTION.format(monitor=monitor))
    values, epochs = each.logs[log], each.epochs_of(log)
    if not np.isfinite(values).any():
        raise ValueError(NO_NUMBER.format(monitor=log))
    sign = 1 if direction == "min" else -1
    at = int(np.nanargmin(np.where(np.isfinite(values), sign * values, np.nan)))
    plot = Overfitting(lambda figure: _draw(figure, each, log, epochs[at], values[at]), "", (6.4, 4.2))
    plot.best_epoch, plot.best, plot.last = (
        round(float(epochs[at])),
        float(values[at]),
        float(values[-1]),
    )
    plot.epochs_since, plot.change = int(epochs[-1] - epochs[at]), float(values[-1] - values[at])
    training = each.logs.get(log.removeprefix("val_"))
    plot.gap = None if training is None else float(values[-1] - training[-1])
    plot.verdict = _verdict(each, log, at, sign)
    plot.text = _text(each, log, plot)
    return plot


def _monitored(each: Record, monitor: str) -> str:
    """The log that is meant."""
    validated = [log for log in each.logs if log.startswith("val_") and len(each.logs[log])]
    if not validated:
        raise ValueError(NO_VALIDATION)
    log = other_spelling(monitor, each.logs)
    if log is None:
        hint = did_you_mean(monitor, validated)
        raise ValueError(f'explain.overfitting: there is no log "{monitor}". {hint}')
    if log not in validated:
        raise ValueError(
            f'explain.overfitting(monitor="{monitor}"): that was measured on the training data, which '
            f"cannot tell. {did_you_mean(f'val_{log}', validated)}"
        )
    return log


def _verdict(each: Record, log: str, at: int, sign: int) -> str:
    values = each.logs[log]
    if at == len(values) - 1:
        return "learning"
    moved = np.nanmax(values[np.isfinite(values)]) - np.nanmin(values[np.isfinite(values)])
    worse = sign * (values[-1] - values[at])
    if worse <= SLACK * moved:  # not if it is NaN
        return "level"
    training = each.logs.get(log.removeprefix("val_"))
    then = None if training is None else _then(each, log, at)
    if training is not None and not sign * (training[-1] - then) <= 0:
        return "diverging"
    return "overfitting"


def _then(each: Record, log: str, at: int) -> float:
    """The training's value at the epoch of that validation."""
    place = int(np.argmin(np.abs(each.epochs - each.epochs_of(log)[at])))
    return float(each.logs[log.removeprefix("val_")][place])


def _text(each: Record, log: str, found: Overfitting) -> str:
    first, advice = VERDICTS[found.verdict]
    share = f" ({abs(found.change / found.best):.0%})" if found.best else ""
    end = f"At the end it is {brief(found.last)}, {brief(abs(found.change))}{share} worse."
    if not np.isfinite(found.last):
        end = "At the end it is no number."
    total = int(each.epochs[-1])
    best = f"  {log} was best at epoch {found.best_epoch} of {total}: {brief(found.best)}."
    lines = [first, best if found.verdict == "learning" else f"{best} {end}"]
    short = log.removeprefix("val_")
    if short in each.logs and found.verdict != "learning":
        at = int(np.argmin(np.abs(each.epochs_of(log) - found.best_epoch)))
        then, now = brief(_then(each, log, at)), brief(each.logs[short][-1])
        lines.append(f"  {short} has gone on from {then} to {now} since.")
    patience = max(3, round(0.1 * total))
    return "\n".join([*lines, advice.format(monitor=log, patience=patience)])


def _draw(figure: Any, each: Record, log: str, epoch: float, best: float) -> None:
    axes = quiet(figure.subplots(), "", "epoch", log.removeprefix("val_").replace("_", " "))
    draw_log(axes, each, log.removeprefix("val_"), color(0), "training")
    draw_log(axes, each, log, color(1), "validation")
    axes.axvline(epoch, color=GREY, linewidth=1, linestyle=":")
    last = each.epochs_of(log)[-1]
    if last > epoch:
        axes.axvspan(epoch, last, color=color(1), alpha=0.08, linewidth=0)
    axes.plot([epoch], [best], "o", color=color(1), markersize=8, label=f"best: epoch {epoch:.0f}")
    axes.legend(frameon=False)
    whole_ticks(axes)


__all__ = ["Overfitting", "overfitting"]
