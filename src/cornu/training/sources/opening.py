"""Opening: what the user gave, as a source; the one place where x, y and sample_weight become one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.tree_util as tree
import numpy as np

from cornu.core import placement
from cornu.core.errors import describe, warn
from cornu.core.settings import max_steps_per_epoch
from cornu.layers.host import is_sparse, to_dense
from cornu.training.checks import check_indices, check_targets, check_values
from cornu.training.class_weights import class_weights
from cornu.training.data import (
    Data,
    batch_size_of,
    check_rows,
    is_arrays,
    unpack_x_y_sample_weight,
    whole_number,
)
from cornu.training.epochs import capped
from cornu.training.sources.arrays import Arrays
from cornu.training.sources.iterables import Again, OfTensorFlow, Once
from cornu.training.sources.py_dataset import ByNumber
from cornu.training.sources.rows import Rows, is_too_large
from cornu.training.sources.source import Source
from cornu.training.sources.stream import Batches, Stream, article

BESIDE = (
    "{call} got {what} beside {a} {name}, which gives {what} itself: leave {what}=... out, and let each "
    "batch be (x, y) or (x, y, sample_weight)."
)
BATCH_SIZE = (
    "{call} got batch_size={size} beside {a} {name}, whose batches have the size that it gives them. "
    "Leave batch_size out."
)
NO_DATA = "{call} got {given} for x, which is neither arrays nor anything that gives batches. {advice}"
CALLED = "It is a function: call it, {name}()."
LOADER = "Put it into a loader that makes batches: DataLoader(dataset, batch_size=32)."
NEITHER = "Give arrays, a generator of (x, y), or a PyDataset."
ONE_READER = (
    "use_multiprocessing=True makes no difference to the {name}, which one thread reads: several "
    "processes would each go through all of it. Write a cornu.utils.PyDataset to use several."
)
OWN_ROWS = (
    "{call}: with auto_shard_dataset=False each of {parts} processes gives its own rows, here {rows}, "
    "of which batches of batch_size={size} in all must take an equal number each time. Choose another "
    "batch_size, or leave rows out; or give all rows to every process, with auto_shard_dataset=True."
)
BATCH = (
    "A batch must be x, (x, y) or (x, y, sample_weight), but the {name} gave {found}. Several inputs go "
    "into one x: ((x1, x2), y) or ({{'age': x1, 'size': x2}}, y)."
)


class Kind(NamedTuple):
    """A kind of data set: how it is recognised, and what it becomes."""

    recognises: Callable[[Any], bool]
    batches: Callable[[Any, bool, Mapping[str, Any]], Batches]


def _has(*methods: str) -> Callable[[Any], bool]:
    return lambda x: not isinstance(x, type) and all(hasattr(x, method) for method in methods)


#: The first that recognises x opens it.
KINDS = (
    Kind(_has("as_numpy_iterator"), lambda x, shuffle, workers: OfTensorFlow(x)),
    Kind(
        _has("__getitem__", "on_epoch_end"),
        lambda x, shuffle, workers: ByNumber(x, shuffle, **workers),
    ),
    Kind(_has("__next__"), lambda x, shuffle, workers: Once(x)),
    Kind(_has("__iter__"), lambda x, shuffle, workers: Again(x)),
)
WORKERS = {"workers": None, "use_multiprocessing": None, "max_queue_size": None}


class Opening(NamedTuple):
    """How a source is wanted.

    Args:
        model: for which.
        call: the method that the user called.
        batch_size, steps, shuffle, class_weight: its arguments.
        workers: Keras 2's arguments about workers.
        where: which data these are, for messages.
        keeps: whether a backup wants to know the place.
    """

    model: Any
    call: str
    batch_size: int | None = None
    steps: int | None = None
    shuffle: bool = False
    class_weight: Any = None
    workers: Mapping[str, Any] = WORKERS
    where: str = ""
    keeps: bool = False

    @property
    def trains(self) -> bool:
        """Whether the model is trained on these data."""
        return self.call == "fit" and not self.where

    def open(self, x: Any, y: Any = None, sample_weight: Any = None) -> Source:
        """The source of these data.

        Raises:
            ValueError, TypeError: if they are no data, do not go together, or hold NaN.
        """
        if is_arrays(x):
            if is_too_large((x, y, sample_weight)):
                return self.rows((x, y, sample_weight))
            return self.arrays(self.data(x, y, sample_weight))
        return self._stream(x, y, sample_weight)

    def rows(self, batch: Any, start: int = 0, stop: int | None = None) -> Stream:
        """A source of the rows of arrays that are too large to be read as a whole."""
        rows = (check_rows(batch, self.call) if stop is None else stop) - start
        where = placement.current()
        if where is not None and where.each_its_own:
            size = self._own_size(rows, where.total(1))
        else:
            size = self._size(rows)
        return self._opened(Rows(batch, size, self.shuffle, start, stop, self.call))

    def data(self, x: Any, y: Any, sample_weight: Any) -> Data:
        """Arrays in memory, checked."""
        name = f"{self.call}(validation_data=...)" if self.where else self.call
        data = Data(self.model._prepared(x, self.call), y, sample_weight, call=name)
        if self.call != "predict":
            check_values(data, self.where)
        return data

    def arrays(self, data: Data) -> Source:
        """A source of arrays."""
        where = placement.current()
        if where is not None and where.each_its_own:
            return self.rows(data.batch)
        if self.class_weight:
            data.sample_weight = class_weights(self.model, data.y, self.class_weight, data.sample_weight)
        size = self._size(data.rows)
        total = -(-data.rows // size)
        most = capped(self.steps or total, "steps", max_steps_per_epoch())
        source = Arrays(data, size, self.shuffle, self.steps, most, not self.trains)
        if self.keeps:
            source.keep_place()
        return source

    def _size(self, rows: int) -> int:
        """Rows of a batch."""
        size = self.batch_size
        if size is None and self.steps:
            size = -(-rows // self.steps)
        return batch_size_of(size, rows)

    def _own_size(self, rows: int, parts: int) -> int:
        """Rows of this process's part of a batch."""
        size = self._size(rows * parts)
        if size % parts or rows % (size // parts):
            raise ValueError(OWN_ROWS.format(call=self.call, size=size, parts=parts, rows=rows))
        return size // parts

    def _stream(self, x: Any, y: Any, sample_weight: Any) -> Stream:
        batches = self._batches(x)
        for what, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(
                    BESIDE.format(call=self.call, what=what, name=batches.name, a=article(batches.name))
                )
        if self.batch_size is not None:
            size = describe(self.batch_size)
            raise ValueError(
                BATCH_SIZE.format(call=self.call, size=size, name=batches.name, a=article(batches.name))
            )
        return self._opened(batches)

    def _opened(self, batches: Batches) -> Stream:
        """The stream of these batches, its first one fetched."""
        most = max_steps_per_epoch()
        known = batches.length if self.steps is None else self.steps
        if most is not None and known is not None:
            most = capped(known, "steps", most)
        convert, check = self._convert(batches.name), self._check(batches.name)
        single = self.call == "predict"
        stream = Stream(batches, convert, check, self.steps, most, not self.trains, single, self.call)
        if self.keeps:
            stream.keep_place()
        if self.trains and not (self.model.objective.built and self.model.optimizer.built):
            batches.order()
        try:
            stream.begin()
        except BaseException:
            stream.close()
            raise
        return stream

    def _batches(self, x: Any) -> Batches:
        for kind in KINDS:
            if kind.recognises(x):
                batches = kind.batches(x, self.shuffle, self.workers)
                if self.workers["use_multiprocessing"] and not isinstance(batches, ByNumber):
                    warn(ONE_READER.format(name=batches.name))
                return batches
        advice = NEITHER
        if callable(x) and hasattr(x, "__name__"):
            advice = CALLED.format(name=x.__name__)
        elif hasattr(x, "__getitem__"):
            advice = LOADER
        raise TypeError(NO_DATA.format(call=self.call, given=describe(x), advice=advice))

    def _convert(self, name: str) -> Callable[[Any], Data]:
        """Makes Data of a batch."""

        def convert(batch: Any) -> Data:
            if isinstance(batch, list) and len(batch) <= 3 and not _is_column(batch):
                batch = tuple(batch)  # what loaders of PyTorch give
            if isinstance(batch, tuple) and not 1 <= len(batch) <= 3:
                raise ValueError(BATCH.format(name=name, found=f"a tuple of {len(batch)}"))
            x, y, sample_weight = unpack_x_y_sample_weight(batch)
            if type(x) is not np.ndarray:
                x = tree.tree_map(_dense, x, is_leaf=is_sparse)
            data = Data(self.model._prepared(x, self.call), y, sample_weight, call=self.call)
            if self.class_weight:
                data.sample_weight = class_weights(
                    self.model, data.y, self.class_weight, data.sample_weight
                )
            return data

        return convert

    def _check(self, name: str) -> Callable[[Data, int], None]:
        """Looks at the values of batches."""

        def check(data: Data, number: int) -> None:
            if self.call == "predict":
                check_indices(self.model, data.x)
                return
            check_values(data, f" of batch {number} of the {name}")
            if self.model.objective.built:
                check_targets(self.model.objective, data)
            check_indices(self.model, data.x)

        return check


def _dense(value: Any) -> Any:
    return to_dense(value) if is_sparse(value) else value


def _is_column(batch: list[Any]) -> bool:
    """Whether it is a list of numbers or of lists: one array."""
    return bool(batch) and not any(hasattr(item, "shape") or isinstance(item, dict) for item in batch)


def is_large(x: Any, y: Any = None, sample_weight: Any = None) -> bool:
    """Whether these are arrays that are read bit by bit."""
    return is_arrays(x) and is_too_large((x, y, sample_weight))


def steps_of(name: str, value: Any) -> int | None:
    """A number of steps, if one was given."""
    return None if value is None else whole_number(name, value)


__all__ = ["Opening", "steps_of"]
