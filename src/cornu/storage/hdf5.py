"""Arrays in an HDF5 file, in groups as Keras lays them out: `<place>/vars/<name>`.

Nothing that such a file can point at outside of itself is followed: other files, code of plugins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from cornu.core.dtypes import numpy_dtype
from cornu.core.memory import aligned

# What may have been done to numbers in a file: the filters that come with the library itself.
FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
# An array may declare more than this many bytes only if the file holds a fair part of them.
LARGE, EXPANSION = 1 << 24, 100
SLAB = 1 << 22  # bytes that are looked at in one piece
# Kinds of links by HDF5's numbers; only a hard one, 0, holds the thing itself.
LINKS = {1: "a link to another place", 64: "a link into another file"}

REFUSED = 'The file is refused: "{place}" is {what}, which no file of weights needs.'
TOO_LARGE = (
    'The file is refused: "{place}" declares {declared:,} bytes, but the file holds only {stored:,} '
    "of them."
)


class Written(MutableMapping[str, Any]):
    """The arrays of one place, while they are written."""

    at_once = True

    def __init__(self, file: Any, place: str, name: Any) -> None:
        self._group: Any = None
        self._make: Callable[[], Any] = lambda: file.create_group(vars_at(place))
        if isinstance(name, str):
            self._opened().attrs["name"] = name

    def _opened(self) -> Any:
        if self._group is None:
            self._group = self._make()
        return self._group

    def __setitem__(self, key: str, value: Any) -> None:
        value = np.asarray(value)
        dataset = self._opened().create_dataset(key, data=value)
        if value.dtype.name == "bfloat16":  # HDF5 does not know it: two bytes and a note
            dataset.attrs["dtype"] = "bfloat16"

    def __getitem__(self, key: str) -> Any:
        return np.asarray(self._opened()[key])

    def __delitem__(self, key: str) -> None:
        del self._opened()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group if self._group is not None else ())

    def __len__(self) -> int:
        return 0 if self._group is None else len(self._group)


class Read(MutableMapping[str, Any]):
    """The arrays of one place, each read when it is asked for."""

    def __init__(self, group: Any) -> None:
        self._group = group

    def _dataset(self, key: str) -> Any:
        import h5py

        if key not in self:
            raise KeyError(key)
        dataset = inside(self._group, key)
        place = f"{self._group.name}/{key}".lstrip("/")
        if not isinstance(dataset, h5py.Dataset):
            raise ValueError(REFUSED.format(place=place, what="a group in place of an array"))
        refuse_strange(dataset, place)
        return dataset

    def shape(self, key: str) -> tuple[int, ...]:
        """The shape that the file declares, without reading the array."""
        return tuple(self._dataset(key).shape)

    def __getitem__(self, key: str) -> Any:
        return values(self._dataset(key))

    def array(self, key: str) -> Any:
        """An array, read into memory of its own that a variable can keep."""
        return values(self._dataset(key), aligned)

    def require_readable(self, key: str) -> None:
        """Raises an error for an array that is damaged, as far as can be seen: HDF5 keeps no checksums
        unless asked to."""
        require_readable(self._dataset(key))

    def __contains__(self, key: object) -> bool:
        return self._group is not None and isinstance(key, str) and holds(self._group, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._group if self._group is not None else ())

    def __len__(self) -> int:
        return 0 if self._group is None else len(self._group)

    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError("The arrays of a file that is read cannot be changed.")

    __delitem__ = __setitem__  # type: ignore[assignment]


class Weights:
    """An HDF5 file that is read."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._asked: set[str] = set()

    def at(self, place: str) -> Read:
        """The arrays at a place; none if the file has no such place."""
        self._asked.add(place)
        group = self._file
        for step in [*place.split("/"), "vars"] if place else ["vars"]:
            if not holds(group, step):
                return Read(None)
            group = inside(group, step)
            if not hasattr(group, "keys"):
                raise ValueError(REFUSED.format(place=place, what="an array in place of a group"))
        return Read(group)

    def size(self) -> int:
        """How many bytes the file has."""
        return int(self._file.id.get_filesize())

    def unused(self) -> list[str]:
        """The places of layers' arrays that nobody asked for."""
        import h5py

        found: dict[str, None] = {}

        def note(name: str | bytes, thing: Any) -> None:
            if isinstance(thing, h5py.Dataset):
                found[shown(name).rpartition("/vars/")[0]] = None

        self._file.visititems(note)
        return [p for p in found if p.startswith("layers/") and p not in self._asked]


