"""Reading the files of data sets: arrays and lists of numbers, and nothing that could run or flood.

`imdb.npz`, `reuters.npz` and CIFAR's batches are pickles. An ordinary unpickler calls whatever a file
names; this one knows three names, those by which NumPy's arrays are put together, and builds them with
checks of its own.
"""

from __future__ import annotations

import gzip
import io
import lzma
import math
import pickle
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from cornu.core.errors import show_shape

LIMIT = 1 << 29  # bytes of one unpacked part; the largest of Keras's sets has 154 MB
REFUSED = (
    '"{name}" {what}. A data set holds arrays of numbers alone. Nothing was loaded: do not trust where '
    "it comes from."
)
DAMAGED = '"{name}" is damaged or no file of this data set: {what}. Delete it and get it anew.'
# What the libraries say of files that are damaged.
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, RuntimeError),  # kinds of zip that Python cannot read, and passwords
)
Arrays = dict[str, np.ndarray[Any, Any]]


def refuse(name: str, what: str) -> ValueError:
    """The error for a file that wants to do harm."""
    return ValueError(REFUSED.format(name=name, what=what))


def damaged(name: str, what: Any) -> ValueError:
    """The error for a file that is not what it should be."""
    return ValueError(DAMAGED.format(name=name, what=what))


class _Array(np.ndarray[Any, Any]):
    """An array that is being unpickled: it takes a state only if shape, dtype and content agree."""

    def __new__(cls, *_: Any, **__: Any) -> _Array:
        raise pickle.UnpicklingError("an array is put together in another way than NumPy's")

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, content = state
        dtype, count = kind.dtype(), math.prod(_sizes(shape))
        if dtype.hasobject:
            whole = type(content) is list and len(content) == count
        else:
            whole = type(content) is bytes and len(content) == count * dtype.itemsize
        if not whole:
            raise pickle.UnpicklingError(f"an array of shape {show_shape(shape)} has another content")
        checked: Any = (1, shape, dtype, bool(by_columns), content)
        super().__setstate__(checked)


class _Dtype:
    """A dtype that is being unpickled: one of plain numbers, or of objects."""

    def __init__(self, code: Any, *_: Any) -> None:
        self.code = code.decode("ascii") if isinstance(code, bytes) else str(code)
        self.order = "="
        if not re.fullmatch(r"O[48]?|b1|[iuf][1248]", self.code):
            raise pickle.UnpicklingError(f"the dtype {self.code!r} is not one of numbers")

    def __setstate__(self, state: Any) -> None:
        order, *fields = state[1:5]
        self.order = order.decode("ascii") if isinstance(order, bytes) else str(order)
        if fields != [None] * 3 or self.order not in ("<", ">", "|", "="):
            raise pickle.UnpicklingError("a dtype with fields has no place here")

    def dtype(self) -> np.dtype[Any]:
        """NumPy's own."""
        return np.dtype("O" if self.code[0] == "O" else self.order + self.code)


def _sizes(shape: Any) -> tuple[int, ...]:
    if type(shape) is tuple and all(type(size) is int and size >= 0 for size in shape):
        return shape
    raise pickle.UnpicklingError("the shape of an array is no tuple of sizes")


class NumbersOnly(pickle.Unpickler):
    """An unpickler that knows NumPy's arrays, beside Python's lists, dicts, numbers and bytes."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        super().__init__(file, encoding="bytes")  # Python 2's texts, in which arrays are written
        self.name = name
        self.wanted = ""  # what has no place here

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("numpy", "ndarray"): _Array,
            ("numpy", "dtype"): _Dtype,
            ("numpy.core.multiarray", "_reconstruct"): self._empty,  # before NumPy 2
            ("numpy._core.multiarray", "_reconstruct"): self._empty,
        }
        if (module, name) not in known:
            self.wanted = f"{module}.{name}"
            raise pickle.UnpicklingError(self.wanted)
        return known[module, name]

    def _empty(self, kind: Any, shape: Any, code: Any) -> Any:
        if kind is not _Array or _sizes(shape) != (0,):
            raise pickle.UnpicklingError("an array is put together in another way than NumPy's")
        return np.ndarray.__new__(_Array, (0,), "b")

    def value(self) -> Any:
        """What the file holds.

        Raises:
            ValueError: if it names anything else, or is damaged.
        """
        broken = (pickle.UnpicklingError, EOFError, AttributeError, TypeError, IndexError, KeyError)
        try:
            return self.load()
        except (*broken, ValueError, MemoryError, OverflowError) as error:
            if self.wanted:
                what = f'wants "{self.wanted}" called while it is read'
                raise refuse(self.name, what) from error
            raise damaged(self.name, error) from error


def arrays(path: Path, names: Iterable[str]) -> Arrays:
    """The arrays of these names out of an .npz file.

    Raises:
        ValueError: if one is missing, is not what it says it is, or holds more than numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _array(archive, f"{name}.npy", path.name) for name in names}
    except BROKEN as error:
        raise damaged(path.name, error) from error


def _array(archive: zipfile.ZipFile, member: str, called: str) -> np.ndarray[Any, Any]:
    if member not in archive.namelist():
        raise damaged(called, f'it has no "{member}"')
    size = archive.getinfo(member).file_size
    called = f"{called}/{member}"
    within_limit(called, size)
    with archive.open(member) as file:
        shape, by_columns, dtype = _header(file, called)
        whole = file.tell() + math.prod(shape) * dtype.itemsize == size
        if dtype.kind in "biuf" and whole:
            order: Any = "F" if by_columns else "C"
            return np.ndarray(shape, dtype, bytearray(file.read()), order=order)
        if dtype.kind != "O":
            raise damaged(called, f"its {size} bytes are no {dtype} array of shape {show_shape(shape)}")
        value = NumbersOnly(io.BytesIO(file.read()), called).value()
    if not isinstance(value, _Array) or value.dtype.kind != "O" or value.shape != shape:
        raise damaged(called, f"it is no array of {show_shape(shape)} lists")
    return value.view(np.ndarray)


def _header(file: IO[bytes], called: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and dtype that an .npy file announces."""
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        shape, by_columns, dtype = readers[npy.read_magic(file)](file)
        return _sizes(shape), by_columns, dtype
    except (ValueError, KeyError, pickle.UnpicklingError) as error:
        raise damaged(called, error) from error


def batches(path: Path, members: Iterable[str]) -> dict[str, dict[bytes, Any]]:
    """The pickled dicts of these names out of a .tar.gz file, by the last part of their names.

    Raises:
        ValueError: if one is missing, is too large, or holds more than numbers.
    """
    wanted = set(members)
    found: dict[str, dict[bytes, Any]] = {}
    try:
        with tarfile.open(path) as archive:
            for info in archive:
                if info.name not in wanted or not info.isreg():
                    continue
                called = f"{path.name}/{info.name}"
                within_limit(called, info.size)
                file = archive.extractfile(info)
                assert file is not None  # it is a regular file
                value = NumbersOnly(file, called).value()
                if not isinstance(value, dict):
                    raise damaged(called, "it is no dict of arrays")
                found[info.name.rpartition("/")[2]] = value
                wanted.remove(info.name)
                if not wanted:
                    return found
    except BROKEN as error:
        raise damaged(path.name, error) from error
    raise damaged(path.name, f"it has no {', '.join(sorted(wanted))}")


def within_limit(called: str, size: int) -> None:
    """Refuses what would unpack to more than any data set has."""
    if size > LIMIT:
        what = f"would unpack to {size:,} bytes, more than the {LIMIT:,} that any of the sets needs"
        raise refuse(called, what)
