"""Weights in several files: `x.weights.json` says which arrays are in `x_00000.weights.h5`, and so on.

The map is what is read first, so it is what makes a save count: it is written last, and the shards of a
new save have other names than those that the old map names.
"""

from __future__ import annotations

import glob
import itertools
import json
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from cornu.core.atomic import clear_unfinished, whole, write_whole
from cornu.core.errors import describe, warn
from cornu.core.plain import from_json
from cornu.storage.attributes import attribute
from cornu.storage.hdf5 import Weights, Written, opened, vars_at
from cornu.storage.kinds import explained
from cornu.storage.state import load_state, save_state

ENDING = ".weights.json"
SHARD = re.compile(r"[\w\- ][\w\-. ]*\.h5")
STAMP = "cornu_shard"  # what a shard bears, and the map says of it: so that none is taken for another
GIGABYTE, LONGEST_MAP, MOST_SHARDS = 1 << 30, 1 << 26, 10_000

RENAMED = 'save_weights: weights in several files have a map, so "{path}" becomes "{map}".'
NO_SIZE = (
    "save_weights: max_shard_size is the most that a file may hold, in GB: a number above 0, got {size}."
)
TOO_SMALL = (
    'save_weights: the array "{place}/{key}" has {size:,} bytes, more than max_shard_size={most:g} GB '
    "allows, and an array is never divided. Allow at least {least:.3g}."
)
NO_MAP = 'load_weights: "{path}" is no map of shards: {reason}.'
OUTSIDE = (
    'load_weights: "{path}" is refused: it names the file "{name}", and shards are plain files ending '
    "with '.h5' beside their map."
)
MISSING = (
    'load_weights: {count} of the {all} shards that "{path}" names are missing: {names}. Put them into '
    "the same folder. The model is unchanged."
)
FOREIGN = (
    'load_weights: the shard "{shard}" {what}, so it is not of the save that "{path}" describes. Take '
    "the map and all shards from one save."
)


def map_path(path: Path) -> Path:
    """Where the map goes; for a path that names one file, that beside it, with a warning."""
    if path.name.endswith(ENDING):
        return path
    renamed = path.with_suffix(".json")
    warn(RENAMED.format(path=path, map=renamed.name))
    return renamed


def save_shards(model: Any, path: Path, max_shard_size: Any, left_out: Collection[int] = ()) -> None:
    """Writes weights into files of at most so many GB, and their map to the path.

    Raises:
        ValueError: if the size is none, or an array is larger.
        OSError: if a file cannot be written; the old map and its shards stay.
    """
    if isinstance(max_shard_size, bool) or not isinstance(max_shard_size, (int, float, np.number)):
        raise ValueError(NO_SIZE.format(size=describe(max_shard_size)))
    if not max_shard_size > 0:
        raise ValueError(NO_SIZE.format(size=max_shard_size))
    old = _names_in(path)
    clear_unfinished(path.parent, f"{glob.escape(_stem(path))}_*.weights.h5")
    with _Shards(path, float(max_shard_size), old) as shards:
        save_state(model, shards, None, left_out)
    metadata = {"total_size": shards.total, "shards": shards.stamps}
    text = json.dumps({"metadata": metadata, "weight_map": shards.map}, indent=4)
    write_whole(path, lambda file: file.write(text.encode()))
    _clear(path, old - set(shards.names))


def _names_in(path: Path) -> set[str]:
    """The shards of the map that is there; none if it cannot be read."""
    try:
        return {name for names in _map(path)[0].values() for name in names}
    except (OSError, ValueError):
        return set()


def _clear(path: Path, names: Collection[str]) -> None:
    """Deletes the shards of the save before. Keras opens the first name before it reads a map, so an
    empty file stays under it."""
    first = _name(path, 0)
    for name in names:
        if name == first:
            with whole(path.parent / name) as file:
                _empty(file)
        elif re.fullmatch(rf"{re.escape(_stem(path))}_\d{{5,}}\.weights\.h5", name):
            (path.parent / name).unlink(missing_ok=True)


def _empty(file: Any) -> None:
    import h5py

    h5py.File(file, "w").close()


def _stem(path: Path) -> str:
    return path.name.removesuffix(ENDING)


