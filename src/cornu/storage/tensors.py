"""Weights in the format of the library safetensors: a header in JSON, then the numbers of all arrays.

The format is so small that reading and writing it here takes less than a dependency would, and array by
array less memory. (https://github.com/huggingface/safetensors, "Format".)
"""

from __future__ import annotations

import difflib
import json
import math
import os
import struct
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cornu.core.atomic import write_whole
from cornu.core.dtypes import numpy_dtype
from cornu.core.errors import show_shape, warn
from cornu.core.memory import aligned
from cornu.core.module import Module, walk
from cornu.storage.display import displayed
from cornu.storage.state import SHOWN

ENDING = ".safetensors"
# The library takes headers of 100 MB; those of the largest models have one, and each of its bytes may
# become twenty in memory.
LONGEST_HEADER, MOST_ARRAYS = 1 << 25, 200_000
LENGTH = struct.Struct("<Q")
METADATA = "__metadata__"
# Kinds of numbers, in the order in which the library writes arrays: the last ones first.
DTYPES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "int16": "I16",
    "uint16": "U16",
    "float16": "F16",
    "bfloat16": "BF16",
    "int32": "I32",
    "uint32": "U32",
    "float32": "F32",
    "complex64": "C64",
    "float64": "F64",
    "int64": "I64",
    "uint64": "U64",
}
NAMES = {name: dtype for dtype, name in DTYPES.items()}

TWICE = (
    'Two weights of the model have the path "{path}", and a file of safetensors knows arrays by '
    "their paths alone. Give the layers names of their own, or save as .weights.h5."
)
NO_DTYPE = 'save_weights: "{path}" is of the type {dtype}, which safetensors does not know.'
DAMAGED = (
    'load_weights: "{path}" is damaged or no file of safetensors: {reason}. The model is unchanged.'
)
DO_NOT_FIT = (
    "{count} of the model's weights do not fit what {path} holds; the model is unchanged. Arrays are "
    "known by the paths of the weights, so layers need the names they had: Dense(1, name=...)."
)
SKIPPED = "{path}: {count} of the model's weights do not fit and were left as they are."
LEFT = "{path} holds arrays that are no weights of the model, and these were left out: {names}."


