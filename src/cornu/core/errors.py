"""The words of errors: closest names, shapes as a person writes them."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable
from typing import Any


class NotBuiltYetError(NotImplementedError):
    """A part of the Keras API that Cornu does not have yet; the message says what to use."""


class CornuWarning(UserWarning):
    """A program that runs, but probably not as its author meant."""


def warn(message: str) -> None:
    """Warns the user, pointing at their line rather than at ours."""
    warnings.warn(message, CornuWarning, stacklevel=_first_foreign_frame())


def _first_foreign_frame() -> int:
    import sys

    depth, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("cornu"):
        depth, frame = depth + 1, frame.f_back
    return depth


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """The sentence that ends an unknown-name error: the closest name, else all of them.

    >>> did_you_mean("rleu", ["relu", "tanh"])
    'Did you mean "relu"?'
    >>> did_you_mean("qqq", ["relu", "tanh"])
    'Known names: relu, tanh.'
    """
    names = sorted({str(option) for option in options})
    lowered = {option.lower(): option for option in names}
    close = difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{lowered[close[0]]}"?'
    return f"Known names: {', '.join(names) or 'none'}."


def show_shape(shape: Iterable[Any]) -> str:
    """A shape as a tuple of numbers and None.

    >>> show_shape((None, 8))
    '(None, 8)'
    """
    return str(tuple(size if isinstance(size, int) or size is None else str(size) for size in shape))


def describe(value: Any) -> str:
    """One value, as an error message shows it: dtype and shape for an array, else its repr.

    >>> import numpy as np
    >>> describe(np.zeros((2, 3), "float32"))
    'float32 array of shape (2, 3)'
    """
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype} array of shape {show_shape(value.shape)}"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def show_lengths(rows: Iterable[Any]) -> str:
    """The lengths of the first rows, where they begin to differ: why they make no array.

    >>> show_lengths([[1, 2], [3]])
    'lengths 2, 1'
    >>> show_lengths([[[1, 2], [3]], [[4, 5], [6]]])
    'lengths 2, 1, 2, ...'
    """
    rows = list(rows)
    lengths = [len(row) if hasattr(row, "__len__") else None for row in rows]
    if None not in lengths and len(set(lengths)) == 1 and lengths[0]:
        return show_lengths(item for row in rows for item in row)
    shown = ["no list" if length is None else str(length) for length in lengths[:3]]
    return f"lengths {', '.join(shown)}{', ...' * (len(rows) > 3)}"


def note(error: BaseException, text: str = "") -> None:
    """Adds a line to what the user sees of an error, and takes out JAX's paragraph about its own frames.

    >>> error = ValueError("wrong")
    >>> note(error, "  in layer 'dense'")
    >>> error.__notes__
    ["  in layer 'dense'"]
    """
    notes = getattr(error, "__notes__", [])
    notes[:] = [line for line in notes if "JAX has removed its internal frames" not in line]
    if text:
        error.add_note(text)
