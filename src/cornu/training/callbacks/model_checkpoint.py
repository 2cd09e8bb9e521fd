"""ModelCheckpoint: models and weights in files, while training."""

from __future__ import annotations

import glob
import os
import string
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cornu.core.atomic import as_path, clear_unfinished
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, warn
from cornu.training.callback import Logs
from cornu.training.callbacks.history import LogTable
from cornu.training.callbacks.saver import Saver

# What a file's name ends with, and how that is called, for weights alone and for whole models.
ENDINGS = {True: (".weights.h5", "save_weights_only=True"), False: (".keras", "whole models")}
WRONG_ENDING = (
    'ModelCheckpoint("{path}"): for {what} the path must end with "{ending}". Write "{right}".'
)
OLD_ENDINGS = (".h5", ".hdf5")  # of the format of Keras 2, for either
TENSORS, SHARDS = ".safetensors", ".weights.json"  # of weights alone; the second are several files
NO_SHARDS = (
    'ModelCheckpoint("{path}"): a checkpoint is one file, and a name with ".weights.json" stands for '
    'several. Write "{right}"; or save them in a callback: LambdaCallback(on_epoch_end=lambda epoch, '
    'logs: model.save_weights("{path}", max_shard_size=2)).'
)
WEIGHTS_ALONE = " Or, for the weights alone, pass save_weights_only=True."
IS_FOLDER = 'ModelCheckpoint("{path}"): this is a folder. Give the path of a file in it.'
NO_FOLDER = (
    'ModelCheckpoint("{path}"): no file can be written to "{folder}": {reason}. Nothing was trained '
    "yet. Give a path that may be written to."
)
NO_NAME = (
    'ModelCheckpoint("{path}"): the name of the file cannot be made: {reason}. It may hold {{epoch}} '
    "and these logs: {logs}."
)
ONLY_EPOCHS = " At the end of a batch there are only those of training, and {batch}."
NOT_SAVED = "ModelCheckpoint: {error} Training goes on, and tries again with the next file."


