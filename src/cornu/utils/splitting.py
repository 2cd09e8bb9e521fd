"""split_dataset, and the packing of inputs, targets and weights into a tuple."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from cornu.core.errors import NotBuiltYetError, describe
from cornu.training.data import unpack_x_y_sample_weight as unpack
from cornu.utils.dataset import AUTOTUNE, Dataset
from cornu.utils.dataset.dataset import Rows
from cornu.utils.dataset.elements import as_element, leaves, map_leaves, rows_of, stack


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """Divides data in two, as for training and testing.

    Args:
        dataset: an array, a list or tuple of arrays of equally many rows, or a `Dataset`, whose batches
            are taken apart and made again in the same size.
        left_size: part of the rows (a float below 1), or their number, in the first; by default what is
            not in the second.
        right_size: the same of the second.
        shuffle: whether to mix the rows first, with `seed`.
        seed: for Python's `random`.
        preferred_backend: None; what comes are two `Dataset`s.

    Raises:
        ValueError: if no size is given, or they do not fit the number of rows.
        TypeError: if the data are of another kind.

    Example:
        >>> left, right = split_dataset(np.arange(10), left_size=0.8)
        >>> len(left), [int(x) for x in right]
        (8, [8, 9])
    """
    if preferred_backend not in (None, "jax"):
        raise NotBuiltYetError(
            f"split_dataset(preferred_backend={describe(preferred_backend)}): Cornu has one engine, and "
            "gives a cornu Dataset. Leave it out."
        )
    rows, batch_size = _rows(dataset)
    count = len(leaves(rows)[0])
    left, right = _sizes(left_size, right_size, count)
    order = list(range(count))
    if shuffle:
        random.seed(random.randint(0, 1000000) if seed is None else seed)
        random.shuffle(order)

    def part(numbers: list[int]) -> Dataset:
        chosen = np.array(numbers, dtype="int64")
        found: Dataset = Rows(
            lambda where: map_leaves(lambda array: array[chosen[where]], rows), len(numbers)
        )
        return (found if batch_size is None else found.batch(batch_size)).prefetch(AUTOTUNE)

    return part(order[:left]), part(order[count - right :])


def _rows(dataset: Any) -> tuple[Any, int | None]:
    """All rows as arrays, and the size of the batches that they came in."""
    if isinstance(dataset, Dataset):
        spec = leaves(dataset.element_spec)
        batched = all(part.shape[:1] == (None,) for part in spec)
        elements = list(dataset)
        size = len(leaves(elements[0])[0]) if batched else None
        rows = [row for batch in elements for row in rows_of(batch)] if batched else elements
        return stack(rows), size
    if not isinstance(dataset, (np.ndarray, list, tuple)):
        raise TypeError(
            "split_dataset takes an array, a list or tuple of arrays, or a Dataset, got "
            f"{describe(dataset)}."
        )
    if isinstance(dataset, (list, tuple)) and not all(hasattr(item, "shape") for item in dataset):
        wrong = next(item for item in dataset if not hasattr(item, "shape"))
        raise TypeError(
            f"split_dataset takes a list of arrays, but got {describe(wrong)} in it. Write "
            "numpy.array(...) around a list of numbers."
        )
    arrays = as_element(tuple(dataset) if isinstance(dataset, (list, tuple)) else dataset)
    lengths = [len(array) for array in leaves(arrays)]
    if not lengths or len(set(lengths)) > 1 or not lengths[0]:
        raise ValueError(
            "split_dataset needs arrays with rows, equally many in each, but they have "
            f"{', '.join(map(str, lengths)) or 'none'}."
        )
    return arrays, None


def _sizes(left: float | None, right: float | None, count: int) -> tuple[int, int]:
    """The numbers of rows of both parts."""
    if left is None and right is None:
        raise ValueError("split_dataset needs left_size or right_size, as in left_size=0.8.")
    for name, size in (("left_size", left), ("right_size", right)):
        _check_size(name, size, count)
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError(
            f"split_dataset: left_size={left} and right_size={right} are more than the whole, 1."
        )
    first = None if left is None else round(left * count) if isinstance(left, float) else left
    second = None if right is None else round(right * count) if isinstance(right, float) else right
    first = count - (second or 0) if first is None else first
    second = count - first if second is None else second
    if first + second > count or not first or not second:
        raise ValueError(
            f"split_dataset: {count} rows cannot be divided into {first} and {second}: each part needs "
            "a row, and both together have no more than there are."
        )
    return first, second


def _check_size(name: str, size: Any, count: int) -> None:
    if size is None:
        return
    if isinstance(size, bool) or not isinstance(size, (int, float)):
        raise TypeError(
            f"split_dataset: {name} must be a float up to 1 or a whole number, got {describe(size)}."
        )
    most = 1 if isinstance(size, float) else count
    if not 0 < size < most:
        raise ValueError(f"split_dataset: {name} must be above 0 and below {most}, got {name}={size}.")


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Inputs, targets and weights in the form that a dataset for `fit` yields.

    Args:
        x: inputs.
        y: targets, or None.
        sample_weight: weights of the rows, or None.

    Example:
        >>> pack_x_y_sample_weight(1, 2), pack_x_y_sample_weight(1), pack_x_y_sample_weight([1, 2])
        ((1, 2), 1, ([1, 2],))
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of what a dataset yields, None for those it lacks.

    Raises:
        ValueError: if it is a tuple of more than three.

    Example:
        >>> unpack_x_y_sample_weight((1, 2)), unpack_x_y_sample_weight(1)
        ((1, 2, None), (1, None, None))
    """
    parts = tuple(data) if isinstance(data, (tuple, list)) else (data,)
    if len(parts) > 3:
        raise ValueError(
            f"A batch is x, (x, y) or (x, y, sample_weight), but this is a tuple of {len(parts)}. Put "
            "several inputs into a tuple or dict of their own: ((x1, x2), y)."
        )
    return unpack(parts)
