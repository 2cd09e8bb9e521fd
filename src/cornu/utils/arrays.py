"""Arrays made ready: classes as rows of 0 and 1, rows of one length, sequences of one size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core.errors import describe, did_you_mean, show_shape


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray[Any, Any]:
    """Whole-number classes as one-hot rows: class 2 of 4 becomes [0, 0, 1, 0].

    Args:
        x: classes, whole numbers from 0, of any shape; a last axis of size 1 is dropped.
        num_classes: number of columns, the largest class + 1 by default.

    Returns:
        an array of shape (..., num_classes) of floats.

    Raises:
        ValueError: if a class is negative or not below `num_classes`.

    Example:
        >>> to_categorical([0, 2, 1]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    classes = np.asarray(x).astype("int64")
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    count = int(classes.max()) + 1 if num_classes is None else int(num_classes)
    if classes.size and (classes.min() < 0 or classes.max() >= count):
        wrong = classes.min() if classes.min() < 0 else classes.max()
        raise ValueError(
            f"to_categorical: class {wrong} is not among the classes 0 to {count - 1}. "
            f"Number the classes from 0, or pass num_classes={max(int(classes.max()), 0) + 1}."
        )
    return (classes[..., None] == np.arange(count)).astype("float32")


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray[Any, Any]:
    """Scales rows to length 1: $x / \\lVert x \\rVert$; rows of zeros stay.

    Args:
        x: array.
        axis: along which the length is taken, the last by default.
        order: 2 for the Euclidean length, 1 for the sum of sizes.

    Example:
        >>> normalize([[3.0, 4.0]]).tolist()
        [[0.6, 0.8]]
    """
    array = np.atleast_1d(np.asarray(x, dtype="float64"))
    length = np.atleast_1d(np.linalg.norm(array, order, axis))
    length[length == 0] = 1
    return array / np.expand_dims(length, axis)


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray[Any, Any]:
    """Sequences of different lengths as the rows of one array, filled up or cut to one length.

    Args:
        sequences: lists or arrays, whose elements are numbers or arrays of one shape.
        maxlen: the length of all rows, that of the longest sequence by default.
        dtype: of the array. Default: 'int32'.
        padding: 'pre' (default) fills up before a sequence, 'post' after it.
        truncating: 'pre' (default) cuts off the beginning of what is too long, 'post' the end.
        value: what fills up. Default: 0.

    Returns:
        an array of shape (number of sequences, maxlen, ...).

    Raises:
        ValueError: if something in the list has no length, the elements differ in shape, or
            `padding` or `truncating` is neither 'pre' nor 'post'.

    Example:
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2).tolist()
        [[0, 1], [2, 3], [5, 6]]
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(
                f'pad_sequences: {name}="{side}" is not known. '
                + did_you_mean(str(side), ("pre", "post"))
            )
    for number, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__"):
            raise ValueError(
                "pad_sequences takes a list of sequences, but element "
                f"{number} is {describe(sequence)}. For one sequence write pad_sequences([sequence])."
            )
    length = max(map(len, sequences), default=0) if maxlen is None else maxlen
    shapes = {np.shape(sequence)[1:] for sequence in sequences if len(sequence)}
    if len(shapes) > 1:
        shown = " and ".join(sorted(map(show_shape, shapes)))
        raise ValueError(f"pad_sequences: the elements of all sequences need one shape, not {shown}.")
    if isinstance(value, str) and np.dtype(dtype).kind not in "OU":
        raise ValueError(f'pad_sequences(value="{value}") needs dtype=object, to hold strings.')
    rows = np.full((len(sequences), length, *next(iter(shapes), ())), value, dtype)
    for row, sequence in zip(rows, sequences, strict=True):
        kept = sequence[max(len(sequence) - length, 0) :] if truncating == "pre" else sequence[:length]
        if len(kept):
            row[slice(len(kept)) if padding == "post" else slice(length - len(kept), length)] = kept
    return rows
