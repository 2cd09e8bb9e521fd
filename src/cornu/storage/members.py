"""A member of a zip archive as a file of its own, written and read in place: a large one is never held
in memory."""

from __future__ import annotations

import io
import os
import shutil
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHUNK = 1 << 20
LOCAL = struct.Struct("<4s22xHH")  # what stands before a member: a mark, and two lengths
MARK = b"PK\x03\x04"


class Window(io.RawIOBase):
    """A part of an open file as a file of its own; it ends where the file does, if no size is given."""

    def __init__(self, file: Any, start: int, size: int | None = None) -> None:
        self._file, self._start, self._size, self._place = file, start, size, 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = offset + (0, self._place, self.size())[whence]
        return self._place

    def size(self) -> int:
        """How many bytes it has."""
        return self._file.seek(0, os.SEEK_END) - self._start if self._size is None else self._size

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: max(self.size() - self._place, 0)]
        self._file.seek(self._start + self._place)
        count: int = self._file.readinto(view)
        self._place += count
        return count

    def write(self, content: Any) -> int:
        self._file.seek(self._start + self._place)
        count: int = self._file.write(content)
        self._place += count
        return count

    def truncate(self, size: int | None = None) -> int:
        size = self._place if size is None else size
        self._file.truncate(self._start + size)
        return size

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()


@contextmanager
def written(archive: zipfile.ZipFile, name: str) -> Iterator[Window]:
    """A new member, to be filled in any order. It does what `ZipFile.open(name, "w")` does for one that
    is filled from front to back: its header is written again when length and checksum are known."""
    file: Any = archive.fp
    info = zipfile.ZipInfo(name, time.localtime()[:6])
    info.CRC = 0
    file.seek(archive.start_dir)
    info.header_offset = file.tell()
    file.write(info.FileHeader(zip64=True))
    window = Window(file, file.tell())
    yield window
    info.file_size = info.compress_size = window.size()
    info.CRC = _checksum(window)
    archive.start_dir = file.seek(0, os.SEEK_END)
    file.seek(info.header_offset)
    file.write(info.FileHeader(zip64=True))
    file.seek(archive.start_dir)
    archive.filelist.append(info)
    archive.NameToInfo[name] = info


def _checksum(window: Window) -> int:
    window.seek(0)
    checksum = 0
    while content := window.read(CHUNK):
        checksum = zlib.crc32(content, checksum)
    return checksum


@contextmanager
def opened_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Any]:
    """A member to be read in any order, once its checksum is found right. One that is packed is unpacked
    into a nameless file.

    Raises:
        zipfile.BadZipFile: if it is damaged.
    """
    if info.compress_type != zipfile.ZIP_STORED:
        with tempfile.TemporaryFile() as unpacked, archive.open(info) as member:
            shutil.copyfileobj(member, unpacked, CHUNK)
            yield unpacked
        return
    with archive.open(info) as member:
        while member.read(CHUNK):  # at the end zipfile compares the checksum
            pass
    file: Any = archive.fp
    file.seek(info.header_offset)
    mark, name, extra = LOCAL.unpack(file.read(LOCAL.size))
    if mark != MARK:
        raise zipfile.BadZipFile(f"{info.filename} does not begin where it should")
    yield Window(file, info.header_offset + LOCAL.size + name + extra, info.file_size)