def vars_at(place: str) -> str:
    """Where the arrays of a place are."""
    return f"{place}/vars" if place else "vars"


class Writer:
    """An HDF5 file that is written."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def at(self, place: str, name: Any) -> Written:
        """Where to put the arrays of a place, whose part has this name."""
        return Written(self._file, place, name)


@contextmanager
def writing(file: Any) -> Iterator[Writer]:
    """An HDF5 file to write into this open file."""
    import h5py

    with h5py.File(file, "w") as found:
        yield Writer(found)


@contextmanager
def opened(file: Any) -> Iterator[Any]:
    """The HDF5 file in this open file, or under this path.

    Raises:
        OSError: if it is none, or is damaged.
    """
    import h5py

    with h5py.File(file, "r") as found:
        yield found


@contextmanager
def reading(file: Any) -> Iterator[Weights]:
    """The same, as weights in the layout of Keras 3."""
    with opened(file) as found:
        yield Weights(found)


def values(dataset: Any, empty: Callable[..., Any] = np.empty) -> Any:
    """The numbers of an array in a file."""
    found = empty(dataset.shape, dataset.dtype)
    if dataset.size:
        dataset.read_direct(found)
    if dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2:
        return found.view(numpy_dtype("bfloat16"))
    return found


def require_readable(dataset: Any) -> None:
    """Raises an error if an array's numbers cannot be read: looks at all that are packed, and of a large
    array, whose old value may be given up for it; a few megabytes at a time."""
    if not dataset.size:
        return
    if dataset.chunks is None and dataset.nbytes < LARGE:
        dataset[tuple(size - 1 for size in dataset.shape)]
        return
    for part in _slabs(dataset):
        dataset[part]


def _slabs(dataset: Any) -> Iterator[Any]:
    """Parts that cover an array, cut along the first axis that can be cut."""
    axis = next((axis for axis, size in enumerate(dataset.shape) if size > 1), None)
    if axis is None:
        yield ...
        return
    size = dataset.shape[axis]
    step = max(1, SLAB // max(1, dataset.nbytes // size))
    if dataset.chunks is not None:  # a chunk is unpacked as a whole
        step = -(-step // dataset.chunks[axis]) * dataset.chunks[axis]
    for start in range(0, size, step):
        yield (*[slice(None)] * axis, slice(start, start + step))


def holds(group: Any, key: str) -> bool:
    """Whether a group has this name in it; `in` would follow links, into other files too."""
    return "/" not in key and bool(group.id.links.exists(key.encode()))


def shown(key: str | bytes) -> str:
    """A name in a file, for a message: those that are no UTF-8 come as bytes."""
    return key if isinstance(key, str) else key.decode(errors="replace")


def inside(group: Any, key: Any) -> Any:
    """What a group holds under a name, if it is in the group itself, and the name is text."""
    if isinstance(key, bytes):
        place = f"{group.name}/{shown(key)}".lstrip("/")
        raise ValueError(REFUSED.format(place=place, what="a name that is no text"))
    kind = group.id.links.get_info(key.encode()).type
    if kind != 0:
        what = LINKS.get(kind, "a link of a strange kind")
        raise ValueError(REFUSED.format(place=f"{group.name}/{key}".lstrip("/"), what=what))
    return group[key]


def text_of(value: Any, place: str) -> str:
    """A text in an attribute, which may be written as bytes.

    Raises:
        ValueError: if the bytes are no text.
    """
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError(REFUSED.format(place=place, what="no text")) from None


def refuse_strange(dataset: Any, place: str) -> None:
    """Raises an error for an array whose numbers are not in the file, or are no numbers."""
    plan = dataset.id.get_create_plist()
    filters = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
    strange = [number for number in filters if number not in FILTERS]
    bfloat16 = dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2
    for wrong, what in (
        (dataset.is_virtual, "a view of other arrays"),
        (bool(dataset.external), "kept in another file"),
        (bool(strange), f"packed with the filter {strange[:1]}"),
        (dataset.dtype.kind not in "fiub" and not bfloat16, f"of the type {dataset.dtype}"),
    ):
        if wrong:
            raise ValueError(REFUSED.format(place=place, what=what))
    if dataset.shape is None:  # only now: to know the shape of a view, other files are opened
        raise ValueError(REFUSED.format(place=place, what="empty"))
    declared = int(np.prod(dataset.shape, dtype=object)) * dataset.dtype.itemsize
    stored = dataset.id.get_storage_size()
    if declared > LARGE and declared > EXPANSION * max(stored, 1):
        raise ValueError(TOO_LARGE.format(place=place, declared=declared, stored=stored))
