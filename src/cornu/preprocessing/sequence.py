"""Sequences: filled up to one length, windows of a series, pairs of words that stand side by side."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np

from cornu.core.errors import describe
from cornu.training.sources.py_dataset import PyDataset
from cornu.utils.arrays import pad_sequences

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a series, each with the target of the step after it, as Keras 2 had it.

    In code of today `timeseries_dataset_from_array` does this; there the target of a window is that of
    its first step.

    Args:
        data: array or list whose first axis is time.
        targets: one for each step.
        length: steps that a window reaches back.
        sampling_rate: steps between two of a window. Default: 1.
        stride: steps between two windows. Default: 1.
        start_index: steps before it are not used. Default: 0.
        end_index: steps after it are not used; by default the last one.
        shuffle: whether to draw windows at random, from NumPy's global generator.
        reverse: whether each window is turned round.
        batch_size: 128 by default.
        **kwargs: `workers`, `use_multiprocessing` and `max_queue_size` of a `PyDataset`.

    Raises:
        ValueError: if data and targets have different lengths, or no window fits in.

    Example:
        >>> windows = TimeseriesGenerator([[0], [1], [2], [3]], [0, 1, 2, 3], length=2, batch_size=2)
        >>> x, y = windows[0]
        >>> x[..., 0].tolist(), y.tolist(), len(windows)
        ([[0, 1], [1, 2]], [2, 3], 1)
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(data) != len(targets):
            raise ValueError(
                f"TimeseriesGenerator needs a target for each step, but there are {len(data)} steps and "
                f"{len(targets)} targets."
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                "TimeseriesGenerator: no window fits in, since start_index + length = "
                f"{self.start_index} is above end_index = {self.end_index}. Choose a smaller length, or "
                "give more steps."
            )

    def __len__(self) -> int:
        span = self.batch_size * self.stride
        return (self.end_index - self.start_index + span) // span

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"There are {len(self)} batches, so there is no batch {index}.")
        if self.shuffle:
            ends = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            span = self.batch_size * self.stride
            first = self.start_index + span * (index % len(self))
            ends = np.arange(first, min(first + span, self.end_index + 1), self.stride)
        windows = np.array([self.data[end - self.length : end : self.sampling_rate] for end in ends])
        targets = np.array([self.targets[end] for end in ends])
        return (windows[:, ::-1] if self.reverse else windows), targets

    def get_config(self) -> dict[str, Any]:
        """The arguments; data and targets as JSON."""
        names = [
            "length",
            "sampling_rate",
            "stride",
            "start_index",
            "end_index",
            "shuffle",
            "reverse",
            "batch_size",
        ]
        return {
            "data": _json("data", self.data),
            "targets": _json("targets", self.targets),
            **{name: getattr(self, name) for name in names},
        }

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON; `kwargs` are for `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def _json(argument: str, values: Any) -> str:
    try:
        return json.dumps(values.tolist() if hasattr(values, "tolist") else values)
    except TypeError as error:
        raise TypeError(
            f"TimeseriesGenerator: {argument}={describe(values)} cannot be written as JSON ({error})."
        ) from error


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray[Any, Any]:
    """How likely the word of each rank is to be kept, so that frequent ones do not outweigh all others.

    p = min(1, sqrt(s / f)) with the factor s and the frequency f of the word, which by Zipf's law is
    about 1 / (r (log r + 0.577) + 1/2 - 1/(12 r)) for rank r.

    Args:
        size: number of words.
        sampling_factor: s. Default: 1e-5.

    Example:
        >>> make_sampling_table(3).round(5).tolist()
        [0.00315, 0.00315, 0.00548]

    Source: Mikolov et al., Distributed representations of words and phrases, 2013.
    """
    rank = np.arange(size)
    rank[:1] = 1
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    ratio = sampling_factor * inverse
    return np.minimum(1.0, ratio / np.sqrt(ratio))


def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of words that stand near each other, with the label 1, and of words at random, with 0.

    Args:
        sequence: numbers of words; 0 is none.
        vocabulary_size: largest number + 1.
        window_size: how far apart words may be. Default: 4.
        negative_samples: pairs at random for each true one. Default: 1.
        shuffle: whether to mix the pairs (default).
        categorical: whether labels are [0, 1] and [1, 0].
        sampling_table: how likely each word is kept, see `make_sampling_table`; always by default.
        seed: for Python's `random`, which draws everything here.

    Returns:
        the pairs and their labels.

    Example:
        >>> skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
        ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])

    Source: Mikolov et al., Efficient estimation of word representations in vector space, 2013.
    """
    yes, no = ([0, 1], [1, 0]) if categorical else (1, 0)
    couples = []
    for place, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        near = range(max(0, place - window_size), min(len(sequence), place + window_size + 1))
        couples += [[word, sequence[other]] for other in near if other != place and sequence[other]]
    labels: list[Any] = [yes] * len(couples)
    if negative_samples > 0:
        words = [word for word, _ in couples]
        random.shuffle(words)
        count = int(len(labels) * negative_samples)
        couples += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += [no] * count
    if shuffle:
        seed = random.randint(0, 10_000_000) if seed is None else seed
        for each in (couples, labels):
            random.seed(seed)
            random.shuffle(each)
    return couples, labels
