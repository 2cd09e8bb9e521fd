"""Archives of strangers, unpacked: ordinary files alone, none outside of the folder."""

from __future__ import annotations

import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from cornu.core.errors import describe, did_you_mean, warn

LEAVES = (
    'The archive "{name}" holds "{member}", which would be written outside of the folder it is '
    "unpacked into. Nothing was unpacked: do not trust where it comes from."
)
NO_FILE = (
    'The archive "{name}" holds "{member}", which is {what}, not a file. Nothing was unpacked: do not '
    "trust where it comes from."
)
DAMAGED = (
    'The archive "{name}" is damaged or ends early ({error}). Nothing was unpacked: delete it and '
    "download it again."
)
BOMB = (
    'The archive "{name}" of {packed:,} bytes would unpack to more than {most:,}. Nothing was unpacked: '
    "do not trust where it comes from."
)
# An archive may unpack to so many bytes whatever its size; and to so many times its size.
ANYWAY, EXPANSION = 1 << 26, 200
CHUNK, PER_MEMBER = 1 << 20, 64  # bytes; a member counts for some, however small it is
Member = tuple[str, Callable[[], IO[bytes]] | None]  # its name, and how it is opened; None for a folder


def extract(path: Path, folder: Path, formats: Any = "auto", called: str | None = None) -> None:
    """Unpacks an archive into a folder, which is there as a whole or not at all, if it is new.

    Links become copies of the files they point to, if these are in the archive.

    Args:
        path: the archive.
        folder: where to; files of the same names are replaced.
        formats: 'tar', 'zip', a list of them, or 'auto' for both.
        called: what messages call the archive.

    Raises:
        ValueError: if it is no archive of these kinds, it is damaged, or something in it would leave
            the folder or is no file.
    """
    name = called or path.name
    kinds = (
        list(KINDS)
        if formats == "auto"
        else [formats]
        if isinstance(formats, str)
        else list(formats or ())
    )
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ValueError(
            f"archive_format={describe(unknown[0])} is not known. "
            f"{did_you_mean(str(unknown[0]), [*KINDS, 'auto'])}"
        )
    with _told_if_damaged(name):
        kind = next((each for each in kinds if KINDS[each][0](path)), None)
    if kind is None:
        raise ValueError(f'"{name}" is no archive of the kind {" or ".join(kinds) or "None"}.')
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        with _told_if_damaged(name):
            packed = path.stat().st_size
            most = left = max(ANYWAY, EXPANSION * packed)
            for member, opened in KINDS[kind][1](path, name):
                left -= _write(fresh, member, opened, name, left)
                if left < 0:
                    raise ValueError(BOMB.format(name=name, packed=packed, most=most))
        fresh.chmod(0o755)
        _put(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _told_if_damaged(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(DAMAGED.format(name=name, error=error)) from error
    except RuntimeError as error:  # a password
        raise ValueError(f'The archive "{name}" cannot be read: {error}.') from error


def _write(
    folder: Path, member: str, opened: Callable[[], IO[bytes]] | None, name: str, most: int
) -> int:
    """Unpacks a member; gives how many bytes it has, stopping where there are more than `most`."""
    target = folder / checked(member, name)
    if opened is None:
        target.mkdir(parents=True, exist_ok=True)
        return PER_MEMBER
    target.parent.mkdir(parents=True, exist_ok=True)
    written = PER_MEMBER
    with opened() as source, target.open("wb") as file:
        while written <= most and (chunk := source.read(CHUNK)):
            written += file.write(chunk)
    return written


def checked(member: str, name: str) -> str:
    """A member's name, if it stays within the folder, as any system reads it.

    Raises:
        ValueError: if it does not.
    """
    path = PurePosixPath(member.replace("\\", "/"))
    drive = bool(path.parts) and path.parts[0][1:2] == ":"
    if path.is_absolute() or ".." in path.parts or drive or "\0" in member:
        raise ValueError(LEAVES.format(name=name, member=member))
    return str(path)


def _put(fresh: Path, folder: Path) -> None:
    """Moves what was unpacked to its place; into a folder that is there, file by file."""
    if not folder.exists():
        os.replace(fresh, folder)
        return
    for root, _, files in os.walk(fresh):
        place = folder / Path(root).relative_to(fresh)
        place.mkdir(parents=True, exist_ok=True)
        for file in files:
            os.replace(Path(root) / file, place / file)


def _of_zip(path: Path, name: str) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            checked(info.filename, name)
            if stat.S_ISLNK(info.external_attr >> 16):
                warn(f'The archive "{name}" holds the link "{info.filename}", which is left out.')
            elif info.is_dir():
                yield info.filename, None
            else:
                yield info.filename, lambda info=info: archive.open(info)  # type: ignore[misc]


def _of_tar(path: Path, name: str) -> Iterator[Member]:
    with tarfile.open(path) as archive:
        for info in archive:
            checked(info.name, name)
            if info.isdir():
                yield info.name, None
            elif info.isreg():
                yield info.name, lambda info=info: archive.extractfile(info)  # type: ignore[misc]
            elif info.issym() or info.islnk():
                opened = _linked(archive, info, name)
                if opened is not None:
                    yield info.name, lambda opened=opened: opened  # type: ignore[misc]
            else:
                raise ValueError(NO_FILE.format(name=name, member=info.name, what="a device or a pipe"))


def _linked(archive: tarfile.TarFile, info: tarfile.TarInfo, name: str) -> IO[bytes] | None:
    """The file of the archive that a link points to; None for a folder, which is left out.

    Raises:
        ValueError: if it points out of the folder, or to nothing.
    """
    base = os.path.dirname(info.name) if info.issym() else ""
    place = os.path.normpath(os.path.join(base, info.linkname.replace("\\", "/")))
    if place.startswith(("..", "/")):
        raise ValueError(LEAVES.format(name=name, member=f"{info.name} -> {info.linkname}"))
    try:
        opened = archive.extractfile(info)
    except (KeyError, RecursionError):
        what = f'a link to "{info.linkname}", which the archive does not hold'
        raise ValueError(NO_FILE.format(name=name, member=info.name, what=what)) from None
    if opened is None:
        warn(f'The archive "{name}" holds the link "{info.name}" to a folder, which is left out.')
    return opened


# How each kind is told, and read.
KINDS: dict[str, tuple[Callable[[Any], bool], Callable[[Path, str], Iterator[Member]]]] = {
    "tar": (tarfile.is_tarfile, _of_tar),
    "zip": (zipfile.is_zipfile, _of_zip),
}
