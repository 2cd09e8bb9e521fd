"""Rows: arrays larger than memory, read a block of rows at a time.

The rows come in the order in which arrays in memory give them, so the weights are bit by bit the same.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core import placement
from cornu.core.symbolic import KerasTensor
from cornu.training.data import check_rows
from cornu.training.sources.stream import Batches

LARGE = 1 << 30  # bytes up to which data that lie in a file are read as a whole, if memory is free
BLOCK = 1 << 25  # bytes that are read together
DENSE = 8  # rows are picked out of a whole part of a file if it has at most so many times as many
MANY = 100  # parts from which on a list holds rows, not arrays
IN_MEMORY = ("detach", "numpy", "to_numpy", "iloc", "tocsr", "todense")


def is_lazy(value: Any) -> bool:
    """Whether it is an array in a file, of which slices can be read: a memmap, a data set of h5py or
    zarr, or anything else with a shape, a dtype and slices."""
    if isinstance(value, np.ndarray):
        return isinstance(value, np.memmap)
    if isinstance(value, (jax.Array, KerasTensor)) or any(hasattr(value, name) for name in IN_MEMORY):
        return False
    sliced = all(hasattr(value, name) for name in ("shape", "dtype", "__getitem__"))
    return sliced and len(value.shape) > 0


def is_too_large(batch: Any) -> bool:
    """Whether arrays are better read bit by bit than as a whole."""
    x, y, sample_weight = batch
    if type(x) is np.ndarray and x.nbytes < LARGE and y is None and sample_weight is None:
        return False  # the usual case of predict, which has to be quick
    leaves = _leaves(batch)
    if not all(isinstance(leaf, np.ndarray) or is_lazy(leaf) for leaf in leaves):
        return False
    size = sum(int(np.prod(leaf.shape)) * np.dtype(leaf.dtype).itemsize for leaf in leaves)
    where = placement.current()
    if any(map(is_lazy, leaves)):
        if where is not None and where.shared:
            return True  # each process reads its own rows
        return size > min(LARGE, _free_memory() // 4)
    return size > LARGE and size > _device_memory() // 2


def _leaves(value: Any) -> list[Any]:
    """The arrays of a structure, or what else is in it."""
    if isinstance(value, (list, tuple, Mapping)):
        items = value.values() if isinstance(value, Mapping) else value
        if any(isinstance(item, (int, float, str)) for item in items):
            return [value]
        return [leaf for item in items for leaf in (_leaves(item) if len(items) <= MANY else [item])]
    return [] if value is None else [value]


def _free_memory() -> int:
    """Bytes of memory that are free, where the system says so."""
    try:
        with open("/proc/meminfo") as file:
            found = next(line for line in file if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return 4 * LARGE
    return int(found.split()[1]) * 1024


def _device_memory() -> int:
    """Bytes that a device of its own has; that of the CPU is without limit."""
    device = jax.devices()[0]
    stats = None if device.platform == "cpu" else device.memory_stats()
    return int((stats or {}).get("bytes_limit", 1 << 62))


class Rows(Batches):
    """Batches of rows of arrays that are read as they are needed.

    Args:
        batch: x, y and sample_weight: structures of arrays with slices.
        size: rows of a batch.
        shuffle: whether each time through takes the rows in a new order.
        start, stop: the rows that count.
        call: the method that the user called, for messages.
    """

    numbered = silent = True

    def __init__(
        self,
        batch: Any,
        size: int,
        shuffle: bool = False,
        start: int = 0,
        stop: int | None = None,
        call: str = "fit",
    ) -> None:
        self.leaves, self.structure = tree.tree_flatten(batch, is_leaf=is_lazy)
        rows = check_rows(batch, call)
        self.start, self.stop = start, rows if stop is None else stop
        self.size, self.shuffle = min(size, self.rows), shuffle
        self.name = next((type(leaf).__name__ for leaf in self.leaves if is_lazy(leaf)), "large array")
        self.even = self.rows % self.size == 0
        where = placement.current()
        if where is not None and where.shared and not where.each_its_own:
            self.own = where.own(self.size)

    @property
    def rows(self) -> int:
        return self.stop - self.start

    @property
    def length(self) -> int:  # type: ignore[override]
        return -(-self.rows // self.size)

    def order(self) -> Any:
        return np.random.permutation(self.rows).astype(np.uint32) if self.shuffle else None

    def open(self, order: Any = None, skip: int = 0) -> Iterator[Any]:
        if self.own is not None:
            yield from self._own_rows(self.own, order, skip)
            return
        row = sum(np.dtype(a.dtype).itemsize * int(np.prod(a.shape[1:])) for a in self.leaves)
        block = max(BLOCK // max(row * self.size, 1), 1) * self.size
        for start in range(skip * self.size, self.rows, block):
            stop = min(start + block, self.rows)
            if order is None:
                arrays = [leaf[self.start + start : self.start + stop] for leaf in self.leaves]
                with ExitStack() as done:
                    for array in arrays:
                        done.enter_context(_mapped(array))
                    yield from self._batches(arrays, stop - start)
                continue
            else:
                index = self.start + order[start:stop].astype(np.int64)
                yield from self._batches([_picked(leaf, index) for leaf in self.leaves], stop - start)

    def _own_rows(self, own: slice, order: Any, skip: int) -> Iterator[Any]:
        """Batches of which only the rows of this process are read; of a short one all are."""
        for at in range(skip * self.size, self.rows, self.size):
            rows = min(self.size, self.rows - at)
            part = own if rows == self.size else slice(0, rows)
            places = slice(self.start + at + part.start, self.start + at + part.stop)
            index = None if order is None else self.start + order[at:][part].astype(np.int64)
            batch = []
            for leaf in self.leaves:
                array = np.zeros((rows, *leaf.shape[1:]), leaf.dtype)
                array[part] = leaf[places] if index is None else _picked(leaf, index)
                batch.append(array)
            yield tuple(tree.tree_unflatten(self.structure, batch))

    def _batches(self, arrays: list[Any], rows: int) -> Iterator[Any]:
        for at in range(0, rows, self.size):
            part = [array[at : at + self.size] for array in arrays]
            yield tuple(tree.tree_unflatten(self.structure, part))


@contextmanager
def _mapped(array: Any) -> Iterator[None]:
    """Rows of a file that lie side by side; their pages are let go of after the block, so that a process
    which goes through a large file does not grow."""
    pages = getattr(array, "_mmap", None)
    if (
        pages is None
        or array.mode != "r"
        or not hasattr(pages, "madvise")
        or not array.flags.c_contiguous
    ):
        yield
        return
    begin = np.frombuffer(pages, np.uint8).ctypes.data
    first = array.ctypes.data - begin
    last, first = first + array.nbytes, first // mmap.PAGESIZE * mmap.PAGESIZE
    yield
    with suppress(OSError):  # another system
        pages.madvise(mmap.MADV_DONTNEED, first, last - first)


def _picked(array: Any, index: Any) -> Any:
    """These rows, read in the order in which they lie: a file can do no other, or is slow at it."""
    places = np.argsort(index, kind="stable")
    lying = index[places]
    first, last = int(lying[0]), int(lying[-1]) + 1
    if isinstance(array, np.ndarray):
        found = array[lying]
    elif last - first <= DENSE * len(lying):
        found = np.asarray(array[first:last])[lying - first]
    else:
        found = np.asarray(array[lying])
    rows = np.empty_like(found, subok=False)
    rows[places] = found
    return rows
