"""Packing: batches put side by side in chunks, so that one call of the program takes many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core import placement
from cornu.core.errors import show_shape, warn
from cornu.training.data import ALIGNMENT, Data
from cornu.training.windows import Chunk

ROOM = 256  # batches in a chunk, at most
BYTES = 1 << 24  # of a chunk, where it holds more than one batch
SHAPES = 4  # shapes of batches up to which nothing is said

OTHER_STRUCTURE = (
    "Batch {number} of the {name} is {found}, but those before it were {wanted}. Give every batch the "
    "same structure: x, (x, y) or (x, y, sample_weight)."
)
OTHER_DTYPE = (
    "Batch {number} of the {name} has {what} of dtype {found}, but those before it had {wanted}. Give "
    'all batches one dtype: {variable}.astype("{wanted}").'
)
OTHER_RANK = (
    "Batch {number} of the {name} has {what} of shape {found}, but those before it had {wanted}: the "
    "number of axes must stay the same."
)
MANY_SHAPES = (
    "The {name} gives batches of many shapes ({shapes}, ...), and each new one costs a compile. "
    "Fill them up to a few sizes: x = cornu.utils.pad_sequences(x, maxlen=...), with Masking() or "
    "Embedding(..., mask_zero=True){rows}."
)
UNEQUAL = (
    "The {name} gives a batch of {rows} rows after one of {first}. With auto_shard_dataset=False all "
    "processes must give batches of one size: leave the last, short one out (drop_remainder=True), or "
    "give all batches to every process, with auto_shard_dataset=True."
)
MANY_ROWS = "; or give all batches as many rows, since in this model rows influence each other"


class Packed:
    """Batches that are ready for the loop.

    Args:
        count: how many.
        data: a chunk on the device; None: `batch`, a single one, needs a program of its own.
        batch: the single one, on the host.
    """

    def __init__(self, count: int, data: Any = None, batch: Any = None) -> None:
        self.count, self.data, self.batch = count, data, batch


class Slots:
    """A chunk that is being filled: room for so many batches of `size` rows.

    Args:
        batch: the first one, for the shapes.
        size: rows that each may have.
        masked: whether they may have fewer.
        first: the number of the first batch, for messages.
        where: how batches lie on several devices; None: on one.
        own: the rows of a full batch that are there; the others are another process's.
    """

    def __init__(
        self,
        batch: Data,
        size: int,
        masked: bool,
        first: int,
        where: Any = None,
        own: slice | None = None,
    ) -> None:
        self.where, self.own = where, own
        leaves, self.structure = tree.tree_flatten(batch.batch)
        row = sum(leaf.dtype.itemsize * int(np.prod(leaf.shape[1:])) for leaf in leaves)
        self.room = int(np.clip(BYTES // max(row * size, 1), 1, ROOM))
        self.arrays = [_empty((self.room * size, *leaf.shape[1:]), leaf.dtype) for leaf in leaves]
        self.counts = np.zeros(self.room, np.int32)
        self.size, self.masked, self.first, self.filled = size, masked, first, 0

    def add(self, batch: Data) -> None:
        """Puts a batch behind the others; its last row fills it up."""
        start, stop = self.filled * self.size, (self.filled + 1) * self.size
        own = self.own if batch.rows == self.size else None
        for array, leaf in zip(self.arrays, tree.tree_leaves(batch.batch), strict=True):
            if own is not None:
                array[start:stop][own] = leaf[own]
                continue
            array[start : start + batch.rows] = leaf
            if batch.rows < self.size:
                array[start + batch.rows : stop] = leaf[-1:]
        self.counts[self.filled] = batch.rows
        self.filled += 1

    @property
    def full(self) -> bool:
        return self.filled == self.room

    def rows(self, start: int, stop: int) -> Data:
        """The batches from `start` to `stop`, one below the other."""
        if self.own is not None:
            shape = self.room, self.size
            views = [array.reshape(*shape, *array.shape[1:]) for array in self.arrays]
            parts = [np.concatenate(view[start:stop, self.own]) for view in views]
            return Data.of(tree.tree_unflatten(self.structure, parts))
        part = slice(start * self.size, stop * self.size)
        arrays = tree.tree_unflatten(self.structure, [array[part] for array in self.arrays])
        return Data.of(arrays)

    def checked(self, check: Callable[[Data, int], None]) -> Exception | None:
        """The error in these batches; only those before the wrong one are kept then."""
        try:
            check(self.rows(0, self.filled), self.first)
        except Exception as whole:
            for i in range(self.filled):
                try:
                    check(self.rows(i, i + 1), self.first + i)
                except Exception as error:
                    self.filled = i
                    return error
            return whole
        return None

    def packed(self) -> Packed:
        """The batches, on the device."""
        shape = self.room, self.size
        arrays = [array.reshape(*shape, *array.shape[1:]) for array in self.arrays]
        chunk = Chunk(tree.tree_unflatten(self.structure, arrays), self.counts, self.masked)
        if self.where is None:
            return Packed(self.filled, jax.device_put(chunk))
        chunk.arrays = placement.put_batch(chunk.arrays, self.where, axis=1)
        if self.where.each_its_own:
            chunk.counts = self.counts * self.where.total(1)
        return Packed(self.filled, chunk)


class Packing:
    """Decides which batches lie in one chunk: those of one shape, where shorter ones can be filled up.

    Args:
        name: what the batches come from, for messages.
        samplewise: whether rows cannot influence each other, so that a batch may be filled up.
        even: whether no batch will be shorter than the first.
        single: whether each batch is wanted by itself.
        where: how batches lie on several devices; None: on one.
        own: the rows of a full batch that are there.
    """

    def __init__(
        self,
        name: str,
        samplewise: bool,
        even: bool = False,
        single: bool = False,
        where: Any = None,
        own: slice | None = None,
    ) -> None:
        self.where, self.own = where, own
        self.name, self.samplewise, self.even, self.single = name, samplewise, even, single
        self.sizes: dict[Any, list[int]] = {}
        self.shapes: dict[Any, str] = {}  # of all programs that were needed
        self.warned = False
        self.like: Data | None = None
        self.kind: Any = None

    def place(self, batch: Data, number: int) -> tuple[Any, int] | None:
        """The shapes that a chunk for this batch has, and the rows of a batch in it; None if it needs a
        program of its own.

        Raises:
            ValueError: if it has another structure or dtype than those before.
        """
        leaves, structure = tree.tree_flatten(batch.batch)
        kind = structure, [(leaf.dtype, leaf.ndim) for leaf in leaves]
        if self.like is None:
            self.like, self.kind = batch, kind
        elif kind != self.kind:
            self._compare(batch, self.like, number)
        shapes = tuple(leaf.shape[1:] for leaf in leaves)
        size = self._size(self.sizes.setdefault(shapes, []), batch.rows)
        rows = batch.rows if size is None else size
        if (shapes, rows) not in self.shapes:
            self.shapes[shapes, rows] = show_shape((rows, *shapes[0]))
        return None if size is None else (shapes, size)

    def _size(self, sizes: list[int], rows: int) -> int | None:
        """How many rows a batch has room for in its chunk; `sizes` are those that have a program."""
        if self.single:
            return None
        if self.where is not None and self.where.each_its_own and rows != (sizes or [rows])[0]:
            raise ValueError(UNEQUAL.format(name=self.name, rows=rows, first=sizes[0]))
        if not sizes:
            sizes.append(rows)
        if not self.samplewise:
            return rows if rows == sizes[0] else None
        if rows > max(sizes):
            sizes.append(1 << (rows - 1).bit_length())
        return min(size for size in sizes if size >= rows)

    def warn_of_shapes(self) -> None:
        """Says once that there are many shapes of batches, and what to do."""
        if len(self.shapes) > SHAPES and not self.warned:
            self.warned = True
            shown = ", ".join(list(self.shapes.values())[:SHAPES])
            rows = "" if self.samplewise else MANY_ROWS
            warn(MANY_SHAPES.format(name=self.name, shapes=shown, rows=rows))

    def _compare(self, batch: Data, like: Data, number: int) -> None:
        if str(tree.tree_structure(batch.batch)) != str(tree.tree_structure(like.batch)):
            found, wanted = _parts(batch), _parts(like)
            raise ValueError(
                OTHER_STRUCTURE.format(number=number, name=self.name, found=found, wanted=wanted)
            )
        before = tree.tree_leaves(like.batch)
        for (name, array), old in zip(batch.named(), before, strict=True):
            words = {"number": number, "name": self.name, "what": name, "variable": name}
            if array.dtype != old.dtype:
                raise ValueError(OTHER_DTYPE.format(found=array.dtype, wanted=old.dtype, **words))
            if array.ndim != old.ndim:
                found, wanted = show_shape(array.shape), show_shape(old.shape)
                raise ValueError(OTHER_RANK.format(found=found, wanted=wanted, **words))


def _parts(batch: Data) -> str:
    """The structure of a batch, in words."""
    names = [name for name, _ in batch.named()]
    return f"({', '.join(names)})" if len(names) > 1 else names[0]


def _empty(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array of any content, placed so that the CPU device can use it as it lies."""
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)