class Entry(NamedTuple):
    """Where an array is in a file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def save(model: Any, path: Path, left_out: Collection[int] = ()) -> None:
    """Writes a model's weights, one at a time.

    Raises:
        ValueError: if two have the same path, or one is of a type that the format does not know.
        OSError: if the file cannot be written; what was there before stays.
    """
    order = list(DTYPES)
    weights = _weights(model, left_out)
    for name, each in weights.items():
        if each.dtype not in DTYPES:
            raise ValueError(NO_DTYPE.format(path=name, dtype=each.dtype))
    names = sorted(weights, key=lambda name: (-order.index(weights[name].dtype), name))
    weights = {name: weights[name] for name in names}
    head = _header(weights)

    def fill(file: Any) -> None:
        file.write(LENGTH.pack(len(head)) + head)
        with displayed("Saving", sum(each.nbytes for each in weights.values())) as display:
            for each in weights.values():
                file.write(np.ascontiguousarray(each.on_host()).reshape(-1).view(np.uint8).data)
                display.add(each.nbytes)

    write_whole(path, fill)


def _header(weights: Mapping[str, Any]) -> bytes:
    entries, start = {}, 0
    for name, each in weights.items():
        end = start + each.nbytes
        entries[name] = {
            "dtype": DTYPES[each.dtype],
            "shape": each.shape,
            "data_offsets": [start, end],
        }
        start = end
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    return text + b" " * (-len(text) % 8)  # so that the numbers begin at a multiple of 8


def _weights(model: Any, left_out: Collection[int]) -> dict[str, Any]:
    """The weights by path, from the model on: what the model itself is called does not count."""
    modules = walk(model, Module, skip=()) if left_out else ()
    without = {id(v) for m in modules if id(m) in left_out for v in getattr(m, "weights", ())}
    found: dict[str, Any] = {}
    for variable in model.weights:
        path = variable.path.removeprefix(f"{model.name}/")
        if path in found:
            raise ValueError(TWICE.format(path=path))
        found[path] = variable
    return {path: variable for path, variable in found.items() if id(variable) not in without}


def load(
    model: Any, path: Path, by_name: bool, skip_mismatch: bool, left_out: Collection[int] = ()
) -> None:
    """Gives a model's weights the arrays of the same paths, once it is clear that all fit.

    Raises:
        ValueError: if the file is damaged, or a weight does not fit; then nothing is changed.
    """
    with path.open("rb") as file:
        entries, begin = read_header(file, path)
        plan, failures = [], []
        for name, variable in _weights(model, left_out).items():
            entry = entries.get(name)
            reason = _misfit(name, variable, entry, entries)
            if entry is not None and not reason:
                plan.append((variable, entry))
            elif entry is not None or not by_name:
                failures.append(reason)
        shown = "".join(f"\n  {failure}" for failure in failures[:SHOWN])
        if failures and not skip_mismatch:
            raise ValueError(DO_NOT_FIT.format(count=len(failures), path=path) + shown)
        with displayed("Loading", sum(entry.end - entry.start for _, entry in plan)) as display:
            for variable, entry in plan:
                variable.take_from(partial(_numbers, file, begin, entry))
                display.add(entry.end - entry.start)
    if failures:
        warn(SKIPPED.format(count=len(failures), path=path) + shown)
    others = sorted(entries.keys() - _weights(model, ()).keys())
    if others and not by_name:
        warn(LEFT.format(path=path, names=", ".join(others[:SHOWN])))


def _misfit(name: str, variable: Any, entry: Entry | None, entries: Collection[str]) -> str:
    """Why a weight cannot be loaded; nothing if it can."""
    if entry is None:
        near = difflib.get_close_matches(name, entries, n=1)
        return f'the file has no "{name}".' + (f' It has "{near[0]}".' if near else "")
    if entry.shape != variable.shape:
        return (
            f'"{name}" has shape {show_shape(variable.shape)}, but the file holds one of shape '
            f"{show_shape(entry.shape)}."
        )
    return ""


def _numbers(file: Any, begin: int, entry: Entry) -> Any:
    array = aligned(entry.shape, numpy_dtype(NAMES[entry.dtype]))
    file.seek(begin + entry.start)
    if file.readinto(array.reshape(-1).view(np.uint8).data) != array.nbytes:
        raise EOFError("the file became shorter while it was read")
    return array


def read_header(file: Any, path: Path) -> tuple[dict[str, Entry], int]:
    """The arrays that an open file holds, by name, and where in it their numbers begin.

    Raises:
        ValueError: if the header is damaged, or does not describe the rest of the file byte by byte.
    """
    size = os.fstat(file.fileno()).st_size
    start = file.read(LENGTH.size)
    if len(start) < LENGTH.size:
        raise ValueError(DAMAGED.format(path=path, reason="it is shorter than 8 bytes"))
    (length,) = LENGTH.unpack(start)
    if length > min(LONGEST_HEADER, size - LENGTH.size):
        reason = f"its header would have {length:,} bytes, and the file has {size:,}"
        raise ValueError(DAMAGED.format(path=path, reason=reason))
    head = file.read(length)
    if head.count(b"{") > MOST_ARRAYS or head.count(b"[") > 2 * MOST_ARRAYS:
        raise ValueError(DAMAGED.format(path=path, reason=f"it names more than {MOST_ARRAYS:,} arrays"))
    try:
        found = json.loads(head.decode(), object_pairs_hook=_without_twins)
        if not isinstance(found, dict):
            raise ValueError("its header is no dict of arrays")
        entries = {name: _entry(name, value) for name, value in found.items() if name != METADATA}
        _require_cover(entries, size - LENGTH.size - length)
    except (ValueError, RecursionError) as error:
        raise ValueError(DAMAGED.format(path=path, reason=str(error).rstrip("."))) from None
    return entries, LENGTH.size + length


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in its header")
    return found


def _entry(name: str, value: Any) -> Entry:
    """What the header says of an array, if that is consistent in itself."""
    fields: Any = value if isinstance(value, dict) else {}
    dtype, shape, place = (fields.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not isinstance(dtype, str) or dtype not in NAMES:
        raise ValueError(f'"{name}" has the type {dtype!r}, which is none of {", ".join(NAMES)}')
    if not (_counts(shape) and _counts(place) and len(place) == 2):
        raise ValueError(f'"{name}" has no shape or place that makes sense')
    entry = Entry(dtype, tuple(shape), place[0], place[1])
    size = math.prod(entry.shape) * numpy_dtype(NAMES[dtype]).itemsize
    if entry.end - entry.start != size:
        taken = entry.end - entry.start
        raise ValueError(f'"{name}" needs {size:,} bytes, but its place has {taken:,}')
    return entry


def _counts(values: Any) -> bool:
    """Whether this is a list of whole numbers from 0 on."""
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _require_cover(entries: dict[str, Entry], size: int) -> None:
    """Raises an error unless the arrays follow each other to the end, without gaps and overlaps."""
    at = 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1][2:]):
        if entry.start != at:
            what = "overlaps the one before" if entry.start < at else "leaves a gap before it"
            raise ValueError(f'"{name}" {what}')
        at = entry.end
    if at != size:
        raise ValueError(f"its arrays have {at:,} bytes, and the file has {size:,} for them")
