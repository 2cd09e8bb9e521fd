"""The file of a backup: plain values as JSON text and their arrays as bytes, in one archive.

Nothing in it is run: it holds numbers, strings, and lists and dicts of them.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cornu.core.atomic import write_whole
from cornu.core.dtypes import ALLOWED, numpy_dtype

FORMAT = 2
STATE = "state.json"
ODD = (TypeError, AttributeError, RuntimeError)  # what a file that was made up may lead to
CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {"tuple": tuple, "set": set, "deque": deque}


class Damaged(Exception):
    """A file that is cut off, changed, or no backup."""


class NotPlain(Exception):
    """A value that a backup cannot keep."""


def packed(value: Any, arrays: list[Any]) -> Any:
    """The value as JSON can hold it; its arrays are put to those in the list.

    Raises:
        NotPlain: if something in it is neither a number, a string, an array, nor a container of these.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [packed(item, arrays) for item in value]
    if kind.__name__ in CONTAINERS and CONTAINERS[kind.__name__] is kind:
        return {kind.__name__: [packed(item, arrays) for item in value]}
    if kind is dict:
        return {"dict": [[packed(key, arrays), packed(item, arrays)] for key, item in value.items()]}
    if isinstance(value, (np.ndarray, np.generic, jax.Array)) and value.dtype.name in ALLOWED:
        arrays.append(np.array(value))
        return {"number" if isinstance(value, np.generic) else "array": len(arrays) - 1}
    raise NotPlain


def unpacked(value: Any, arrays: list[Any]) -> Any:
    """The value that `packed` was given."""
    if isinstance(value, list):
        return [unpacked(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "dict":
        return {unpacked(key, arrays): unpacked(item, arrays) for key, item in inner}
    if kind in CONTAINERS:
        return CONTAINERS[kind](unpacked(inner, arrays))
    found = arrays[inner]
    return found[()] if kind == "number" else np.array(found)


def write_backup(path: Path, state: dict[str, Any]) -> None:
    """Writes a state, wholly or not at all.

    Raises:
        OSError: if it cannot be written; then what was there before stays.
    """
    write_whole(path, lambda file: fill_backup(file, state))


def fill_backup(file: Any, state: dict[str, Any]) -> None:
    """Writes a state into an open file."""
    arrays: list[Any] = []
    values = packed(state, arrays)
    described = [{"dtype": array.dtype.name, "shape": array.shape} for array in arrays]
    text = json.dumps({"format": FORMAT, "arrays": described, "state": values})
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(STATE, text)
        for number, array in enumerate(arrays):
            archive.writestr(str(number), np.ascontiguousarray(array).tobytes())


def read_backup(path: Any) -> dict[str, Any]:
    """The state that `write_backup` was given, from its path or from an open file.

    Raises:
        Damaged: if the file does not hold one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = json.loads(_stored(archive, STATE))
            if found["format"] != FORMAT:
                raise Damaged(f"it has the format {found['format']}, of another version of Cornu")
            arrays = [
                _array(archive, str(number), **described)
                for number, described in enumerate(found["arrays"])
            ]
            state: dict[str, Any] = unpacked(found["state"], arrays)
    except (zipfile.BadZipFile, EOFError, OSError, LookupError, ValueError, *ODD) as error:
        raise Damaged(str(error).strip("'\"") or type(error).__name__) from None
    return state


def _array(archive: zipfile.ZipFile, member: str, dtype: str, shape: list[int]) -> Any:
    kind = numpy_dtype(dtype)
    if archive.getinfo(member).file_size != math.prod(shape) * kind.itemsize:
        raise Damaged(f"its array {member} has not the size that it should have")
    return np.frombuffer(_stored(archive, member), kind).reshape(shape)


def _stored(archive: zipfile.ZipFile, member: str) -> bytes:
    """What a member holds, which is not packed: so it is no larger than the file."""
    info = archive.getinfo(member)
    if info.compress_type != zipfile.ZIP_STORED:
        raise Damaged(f"its member {member} is packed")
    return archive.read(info)


__all__ = ["Damaged", "NotPlain", "fill_backup", "packed", "read_backup", "unpacked", "write_backup"]
