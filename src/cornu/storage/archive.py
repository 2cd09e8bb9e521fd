"""Whole models: `.keras` files, which are zip archives of a few members with fixed names, or folders of
the same."""

from __future__ import annotations

import io
import json
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cornu.core.allowance import CALL, MOST_PARTS, allowed
from cornu.core.atomic import as_path, may_write, whole_folder, write_whole
from cornu.core.errors import did_you_mean, warn
from cornu.core.module import Module, walk
from cornu.core.plain import from_json
from cornu.layers.layer import Layer
from cornu.storage import orbax
from cornu.storage.description import as_json, described, model_from
from cornu.storage.folders import LARGEST, MEMBERS, TOO_LARGE, Folder, FolderWriter, is_model
from cornu.storage.hdf5 import opened, reading, writing
from cornu.storage.kinds import (
    ASSETS,
    CONFIG,
    DAMAGED,
    KERAS,
    METADATA,
    OLD_ENDINGS,
    PLAIN_NAME,
    WEIGHTS,
    explained,
    is_newer,
    kind_of,
    no_member,
    wrong_ending,
)
from cornu.storage.members import opened_member, written
from cornu.storage.state import load_state, save_state

# A member may unpack to more than this many bytes only if it is packed less than so tightly.
LARGE, EXPANSION = 1 << 24, 100
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

BOMB = (
    '{call}: "{path}" is refused: its member "{member}" would unpack to {size:,} bytes from {packed:,}.'
)
NEWER = (
    '"{path}" was written by Keras {version}, and Cornu knows files up to those of Keras {known}: the '
    "reason may be what is new in it. Look for a newer Cornu, or save the weights alone in that Keras "
    "(model.save_weights) and load them into a model made here."
)
STRANGE = '{call}: "{path}" is refused: its member "{member}" {what}, as that of no model does.'
UNSAFE = (
    "load_model(safe_mode=False) is refused: Cornu never runs code from a file. Leave safe_mode out, "
    "and give functions of Lambda layers by the names of these layers: "
    'custom_objects={"the_layer": f}.'
)
NO_KERAS = (
    'save(zipped=False) writes a folder, and "{path}" is the name of a file. Write save("{folder}", '
    "zipped=False)."
)
UNBUILT = (
    'save: the model "{name}" is not built yet, so the file holds no weights. Call it on data first, or '
    "build it: model.build((None, ...))."
)
TOO_MANY = (
    'save: the model "{name}" has so many layers, calls and weights that load_model may refuse its '
    "file. Keep the code that makes it, and load the weights into that: model.load_weights(path)."
)
NAMELESS = (
    "save: the model holds a lambda, and a file cannot hold code. Write it with def, under a name; else "
    "load_model needs it, by custom_objects."
)


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
) -> None:
    """Writes a model into a file: its architecture, its weights, and how it is compiled.

    Args:
        model: the model.
        filepath: a path that ends with '.keras'; or with '.h5' or '.hdf5', for the format of Keras 2.
        overwrite: False asks before a file or folder that is there is replaced.
        zipped: False writes a folder in place of one file, to a path that does not end with '.keras'. A
            folder that holds a model is replaced as a whole; one that holds anything else is left as it
            is, with an error. Default: None, which is one file.
        include_optimizer: False leaves out how the model is compiled. Default: True.

    Raises:
        ValueError: if the path ends otherwise.
        TypeError: if something in the model cannot be written, with its place.
        OSError: if it cannot be written; what was there before stays.

    Example:
        >>> import cornu, tempfile
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(model, f"{folder}/model.keras")
        ...     load_model(f"{folder}/model.keras").count_params()
        3
    """
    path = as_path(filepath)
    if path.suffix == ".keras" and zipped is False:
        raise ValueError(NO_KERAS.format(path=path, folder=path.with_suffix("")))
    old = zipped is not False and path.suffix in OLD_ENDINGS and not path.name.endswith(".weights.h5")
    include = kwargs.pop("include_optimizer", True)
    if kwargs.pop("save_format", None) not in (None, *(("h5", "hdf5") if old else ("keras",))) or kwargs:
        unknown = next(iter(kwargs), "save_format")
        raise ValueError(
            f'save has no argument "{unknown}" that asks for this. '
            f"{did_you_mean(unknown, ('filepath', 'overwrite', 'zipped', 'include_optimizer'))}"
        )
    if path.suffix != ".keras" and not old and zipped is not False:
        raise wrong_ending("save", path, ".keras")
    if not model.built:
        warn(UNBUILT.format(name=model.name))
    if _parts_of(model) > MOST_PARTS:
        warn(TOO_MANY.format(name=model.name))
    if old and may_write(path, overwrite):
        from cornu.storage.legacy.files import save_old_model

        save_old_model(model, path, include)
    elif may_write(path, overwrite):
        description = described(model)
        left_out = []
        if not include:
            description.pop("compile_config", None)
            left_out = [getattr(model, "optimizer", None)]
        config = as_json(description)
        if '"config": "<lambda>"' in config:
            warn(NAMELESS)
        without = {id(part) for part in left_out}
        if zipped is False:
            with whole_folder(path, MEMBERS) as folder:
                _write(model, FolderWriter(folder), config, without)
        else:
            write_whole(path, lambda file: _write_zip(model, file, config, without))


