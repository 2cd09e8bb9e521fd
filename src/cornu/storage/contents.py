"""What lies in a file of a model, looked up without building anything: its configuration, and where
which arrays are."""

from __future__ import annotations

import bisect
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from cornu.core.plain import MOST_BYTES, from_json
from cornu.storage.attributes import attribute
from cornu.storage.folders import Folder, is_model
from cornu.storage.hdf5 import inside, opened, refuse_strange, shown
from cornu.storage.kinds import explained, kind_of
from cornu.storage.members import opened_member

CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets/"
# A member may unpack to more than this many bytes only if it is packed less than so tightly.
LARGE, EXPANSION = 1 << 24, 100
DEEPEST, MOST = 64, 100_000  # levels of groups, and things in all of them, that are looked at
NO_MODEL = (
    '{call}: "{path}" is a zip archive, but no model: it has no member "config.json". It holds: {names}.'
)
NO_WEIGHTS = (
    '{call}: "{path}" is an HDF5 file, but no model: it has no arrays as Keras lays them out. It holds: '
    "{names}."
)
NOT_JSON = '{call}: "{path}" begins like JSON text, but is none: {reason}.'
LONG = '{call}: "{path}" is JSON text of {size:,} bytes, and {most:,} are the most that a model has.'
NO_CLASS = '{call}: "{path}" is JSON text, but describes no model: it has no "class_name".'
DEEP = '{call}: "{path}" is refused: its configuration is nested too deeply.'


@dataclass
class Array:
    """One array: where it is, its shape and dtype, and the bytes that it takes."""

    place: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def count(self) -> int:
        return int(np.prod(self.shape, dtype=object))

    @property
    def size(self) -> int:
        return self.count * np.dtype("V2" if self.dtype == "bfloat16" else self.dtype).itemsize


@dataclass
class Contents:
    """What a file holds."""

    kind: str  # "model", "weights" or "architecture"
    format: str  # "3" for Keras 3's layout, "2" for the older one
    writer: dict[str, str] = field(default_factory=dict)
    config: Any = None
    compiled: Any = None
    arrays: list[Array] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # of layers, by their places
    step: int | None = None
    assets: dict[str, int] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)  # members that no model has
    refused: list[str] = field(default_factory=list)
    _order: list[tuple[str, int]] = field(default_factory=list)

    def below(self, prefix: str) -> list[Array]:
        """The arrays whose places begin so, in their order."""
        order = self._in_order()
        start = bisect.bisect_left(order, (prefix, 0))
        found = []
        for place, number in islice(order, start, None):
            if not place.startswith(prefix):
                break
            found.append(number)
        return [self.arrays[number] for number in sorted(found)]

    def _in_order(self) -> list[tuple[str, int]]:
        if len(self._order) != len(self.arrays):
            self._order = sorted((array.place, number) for number, array in enumerate(self.arrays))
        return self._order


def contents(path: Path, call: str) -> Contents:
    """What the file at a path holds.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is damaged, or no file of a model, with what it looks like.
    """
    try:
        if path.is_file() and _first_byte(path) in (b"{", b"["):
            return _of_json(path, call)
        if is_model(path):
            with explained(path, call):
                return _of_folder(path, call)
        if kind_of(path, call) == "hdf5":
            with explained(path, call), opened(str(path)) as file:
                return _of_hdf5(file, path, call)
        with explained(path, call), zipfile.ZipFile(path) as archive:
            return _of_archive(archive, path, call)
    except RecursionError:
        raise ValueError(DEEP.format(call=call, path=path)) from None


def _first_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1)


def _parsed(text: str | bytes, path: Path, call: str) -> Any:
    try:
        return from_json(text)
    except ValueError as error:
        if "is refused" in str(error):
            raise ValueError(f'{call}: "{path}": {error}') from None
        raise ValueError(NOT_JSON.format(call=call, path=path, reason=error)) from None


def _of_json(path: Path, call: str) -> Contents:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(LONG.format(call=call, path=path, size=path.stat().st_size, most=MOST_BYTES))
    config = _parsed(path.read_bytes(), path, call)
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(NO_CLASS.format(call=call, path=path))
    found = Contents("architecture", "3" if "module" in config else "2", config=config)
    found.compiled = config.get("compile_config")
    if "keras_version" in config:
        found.writer["keras_version"] = str(config["keras_version"])
    return found


# ------------------------------------------------------------------------------------------------ .keras


def _of_archive(archive: zipfile.ZipFile, path: Path, call: str) -> Contents:
    names = archive.namelist()
    if CONFIG not in names:
        raise ValueError(NO_MODEL.format(call=call, path=path, names=_some(names)))
    found = Contents("model", "3", config=_parsed(_member(archive, CONFIG), path, call))
    if METADATA in names:
        found.writer = _writer(_parsed(_member(archive, METADATA), path, call))
    if isinstance(found.config, Mapping):
        found.compiled = found.config.get("compile_config")
    for info in archive.infolist():
        if info.filename.startswith(ASSETS) and not info.is_dir():
            found.assets[info.filename.removeprefix(ASSETS)] = info.file_size
        elif info.filename not in (CONFIG, METADATA, WEIGHTS) and not info.is_dir():
            found.others.append(info.filename)
    if WEIGHTS in names:
        _check_size(archive.getinfo(WEIGHTS))
        with _seekable(archive, archive.getinfo(WEIGHTS)) as member, opened(member) as file:
            _note_arrays(found, file)
    return found


