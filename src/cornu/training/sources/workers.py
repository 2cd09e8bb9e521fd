"""Workers: threads or processes that fetch batches of a PyDataset, handed on in order."""

from __future__ import annotations

import multiprocessing
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

DIED = (
    "A worker process of {name} died while it fetched batch {number}: it was killed, perhaps for want "
    "of memory, or ended itself. The model keeps the weights it had reached. Try fewer workers, or "
    "use_multiprocessing=False, which shows the cause."
)

_dataset: Any = None  # in a worker process: its copy


def fetched(
    dataset: Any,
    numbers: Iterator[int],
    workers: int = 1,
    use_multiprocessing: bool = False,
    max_queue_size: int = 10,
) -> Iterator[Any]:
    """The batches of these numbers, in this order, whoever fetches them."""
    if workers > 1 or (workers > 0 and use_multiprocessing):
        return _Fetched(dataset, numbers, workers, use_multiprocessing, max_queue_size)
    return (dataset[number] for number in numbers)


class _Fetched:
    """An iterator over batches that workers fetch, a few ahead."""

    def __init__(
        self, dataset: Any, numbers: Iterator[int], workers: int, processes: bool, ahead: int
    ) -> None:
        self.dataset, self.numbers, self.processes = dataset, numbers, processes
        self.pool: Executor = (
            ProcessPoolExecutor(workers, multiprocessing.get_context(), _keep, (dataset,))
            if processes
            else ThreadPoolExecutor(workers, "cornu-worker")
        )
        self.waiting: deque[tuple[int, Future[Any]]] = deque()
        with warnings.catch_warnings():  # JAX warns of forks; what is forked does not use it
            if processes:
                warnings.simplefilter("ignore")
            for _ in range(max(ahead, workers)):
                self._ask()

    def __iter__(self) -> _Fetched:
        return self

    def __next__(self) -> Any:
        if not self.waiting:
            self.close()
            raise StopIteration
        number, batch = self.waiting.popleft()
        try:
            found = batch.result()
        except BrokenProcessPool:
            self.close()
            name = type(self.dataset).__name__
            raise RuntimeError(DIED.format(name=name, number=number)) from None
        self._ask()
        return found

    def _ask(self) -> None:
        number = next(self.numbers, None)
        if number is None:
            return
        try:
            if self.processes:
                batch = self.pool.submit(_get, number)
            else:
                batch = self.pool.submit(self.dataset.__getitem__, number)
        except BrokenProcessPool as error:
            batch = Future()
            batch.set_exception(error)
        self.waiting.append((number, batch))

    def close(self) -> None:
        self.waiting.clear()
        self.pool.shutdown(wait=False, cancel_futures=True)


def _keep(dataset: Any) -> None:
    global _dataset
    _dataset = dataset


def _get(number: int) -> Any:
    return _dataset[number]
