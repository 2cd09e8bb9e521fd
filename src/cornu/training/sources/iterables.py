"""Iterables: generators, and data sets that can be gone through again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cornu.training.sources.stream import Batches


class Once(Batches):
    """A generator, or another iterator: its batches come once, and epochs share them."""

    once = True

    def __init__(self, iterator: Any) -> None:
        self.iterator = iterator
        self.name = "generator" if hasattr(iterator, "send") else "iterator"

    def open(self, order: Any = None, skip: int = 0) -> Iterator[Any]:
        return iter(self.iterator)


class Again(Batches):
    """A data set that begins anew whenever it is asked for its batches: a DataLoader of PyTorch's, one
    of Grain's, or any class with `__iter__` and, if it knows, `__len__`."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = self.owner = dataset
        self.name = type(dataset).__name__

    @property
    def length(self) -> int | None:  # type: ignore[override]
        try:
            return len(self.dataset)
        except (TypeError, NotImplementedError, AttributeError):
            return None

    def open(self, order: Any = None, skip: int = 0) -> Iterator[Any]:
        return iter(self.dataset)


class OfTensorFlow(Again):
    """A tf.data.Dataset."""

    def __init__(self, dataset: Any) -> None:
        super().__init__(dataset)
        self.name = "tf.data.Dataset"

    def open(self, order: Any = None, skip: int = 0) -> Iterator[Any]:
        return iter(self.dataset.as_numpy_iterator())
