"""timeseries_dataset_from_array: windows of a series as batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import NotBuiltYetError
from cornu.utils.dataset import AUTOTUNE, Dataset
from cornu.utils.dataset.dataset import Rows
from cornu.utils.dataset.elements import as_tensor
from cornu.utils.image_dataset import NO_GRAIN

WHO = "timeseries_dataset_from_array"


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Dataset:
    """A `Dataset` of windows of a series: window i holds the steps i, i + r, i + 2r, ... and target i.

    Args:
        data: array whose first axis is time.
        targets: the target of the window that begins at each step, or None for windows alone.
        sequence_length: steps of a window.
        sequence_stride: steps from the beginning of a window to that of the next. Default: 1.
        sampling_rate: r, steps between two steps of a window. Default: 1.
        batch_size: 128 by default; None for single windows.
        shuffle: whether to shuffle the windows with `seed`, and each time through again.
        seed: of the order.
        start_index: steps before it are not used.
        end_index: steps from it on are not used.
        format: 'tf', for what has the methods of `tf.data.Dataset`.

    Raises:
        ValueError: if a number is out of its range, or the series is shorter than a window.

    Example:
        >>> ds = timeseries_dataset_from_array(
        ...     [0, 1, 2, 3, 4], [2, 3, 4], sequence_length=2, batch_size=2
        ... )
        >>> [(x.tolist(), y.tolist()) for x, y in ds]
        [([[0, 1], [1, 2]], [2, 3]), ([[2, 3]], [4])]
    """
    if format != "tf":
        raise NotBuiltYetError(NO_GRAIN.format(who=WHO, format=format))
    length = len(data)
    start, end = start_index or 0, length if end_index is None else end_index
    _check(length, start, end, sequence_length, sequence_stride, sampling_rate)
    count = end - start - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
    if count <= 0:
        needed = (sequence_length - 1) * sampling_rate + 1
        raise ValueError(
            f"{WHO}: a window needs {needed} steps (sequence_length={sequence_length}, "
            f"sampling_rate={sampling_rate}), but there are {end - start}, and "
            f"{'no' if targets is None else len(targets)} targets."
        )
    begins = np.arange(0, count, sequence_stride)
    seed = int(np.random.randint(1000000)) if shuffle and seed is None else seed
    if shuffle:
        np.random.RandomState(seed).shuffle(begins)
    steps = np.arange(sequence_length) * sampling_rate
    series = as_tensor(data)[start:end]
    wanted = None if targets is None else as_tensor(targets)[start:end]

    def gather(rows: Any) -> Any:
        begin = begins[rows]
        windows = series[begin[..., None] + steps]
        return windows if wanted is None else (windows, wanted[begin])

    found: Dataset = Rows(gather, len(begins))
    if shuffle:
        found = found.shuffle(1024 if batch_size is None else batch_size * 8, seed=seed)
    if batch_size is not None:
        found = found.batch(batch_size)
    return found.prefetch(AUTOTUNE)


def _check(length: int, start: int, end: int, window: int, stride: int, rate: int) -> None:
    if not 0 <= start < length:
        raise ValueError(f"{WHO}: start_index must be from 0 to {length - 1}, got start_index={start}.")
    if not start < end <= length:
        raise ValueError(
            f"{WHO}: end_index must be above start_index={start} and at most {length}, the length of "
            f"the data, got end_index={end}."
        )
    for argument, number in (
        ("sequence_length", window),
        ("sequence_stride", stride),
        ("sampling_rate", rate),
    ):
        if not 0 < number <= length:
            raise ValueError(
                f"{WHO}: {argument} must be from 1 to {length}, the length of the data, got "
                f"{argument}={number}."
            )
