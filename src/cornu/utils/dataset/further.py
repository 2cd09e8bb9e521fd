"""Further methods of a dataset: several datasets in one, running sums, batches by length."""

from __future__ import annotations

import glob
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cornu.core.errors import describe
from cornu.utils.dataset.elements import as_element, as_tensor, leaves, pad_stack

if TYPE_CHECKING:
    from cornu.utils.dataset.dataset import Dataset

UNKNOWN = -2  # the length, where it is not known


def called(function: Callable[..., Any], element: Any) -> Any:
    """A function of an element, which gets the parts of a tuple as its arguments."""
    return function(*element) if isinstance(element, tuple) else function(element)


class Further:
    """What a `Dataset` can do beside the usual."""

    def interleave(
        self: Any,
        map_func: Callable[..., Any],
        cycle_length: int | None = None,
        block_length: int = 1,
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
    ) -> Dataset:
        """The elements of the datasets that a function makes of each element, some of each in turn.

        Args:
            map_func: gives a dataset for an element.
            cycle_length: so many datasets are gone through side by side. Default: 1, as in TensorFlow
                without `num_parallel_calls`.
            block_length: so many elements of one before the next is asked. Default: 1.
            num_parallel_calls, deterministic: how TensorFlow hurries; the order here is always the same.
        """
        del num_parallel_calls, deterministic
        width = 1 if cycle_length in (None, -1) else int(cycle_length)

        def make() -> Iterator[Any]:
            waiting = iter(self)
            open_ones = [iter(called(map_func, each)) for each in itertools.islice(waiting, width)]
            while open_ones:
                for place, stream in enumerate(open_ones):
                    block = list(itertools.islice(stream, block_length))
                    yield from block
                    if len(block) < block_length:  # it is used up; the next one takes its place
                        following = list(itertools.islice(waiting, 1))
                        open_ones[place] = iter(called(map_func, following[0])) if following else None
                open_ones = [each for each in open_ones if each is not None]

        return self._new(make)

    def take_while(self: Any, predicate: Callable[..., Any]) -> Dataset:
        """The elements before the first of which the function is false."""
        return self._like(
            lambda: itertools.takewhile(lambda each: bool(called(predicate, each)), self), UNKNOWN
        )

    def scan(self: Any, initial_state: Any, scan_func: Callable[[Any, Any], Any]) -> Dataset:
        """`state, output = scan_func(state, element)` for each element: the outputs."""

        def make() -> Iterator[Any]:
            state = as_element(initial_state)
            for element in self:
                state, output = scan_func(state, element)
                state = as_element(state)
                yield as_element(output)

        return self._new(make, self._length)

    def unique(self: Any) -> Dataset:
        """Each element once, where it first occurs."""

        def make() -> Iterator[Any]:
            seen = set()
            for element in self:
                key = tuple((part.shape, part.tobytes() if part.dtype != object else str(part.tolist()))
                            for part in leaves(element))  # fmt: skip
                if key not in seen:
                    seen.add(key)
                    yield element

        return self._like(make, UNKNOWN)

    def get_single_element(self: Any) -> Any:
        """The one element.

        Raises:
            ValueError: if there are none or several.
        """
        found = list(itertools.islice(self, 2))
        if len(found) != 1:
            raise ValueError(
                f"get_single_element: the dataset has {'no' if not found else 'more than one'} element."
            )
        return found[0]

    def ignore_errors(self: Any) -> Dataset:
        """The elements that can be made; those that raise an error are left out."""

        def make() -> Iterator[Any]:
            iterator = iter(self)
            while True:
                try:
                    yield next(iterator)
                except StopIteration:
                    return
                except Exception:
                    continue

        return self._like(make, UNKNOWN)

    def bucket_by_sequence_length(
        self: Any,
        element_length_func: Callable[..., Any],
        bucket_boundaries: Iterable[int],
        bucket_batch_sizes: Iterable[int],
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
    ) -> Dataset:
        """Batches of elements of similar length, filled up to the longest.

        Args:
            element_length_func: the length of an element.
            bucket_boundaries: bucket i holds lengths from boundary i - 1 to below boundary i.
            bucket_batch_sizes: of each bucket, one more than boundaries.
            padded_shapes, padding_values, drop_remainder: as in `padded_batch`.

        Raises:
            ValueError: if the numbers do not go together.
        """
        edges, sizes = list(bucket_boundaries), list(bucket_batch_sizes)
        if len(sizes) != len(edges) + 1:
            raise ValueError(
                f"bucket_by_sequence_length: {len(edges)} boundaries need {len(edges) + 1} batch sizes, "
                f"got {len(sizes)}."
            )

        def make() -> Iterator[Any]:
            buckets: list[list[Any]] = [[] for _ in sizes]
            for element in self:
                number = int(np.searchsorted(edges, int(called(element_length_func, element)), "right"))
                buckets[number].append(element)
                if len(buckets[number]) == sizes[number]:
                    yield pad_stack(buckets[number], padded_shapes, padding_values)
                    buckets[number] = []
            for rest in buckets:
                if rest and not drop_remainder:
                    yield pad_stack(rest, padded_shapes, padding_values)

        return self._new(make)

    @classmethod
    def sample_from_datasets(
        cls: Any,
        datasets: Iterable[Any],
        weights: Any = None,
        seed: int | None = None,
        stop_on_empty_dataset: bool = False,
    ) -> Dataset:
        """Elements of datasets chosen at random.

        Args:
            datasets: the datasets.
            weights: how often each is chosen. Default: equally.
            seed: of the choice; by default drawn from NumPy's generator.
            stop_on_empty_dataset: whether all ends when one does. Default: False.
        """
        each = list(datasets)
        share = np.full(len(each), 1 / len(each)) if weights is None else np.asarray(weights, float)
        number = int(np.random.randint(2**31 - 1)) if seed is None else int(seed)

        def make() -> Iterator[Any]:
            generator = np.random.RandomState(number % 2**32)
            streams = [iter(ds) for ds in each]
            left = np.where(share > 0, share, 0)
            while left.sum() > 0:
                chosen = generator.choice(len(each), p=left / left.sum())
                found = list(itertools.islice(streams[chosen], 1))
                yield from found
                if not found and stop_on_empty_dataset:
                    return
                left[chosen] *= bool(found)

        return cls._new(make)

    @classmethod
    def choose_from_datasets(
        cls: Any,
        datasets: Iterable[Any],
        choice_dataset: Iterable[Any],
        stop_on_empty_dataset: bool = True,
    ) -> Dataset:
        """Elements of datasets, each of the one whose number comes next in `choice_dataset`."""
        each = list(datasets)

        def make() -> Iterator[Any]:
            streams = [iter(ds) for ds in each]
            for number in choice_dataset:
                found = list(itertools.islice(streams[int(number)], 1))
                yield from found
                if not found and stop_on_empty_dataset:
                    return

        return cls._new(make)

    @classmethod
    def list_files(
        cls: Any, file_pattern: Any, shuffle: bool = True, seed: int | None = None
    ) -> Dataset:
        """The paths of the files that a pattern, or several, names.

        Args:
            file_pattern: such as 'images/*.png'.
            shuffle: in a random order, another each time through. Default: True.
            seed: of that order.

        Raises:
            ValueError: if there are no such files.
        """
        given = file_pattern if isinstance(file_pattern, (list, tuple)) else [file_pattern]
        patterns = [as_tensor(each).item().decode() for each in given]
        paths = sorted(path for pattern in patterns for path in glob.glob(pattern))
        if not paths:
            raise ValueError(f"list_files: no file fits {describe(file_pattern)}.")
        found: Dataset = cls.from_tensor_slices(paths)
        return found.shuffle(len(paths), seed) if shuffle else found
