"""Elements of a dataset: nested tuples and dicts of tensors, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from cornu.core import dtypes
from cornu.core.errors import describe, show_lengths, show_shape

UNEQUAL = (
    "Elements of different shapes cannot be one batch: {shapes}. Give them one shape first, for images "
    "with image_size= or ds.map(...) and ops.image.resize, or fill them up: ds.padded_batch({size})."
)
RAGGED = (
    "Lists of different lengths ({lengths}) make no array. Fill them up first, for instance with "
    "cornu.utils.pad_sequences, or yield them one by one: Dataset.from_generator."
)
OTHER_STRUCTURE = (
    "The elements of a dataset all have one structure, but one is {first} and another {other}."
)


class Tensor(np.ndarray[Any, Any]):
    """A NumPy array that also has the method `numpy()`, as printed programs call it.

    Layers, ops, NumPy and JAX take it like any array. A single number out of it is a `Tensor` of no
    axes, whose `numpy()` gives the number.

    Example:
        >>> x = as_tensor([1.5, 2.5])
        >>> x[0].numpy(), x.shape, (x * 2).tolist()
        (np.float32(1.5), (2,), [3.0, 5.0])
    """

    def numpy(self) -> Any:
        """A plain array; of no axes, the number, or the bytes of a text."""
        return np.asarray(self)[()]

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return found if isinstance(found, np.ndarray) else as_tensor(found)

    def __str__(self) -> str:
        return str(self.numpy())

    def __format__(self, spec: str) -> str:
        return format(self.numpy(), spec)


class TensorSpec(NamedTuple):
    """Shape and dtype of a part of an element; sizes that differ from element to element are None."""

    shape: tuple[int | None, ...]
    dtype: str = "float32"
    name: str | None = None

    def __repr__(self) -> str:
        return f"TensorSpec(shape={show_shape(self.shape)}, dtype={self.dtype}, name={self.name!r})"


def as_tensor(value: Any) -> Tensor:
    """An array, list or number as a Tensor: numbers of Python in 32 bits, texts as bytes."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (str, bytes)):
        array = np.empty((), object)
        array[()] = value.encode() if isinstance(value, str) else value
        return array.view(Tensor)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(RAGGED.format(lengths=show_lengths(value))) from None
    if not hasattr(value, "__array__") and array.dtype.kind in "fi":
        small = abs(array).max(initial=0) < 2**31
        array = array.astype(
            dtypes.floatx() if array.dtype.kind == "f" else "int32" if small else "int64"
        )
    if array.dtype.kind in "UST" or (
        array.dtype == object and any(isinstance(s, str) for s in array.flat)
    ):
        texts = np.empty(array.shape, object)
        texts.ravel()[:] = [item.encode() if isinstance(item, str) else item for item in array.ravel()]
        array = texts
    return array.view(Tensor)


def map_leaves(function: Callable[..., Any], first: Any, *others: Any) -> Any:
    """`function` of each leaf of nested tuples and dicts, and of those at its place in the others.

    Raises:
        ValueError: if the others have no such structure.
    """
    if not _is_nested(first):
        return function(first, *others)
    for other in others:
        keys = isinstance(first, dict) and first.keys()
        if type(first) is not type(other) or len(first) != len(other) or (keys and keys != other.keys()):
            raise ValueError(OTHER_STRUCTURE.format(first=_structure(first), other=_structure(other)))
    if isinstance(first, dict):
        return {k: map_leaves(function, v, *(other[k] for other in others)) for k, v in first.items()}
    return tuple(map_leaves(function, *items) for items in zip(first, *others, strict=True))


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, tuple) and not hasattr(value, "dtype"))


def _structure(element: Any) -> str:
    if isinstance(element, dict):
        return f"a dict of {', '.join(map(repr, element))}"
    return f"a tuple of {len(element)}" if isinstance(element, tuple) else describe(element)


def as_element(value: Any) -> Any:
    """What a function or generator gave, as an element: tuples and dicts stay, else a Tensor."""
    return map_leaves(lambda leaf: leaf if hasattr(leaf, "element_spec") else as_tensor(leaf), value)


def leaves(element: Any) -> list[Any]:
    """The tensors of an element, in order."""
    found: list[Any] = []
    map_leaves(found.append, element)
    return found


def stack(elements: list[Any]) -> Any:
    """Elements of one structure as a batch.

    Raises:
        ValueError: if structures or shapes differ.
    """

    def joined(*parts: Any) -> Tensor:
        shapes = {part.shape for part in parts}
        if len(shapes) > 1:
            shown = " and ".join(sorted(map(show_shape, shapes))[:3])
            raise ValueError(UNEQUAL.format(shapes=shown, size=len(elements)))
        return np.stack(parts).view(Tensor)

    return map_leaves(joined, *elements)


def pad_stack(elements: list[Any], shapes: Any = None, values: Any = None) -> Any:
    """Elements as a batch, each filled up to the largest sizes among them, or to `shapes`."""

    def joined(path: int, *parts: Any) -> Tensor:
        wanted = wanted_shapes[path] if wanted_shapes else (None,) * parts[0].ndim
        largest = [max(sizes) for sizes in zip(*(part.shape for part in parts), strict=True)]
        sizes = [
            most if size in (None, -1) else size for size, most in zip(wanted, largest, strict=True)
        ]
        if any(size < most for size, most in zip(sizes, largest, strict=True)):
            raise ValueError(
                f"padded_batch(padded_shapes={show_shape(wanted)}): an element of shape "
                f"{show_shape(largest)} is larger. Sizes that are None fit themselves to the batch."
            )
        fill: Any = fills[path] if fills else b"" if parts[0].dtype == object else 0
        rows = np.full((len(parts), *sizes), fill, parts[0].dtype)
        for number, part in enumerate(parts):
            place: Any = (number, *map(slice, part.shape))
            rows[place] = part
        return rows.view(Tensor)

    count = len(leaves(elements[0]))
    wanted_shapes = _per_leaf(shapes, count) if shapes is not None else None
    fills = (values if isinstance(values, tuple) else (values,) * count) if values is not None else None
    paths = iter(range(count))
    return map_leaves(lambda *parts: joined(next(paths), *parts), *elements)


def _per_leaf(shapes: Any, count: int) -> list[Any]:
    """The shape for each leaf: given once, or in a tuple with one for each."""
    nested = isinstance(shapes, tuple) and any(isinstance(shape, (list, tuple)) for shape in shapes)
    return list(shapes) if nested else [shapes] * count


def rows_of(batch: Any) -> Iterable[Any]:
    """The elements that a batch holds.

    Raises:
        ValueError: if its parts have different numbers of rows, or none have any.
    """
    sizes = {part.shape[0] if part.ndim else None for part in leaves(batch)}
    size = sizes.pop() if len(sizes) == 1 else None
    if size is None:
        shown = ", ".join(show_shape(part.shape) for part in leaves(batch))
        raise ValueError(f"The parts of a batch need one number of rows, but their shapes are {shown}.")
    for row in range(size):
        yield map_leaves(lambda part, row=row: part[row], batch)


def spec_of(element: Any) -> Any:
    """Shapes and dtypes of an element."""

    def spec(part: Any) -> Any:
        if hasattr(part, "element_spec"):
            return part.element_spec
        return TensorSpec(part.shape, "string" if part.dtype == object else str(part.dtype))

    return map_leaves(spec, element)
