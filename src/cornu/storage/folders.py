"""Whole models as folders: the members of a `.keras` file, each as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cornu.storage.kinds import ASSETS, CONFIG, METADATA, PLAIN_NAME, WEIGHTS, no_member

MEMBERS = (METADATA, CONFIG, WEIGHTS, ASSETS)
LARGEST = 1 << 28  # bytes of a member that is read at once
OUTSIDE = '{call}: "{path}" is refused: its "{member}" is a link that leads out of the folder.'
TOO_LARGE = '{call}: "{path}" is refused: its "{member}" has {size:,} bytes.'


def is_model(path: Path) -> bool:
    """Whether a path is a folder with a model in it."""
    return path.is_dir() and (path / CONFIG).exists()


class FolderWriter:
    """A folder that is written, as `ZipWriter` is an archive that is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def text(self, member: str, content: str) -> None:
        (self._folder / member).write_text(content, encoding="utf-8")

    def asset(self, place: str, name: str, content: bytes) -> None:
        """Writes a file that belongs to a part."""
        folder = self._folder / ASSETS / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    @contextmanager
    def weights(self) -> Iterator[Any]:
        with (self._folder / WEIGHTS).open("w+b") as file:
            yield file


class Folder:
    """A folder that is read, as `Archive` is an archive that is."""

    def __init__(self, path: Path, call: str) -> None:
        self._path, self._call = path, call

    def _inside(self, member: str) -> Path:
        path = self._path / member
        if not path.resolve().is_relative_to(self._path.resolve()):
            raise ValueError(OUTSIDE.format(call=self._call, path=self._path, member=member))
        return path

    def _file(self, member: str) -> Path:
        path = self._inside(member)
        if not path.is_file():
            names = sorted(each.name for each in self._path.iterdir())
            raise no_member(self._call, self._path, member, names)
        return path

    def read(self, member: str) -> bytes:
        """What a member holds.

        Raises:
            ValueError: if it is missing, lies elsewhere, or is very large.
        """
        path = self._file(member)
        if path.stat().st_size > LARGEST:
            sizes = {"member": member, "size": path.stat().st_size}
            raise ValueError(TOO_LARGE.format(call=self._call, path=self._path, **sizes))
        return path.read_bytes()

    @contextmanager
    def weights(self) -> Iterator[Any]:
        """The HDF5 file of the weights. It has no checksums, and neither has a folder."""
        yield str(self._file(WEIGHTS))

    @property
    def has_assets(self) -> bool:
        return (self._path / ASSETS).is_dir()

    def assets(self, place: str) -> dict[str, bytes]:
        """The files that belong to a place, by their names.

        Raises:
            ValueError: for a name that is more than a name.
        """
        folder = self._inside(f"{ASSETS}/{place}" if place else ASSETS)
        names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
        # What lies deeper belongs to parts of this part.
        plain = [name for name in names if PLAIN_NAME.fullmatch(name) and (folder / name).is_file()]
        return {name: self.read(str((folder / name).relative_to(self._path))) for name in plain}
