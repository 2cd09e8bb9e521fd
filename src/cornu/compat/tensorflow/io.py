"""`tf.io`: files, and the images in them."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Any

import numpy as np

from cornu.compat.tensorflow.image_files import (
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
    encode_jpeg,
    encode_png,
)
from cornu.compat.tensorflow.rows import named
from cornu.core.errors import describe
from cornu.utils.dataset.elements import as_tensor

__all__ = [
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "encode_jpeg",
    "encode_png",
    "gfile",
    "matching_files",
    "read_file",
    "write_file",
]


def _path(name: str, filename: Any) -> str:
    """A path out of a string, bytes or a tensor of one string."""
    value = np.asarray(filename).item() if hasattr(filename, "dtype") else filename
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"tf.io.{name} takes the path of a file, got {describe(filename)}.")
    return os.fsdecode(value)


@named
def read_file(filename: Any) -> Any:
    """The bytes of a file, as a tensor of one string.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    return as_tensor(Path(_path("read_file", filename)).read_bytes())


@named
def write_file(filename: Any, contents: Any) -> None:
    """Writes bytes, or a text, to a file, and makes its folder if need be."""
    path = Path(_path("write_file", filename))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_tensor(contents).item())


@named
def matching_files(pattern: Any) -> Any:
    """The paths of the files that such a pattern names, in order."""
    return as_tensor(np.array(sorted(glob.glob(_path("matching_files", pattern))), object))


class gfile:
    """`tf.io.gfile`: files and folders, as the modules `os`, `shutil` and `glob` know them."""

    @staticmethod
    def exists(path: Any) -> bool:
        """Whether there is such a file or folder."""
        return os.path.exists(_path("gfile.exists", path))

    @staticmethod
    def isdir(path: Any) -> bool:
        """Whether it is a folder."""
        return os.path.isdir(_path("gfile.isdir", path))

    @staticmethod
    def listdir(path: Any) -> list[str]:
        """The names in a folder."""
        return os.listdir(_path("gfile.listdir", path))

    @staticmethod
    def makedirs(path: Any) -> None:
        """Makes a folder and those above it; nothing happens if it is there."""
        os.makedirs(_path("gfile.makedirs", path), exist_ok=True)

    @staticmethod
    def glob(pattern: Any) -> list[str]:
        """The paths that a pattern names."""
        return sorted(glob.glob(_path("gfile.glob", pattern)))

    @staticmethod
    def remove(path: Any) -> None:
        """Removes a file."""
        os.remove(_path("gfile.remove", path))

    @staticmethod
    def GFile(name: Any, mode: str = "r") -> Any:
        """An open file."""
        return open(_path("gfile.GFile", name), mode)
