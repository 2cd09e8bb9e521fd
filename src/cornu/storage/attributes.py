"""Attributes in an HDF5 file, read only where it holds what they declare.

A text of variable length is written as its length and a place. The library takes memory for that length
before it looks whether there is so much; four bytes may ask for 4 GiB. Thus the length is looked up in
the bytes of the file first: an attribute is one piece, with its name in it, in every layout of a file.
The places are in heaps, which the library goes through piece by piece; at a piece of no size it would
stay for ever.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cornu.storage.hdf5 import REFUSED

WINDOW = 1 << 22  # bytes of a file that are looked through at once
REFERENCE = 16  # bytes: four of the length, eight and four of the place
HEAP, HEAP_HEAD, PIECE_HEAD = b"GCOL", 16, 16  # how a heap of texts begins, and a piece of it
OF_ANY_LENGTH = 9  # the class of such types
# Versions of an attribute's head: how many bytes it has before the name, and to what its parts fill.
HEADS = {1: (8, 8), 2: (8, 1), 3: (9, 1)}


def attribute(thing: Any, name: str) -> Any:
    """The value of an attribute; None if there is none.

    Raises:
        ValueError: if it declares more than the file holds.
    """
    if name not in thing.attrs:
        return None
    found = thing.attrs.get_id(name)
    if _of_any_length(found.get_type()):
        _check(thing, name)
    return thing.attrs[name]


def _of_any_length(kind: Any) -> bool:
    import h5py

    if isinstance(kind, h5py.h5t.TypeStringID):
        return bool(kind.is_variable_str())
    return not isinstance(kind, (h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID))


def _check(thing: Any, name: str) -> None:
    """Raises an error unless all that could be this attribute in the bytes of the file is plausible."""
    place = f"{thing.name}: {name}"
    path = Path(thing.file.filename)
    if not path.is_file():  # it is in memory
        _check_in(thing.file.id.get_file_image(), name.encode() + b"\0", place)
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        _check_in(content, name.encode() + b"\0", place)


def _check_in(content: Any, name: bytes, place: str) -> None:
    if not all(_can_be_read(content, at) for at in _places(content, HEAP)):
        raise ValueError(REFUSED.format(place=place, what="a heap of texts without end"))
    met = False
    for at in _places(content, name):
        for version, (before, fill) in HEADS.items():
            start = at - before
            if start >= 0 and content[start] == version:
                length = _length(content, at, start, fill)
                met = met or length is not None
                if length is not None and length > len(content):
                    raise ValueError(REFUSED.format(place=place, what="a text longer than the file"))
    if not met:
        raise ValueError(REFUSED.format(place=place, what="an attribute in an unknown form"))


def _can_be_read(content: Any, at: int) -> bool:
    """Whether a heap that begins here is of pieces that fill it; what the library refuses passes."""
    place, end = at + HEAP_HEAD, at + _number(content, at + 8, 8)
    if end > len(content) or content[at + 4 : at + 5] != b"\x01":
        return True
    while place + PIECE_HEAD <= end:
        index, size = _number(content, place, 2), _number(content, place + 8, 8)
        step = PIECE_HEAD + -(-size // 8) * 8 if index else size  # of what is free, head and all
        if not 0 < step <= end - place:
            return False
        place += step
    return True


def _places(content: Any, name: bytes) -> Iterator[int]:
    """Where a name stands, window by window: what was looked at need not stay in memory."""
    for start in range(0, len(content), WINDOW):
        end = start + WINDOW + len(name) - 1
        at = content.find(name, start, end)
        while at >= 0:
            yield at
            at = content.find(name, at + 1, end)
        if isinstance(content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            content.madvise(mmap.MADV_DONTNEED, start, min(WINDOW, len(content) - start))


def _length(content: Any, at: int, start: int, fill: int) -> int | None:
    """What the texts of an attribute have together, whose name is here and whose head begins there; None
    if it holds something else."""
    name, kind, space = (_number(content, start + i, 2) for i in (2, 4, 6))
    type_at = at + -(-name // fill) * fill
    space_at = type_at + -(-kind // fill) * fill
    begin = space_at + -(-space // fill) * fill
    shared = (
        content[start + 1] if start + 1 < len(content) else 0
    )  # bits: the type, the space lie elsewhere
    if not shared & 1 and content[type_at : type_at + 1] and content[type_at] & 15 != OF_ANY_LENGTH:
        return None
    count = (len(content) - begin) // REFERENCE if shared & 2 else _count(content, space_at)
    ends = range(begin, min(begin + REFERENCE * count, len(content)), REFERENCE)
    return sum(_number(content, place, 4) for place in ends)


def _count(content: Any, at: int) -> int:
    """How many elements a description of a space speaks of."""
    version, rank = content[at : at + 2] if at + 2 <= len(content) else (1, 0)
    first = at + (8 if version == 1 else 4)
    count = 1
    for number in range(rank):
        count *= _number(content, first + 8 * number, 8)
    return count


def _number(content: Any, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "little")
