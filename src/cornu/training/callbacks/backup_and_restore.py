"""BackupAndRestore: a run that was killed goes on from where it was."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from cornu.core import peers
from cornu.core.atomic import as_path
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, warn
from cornu.core.settings import show
from cornu.random import generator_states, set_generator_states
from cornu.training.callback import Begin, Callback, Logs
from cornu.training.callbacks.backup_file import Damaged
from cornu.training.callbacks.backup_state import CallbackStates, ModelState
from cornu.training.callbacks.backup_stores import InFiles, InParts, Store
from cornu.training.state import to_floats

NO_FOLDER = (
    'BackupAndRestore(backup_dir="{folder}"): no file can be written there: {reason}. Nothing was '
    "trained yet. Give a folder that may be written to."
)
NOT_SAVED = (
    "BackupAndRestore: {error} Training goes on, and tries again {next}; the last good backup is of "
    "{place}."
)
NOT_SAVED_LAST = "BackupAndRestore: {error} The last good backup is of {place}."
OLDER = 'BackupAndRestore: "{path}" is damaged ({reason}); training goes on from the one before.'
DAMAGED = (
    'BackupAndRestore: the backup in "{folder}" cannot be read: {reasons}. To begin anew, delete it. '
    "With double_checkpoint=True there would be an older one to go back to."
)
OTHER_STEPS = (
    "BackupAndRestore: the backup is of step {step} of {theirs} in epoch {epoch}, but now an epoch has "
    "{mine} steps. The weights are taken, and that epoch begins again."
)
SAVE_FREQ = (
    "{owner}: save_freq must be 'epoch' or a whole number of batches above 0, got {value}. Write for "
    'example save_freq="epoch".'
)


def check_save_freq(owner: str, value: Any) -> None:
    """Raises a ValueError unless this is 'epoch' or a number of batches."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
    if value != "epoch" and not whole:
        raise ValueError(SAVE_FREQ.format(owner=owner, value=describe(value)))


