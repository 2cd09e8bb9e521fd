"""The page of a history: where each log began, was best and ended, and its curve."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.explain.drawing.svg import as_svg
from cornu.explain.pages.curves import drawn
from cornu.explain.pages.html import heading, page_of, short, table
from cornu.training.callbacks.monitor import MonitorCallback

HEADERS = ("Log", "First", "Best", "Last")


def history_page(history: Any) -> str:
    """A table of the logs, and their curves.

    >>> import cornu
    >>> history = cornu.callbacks.History()
    >>> history.on_train_begin()
    >>> for epoch, loss in enumerate([3.0, 1.0, 2.0]):
    ...     history.on_epoch_end(epoch, {"loss": loss})
    >>> page = history_page(history)
    >>> "1 in epoch 2" in page, page.count("<svg")
    (True, 1)
    """
    epochs = len(history.epoch)
    head = heading("History", f"{epochs:,} epoch{'s' * (epochs != 1)}")
    logs = {name: values for name, values in history.history.items() if _of_numbers(values)}
    if not logs:
        return page_of(head)
    picture = as_svg(drawn(logs, history.epoch), "Logs by epoch")
    rows = [_row(history, name, values) for name, values in logs.items()]
    return page_of(head, table(HEADERS, rows), f'<div style="overflow-x:auto">{picture}</div>')


def _of_numbers(values: Any) -> bool:
    return len(values) > 0 and all(np.ndim(value) == 0 for value in values)


def _row(history: Any, name: str, values: list[Any]) -> list[str]:
    numbers = np.asarray(values, "float64")
    return [short(name), f"{numbers[0]:.4g}", _best(history, name, numbers), f"{numbers[-1]:.4g}"]


def _best(history: Any, name: str, numbers: np.ndarray[Any, Any]) -> str:
    """The best value and when that was; nothing where no one knows which is better."""
    judge = MonitorCallback(name)
    if history.model is not None:
        judge.set_model(history.model)
    if name.startswith("learning_rate") or judge.monitor_op is None or np.isnan(numbers).all():
        return ""
    place = int(np.nanargmax(numbers) if judge.direction == "max" else np.nanargmin(numbers))
    when = f" in epoch {history.epoch[place] + 1}" if len(numbers) == len(history.epoch) else ""
    return f"{numbers[place]:.4g}{when}"


__all__ = ["history_page"]
