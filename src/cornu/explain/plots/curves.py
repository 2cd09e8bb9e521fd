"""`History.plot` and `explain.curves`: losses, metrics and learning rates by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean
from cornu.explain.plots.histories import Record, records
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import brief, color, columns, panel_size, panels, quiet, whole_ticks
from cornu.training.callbacks.history import other_spelling

TENDENCY = "#c00000"
MARKED = 40  # epochs up to which each is a point on the curve


class Curves(Plot):
    """Logs by epoch; `rows` has for each log of each history `history`, `log`, `epochs`, `first`,
    `last`, `best`, `best_epoch` (None where the log's name does not tell whether more is better)."""

    rows: list[dict[str, Any]]


def curves(
    *histories: Any,
    names: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
    log_scale: bool = False,
    tendency: float | None = None,
) -> Curves:
    """Draws what training logged: a panel for the loss, for each metric, and for the learning rate,
    with the validation beside the training.

    Args:
        *histories: what `fit` returned, or dicts of lists. Several are compared.
        names: of several histories, in their order. Default: 'history 1', ...
        metrics: the panels to draw, such as ['loss']. Default: all.
        log_scale: whether losses have a logarithmic axis. Default: False.
        tendency: β of a line through each curve, mₜ = β mₜ₋₁ + (1 - β) yₜ over 1 - βᵗ, such as 0.9;
            the nearer to 1, the smoother. Default: none.

    Returns:
        a plot; its text and `rows` have the first, last and best value of each log.

    Raises:
        TypeError: if a history is something else.
        ValueError: if there are no epochs, no such metric (the error names the closest), or `tendency`
            is not between 0 and 1.

    Example:
        >>> import cornu
        >>> print(cornu.explain.curves({"loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.7]}))
                    epochs  first  last  best  at epoch
          loss           3    0.9   0.4   0.4         3
          val_loss       3    0.8   0.7   0.6         2
    """
    if tendency is not None and not 0 < tendency < 1:
        raise ValueError(f"explain.curves(tendency={tendency!r}): a number between 0 and 1 is needed.")
    found = records("curves", histories, names)
    shown = _panels(found, metrics)
    rows = [_row(each, log) for each in found for log in _with_validation(each, shown)]
    plot = Curves(
        lambda figure: _draw(figure, found, shown, log_scale, tendency),
        _text(rows),
        panel_size(len(shown)),
    )
    plot.rows = rows
    return plot


def _panels(found: list[Record], metrics: Sequence[str] | None) -> list[str]:
    """The logs that have a panel, without those of validation."""
    every: dict[str, None] = {}
    for each in found:
        every.update({log.removeprefix("val_"): None for log in each.logs})
    # The loss stands first; the learning rate last, since it explains the others.
    logs = sorted(every, key=lambda log: (log != "loss", log.startswith(("learning_rate", "lr"))))
    if metrics is None:
        return logs
    wanted = [metrics] if isinstance(metrics, str) else list(metrics)
    if not wanted:
        raise ValueError("explain.curves(metrics=[]): name a log to draw, or leave `metrics` out.")
    for name in wanted:
        if other_spelling(name.removeprefix("val_"), every) is None:
            hint = did_you_mean(name, every)
            raise ValueError(f'explain.curves(metrics=...): there is no log "{name}". {hint}')
    return list(dict.fromkeys(other_spelling(n.removeprefix("val_"), every) or n for n in wanted))


def _with_validation(each: Record, shown: list[str]) -> list[str]:
    both = [log for name in shown for log in (name, f"val_{name}")]
    return [log for log in both if log in each.logs and len(each.logs[log])]


def _row(each: Record, log: str) -> dict[str, Any]:
    values, epochs = each.logs[log], each.epochs_of(log)
    direction = None if log.startswith(("learning_rate", "lr")) else each.direction(log)
    row = {
        "history": each.name,
        "log": log,
        "epochs": len(values),
        "first": float(values[0]),
        "last": float(values[-1]),
        "best": None,
        "best_epoch": None,
    }
    if direction is not None and np.isfinite(values).any():
        at = int((np.nanargmin if direction == "min" else np.nanargmax)(values))
        row |= {"best": float(values[at]), "best_epoch": round(float(epochs[at]))}
    broken = np.flatnonzero(~np.isfinite(values))
    row["no_number_at"] = round(float(epochs[broken[0]])) if len(broken) else None
    return row


def _text(rows: list[dict[str, Any]]) -> str:
    several = len({row["history"] for row in rows}) > 1
    head = ["history"] * several + ["", "epochs", "first", "last", "best", "at epoch"]
    lines = [head]
    for row in rows:
        best = "" if row["best"] is None else brief(row["best"])
        place = "" if row["best_epoch"] is None else f"{row['best_epoch']}"
        numbers = [f"{row['epochs']}", brief(row["first"]), brief(row["last"]), best, place]
        lines.append([row["history"]] * several + [row["log"], *numbers])
    notes = [
        f"{row['log']} of {row['history']} is no number from epoch {row['no_number_at']} on: "
        "try a smaller learning rate, or look at the data."
        for row in rows
        if row["no_number_at"] is not None
    ]
    return "\n".join([*columns(lines, left=1 + several), *notes])


def _draw(
    figure: Any, found: list[Record], shown: list[str], log_scale: bool, tendency: float | None
) -> None:
    for axes, log in zip(panels(figure, len(shown)), shown, strict=True):
        quiet(axes, log.replace("_", " "), "epoch")
        for number, each in enumerate(found):
            several = len(found) > 1
            draw_log(axes, each, log, color(number), each.name if several else "training", "-", tendency)
            apart = color(number) if several else color(1)
            label = f"{each.name}, validation" if several else "validation"
            draw_log(axes, each, f"val_{log}", apart, label, "--" if several else "-", tendency)
        if log_scale and "loss" in log:
            axes.set_yscale("log")
        whole_ticks(axes)
    lines = {line.get_label(): line for axes in figure.axes for line in axes.lines}
    if len(lines) > 1:
        across = 2 * min(len(shown), 3)
        place = "outside upper center"
        figure.legend(lines.values(), lines.keys(), loc=place, ncols=across, frameon=False)


def draw_log(
    axes: Any,
    each: Record,
    log: str,
    pen: str,
    label: str,
    line: str = "-",
    tendency: float | None = None,
) -> None:
    """One log by epoch, if there is such a log, and the line of its tendency."""
    values = each.logs.get(log)
    if values is None or not len(values):
        return
    mark = "." if len(values) <= MARKED else None
    shown, epochs = np.where(np.isfinite(values), values, np.nan), each.epochs_of(log)
    if tendency is None:
        axes.plot(epochs, shown, line, marker=mark, color=pen, label=label, linewidth=1.6)
        return
    axes.plot(epochs, shown, line, color=pen, label=label, linewidth=0.9, alpha=0.55)
    smooth = smoothed(shown, tendency)
    axes.plot(epochs, smooth, line, color=TENDENCY, label="tendency", linewidth=2)


def smoothed(values: Any, weight: float) -> Any:
    """The exponential moving average, divided by the sum of its weights; what is no number is left out.

    >>> smoothed([1.0, 3.0], 0.5).round(3).tolist()
    [1.0, 2.333]
    """
    mean = total = 0.0
    found = []
    for value in values:
        if np.isfinite(value):
            mean, total = weight * mean + (1 - weight) * value, weight * total + (1 - weight)
        found.append(mean / total if total else np.nan)
    return np.array(found)


__all__ = ["Curves", "curves", "draw_log", "smoothed"]
