"""Streams: iterators that read ahead, shuffle or gather into groups; what a dataset is made of."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np

_END = object()


def groups(stream: Iterable[Any], size: int, drop_remainder: bool) -> Iterator[list[Any]]:
    """Lists of `size` items; the last, shorter one is left out with `drop_remainder`."""
    iterator = iter(stream)
    while group := list(islice(iterator, size)):
        if len(group) == size or not drop_remainder:
            yield group


def windows(
    stream: Iterable[Any], size: int, shift: int, stride: int, drop_remainder: bool
) -> Iterator[list[Any]]:
    """Lists of `size` items, each beginning `shift` items after the one before."""
    kept: deque[Any] = deque()
    iterator, span = iter(stream), (size - 1) * stride + 1
    while True:
        kept.extend(islice(iterator, max(span - len(kept), 0)))
        if not kept or (drop_remainder and len(kept) < span):
            return
        yield list(islice(kept, 0, span, stride))
        gone = min(shift, len(kept))
        for _ in range(gone):
            kept.popleft()
        skipped = sum(1 for _ in islice(iterator, shift - gone))
        if skipped < shift - gone:
            return


def shuffled(stream: Iterable[Any], size: int, generator: np.random.RandomState) -> Iterator[Any]:
    """The items in a random order: each is drawn from the `size` items that come next."""
    iterator = iter(stream)
    waiting = list(islice(iterator, size))
    for item in iterator:
        place = generator.randint(len(waiting))
        chosen, waiting[place] = waiting[place], item
        yield chosen
    generator.shuffle(waiting)
    yield from waiting


def mapped_in_threads(
    function: Callable[[Any], Any], stream: Iterable[Any], threads: int
) -> Iterator[Any]:
    """`function` of each item, computed ahead by so many threads; results come in the items' order."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="cornu-map")
    waiting: deque[Future[Any]] = deque()
    try:
        for item in stream:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def read_ahead(stream: Iterable[Any], count: int) -> Iterator[Any]:
    """The items, up to `count` of them made ahead by a thread of their own.

    The thread ends when the items do, when one raises, or when nobody asks for more.
    """
    ready: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(count)
    stopped = threading.Event()

    def offer(item: Any, error: BaseException | None = None) -> bool:
        while not stopped.is_set():
            try:
                ready.put((item, error), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        iterator = iter(stream)
        try:
            for item in iterator:
                if not offer(item):
                    break
            offer(_END)
        except BaseException as error:  # it belongs to who asked for the item
            offer(_END, error)
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    threading.Thread(target=work, name="cornu-prefetch", daemon=True).start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()
