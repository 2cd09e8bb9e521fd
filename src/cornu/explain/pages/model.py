"""The page of a model: its summary."""

from __future__ import annotations

from typing import Any

from cornu.explain.pages.html import heading, page_of, short, table
from cornu.explain.pages.layer import in_words
from cornu.models.summary import summary_table, totals, type_name


def model_page(model: Any) -> str:
    """The summary of a model, and what it was compiled with.

    >>> import cornu
    >>> page = model_page(cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1)]))
    >>> "Total params: 3 (12.00 B)" in page
    True
    """
    headers, rows = summary_table(model)
    return page_of(
        heading(f'{type_name(model)} "{model.name}"', *(line.strip() for line in totals(model))),
        table(headers, rows),
        table([], _compiled(model)) if model.compiled else "",
    )


def _compiled(model: Any) -> list[list[str]]:
    asked = model.objective
    given = {"Optimizer": model.optimizer, "Loss": model.loss}
    given |= {"Metrics": asked.plain_metrics, "Weighted metrics": asked.weighted_metrics}
    return [[name, short(in_words(value))] for name, value in given.items() if value]


__all__ = ["model_page"]
