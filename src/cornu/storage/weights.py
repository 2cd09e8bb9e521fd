"""Files of weights: `.weights.h5`, and those of others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cornu.core.atomic import as_path, may_write, write_whole
from cornu.core.errors import NotBuiltYetError, did_you_mean
from cornu.storage import orbax, tensors
from cornu.storage.archive import Archive
from cornu.storage.folders import Folder, is_model
from cornu.storage.hdf5 import Weights, opened, writing
from cornu.storage.kinds import OLD_ENDINGS, explained, kind_of, wrong_ending
from cornu.storage.shards import ENDING, load_shards, map_path, save_shards
from cornu.storage.state import load_state, save_state

NOT_BY_NAME = (
    'load_weights(by_name=True) takes files in the format of Keras 2, and "{path}" is in that of '
    "Keras 3, which knows no names. Leave by_name out; skip_mismatch=True leaves out what does not fit."
)
CHECKPOINT = (
    'load_weights: "{path}" is a checkpoint of Orbax, which is loaded as a whole: by_name, '
    "skip_mismatch and objects_to_skip are not built for it."
)
NO_SIZE = (
    'save_weights("{path}") writes several files, and needs to know how large they may be, in GB. Write '
    'save_weights("{path}", max_shard_size=2).'
)
UNBUILT = (
    '{call}: the model "{name}" is not built yet, so it has no weights. Call it on data, or build it: '
    "model.build((None, ...))."
)


def save_weights(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    max_shard_size: float | None = None,
    objects_to_skip: Iterable[Any] | None = None,
) -> None:
    """Writes a model's weights, and its optimizer's state, into a file.

    Args:
        model: the model.
        filepath: a path that ends with '.weights.h5'; or with '.weights.json', for several files; or
            with '.safetensors', for the format of that library; or with '.h5' or '.hdf5' alone, for the
            format of Keras 2. The last two hold no state of the optimizer.
        overwrite: False asks before a file that is there is replaced.
        max_shard_size: the most that one of several files may hold, in GB (of 1024**3 bytes). Default:
            None, which is one file.
        objects_to_skip: layers to leave out. Default: none.

    Raises:
        ValueError: if the path ends otherwise, or the model is not built.
        OSError: if the file cannot be written; what was there before stays.

    Example:
        >>> import cornu, tempfile
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, f"{folder}/a.weights.h5")
        ...     load_weights(model, f"{folder}/a.weights.h5")
    """
    path = as_path(filepath)
    in_shards = max_shard_size is not None or path.name.endswith(ENDING)
    if in_shards and not path.name.endswith((ENDING, ".weights.h5")):
        raise wrong_ending("save_weights", path, ENDING)
    if not in_shards and path.suffix not in (*OLD_ENDINGS, tensors.ENDING):
        raise wrong_ending("save_weights", path, ".weights.h5")
    if max_shard_size is None and in_shards:
        raise ValueError(NO_SIZE.format(path=path))
    _require_built(model, "save_weights")
    path = map_path(path) if in_shards else path
    if may_write(path, overwrite):
        _save(model, path, max_shard_size, {id(part) for part in objects_to_skip or ()})


def _save(model: Any, path: Path, max_shard_size: float | None, left_out: set[int]) -> None:
    if max_shard_size is not None:
        save_shards(model, path, max_shard_size, left_out)
    elif path.suffix == tensors.ENDING:
        tensors.save(model, path, left_out)
    elif path.name.endswith(".weights.h5"):
        write_whole(path, lambda file: write_weights(model, file, left_out))
    else:
        from cornu.storage.legacy.files import save_old_weights

        save_old_weights(model, path, left_out)


def write_weights(model: Any, file: Any, left_out: Collection[int] = ()) -> None:
    """Writes an HDF5 file into an open file, without parts that are named by identity."""
    with writing(file) as found:
        save_state(model, found, None, left_out)


def load_weights(
    model: Any,
    filepath: Any,
    skip_mismatch: bool = False,
    objects_to_skip: Iterable[Any] | None = None,
    **kwargs: Any,
) -> None:
    """Takes a model's weights out of a file.

    Args:
        model: a model made like the one that was saved.
        filepath: a '.weights.h5', '.weights.json' or '.keras' file, or the folder of a model, of Cornu
            or Keras 3; a '.safetensors' file, whose arrays go to the weights of the same paths; a file
            in the format of Keras 2; or a folder that the callback OrbaxCheckpoint wrote.
        skip_mismatch: True leaves out layers that do not fit, with a warning.
        objects_to_skip: layers to leave as they are. Default: none.
        by_name: True takes, from a file in the format of Keras 2, the weights of layers of the same
            name, in place of all in order. Default: False.

    Raises:
        ValueError: if the file is no such file or a layer does not fit; then nothing is changed.

    Example:
        >>> import cornu, tempfile
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, f"{folder}/a.weights.h5")
        ...     load_weights(model, f"{folder}/a.weights.h5")
    """
    by_name = bool(kwargs.pop("by_name", False))
    if kwargs:
        raise ValueError(
            f'load_weights has no argument "{next(iter(kwargs))}". '
            + did_you_mean(
                next(iter(kwargs)), ("filepath", "skip_mismatch", "objects_to_skip", "by_name")
            )
        )
    from cornu.storage.legacy.files import is_old, weights_group
    from cornu.storage.legacy.weights import load_layers

    path = as_path(filepath)
    if orbax.is_checkpoint(path):
        if by_name or skip_mismatch or objects_to_skip:
            raise NotBuiltYetError(CHECKPOINT.format(path=path))
        _require_built(model, "load_weights")
        orbax.load_weights(model, path)
        return
    kind = _kind(path)
    _require_built(model, "load_weights")
    skipped = {id(part) for part in objects_to_skip or ()}
    with explained(path, "load_weights"):
        if kind == "tensors":
            tensors.load(model, path, by_name, skip_mismatch, skipped)
            return
        with _opened(path, kind) as file:
            if file is not None and is_old(file):
                load_layers(model, weights_group(file), path, by_name, skip_mismatch, skipped)
                return
            if by_name:
                raise ValueError(NOT_BY_NAME.format(path=path))
            if file is None:
                load_shards(model, path, skip_mismatch, skipped)
            else:
                load_state(model, Weights(file), path, None, skip_mismatch, skipped)


def _kind(path: Path) -> str:
    if is_model(path):
        return "folder"
    if path.name.endswith(ENDING) and path.is_file():
        return "shards"
    if path.suffix == tensors.ENDING and path.is_file():
        return "tensors"
    return kind_of(path, "load_weights")


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[Any]:
    """The HDF5 file of the weights; None where there are several."""
    with ExitStack() as stack:
        source: Any = str(path)
        if kind == "folder":
            source = stack.enter_context(Folder(path, "load_weights").weights())
        elif kind == "zip":
            archive = stack.enter_context(Archive(path, "load_weights"))
            source = stack.enter_context(archive.weights())
        yield None if kind == "shards" else stack.enter_context(opened(source))


def _require_built(model: Any, call: str) -> None:
    if not model.built:
        raise ValueError(UNBUILT.format(call=call, name=model.name))