def _name(path: Path, number: int) -> str:
    return f"{_stem(path)}_{number:05}.weights.h5"


class _Shards:
    """The shards of a save, while they are written: another one is begun when one is full."""

    def __init__(self, path: Path, most: float, taken: Collection[str]) -> None:
        self._path, self._most = path, most
        names = (_name(path, number) for number in itertools.count())
        self._free = (name for name in names if name not in taken)
        self._stack = ExitStack()
        self._file: Any = None
        self._held = 0
        self.names: list[str] = []
        self.stamps: dict[str, str] = {}
        self.map: dict[str, str | list[str]] = {}
        self.total = 0

    def __enter__(self) -> _Shards:
        self._begin()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def _begin(self) -> None:
        import h5py

        self.names.append(next(self._free))
        file = self._stack.enter_context(whole(self._path.parent / self.names[-1]))
        self._file = self._stack.enter_context(h5py.File(file, "w"))
        self._file.attrs[STAMP] = self.stamps[self.names[-1]] = uuid.uuid4().hex
        self._held = 0

    def at(self, place: str, name: Any) -> _Spread:
        """Where to put the arrays of a place."""
        return _Spread(self, place, name)

    def shard_for(self, place: str, key: str, size: int) -> tuple[str, Any]:
        """The name of the shard that has room for an array, and its file; notes that it is there."""
        if size > self._most * GIGABYTE:
            least = size / GIGABYTE
            raise ValueError(
                TOO_SMALL.format(place=place, key=key, size=size, most=self._most, least=least)
            )
        if self._held and self._held + size > self._most * GIGABYTE:
            self._begin()
        self._held += size
        self.total += size
        where, name = f"/{vars_at(place)}", self.names[-1]
        known = self.map.get(where)
        if known is None:
            self.map[where] = name
        else:  # Keras makes a list as soon as there are two arrays
            names = [known] if isinstance(known, str) else known
            self.map[where] = names if name in names else [*names, name]
        return self.names[-1], self._file


class _Spread(MutableMapping[str, Any]):
    """The arrays of one place, while they are written into one shard or more."""

    at_once = True

    def __init__(self, shards: _Shards, place: str, name: Any) -> None:
        self._shards, self._place, self._name = shards, place, name
        self._stores: dict[str, Written] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        value = np.asarray(value)
        shard, file = self._shards.shard_for(self._place, key, value.nbytes)
        if shard not in self._stores:
            self._stores[shard] = Written(file, self._place, self._name)
        self._stores[shard][key] = value

    def _store_of(self, key: str) -> Written:
        return next(store for store in self._stores.values() if key in store)

    def __getitem__(self, key: str) -> Any:
        if key not in list(self):
            raise KeyError(key)
        return self._store_of(key)[key]

    def __delitem__(self, key: str) -> None:
        del self._store_of(key)[key]

    def __iter__(self) -> Iterator[str]:
        return (key for store in self._stores.values() for key in store)

    def __len__(self) -> int:
        return sum(map(len, self._stores.values()))


# ----------------------------------------------------------------------------------------------- reading


def load_shards(model: Any, path: Path, skip_mismatch: bool, left_out: Collection[int]) -> None:
    """Gives a model the weights of the shards that the map at the path names.

    Raises:
        ValueError: if the map or a shard is none, is missing, or does not fit; then nothing is changed.
    """
    with reading_shards(path) as weights:
        load_state(model, weights, path, None, skip_mismatch, left_out)


@contextmanager
def reading_shards(path: Path) -> Iterator[ShardedWeights]:
    """The weights in the shards of a map, which are opened when they are needed."""
    files, stamps = _map(path)
    names = sorted({name for each in files.values() for name in each})
    if len(names) > MOST_SHARDS:
        raise ValueError(NO_MAP.format(path=path, reason=f"it names more than {MOST_SHARDS:,} files"))
    missing = [name for name in names if not _beside(path, name).is_file()]
    if missing:
        sizes = {"count": len(missing), "all": len(names), "names": ", ".join(missing[:5])}
        raise ValueError(MISSING.format(path=path, **sizes))
    with ExitStack() as stack:
        yield ShardedWeights(path, files, stamps, stack)


