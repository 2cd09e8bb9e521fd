"""The page of a variable, and the numbers of one in brief."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from cornu.core.context import context
from cornu.core.errors import show_shape
from cornu.explain.pages.html import heading, page_of

LOOKED_AT = 1_000_000  # numbers of a variable, at most


def variable_page(variable: Any) -> str:
    """Name, shape, dtype and numbers of a variable.

    >>> import cornu
    >>> page = variable_page(cornu.Variable([[1.0, 2.0]], name="w"))
    >>> "(1, 2)" in page, "1 to 2, mean 1.5" in page
    (True, True)
    """
    kind = "trainable" if variable.trainable else "not trainable"
    head = heading(variable.path, show_shape(variable.shape), variable.dtype, kind, in_brief(variable))
    values = _values(variable)
    if values is None:
        return page_of(head)
    printed = np.array2string(values, threshold=60, edgeitems=3, precision=4, max_line_width=100)
    return page_of(head, f"<pre>{escape(printed)}</pre>")


def in_brief(variable: Any) -> str:
    """Where the numbers of a variable lie.

    >>> import cornu
    >>> in_brief(cornu.Variable([1.0, float("nan"), 4.0]))
    '1 to 4, mean 2.5, 1 not finite'
    """
    values = _values(variable)
    if values is None or not values.size:
        return ""
    if values.dtype.kind not in "iuf":
        return f"{np.count_nonzero(values):,} of {values.size:,} True" if values.dtype == bool else ""
    step = -(-values.size // LOOKED_AT)
    sample = values.reshape(-1)[::step]
    finite = sample[np.isfinite(sample)]
    facts = [f"{sample.size - finite.size:,} not finite"] if finite.size < sample.size else []
    if finite.size:
        low, mean, high = finite.min(), finite.mean(dtype="float64"), finite.max()
        spread = f"{low:.4g} to {high:.4g}, mean {mean:.4g}" if low < high else f"all {low:.4g}"
        facts.insert(0, spread)
    return ", ".join([*facts, *([f"one number in {step} looked at"] if step > 1 else [])])


def _values(variable: Any) -> np.ndarray[Any, Any] | None:
    """The numbers; None within a program that is being traced, where they are not known."""
    if context.bindings is not None and variable in context.bindings:
        return None
    values = np.asarray(variable._value)  # by `value` the next training would have to keep this array
    return values.astype("float32") if values.dtype.name in ("bfloat16", "float16") else values


__all__ = ["in_brief", "variable_page"]
