"""How objects show themselves in a notebook."""

from __future__ import annotations

import importlib
from typing import Any

PAGES = "cornu.explain.pages"


def page(kind: str, thing: Any) -> str:
    """The HTML for a 'variable', a 'layer', a 'model' or a 'history'.

    It is written by `explain`, which knows all rooms. So it is opened by its name, when a notebook asks.

    >>> import cornu
    >>> "first" in page("variable", cornu.Variable([1.0, 2.0], name="first"))
    True
    """
    return importlib.import_module(PAGES).PAGES[kind](thing)


__all__ = ["page"]
