"""Pages: what a notebook shows of a model, a layer, a variable and a history, as HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cornu.explain.pages.history import history_page
from cornu.explain.pages.layer import layer_page
from cornu.explain.pages.model import model_page
from cornu.explain.pages.variable import variable_page

#: By kind; the objects come here through `cornu.core.notebook`.
PAGES: dict[str, Callable[[Any], str]] = {
    "history": history_page,
    "layer": layer_page,
    "model": model_page,
    "variable": variable_page,
}

__all__ = ["PAGES", "history_page", "layer_page", "model_page", "variable_page"]
