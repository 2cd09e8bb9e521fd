"""Files of weights: `.weights.h5`."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from cornu.core.atomic import as_path, may_write, write_whole
from cornu.core.errors import NotBuiltYetError, did_you_mean
from cornu.storage import orbax
from cornu.storage.archive import WEIGHTS, Archive
from cornu.storage.hdf5 import Weights, opened, writing
from cornu.storage.kinds import OLD_ENDINGS, explained, kind_of, wrong_ending
from cornu.storage.state import load_state, save_state

NOT_BY_NAME = (
    'load_weights(by_name=True) takes files in the format of Keras 2, and "{path}" is in that of '
    "Keras 3, which knows no names. Leave by_name out; skip_mismatch=True leaves out what does not fit."
)
CHECKPOINT = (
    'load_weights: "{path}" is a checkpoint of Orbax, which is loaded as a whole: by_name, '
    "skip_mismatch and objects_to_skip are not built for it."
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
        filepath: a path that ends with '.weights.h5'; or with '.h5' or '.hdf5' alone, for the format of
            Keras 2, which holds no state of the optimizer.
        overwrite: False asks before a file that is there is replaced.
        max_shard_size: several files in place of one are not built yet; only None is taken.
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
    if max_shard_size is not None:
        raise NotBuiltYetError(
            f"save_weights(max_shard_size={max_shard_size!r}): several files in place of one are not "
            "built yet. Leave it out."
        )
    if path.suffix not in OLD_ENDINGS:
        raise wrong_ending("save_weights", path, ".weights.h5")
    _require_built(model, "save_weights")
    if not path.name.endswith(".weights.h5"):
        if may_write(path, overwrite):
            from cornu.storage.legacy.files import save_old_weights

            save_old_weights(model, path, {id(part) for part in objects_to_skip or ()})
    elif may_write(path, overwrite):
        write_whole(path, lambda file: write_weights(model, file, objects_to_skip or ()))


def write_weights(model: Any, file: Any, skip: Iterable[Any] = (), assets: Any = None) -> None:
    """Writes an HDF5 file into an open file."""
    with writing(file) as found:
        save_state(model, found, assets, {id(part) for part in skip})


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
        filepath: a '.weights.h5' or '.keras' file, of Cornu or Keras 3; or one in the format of Keras 2;
            or a folder that the callback OrbaxCheckpoint wrote.
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
    kind = kind_of(path, "load_weights")
    _require_built(model, "load_weights")
    skipped = {id(part) for part in objects_to_skip or ()}
    with explained(path, "load_weights"):
        source: Any = str(path)
        if kind == "zip":
            with Archive(path, "load_weights") as archive:
                source = io.BytesIO(archive.read(WEIGHTS))
        with opened(source) as file:
            if is_old(file):
                load_layers(model, weights_group(file), path, by_name, skip_mismatch, skipped)
                return
            if by_name:
                raise ValueError(NOT_BY_NAME.format(path=path))
            load_state(model, Weights(file), path, None, skip_mismatch, skipped)


def _require_built(model: Any, call: str) -> None:
    if not model.built:
        raise ValueError(UNBUILT.format(call=call, name=model.name))