def _parts_of(model: Any) -> int:
    """How many parts loading a file of the model would count, or a few more."""
    layers = [module for module in walk(model, Module, skip=()) if isinstance(module, Layer)]
    return len(layers) + len(model.variables) + CALL * sum(len(layer._nodes) for layer in layers)


def _write_zip(model: Any, file: Any, config: str, left_out: set[int]) -> None:
    with ZipWriter(file) as archive:
        _write(model, archive, config, left_out)


def _write(model: Any, target: Any, config: str, left_out: set[int]) -> None:
    metadata = {"keras_version": KERAS, "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S")}
    target.text(METADATA, json.dumps(metadata))
    target.text(CONFIG, config)
    with target.weights() as file, writing(file) as weights:
        save_state(model, weights, target.asset, left_out)


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model that a file holds, with its weights; compiled, and able to go on training, if it was.

    Nothing in the file is run: classes and functions are looked up by name among Cornu's and yours.

    Args:
        filepath: a '.keras' file or a folder, of Cornu or Keras 3; or an '.h5' file, of Keras 2.
        custom_objects: your own classes and functions, by name; the function of a Lambda layer by
            the layer's name. Default: none but registered ones.
        compile: False leaves the model uncompiled.
        safe_mode: always True.

    Raises:
        ValueError: if the file is damaged or no model, or names what is not known.

    Example:
        >>> import cornu, tempfile
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(model, f"{folder}/model.keras")
        ...     load_model(f"{folder}/model.keras").count_params()
        3
    """
    if safe_mode is not True:
        raise ValueError(UNSAFE)
    path = as_path(filepath)
    if orbax.is_checkpoint(path):
        return orbax.load_model(path, custom_objects, compile)
    if is_model(path):
        with explained(path, "load_model"):
            return _read(Folder(path, "load_model"), path, custom_objects, compile)
    if kind_of(path, "load_model") == "hdf5":
        from cornu.storage.legacy.files import load_old_model

        with explained(path, "load_model"), opened(str(path)) as file:
            return load_old_model(file, path, custom_objects, compile)
    with explained(path, "load_model"), Archive(path, "load_model") as archive:
        return _read(archive, path, custom_objects, compile)


def _read(source: Archive | Folder, path: Path, custom_objects: Any, compile: bool = True) -> Any:
    config = source.read(CONFIG)
    try:
        with source.weights() as file, reading(file) as weights, allowed(weights.size()):
            model = model_from(config, custom_objects, compile)
            load_state(model, weights, path, source.assets if source.has_assets else None, new=True)
    except (ValueError, TypeError) as error:
        version = version_of(source)
        if not is_newer(version):
            raise
        raise type(error)(f"{error}\n{NEWER.format(path=path, version=version, known=KERAS)}") from error
    return model


def to_bytes(model: Any) -> bytes:
    """What a '.keras' file of the model would hold."""
    memory = io.BytesIO()
    _write_zip(model, memory, as_json(described(model)), set())
    return memory.getvalue()


def from_bytes(content: bytes, custom_objects: Mapping[str, Any]) -> Any:
    """The model of which `to_bytes` made this."""
    path = Path("the pickled model")
    with explained(path, "load_model"), Archive(path, "load_model", io.BytesIO(content)) as archive:
        return _read(archive, path, custom_objects)


class ZipWriter:
    """An archive that is written."""

    def __init__(self, file: Any) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._assets: list[tuple[str, bytes]] = []

    def __enter__(self) -> ZipWriter:
        return self

    def __exit__(self, *_: Any) -> None:
        self._zip.close()

    def text(self, member: str, content: str) -> None:
        self._zip.writestr(member, content)

    def asset(self, place: str, name: str, content: bytes) -> None:
        """Keeps a file that belongs to a part, until the weights are written."""
        self._assets.append(("/".join(filter(None, (ASSETS, place, name))), content))

    @contextmanager
    def weights(self) -> Iterator[Any]:
        with written(self._zip, WEIGHTS) as file:
            yield file
        for member, content in self._assets:
            self._zip.writestr(member, content)


class Archive:
    """A `.keras` file that is read: members are taken by their names, and nothing is unpacked into paths
    that the file names.

    Raises:
        ValueError: if it is damaged.
    """

    def __init__(self, path: Path, call: str, file: Any = None) -> None:
        self._path, self._call = path, call
        try:
            self._zip = zipfile.ZipFile(path if file is None else file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ValueError(DAMAGED.format(call=call, path=path, reason=error)) from None
        self._names = self._zip.namelist()
        met: set[str] = set()
        for info in self._zip.infolist():
            what = _strangeness(info) or ("is there twice" if info.filename in met else "")
            if what:
                member = info.orig_filename
                raise ValueError(STRANGE.format(call=call, path=path, member=member, what=what))
            met.add(info.filename)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: Any) -> None:
        self._zip.close()

    def _member(self, member: str) -> zipfile.ZipInfo:
        if member not in self._names:
            raise no_member(self._call, self._path, member, self._names)
        info = self._zip.getinfo(member)
        if info.file_size > LARGE and info.file_size > EXPANSION * info.compress_size:
            sizes = {"size": info.file_size, "packed": info.compress_size}
            raise ValueError(BOMB.format(call=self._call, path=self._path, member=member, **sizes))
        return info

    def read(self, member: str) -> bytes:
        """What a member holds.

        Raises:
            ValueError: if it is missing, damaged, or unpacks to very much more than is there.
        """
        info = self._member(member)
        if info.file_size > LARGEST:
            sizes = {"member": member, "size": info.file_size}
            raise ValueError(TOO_LARGE.format(call=self._call, path=self._path, **sizes))
        try:
            return self._zip.read(info)
        except (zlib.error, ValueError, struct.error) as error:
            raise zipfile.BadZipFile(str(error)) from None

    @contextmanager
    def weights(self) -> Iterator[Any]:
        """The HDF5 file of the weights, once its checksum is found right.

        Raises:
            ValueError: as for `read`.
        """
        with opened_member(self._zip, self._member(WEIGHTS)) as file:
            yield file

    @property
    def has_assets(self) -> bool:
        return any(name.startswith(f"{ASSETS}/") for name in self._names)

    def assets(self, place: str) -> dict[str, bytes]:
        """The files that belong to a place, by their names.

        Raises:
            ValueError: for a name that is more than a name.
        """
        folder = "/".join(filter(None, (ASSETS, place))) + "/"
        names = [name for name in self._names if name.startswith(folder) and name != folder]
        # What lies deeper belongs to parts of this part.
        inner = [name[len(folder) :] for name in names if "/" not in name[len(folder) :]]
        for name in inner:
            if not PLAIN_NAME.fullmatch(name):
                raise ValueError(f'{self._call}: "{self._path}" is refused: it names a file "{name}".')
        return {name: self.read(folder + name) for name in inner}


def _strangeness(info: zipfile.ZipInfo) -> str:
    """What is wrong with a member of a zip archive by its entry alone; nothing, as a rule."""
    name = info.orig_filename.replace("\\", "/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":" or "\0" in name:
        return "would lie outside of the archive"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if info.flag_bits & 1:
        return "is encrypted"
    return "" if info.compress_type in PACKINGS else "is packed in another way than zip's own"


def version_of(source: Archive | Folder) -> str:
    """The version of Keras that wrote a model, as it says itself; empty if it does not."""
    try:
        return str(from_json(source.read(METADATA))["keras_version"])
    except (ValueError, KeyError, TypeError):
        return ""
