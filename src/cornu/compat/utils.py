"""Small functions of Keras 1 and 2 that programs import from `np_utils` and `conv_utils`."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.compat.notes import note
from cornu.core.errors import describe


def probas_to_classes(y_pred: Any) -> Any:
    """The class of each row: the largest of several outputs, or whether the only one is above 1/2.

    Example:
        >>> probas_to_classes(np.array([[0.2, 0.8], [0.9, 0.1]])).tolist()
        [1, 0]
        >>> probas_to_classes(np.array([[0.2], [0.9]])).tolist()
        [[0], [1]]
    """
    note("keras.utils.np_utils.probas_to_classes", "numpy.argmax(y_pred, axis=1), or y_pred > 0.5")
    y_pred = np.asarray(y_pred)
    if y_pred.ndim > 1 and y_pred.shape[1] > 1:
        return y_pred.argmax(axis=1)
    return (y_pred > 0.5).astype(int)


def categorical_probas_to_classes(p: Any) -> Any:
    """The class of each row, that with the largest number.

    Example:
        >>> categorical_probas_to_classes([[0.2, 0.8], [0.9, 0.1]]).tolist()
        [1, 0]
    """
    note("keras.utils.np_utils.categorical_probas_to_classes", "numpy.argmax(p, axis=1)")
    return np.argmax(p, axis=1)


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """How many places a window has along an axis: with 'valid' padding (n - d (k - 1) - 1) // s + 1.

    Example:
        >>> conv_output_length(10, 3, "valid", 2), conv_output_length(10, 3, "same", 2)
        (4, 5)
    """
    if padding not in ("same", "valid", "full", "causal"):
        raise ValueError(f'padding={padding!r} must be "same", "valid", "full" or "causal".')
    if input_length is None:
        return None
    reach = dilation * (filter_size - 1)
    length = input_length + {"valid": -reach, "full": reach}.get(padding, 0)
    return (length + stride - 1) // stride


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """The least length of an axis along which a window of odd size has so many places.

    Example:
        >>> conv_input_length(4, 3, "valid", 2)
        9
    """
    if padding not in ("same", "valid", "full"):
        raise ValueError(f'padding={padding!r} must be "same", "valid" or "full".')
    if output_length is None:
        return None
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """A whole number, or n of them, as a tuple of n.

    Raises:
        ValueError: if it is neither.

    Example:
        >>> normalize_tuple(3, 2, "kernel_size")
        (3, 3)
    """
    found = (value,) * n if isinstance(value, int) else tuple(value) if np.iterable(value) else ()
    if len(found) != n or not all(isinstance(each, (int, np.integer)) for each in found):
        raise ValueError(f"{name} must be a whole number or {n} of them, got {describe(value)}.")
    return found


__all__ = [
    "categorical_probas_to_classes",
    "conv_input_length",
    "conv_output_length",
    "normalize_tuple",
    "probas_to_classes",
]
