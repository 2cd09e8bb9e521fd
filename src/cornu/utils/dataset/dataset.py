"""Dataset: elements that are made when they are needed, one after the other, as often as asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from cornu.core import dtypes
from cornu.core.context import context
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, note
from cornu.utils.dataset import streams
from cornu.utils.dataset.elements import (
    Tensor,
    TensorSpec,
    as_element,
    as_tensor,
    leaves,
    map_leaves,
    pad_stack,
    rows_of,
    spec_of,
    stack,
)
from cornu.utils.dataset.further import Further, called
from cornu.utils.dataset.memory import Cache, Turns, set_states, states_of
from cornu.utils.dataset.signatures import fitted, plain_spec, signature_of

AUTOTUNE = -1  # "decide for me", for prefetch and num_parallel_calls
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2
READ_AHEAD = 2  # what prefetch(AUTOTUNE) keeps ready

NO_LENGTH = {
    INFINITE_CARDINALITY: "The dataset never ends. Write ds.take(n), or pass steps_per_epoch to fit.",
    UNKNOWN_CARDINALITY: (
        "How many elements the dataset has is not known before they are read. Count them with "
        "sum(1 for _ in ds)."
    ),
}
NO_RESULT = "The function returned None. Perhaps it lacks a return at its end."
IN_PROGRAM = (
    "A dataset is gone through inside a compiled function, where its elements would become constants "
    "of the program. Write the loop outside, and compile what is done with one batch."
)
OF_THE_FIRST = (
    "This dataset has no {name}: they are on what a *_from_directory function returned, not on what "
    "map, batch, prefetch and the like make of it. Take them first: {name} = ds.{name}."
)


class Dataset(Further):
    """A sequence of elements that are made when they are needed, and can be gone through many times.

    An element is a tensor, or a tuple or dict of such. Every method gives a new dataset; nothing is read
    before someone goes through it. It does what `tf.data.Dataset` does in printed programs, with arrays
    of NumPy whose `numpy()` gives the plain array.

    Args:
        make: gives the elements, from the first, each time it is called.
        length: their number; -1 if they never end, -2 (default) if it is not known.
        example: gives an element to look at, the first by default.
        spec: gives the shapes and dtypes of all; by default those of the example.

    Example:
        >>> ds = Dataset.from_tensor_slices(([[1.0], [2.0], [3.0]], [0, 1, 0])).batch(2)
        >>> for x, y in ds.map(lambda x, y: (x * 10, y)):
        ...     print(x.numpy().tolist(), y.shape)
        [[10.0], [20.0]] (2,)
        [[30.0]] (1,)
        >>> len(ds), ds.element_spec[0]
        (2, TensorSpec(shape=(None, 1), dtype=float32, name=None))
    """

    def __init__(
        self,
        make: Callable[[], Iterable[Any]],
        length: int = UNKNOWN_CARDINALITY,
        example: Callable[[], Any] | None = None,
        spec: Callable[[], Any] | None = None,
    ) -> None:
        self._make = make
        self._length = length
        self._example = example or self._first
        self._spec = spec or (lambda: spec_of(self._example()))

    @staticmethod
    def _new(make: Callable[[], Iterable[Any]], length: int = UNKNOWN_CARDINALITY) -> Dataset:
        """A dataset of elements of another kind."""
        return Dataset(make, length)

    def _like(self, make: Callable[[], Iterable[Any]], length: int) -> Dataset:
        """A dataset of elements of the same kind."""
        return Dataset(make, length, self._example, self._spec)

    # -- where elements come from ----------------------------------------------------------------

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """The rows of arrays: of a tuple or dict of arrays, a tuple or dict of rows each.

        Raises:
            ValueError: if the arrays have different numbers of rows, or a number has none.
        """
        arrays = as_element(tensors)
        sizes = {array.shape[0] if array.ndim else None for array in leaves(arrays)}
        count = sizes.pop() if len(sizes) == 1 else None
        if count is None:
            shown = ", ".join(describe(np.asarray(array)) for array in leaves(arrays))
            raise ValueError(
                f"from_tensor_slices needs arrays with one number of rows, but got {shown}."
            )
        return Rows(lambda rows: map_leaves(lambda array: array[rows], arrays), count)

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One element: the tensors as they are."""
        element = as_element(tensors)
        return Dataset(lambda: [element], 1)

    @staticmethod
    def range(*args: int, output_type: Any = "int64") -> Dataset:
        """Whole numbers, as Python's `range` counts them."""
        numbers = np.arange(*args, dtype=dtypes.standardize(output_type)).view(Tensor)
        return Rows(lambda rows: numbers[rows], len(numbers))

    @staticmethod
    def from_generator(
        generator: Callable[..., Iterable[Any]],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Any = None,
        output_signature: Any = None,
    ) -> Dataset:
        """What a function that yields elements gives, called anew for each time through.

        Args:
            generator: the function, called without arguments, or with `args`.
            output_types: dtypes to convert to, in the structure of an element.
            output_shapes: their shapes, None where a size differs.
            args: arguments of the function.
            output_signature: a `TensorSpec` for each part, in place of the two.

        Raises:
            TypeError: if it is no function; ValueError, when it is read: if shapes do not fit.
        """
        if not callable(generator):
            raise TypeError(
                f"from_generator takes a function that yields elements, got {describe(generator)}. "
                "Write the name of the function without brackets."
            )
        signature = output_signature
        if signature is None and output_types is not None:
            signature = signature_of(output_types, output_shapes)

        def make() -> Iterator[Any]:
            for element in generator(*(args or ())):
                yield as_element(element) if signature is None else fitted(element, signature)

        spec = None if signature is None else lambda: map_leaves(plain_spec, signature)
        return Dataset(make, spec=spec)

    @staticmethod
    def zip(*datasets: Any) -> Dataset:
        """Elements side by side, of several datasets or a tuple or dict of them, until one ends."""
        parts = (
            datasets[0] if len(datasets) == 1 and isinstance(datasets[0], (tuple, dict)) else datasets
        )
        each = leaves(parts)

        def make() -> Iterator[Any]:
            for items in zip(*each, strict=False):
                following = iter(items)
                yield map_leaves(lambda _, following=following: next(following), parts)

        lengths = [ds._length for ds in each if ds._length != INFINITE_CARDINALITY]
        length = min(lengths, default=INFINITE_CARDINALITY)  # unknown is the least
        return Dataset(
            make,
            length,
            lambda: map_leaves(lambda ds: ds._example(), parts),
            lambda: map_leaves(lambda ds: ds.element_spec, parts),
        )

    # -- other elements --------------------------------------------------------------------------

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
    ) -> Dataset:
        """A function of each element, which gets the parts of a tuple as its arguments.

        The function may call layers and ops, which work at once, element by element.

        Args:
            map_func: the function.
            num_parallel_calls: so many threads compute ahead; results keep their order. With None
                (default) or AUTOTUNE it is one call after the other, so that what layers draw at random
                stays the same from run to run; `prefetch` then works ahead.
            deterministic: whether the order must stay. It always does.
        """
        del deterministic
        if not callable(map_func):
            raise TypeError(f"Dataset.map takes a function, got {describe(map_func)}.")
        threads = 1 if num_parallel_calls in (None, AUTOTUNE) else int(num_parallel_calls)

        def function(element: Any) -> Any:
            try:
                found = called(map_func, element)
                if found is None:
                    raise TypeError(NO_RESULT)
                return as_element(found)
            except Exception as error:
                note(error, "  in the function given to Dataset.map")
                raise

        return self.mapped(function, threads)

    def mapped(self, function: Callable[[Any], Any], threads: int) -> Dataset:
        """As `map`, for a function of an element that gives an element."""

        def make() -> Iterable[Any]:
            if threads > 1:
                return streams.mapped_in_threads(function, self, threads)
            return map(function, self)

        return Dataset(
            make,
            self._length,
            lambda: function(self._example()),
            lambda: self._spec_of_mapped(function),
        )

    def _spec_of_mapped(self, function: Callable[[Any], Any]) -> Any:
        """From the example; what has as many rows as the batch has their size unknown, too."""
        example = self._example()
        pairs = zip(leaves(example), leaves(self.element_spec), strict=True)
        sizes = {part.shape[0] for part, spec in pairs if spec.shape[:1] == (None,)}

        def forget(spec: TensorSpec) -> TensorSpec:
            known = not (spec.shape and spec.shape[0] in sizes)
            return spec if known else spec._replace(shape=(None, *spec.shape[1:]))

        return map_leaves(forget, spec_of(function(example)))

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements of which the function is true."""
        return self._like(
            lambda: (item for item in self if bool(called(predicate, item))), UNKNOWN_CARDINALITY
        )

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The elements of the datasets that a function makes of each element, one after the other."""
        return Dataset(lambda: (item for element in self for item in called(map_func, element)))

    def enumerate(self, start: int = 0) -> Dataset:
        """Each element with its number, counted from `start`."""
        numbers = Dataset(
            lambda: (as_tensor(np.int64(number)) for number in itertools.count(start)),
            INFINITE_CARDINALITY,
        )
        return Dataset.zip(numbers, self)

    # -- batches ---------------------------------------------------------------------------------

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
    ) -> Dataset:
        """`batch_size` elements as one; the last batch may be shorter, or is dropped.

        `num_parallel_calls` and `deterministic` are hints for TensorFlow: a batch of rows is made in one
        step, and their order stays.
        """
        del num_parallel_calls, deterministic
        size = _positive("batch", "batch_size", batch_size)
        return Dataset(
            lambda: self._batches(size, drop_remainder),
            _batches_in(self._length, size, drop_remainder),
            lambda: stack([self._example()]),
            lambda: _of_batch(self.element_spec, size if drop_remainder else None),
        )

    def _batches(self, size: int, drop_remainder: bool) -> Iterable[Any]:
        return map(stack, streams.groups(self, size, drop_remainder))

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
    ) -> Dataset:
        """As `batch`, for elements of different sizes, which are filled up.

        Args:
            batch_size: number of elements.
            padded_shapes: shapes to fill up to; None, as a whole or for a size, is the largest of the
                batch.
            padding_values: what fills up, 0 by default.
            drop_remainder: whether a shorter last batch is left out.
        """
        size = _positive("padded_batch", "batch_size", batch_size)
        return Dataset(
            lambda: (
                pad_stack(group, padded_shapes, padding_values)
                for group in streams.groups(self, size, drop_remainder)
            ),
            _batches_in(self._length, size, drop_remainder),
            lambda: pad_stack([self._example()], padded_shapes, padding_values),
            lambda: _of_batch(map_leaves(_any_size, self.element_spec), None),
        )

    def unbatch(self) -> Dataset:
        """The rows of the batches, one by one."""

        def without_rows(spec: TensorSpec) -> TensorSpec:
            return spec._replace(shape=spec.shape[1:])

        return Dataset(
            lambda: itertools.chain.from_iterable(map(rows_of, self)),
            UNKNOWN_CARDINALITY,
            lambda: next(iter(rows_of(self._example()))),
            lambda: map_leaves(without_rows, self.element_spec),
        )

    def window(
        self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False
    ) -> Dataset:
        """Datasets of `size` elements each, beginning `shift` elements (`size` by default) apart."""
        size = _positive("window", "size", size)
        apart = size if shift is None else _positive("window", "shift", shift)

        def make() -> Iterator[Any]:
            for items in streams.windows(self, size, apart, stride, drop_remainder):
                yield map_leaves(lambda *parts: Dataset(lambda: parts, len(parts)), *items)

        return Dataset(make)

    # -- other orders ----------------------------------------------------------------------------

    def _reordered(
        self, order: Callable[[Callable[[], Iterable[Any]]], Iterable[Any]], length: int
    ) -> Dataset:
        """The same elements in another order, or fewer or more of them."""
        return self._like(lambda: order(self._make), length)

    def shuffle(
        self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True
    ) -> Dataset:
        """A random order: each element is drawn from the `buffer_size` that come next.

        Args:
            buffer_size: as large as the dataset for an order in which each is as likely.
            seed: of the order; by default drawn from NumPy's generator, which `set_random_seed` seeds.
            reshuffle_each_iteration: another order each time through (default).
        """
        size = _positive("shuffle", "buffer_size", buffer_size)
        number = int(np.random.randint(2**31 - 1)) if seed is None else int(seed)
        turns = Turns()

        def order(make: Callable[[], Iterable[Any]]) -> Iterable[Any]:
            turn = turns.next() if reshuffle_each_iteration else 0
            return streams.shuffled(make(), size, np.random.RandomState([number % 2**32, turn]))

        return self._reordered(order, self._length)

    def repeat(self, count: int | None = None) -> Dataset:
        """The elements `count` times over; without end by default."""
        times = -1 if count is None else int(count)

        def order(make: Callable[[], Iterable[Any]]) -> Iterator[Any]:
            for _ in itertools.count() if times < 0 else range(times):
                empty = True
                for item in make():
                    empty = False
                    yield item
                if empty:
                    return

        if times < 0:
            length = INFINITE_CARDINALITY if self._length else 0
        else:
            length = self._length * times if self._length >= 0 or not times else self._length
        return self._reordered(order, max(length, UNKNOWN_CARDINALITY))

    def take(self, count: int) -> Dataset:
        """The first `count` elements; all with -1."""
        count = int(count)
        if count < 0:
            return self
        known = {INFINITE_CARDINALITY: count, UNKNOWN_CARDINALITY: UNKNOWN_CARDINALITY}
        length = known.get(self._length, min(count, self._length))
        return self._reordered(lambda make: itertools.islice(make(), count), length)

    def skip(self, count: int) -> Dataset:
        """All but the first `count` elements; none with -1."""
        count = int(count)
        if count < 0:
            return self.take(0)
        length = max(self._length - count, 0) if self._length >= 0 else self._length
        return self._reordered(lambda make: itertools.islice(make(), count, None), length)

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Every `num_shards`th element, from number `index` on.

        Raises:
            ValueError: if `index` is not below `num_shards`.
        """
        if not 0 <= index < num_shards:
            raise ValueError(f"shard: index must be from 0 to {num_shards - 1}, got index={index}.")
        length = -(-max(self._length - index, 0) // num_shards) if self._length >= 0 else self._length
        return self._reordered(lambda make: itertools.islice(make(), index, None, num_shards), length)

    def cache(self, filename: str = "") -> Dataset:
        """Keeps the elements in memory when they have been gone through to the end once.

        Raises:
            NotBuiltYetError: for a `filename`.
        """
        if filename:
            raise NotBuiltYetError(
                "Dataset.cache keeps elements in memory; keeping them in a file is not built yet. Write "
                "ds.cache(), or store the arrays with numpy.save."
            )
        make = getattr(self, "_order", self._make)  # of rows their numbers are kept
        kept = Cache(make, self._length)
        return self._reordered(lambda make: kept, self._length)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """The elements of this dataset, then those of the other."""
        lengths = (self._length, dataset._length)
        endless, unknown = INFINITE_CARDINALITY in lengths, UNKNOWN_CARDINALITY in lengths
        length = INFINITE_CARDINALITY if endless else UNKNOWN_CARDINALITY if unknown else sum(lengths)
        return self._like(lambda: itertools.chain(self, dataset), length)

    def prefetch(self, buffer_size: int) -> Dataset:
        """The same elements, up to `buffer_size` of them made ahead by a thread; AUTOTUNE makes two."""
        size = int(buffer_size)
        size = READ_AHEAD if size == AUTOTUNE else _positive("prefetch", "buffer_size", size)
        return self._like(lambda: streams.read_ahead(self, size), self._length)

    def apply(self, transformation_func: Callable[[Dataset], Any]) -> Any:
        """A function of the dataset itself."""
        return transformation_func(self)

    # -- what comes out --------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        if context.foreign is not None:
            raise TypeError(IN_PROGRAM)
        return iter(self._make())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements as plain arrays and numbers."""
        return (map_leaves(lambda part: part.numpy(), element) for element in self)

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any]) -> Any:
        """`state = reduce_func(state, element)` for each element; the last state."""
        state = as_element(initial_state)
        for element in self:
            state = as_element(reduce_func(state, element))
        return state

    def cardinality(self) -> Tensor:
        """The number of elements; -1 if they never end, -2 if it is not known."""
        return as_tensor(np.int64(self._length))

    def __len__(self) -> int:
        if self._length < 0:
            raise TypeError(NO_LENGTH[self._length])
        return self._length

    def __bool__(self) -> bool:
        return True  # also where the length is not known

    @property
    def element_spec(self) -> Any:
        """Shapes and dtypes of an element, a `TensorSpec` for each part."""
        return self._spec()

    def described(self, **attributes: Any) -> Dataset:
        """The dataset itself, with attributes that say where its elements are from."""
        vars(self).update(attributes)
        return self

    def _first(self) -> Any:
        for element in self:
            return element
        raise ValueError("The dataset has no elements, so their shapes are not known.")

    def backup_state(self) -> dict[str, Any]:
        """What it remembers from one time through it to the next, and the generators of random numbers
        and layers that its functions use: what `BackupAndRestore` keeps of it."""
        return {str(number): state for number, state in enumerate(states_of(self))}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Takes back what `backup_state` gave."""
        set_states(self, state.values())

    def __repr__(self) -> str:
        words = {INFINITE_CARDINALITY: "endlessly many", UNKNOWN_CARDINALITY: "an unknown number of"}
        return f"<Dataset of {words.get(self._length, self._length)} elements>"

    def __getattr__(self, name: str) -> Any:
        if name in ("class_names", "file_paths"):
            text = OF_THE_FIRST.format(name=name)
        else:
            known = [each for each in dir(type(self)) if not each.startswith("_")]
            text = f"Dataset has no {name!r}. {did_you_mean(name, known)}"
        raise AttributeError(text, name=name, obj=object())


class Rows(Dataset):
    """A dataset of rows that can be gathered by number, so that a batch is made in one step.

    Args:
        gather: gives the batch of these rows.
        count: number of rows.
        order: gives their numbers in the order of the elements, by default as they are.
    """

    def __init__(
        self,
        gather: Callable[[Any], Any],
        count: int,
        order: Callable[[], Iterable[int]] | None = None,
        length: int | None = None,
    ) -> None:
        numbers = order or (lambda: range(count))
        super().__init__(
            lambda: (gather(row) for row in numbers()),
            count if length is None else length,
            (lambda: gather(0)) if count else None,
        )
        self._gather = gather
        self._count = count
        self._order = numbers

    def _reordered(
        self, order: Callable[[Callable[[], Iterable[Any]]], Iterable[Any]], length: int
    ) -> Dataset:
        return Rows(self._gather, self._count, lambda: order(self._order), length)

    def _batches(self, size: int, drop_remainder: bool) -> Iterable[Any]:
        return map(self._gather, streams.groups(self._order(), size, drop_remainder))


def _positive(method: str, argument: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 1:
        raise ValueError(
            f"Dataset.{method}: {argument} must be a whole number above 0, got {describe(value)}."
        )
    return int(value)


def _batches_in(length: int, size: int, drop_remainder: bool) -> int:
    return length if length < 0 else length // size if drop_remainder else -(-length // size)


def _any_size(spec: TensorSpec) -> TensorSpec:
    return spec._replace(shape=(None,) * len(spec.shape))


def _of_batch(spec: Any, size: int | None) -> Any:
    return map_leaves(lambda part: part._replace(shape=(size, *part.shape)), spec)