class BackupAndRestore(Callback):
    """Saves the state of training now and then, so that a run that was killed can be started again and
    goes on: the same program ends with bitwise the same weights as if it had not been killed.

    The state is that of the model, its optimizer and metrics, the random generators (NumPy's, which
    orders the rows, Python's and Cornu's), the history, and what training has changed of other
    callbacks (numbers, strings, arrays, lists and dicts). It is written as a whole or not at all. A
    state that is split among devices each device writes its part of, by Orbax, while training goes on:
    the last backup may then be being written still, and the one before counts. When a
    backup cannot be written during training, as the disk is full, a warning says so and training
    goes on. When training has ended, the backup is deleted; after Ctrl-C it stays.

    The data go on at the same batch: arrays, a `PyDataset`, a `cornu.utils.Dataset`, and what can be
    gone through again and again. Of such an object of yours its attributes are kept, as those of
    callbacks, and generators of NumPy and Python and layers that draw random numbers; or what its
    `backup_state()` gives to `restore_state(state)`. Not kept, with a warning where it can be seen:
    other objects that it changes, arrays above 64 MB, what several workers draw at random, and the order
    of a PyTorch or TensorFlow loader. A generator cannot be rewound: it goes on with what it gives.

    Args:
        backup_dir: a folder for the backup, of this call of `fit` alone; made if it is missing.
        save_freq: 'epoch', after every epoch, or an integer: after so many batches. Default:
            'epoch'.
        double_checkpoint: whether to keep the backup before the last, too, in case the last is
            damaged. Default: False.
        delete_checkpoint: whether to delete the backup when training has ended. Default: True.

    Raises:
        ImportError: in `fit`, if the state is split and `orbax-checkpoint` is not installed.
        ValueError: if `backup_dir` is empty or `save_freq` is neither; in `fit`, if the backup is of
            another model, or damaged.
        OSError: in `fit`, if the folder cannot be written to.

    Example:
        >>> import cornu, numpy as np, tempfile
        >>> class Stop(cornu.callbacks.Callback):
        ...     def on_epoch_begin(self, epoch, logs=None):
        ...         if epoch == 2:
        ...             raise RuntimeError("the power is gone")
        >>> x, y = np.ones((4, 2)), np.ones(4)
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     backup = cornu.callbacks.BackupAndRestore(folder + "/backup")
        ...     try:
        ...         model.fit(
        ...             np.ones((4, 2)), np.ones(4), epochs=5, verbose=0, callbacks=[backup, Stop()]
        ...         )
        ...     except RuntimeError as error:
        ...         print(error)
        ...     model.fit(x, y, epochs=5, verbose=0, callbacks=[backup]).epoch
        the power is gone
        [0, 1, 2, 3, 4]
    """

    keeps_place = True
    comes_last = True  # so that it sees what the others, History too, have made of an epoch

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if backup_dir is None or backup_dir == "":
            raise ValueError(
                'BackupAndRestore: backup_dir must name a folder, as in backup_dir="backup", got '
                f"{backup_dir!r}."
            )
        check_save_freq("BackupAndRestore", save_freq)
        _check_old_arguments(kwargs)
        self.backup_dir = as_path(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._found: dict[str, Any] | None = None

    # -- the moments ---------------------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._number = 0  # of the next backup
        self._epoch = self._step = self._since = 0
        self._saved = "nothing yet"
        self._writing: str | None = None  # the place of a backup that may not be whole yet
        self.fit_begins_at = None
        self._model_state = ModelState(self.model)
        others = [each for each in self.companions if each is not self]
        if any(isinstance(each, BackupAndRestore) for each in others):
            raise ValueError("fit takes one BackupAndRestore: a run can go on from one place alone.")
        self._callback_states = CallbackStates(others)
        self._prepare_folder()
        self._found = self._load()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch, self._step = epoch, 0
        found, self._found = self._found, None
        begin = self.fit_begins_at
        if found is not None and begin is not None and begin.step:
            self._step = begin.step
            self._take(found)  # undoes what others did at the begin of an epoch that had begun already
            set_generator_states(self._begins_with)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._since += batch + 1 - self._step
        self._step = batch + 1
        if self.save_freq != "epoch" and self._since >= self.save_freq:
            self._save(self._epoch, self._step, logs or {})

    def looks_in(self) -> float:
        return math.inf if self.save_freq == "epoch" else self.save_freq - self._since

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch, self._step = epoch + 1, 0
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0, logs or {})

    def on_train_end(self, logs: Logs | None = None) -> None:
        ended = self._epoch >= self.params.get("epochs", 0) or self.model.stop_training
        self._settle(NOT_SAVED_LAST)
        self._store.close()
        if ended and self.delete_checkpoint:
            for store in self._stores:
                store.delete()
            with suppress(OSError):  # it holds something of the user's
                self.backup_dir.rmdir()

    # -- saving --------------------------------------------------------------------------------------

    def _prepare_folder(self) -> None:
        try:
            self.backup_dir.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.backup_dir):
                pass
            files = InFiles(self.backup_dir, self.double_checkpoint)
            parts = InParts(self.backup_dir, self.double_checkpoint)
            self._stores: tuple[Store, ...] = files, parts
            self._store: Store = files
            if self._model_state.is_split():
                parts.open()
                self._store = parts
        except OSError as error:
            reason = error.strerror or str(error)
            text = NO_FOLDER.format(folder=self.backup_dir, reason=reason)
            raise OSError(error.errno, text, str(self.backup_dir)) from error

    def _save(self, epoch: int, step: int, logs: Logs) -> None:
        self._since = 0
        if not np.all(np.isfinite(logs.get("loss", 0.0))):
            return  # the last good state is worth more than this one
        again = "after the next epoch" if step == 0 else f"after {self.save_freq} batches"
        text = NOT_SAVED.replace("{next}", again)
        self._settle(text)
        model, variables = self._model_state.described()
        state = {
            "number": self._number,
            "epoch": epoch,
            "step": step,
            "steps": self.params.get("steps"),
            "logs": {name: np.asarray(value) for name, value in logs.items()},
            "sources": [source.place() for source in self.sources],
            "generators": generator_states(),
            "model": model,
            "callbacks": self._callback_states.values(),
        }
        try:
            self._store.write(self._number, state, variables)
        except OSError as error:
            warn(text.format(error=error.strerror, place=self._saved))
            return
        self._number += 1
        self._writing = _place(epoch, step)

    def _settle(self, text: str) -> None:
        """Waits for the backup that is being written; says so if that has failed."""
        writing, self._writing = self._writing, None
        try:
            self._store.wait()
        except OSError as error:
            warn(text.format(error=error.strerror, place=self._saved))
        else:
            self._saved = writing or self._saved

    # -- restoring -----------------------------------------------------------------------------------

    def _load(self) -> dict[str, Any] | None:
        """Goes to where the newest backup was made that can be read; gives that, if there is one."""
        states, damaged, gone_on = [], {}, None
        for path, read in [each for store in self._stores for each in store.found()]:
            try:
                states.append((path, read()))
            except Damaged as error:
                damaged[path] = str(error)
        for path, state in sorted(states, key=lambda each: -int(each[1]["number"])):
            try:
                _agree(state["number"])
                self._restore(state)
                gone_on = state
                break
            except Damaged as error:
                damaged[path] = str(error)
        if gone_on is None:
            _agree("none")
        if damaged and gone_on is None:
            reasons = "; ".join(f'"{path.name}": {reason}' for path, reason in damaged.items())
            raise ValueError(DAMAGED.format(folder=self.backup_dir, reasons=reasons))
        for path, reason in damaged.items():
            warn(OLDER.format(path=path, reason=reason))
        return gone_on

    def _restore(self, found: dict[str, Any]) -> None:
        epoch, step, steps = found["epoch"], found["step"], self.params.get("steps")
        self._take(found)
        self._number = found["number"] + 1
        self._saved = _place(epoch, step)
        set_generator_states(found["generators"])
        if step and found["steps"] != steps:
            warn(OTHER_STEPS.format(step=step, theirs=found["steps"], epoch=epoch + 1, mine=steps))
            step = 0
        if found["model"]["stop_training"]:  # then the rest of that epoch is done
            epoch, step = (epoch, steps or step) if step else (self.params["epochs"], 0)
        self._epoch, self._step = epoch, step
        self.fit_begins_at = Begin(epoch, step, to_floats(found["logs"]))
        self._go_to(found)
        if self.params.get("verbose"):
            show(f'Going on after {self._saved}, by the backup in "{self.backup_dir}".\n')

    def _go_to(self, found: dict[str, Any]) -> None:
        """Puts what batches come from where it was: the first is that of the training."""
        step = self._step if self._step or not found["step"] else None
        for source, place in zip(self.sources, found["sources"], strict=False):
            source.go_to(place, step)
            step = 0
        self._begins_with = generator_states()

    def _take(self, found: dict[str, Any]) -> None:
        self._model_state.take(found["model"], self.backup_dir)
        self._callback_states.take(found["callbacks"])


def _agree(number: Any) -> None:
    """Raises an error in all processes unless they go on from the same backup."""
    peers.agree("BackupAndRestore, which reads its folder", {"last backup": number})


def _place(epoch: int, step: int) -> str:
    return f"step {step} of epoch {epoch + 1}" if step else f"epoch {epoch}"


def _check_old_arguments(kwargs: Mapping[str, Any]) -> None:
    """What Keras 2 took beside today's arguments."""
    for name, value in kwargs.items():
        if name != "save_before_preemption":
            known = ("backup_dir", "save_freq", "double_checkpoint", "delete_checkpoint")
            raise ValueError(f'BackupAndRestore has no argument "{name}". {did_you_mean(name, known)}')
        if value:
            raise NotBuiltYetError(
                "BackupAndRestore(save_before_preemption=True) is not built yet. Give save_freq a "
                "number of batches: a run that is killed loses no more than these."
            )


__all__ = ["BackupAndRestore"]