def _map(path: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """For each place in the shards the files that its arrays are in; and what these files bear."""
    if path.stat().st_size > LONGEST_MAP:
        raise ValueError(NO_MAP.format(path=path, reason=f"it is longer than {LONGEST_MAP:,} bytes"))
    found = from_json(path.read_bytes())
    places = found.get("weight_map") if isinstance(found, dict) else None
    if not isinstance(places, dict):
        raise ValueError(NO_MAP.format(path=path, reason='it has no "weight_map"'))
    files = {}
    for place, names in places.items():
        files[place] = [names] if isinstance(names, str) else names
        if not isinstance(files[place], list) or not all(isinstance(n, str) for n in files[place]):
            raise ValueError(NO_MAP.format(path=path, reason=f'"{place}" is in no file'))
        for name in files[place]:
            if not SHARD.fullmatch(name):
                raise ValueError(OUTSIDE.format(path=path, name=name))
        files[place] = list(dict.fromkeys(files[place]))
    metadata = found.get("metadata")
    stamps = metadata.get("shards") if isinstance(metadata, dict) else None
    return files, stamps if isinstance(stamps, dict) else {}


def _beside(path: Path, name: str) -> Path:
    """The shard of a name; a link that leads out of the folder is refused."""
    shard = path.parent / name
    if shard.is_symlink() and shard.resolve().parent not in (
        path.parent.resolve(),
        path.resolve().parent,
    ):
        raise ValueError(OUTSIDE.format(path=path, name=name))
    return shard


class ShardedWeights:
    """The weights in several files, as `Weights` has those in one."""

    def __init__(
        self, path: Path, files: dict[str, list[str]], stamps: dict[str, Any], stack: ExitStack
    ) -> None:
        self._path, self._files, self._stamps, self._stack = path, files, stamps, stack
        self._open: dict[str, Weights] = {}
        self._asked: set[str] = set()

    def at(self, place: str) -> _SpreadRead:
        """The arrays at a place; none if the map has no such place."""
        self._asked.add(place)
        stores = []
        for name in self._files.get(f"/{vars_at(place)}", self._files.get(place, ())):
            stores.append(self._shard(name).at(place))
            if not len(stores[-1]):
                raise ValueError(FOREIGN.format(shard=name, what=f'has no "{place}"', path=self._path))
        return _SpreadRead(stores)

    def _shard(self, name: str) -> Weights:
        if name not in self._open:
            shard = _beside(self._path, name)
            with explained(shard, "load_weights"):
                file = self._stack.enter_context(opened(str(shard)))
            if name in self._stamps and attribute(file, STAMP) != self._stamps[name]:
                what = "is another one of this name"
                raise ValueError(FOREIGN.format(shard=name, what=what, path=self._path))
            self._open[name] = Weights(file)
        return self._open[name]

    def size(self) -> int:
        """How many bytes the files have."""
        names = {name for each in self._files.values() for name in each}
        return sum((self._path.parent / name).stat().st_size for name in names)

    def unused(self) -> list[str]:
        """The places of layers' arrays that nobody asked for."""
        places = (place.removeprefix("/").removesuffix("/vars") for place in self._files)
        return [p for p in places if p.startswith("layers/") and p not in self._asked]


class _SpreadRead(Mapping[str, Any]):
    """The arrays of one place, read from whichever shard has them."""

    def __init__(self, stores: list[Any]) -> None:
        self._stores = stores

    def _store_of(self, key: str) -> Any:
        for store in self._stores:
            if key in store:
                return store
        raise KeyError(key)

    def shape(self, key: str) -> tuple[int, ...]:
        """The shape that the file declares, without reading the array."""
        shape: tuple[int, ...] = self._store_of(key).shape(key)
        return shape

    def __getitem__(self, key: str) -> Any:
        return self._store_of(key)[key]

    def array(self, key: str) -> Any:
        """An array, read into memory of its own that a variable can keep."""
        return self._store_of(key).array(key)

    def require_readable(self, key: str) -> None:
        """Raises an error for an array that is damaged, as far as can be seen."""
        self._store_of(key).require_readable(key)

    def __contains__(self, key: object) -> bool:
        return any(key in store for store in self._stores)

    def __iter__(self) -> Iterator[str]:
        return (key for store in self._stores for key in store)

    def __len__(self) -> int:
        return sum(map(len, self._stores))