def _seekable(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    """A member that can be read in any order: as it lies if it is not packed, else unpacked."""
    stored = info.compress_type == zipfile.ZIP_STORED
    return archive.open(info) if stored else opened_member(archive, info)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    _check_size(info)
    if info.file_size > MOST_BYTES:
        raise zipfile.BadZipFile(f'its member "{name}" has {info.file_size:,} bytes')
    return archive.read(info)


def _check_size(info: zipfile.ZipInfo) -> None:
    if info.file_size > LARGE and info.file_size > EXPANSION * info.compress_size:
        text = f'its member "{info.filename}" would unpack to {info.file_size:,} bytes'
        raise zipfile.BadZipFile(f"{text} from {info.compress_size:,}")


def _writer(metadata: Any) -> dict[str, str]:
    """What a model says of who wrote it."""
    entries = metadata.items() if isinstance(metadata, Mapping) else ()
    return {str(key): str(value) for key, value in entries}


def _of_folder(path: Path, call: str) -> Contents:
    """A folder with the members of an archive."""
    source = Folder(path, call)
    found = Contents("model", "3", config=_parsed(source.read(CONFIG), path, call))
    if (path / METADATA).is_file():
        found.writer = _writer(_parsed(source.read(METADATA), path, call))
    if isinstance(found.config, Mapping):
        found.compiled = found.config.get("compile_config")
    for each in sorted(path.rglob("*")):
        name = each.relative_to(path).as_posix()
        if name.startswith(ASSETS) and each.is_file():
            found.assets[name.removeprefix(ASSETS)] = each.lstat().st_size
        elif "/" not in name and name not in (CONFIG, METADATA, WEIGHTS, ASSETS.rstrip("/")):
            found.others.append(name)
    if (path / WEIGHTS).is_file():
        with source.weights() as member, opened(member) as file:
            _note_arrays(found, file)
    return found


# ------------------------------------------------------------------------------------------------- HDF5


def _of_hdf5(file: Any, path: Path, call: str) -> Contents:
    """The older format says which layers there are in attributes; that of Keras 3 by its groups."""
    old = any(
        name in file.attrs for name in ("layer_names", "layer_names0", "nb_layers", "model_config")
    )
    found = Contents("weights", "2" if old or "model_weights" in file else "3")
    for name in ("keras_version", "backend"):
        if name in file.attrs:
            found.writer[name] = _text(attribute(file, name))
    if found.format == "3":
        _note_arrays(found, file)
        if not found.arrays:
            raise ValueError(
                NO_WEIGHTS.format(call=call, path=path, names=_some([shown(key) for key in file]))
            )
        return found
    if "model_config" in file.attrs:
        found.kind = "model"
        found.config = _parsed(_text(attribute(file, "model_config")), path, call)
    if "training_config" in file.attrs:
        found.compiled = _parsed(_text(attribute(file, "training_config")), path, call)
    _note_older(found, file)
    return found


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) or "nothing"


def _note_arrays(found: Contents, file: Any) -> None:
    """Notes the arrays of Keras 3's layout, `<place>/vars/<name>`, and the layers' names."""
    for place, thing in _things(file, found.refused):
        if _is_array(thing):
            _note(found, place, thing)
        elif "name" in thing.attrs:
            found.names[place.removesuffix("vars").strip("/")] = _text(attribute(thing, "name"))


def _note_older(found: Contents, file: Any) -> None:
    """Notes the arrays of the older layout, below the names of their layers."""
    for place, thing in _things(file, found.refused):
        if _is_array(thing):
            of_optimizer = place.startswith("optimizer_weights/")
            place = place.removeprefix("optimizer_weights/").removeprefix("model_weights/")
            _note(found, f"optimizer/{place}" if of_optimizer else place, thing)


def _is_array(thing: Any) -> bool:
    """Whether it is an array: to ask a view for its shape would open the files that it looks at."""
    import h5py

    return isinstance(thing, h5py.Dataset)


def _note(found: Contents, place: str, dataset: Any) -> None:
    try:
        refuse_strange(dataset, place)
    except ValueError as error:
        found.refused.append(str(error))
        return
    dtype = "bfloat16" if dataset.dtype.kind == "V" else str(dataset.dtype)
    found.arrays.append(Array(place, tuple(dataset.shape), dtype))
    counts = place.rpartition("/")[2] in (
        "0",
        "iteration",
        "iter",
        "iterations",
        "iteration:0",
        "iter:0",
    )
    if place.startswith("optimizer/") and counts and dataset.shape == () and dataset.dtype.kind in "iu":
        found.step = int(dataset[()])


def _things(file: Any, refused: list[str]) -> Iterator[tuple[str, Any]]:
    """Groups, each once, and arrays, with their places; links are noted, and not followed."""
    met, left = {_address(file)}, iter(range(MOST))

    def below(group: Any, place: str, depth: int) -> Iterator[tuple[str, Any]]:
        for key in group:
            here = f"{place}/{key}" if place else key
            if next(left, None) is None or depth > DEEPEST:
                refused.append(f'"{place}" holds groups without end.')
                return
            try:
                thing = inside(group, key)
            except ValueError as error:
                refused.append(str(error))
                continue
            if not hasattr(thing, "keys"):
                yield here, thing
            elif _address(thing) in met:
                refused.append(f'"{here}" is a group that is elsewhere in the file too.')
            else:
                met.add(_address(thing))
                yield here, thing
                yield from below(thing, here, depth + 1)

    return below(file, "", 0)


def _address(group: Any) -> int:
    """Where in the file a group lies: one that holds itself is the same there."""
    import h5py

    return int(h5py.h5o.get_info(group.id).addr)
