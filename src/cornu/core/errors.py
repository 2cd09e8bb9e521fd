"""The words of errors: closest names, shapes as a person writes them."""

from __future__ import annotations

import difflib
import re
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
    if isinstance(value, (list, tuple)) and any(hasattr(item, "shape") for item in value):
        return f"[{', '.join(map(describe, value))}]"
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


# What the engine says, and what we say instead.
_IN_OUR_WORDS = {
    r"[Ii]ncompatible (shapes|types) for broad|not? broadcast|be broadcast": (
        "the shapes do not go together. Sizes, counted from the end, must be equal or 1: give one "
        "of the tensors an axis of size 1 with ops.expand_dims, or another shape with ops.reshape."
    ),
    r"dot_general|[Cc]ontracting dim|core dimension": (
        "the sizes that are multiplied and summed differ: the last of the first tensor must be the last "
        "but one of the second. Perhaps one of them is to be transposed: ops.transpose."
    ),
    r"out of bounds for (array of dim|axis)|tuple index out of range|axis .* is out of bounds": (
        "there is no such axis. Axes are counted from 0, or from the end as -1, -2."
    ),
    r"cannot reshape|total size must be unchanged": (
        "the number of elements must stay the same; -1 stands for one size that follows from it."
    ),
    r"[Cc]annot (concatenate|stack)|arrays must have the same shape": (
        "tensors that are joined have the same shape, except along the axis that they are joined along."
    ),
    r"equal division": (
        "the axis cannot be cut into so many equal parts. Give a number that divides its size, or a "
        "list of the places to cut at; ops.array_split takes parts of unequal sizes."
    ),
    r"Sizes passed to split": "places to cut at are in rising order, and not beyond the end.",
    r"size not equal to one": "only an axis of size 1 can be taken out.",
    r"isn't a permutation": "`axes` names each axis of the tensor once, in their new order.",
    r"Shapes must be 1D|element be nonnegative|negative dimensions": (
        "a size is a whole number from 0 on. Where a size is not known yet (None), ops.zeros_like and "
        "its kind take the shape from a tensor."
    ),
    r"[Cc]oncrete|[Tt]racer": (
        "inside a compiled function this needs a number that is known before: one of Python, not "
        "one computed from tensors."
    ),
    r"raised to negative powers": (
        "whole numbers have no negative powers among them. Make them floats first: "
        'ops.cast(x1, "float32").'
    ),
    r"does not accept dtype|must be integers|must have an integer type": (
        "there is no such function of numbers of this dtype. Convert them first: "
        'ops.cast(x, "int32"), or "float32".'
    ),
    r"zero-size array|empty sequence": (
        "of no elements there is no largest or smallest. Go along another axis, or give `initial`, "
        "where the op takes it."
    ),
    r"duplicate value in 'axis'": "an axis is named twice.",
    r"cannot be interpreted as an integer": (
        "an axis is a whole number, like any size or count; several axes, where they are taken, a tuple."
    ),
    r"not a valid (JAX array type|value for)|as a JAX value|Unsupported.*dtype|invalid literal|"
    r"abstract array|ndarray or scalar|not contain a loop": (
        "this is not made of numbers. Convert it first: ops.convert_to_tensor(x, dtype) or "
        "ops.cast(x, dtype)."
    ),
}


def explained(call: str, args: Any, kwargs: Any, error: Exception) -> Exception:
    """An error of the engine in the terms of the call that met it; one of ours stays as it is."""
    text = str(error).strip()
    if text.startswith(("ops.", "K.")):
        return error
    shown = [*map(describe, args), *(f"{name}={describe(value)}" for name, value in kwargs.items())]
    found = [ours for theirs, ours in _IN_OUR_WORDS.items() if re.search(theirs, text)]
    what = found[0] if found else text.split("\n")[0]
    kind = next(k for k in (IndexError, TypeError, ValueError, Exception) if isinstance(error, k))
    return kind(f"{call}({', '.join(shown)}): {what}")