class ModelCheckpoint(Saver):
    """Saves the model, or its weights, after every epoch or every so many batches.

    A file is written as a whole or not at all. If it cannot be written, as the disk is full, a
    warning says so and training goes on; a folder that may not be written to is an error before
    training begins.

    Args:
        filepath: the file, whose name may hold `{epoch}`, counted from 1, and names of logs, as in
            `"{epoch:02d}-{val_loss:.2f}.keras"`; with batches, `{batch}` too. It ends with '.keras',
            for weights alone with '.weights.h5' or '.safetensors'; or, in the format of Keras 2, with
            '.h5' or '.hdf5'.
        monitor: the log that tells the best. Default: 'val_loss'.
        verbose: 1 prints a line each time. Default: 0.
        save_best_only: whether to save only what is better than all before. Without the log the
            model is saved each time, with a warning. A loss that is no number is never better.
            Default: False.
        save_weights_only: whether to save weights rather than the whole model. Default: False.
        mode: 'min', 'max' or 'auto': by the metric or its name. Default: 'auto'.
        save_freq: 'epoch', or a number of batches; steps in between are taken in one call of the
            compiled loop. Default: 'epoch'.
        initial_value_threshold: a value that the best must be better than. Default: None.
        period: Keras 2's argument: save after every so many epochs. Default: 1.

    Raises:
        ValueError: if the path ends otherwise, or `mode` or `save_freq` is none of these.
        OSError: in `fit`, if the folder cannot be written to.

    Example:
        >>> import cornu, tempfile
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = folder + "/{epoch}.keras"
        ...     checkpoint = cornu.callbacks.ModelCheckpoint(path)
        ...     fit = model.fit([[0, 1], [1, 0]], [1, 0], epochs=2, verbose=0, callbacks=[checkpoint])
        ...     cornu.models.load_model(folder + "/2.keras").count_params()
        3
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
        **kwargs: Any,
    ) -> None:
        period = _old_arguments(kwargs)
        super().__init__(
            monitor, mode, verbose, save_best_only, save_freq, initial_value_threshold, period
        )
        self.filepath = os.fspath(as_path(filepath))
        self.save_weights_only = bool(save_weights_only)
        _check_ending(self.filepath, self.save_weights_only)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._step = 0
        if Path(self.filepath).is_dir():
            raise IsADirectoryError(IS_FOLDER.format(path=self.filepath))
        folder = _fixed_folder(self.filepath)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
            if folder == Path(self.filepath).parent:
                clear_unfinished(folder, _pattern(self.filepath))
        except OSError as error:
            reason = error.strerror or str(error)
            text = NO_FOLDER.format(path=self.filepath, folder=folder, reason=reason)
            raise OSError(error.errno, text, str(folder)) from error

    def _write(self, epoch: int, logs: Logs, batch: Mapping[str, int]) -> str | None:
        path = self._path(epoch, logs, batch)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save = self.model.save_weights if self.save_weights_only else self.model.save
            save(path, overwrite=True)
        except OSError as error:
            warn(NOT_SAVED.format(error=error.strerror or error))
            return None
        return str(path)

    def _path(self, epoch: int, logs: Logs, more: Mapping[str, int]) -> Path:
        try:
            return Path(self.filepath.format_map(LogTable({**logs, **more, "epoch": epoch + 1})))
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            names = ", ".join(sorted(logs))
            reason = str(error).strip("'")
            text = NO_NAME.format(path=self.filepath, reason=reason, logs=names)
            raise ValueError(text + (ONLY_EPOCHS if more else "")) from None


def _fixed_folder(path: str) -> Path:
    """The innermost folder of the path whose name does not depend on the epoch."""
    parts = Path(path).parent.parts
    many = next((i for i, part in enumerate(parts) if "{" in part), len(parts))
    return Path(*parts[:many])


def _pattern(path: str) -> str:
    """The file's name with stars for what depends on the epoch."""
    pieces = string.Formatter().parse(Path(path).name)
    return "".join(glob.escape(text) + "*" * (field is not None) for text, field, *_ in pieces)


def _check_ending(path: str, weights_only: bool) -> None:
    ending, what = ENDINGS[weights_only]
    old = path.endswith(OLD_ENDINGS) and not path.endswith(".weights.h5")
    if old or path.endswith((ending, TENSORS) if weights_only else ending):
        return
    bare = path
    for known in (".h5", ".json", ".weights", ".keras", ".ckpt", ".npz", TENSORS):
        bare = bare.removesuffix(known)
    if weights_only and path.endswith(SHARDS):
        raise ValueError(NO_SHARDS.format(path=path, right=bare + ending))
    text = WRONG_ENDING.format(path=path, what=what, ending=ending, right=bare + ending)
    of_weights = not weights_only and path.endswith((".weights.h5", TENSORS, SHARDS))
    raise ValueError(text + (WEIGHTS_ALONE if of_weights else ""))


def _old_arguments(kwargs: Mapping[str, Any]) -> int:
    """What Keras 2 took beside today's arguments; gives `period`."""
    known = ("period", "options", "load_weights_on_restart")
    for name, value in kwargs.items():
        if name not in known:
            today = ("filepath", "monitor", "verbose", "save_best_only", "save_weights_only")
            names = (*today, "mode", "save_freq", "initial_value_threshold", "period")
            raise ValueError(f'ModelCheckpoint has no argument "{name}". {did_you_mean(name, names)}')
        if name != "period" and value:
            raise NotBuiltYetError(
                f"ModelCheckpoint({name}=...) is not built. To go on after a stop, add "
                "BackupAndRestore to the callbacks."
            )
    period = kwargs.get("period", 1)
    if isinstance(period, bool) or not isinstance(period, int) or period < 1:
        raise ValueError(
            f"ModelCheckpoint: period must be a whole number of epochs above 0, got {describe(period)}."
        )
    return period


__all__ = ["ModelCheckpoint"]
