"""PyDataset: batches by number, fetched by several workers if wanted."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

from cornu.training.sources.stream import Batches

NO_LENGTH = (
    "{name} does not say how many batches it has. Give it a method, def __len__(self): return ..., or, "
    "if it has no end, a property num_batches that is None."
)


class PyDataset:
    r"""Batches by number, written in Python: a class with `__len__` and `__getitem__`.

    Args:
        workers: how many batches are fetched at the same time. Default: 1.
        use_multiprocessing: whether the workers are processes, which compute at the same time, not
            threads, which wait for files at the same time. Default: False. Each process has a copy of
            the data set, as it is at the begin of an epoch.
        max_queue_size: batches that workers fetch ahead, at most. Default: 10.

    Whatever the number of workers, the batches come in the same order. A subclass has:

    - `__getitem__(self, index)`: the batch, `(x, y)` or `(x, y, sample_weight)` or x, as arrays;
    - `__len__(self)`: the number of batches; or `num_batches`, which may be None where there is no end;
    - `on_epoch_begin(self)`, `on_epoch_end(self)`, if it changes between epochs;
    - `backup_state(self)`, a dict of plain values, and `restore_state(self, state)`, if what
      `BackupAndRestore` is to keep of it is not in its attributes.

    `fit(shuffle=True)`, the default, takes the batches of each epoch in a new order, from Python's
    `random`.

    Example:
        >>> import cornu, numpy as np
        >>> class Squares(cornu.utils.PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...
        ...     def __getitem__(self, index):
        ...         x = np.arange(2.0).reshape(2, 1) + 2 * index
        ...         return x, x**2
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(1,))])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit(Squares(workers=2), epochs=2, verbose=0)
        >>> len(history.epoch)
        2
    """

    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """The batch of this number."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a method __getitem__(self, index) that gives a batch (x, y)."
        )

    def __iter__(self) -> Iterator[Any]:
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None: there is no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(NO_LENGTH.format(name=type(self).__name__))

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""


class ByNumber(Batches):
    """A PyDataset, or what looks like one: Keras 2's Sequence.

    Args:
        dataset: it.
        shuffle: whether each time through takes the batches in a new order.
        settings: `workers`, `use_multiprocessing`, `max_queue_size`, in place of its own.
    """

    name = "PyDataset"
    numbered = True

    def __init__(self, dataset: Any, shuffle: bool = False, **settings: Any) -> None:
        self.dataset = self.owner = dataset
        self.shuffle = shuffle
        own = {name: getattr(dataset, name, getattr(PyDataset, name)) for name in settings}
        self.settings = {name: own[name] if v is None else v for name, v in settings.items()}
        self.raced = self.settings.get("workers", 1) > 1 and not self.settings["use_multiprocessing"]

    @property
    def length(self) -> int | None:  # type: ignore[override]
        if hasattr(self.dataset, "num_batches"):
            found = self.dataset.num_batches
            return None if found is None else int(found)
        return len(self.dataset)

    def order(self) -> list[int] | None:
        count = self.length
        if not self.shuffle or count is None:
            return None
        numbers = list(range(count))
        random.shuffle(numbers)
        return numbers

    def open(self, order: Any = None, skip: int = 0) -> Iterator[Any]:
        count = self.length
        if order is not None:
            numbers: Iterator[int] = iter(order[skip:])
        else:
            numbers = itertools.count(skip) if count is None else iter(range(skip, count))
        from cornu.training.sources.workers import fetched  # brings multiprocessing

        return fetched(self.dataset, numbers, **self.settings)

    def begin(self) -> None:
        if hasattr(self.dataset, "on_epoch_begin"):
            self.dataset.on_epoch_begin()

    def end(self) -> None:
        if hasattr(self.dataset, "on_epoch_end"):
            self.dataset.on_epoch_end()
