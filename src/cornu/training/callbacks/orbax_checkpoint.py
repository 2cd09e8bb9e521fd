"""OrbaxCheckpoint: checkpoints in folders, written by Orbax while training goes on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cornu.core.atomic import as_path
from cornu.core.errors import warn
from cornu.training.callback import Logs
from cornu.training.callbacks.checkpoints import Checkpoints, orbax
from cornu.training.callbacks.saver import Saver

WEIGHTS = ("trainable_variables", "non_trainable_variables")
LATER = (
    'OrbaxCheckpoint("{folder}"): the folder holds a checkpoint of step {last}, and this run begins at '
    "step {first}, which would be lost among them. Give another folder, or delete this one; to go on "
    "from there, load it and tell fit the epoch: fit(..., initial_epoch=...)."
)
NO_FOLDER = (
    'OrbaxCheckpoint("{folder}"): nothing can be written there: {reason}. Nothing was trained yet. Give '
    "a folder that may be written to."
)
NOT_SAVED = "OrbaxCheckpoint: {error} Training goes on, and tries again with the next checkpoint."
NOT_SAVED_LAST = "OrbaxCheckpoint: {error}"


class OrbaxCheckpoint(Saver):
    """Saves the state of the model with Orbax, JAX's library for checkpoints, without making training
    wait for the disk.

    The folder gets one folder for each checkpoint: after an epoch it has the epoch's number, counted
    from 0; after batches, the number of batches that the optimizer has seen. A checkpoint is written
    as a whole or not at all. `cornu.models.load_model(directory)` reads the last one.

    Of arrays that are split among devices each device writes its part, and reads the part that it is to
    hold then: under another distribution, or on another number of devices. When a checkpoint cannot be
    written, as the disk is full, a warning says so, those before stay, and training goes on.

    Args:
        directory: the folder; made if it is missing.
        monitor: the log that tells the best. Default: 'val_loss'.
        verbose: 1 prints a line each time. Default: 0.
        save_best_only: whether to save only what is better than all before. Default: False.
        mode: 'min', 'max' or 'auto': by the metric or its name. Default: 'auto'.
        save_freq: 'epoch', or a number of batches. Default: 'epoch'.
        initial_value_threshold: a value that the best must be better than. Default: None.
        max_to_keep: how many checkpoints stay, the last ones; None for all. Default: 1.
        save_on_background: whether a thread writes while training goes on. Default: True.
        save_weights_only: whether to leave out the optimizer, metrics and architecture; then
            `model.load_weights(directory)` reads it. Default: False.

    Raises:
        ImportError: if `orbax-checkpoint` is not installed.
        ValueError: if `mode` or `save_freq` is none of these; in `fit`, if the folder holds later
            checkpoints than this run would write.
        OSError: in `fit`, if the folder cannot be written to.
    """

    def __init__(
        self,
        directory: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
        max_to_keep: int | None = 1,
        save_on_background: bool = True,
        save_weights_only: bool = False,
    ) -> None:
        super().__init__(monitor, mode, verbose, save_best_only, save_freq, initial_value_threshold)
        self.directory = os.fspath(as_path(directory))
        self.max_to_keep, self.save_on_background = max_to_keep, bool(save_on_background)
        self.save_weights_only = bool(save_weights_only)
        self._first = 0  # batches that the optimizer had seen before
        self._begun = False
        self._checkpoints: Any = None
        orbax()  # says now if it is missing

    # -- the moments ---------------------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._step, self._batches, self._begun = 0, 0, False
        self._first = int(self.model.optimizer.iterations)
        folder = Path(self.directory).absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            text = NO_FOLDER.format(folder=self.directory, reason=error.strerror or error)
            raise OSError(error.errno, text, str(folder)) from error
        about = self.max_to_keep, self.save_on_background, "OrbaxCheckpoint"
        self._checkpoints = Checkpoints(folder, *about)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        super().on_epoch_begin(epoch, logs)
        last = max(self._checkpoints.steps(), default=None)
        first = epoch if self.save_freq == "epoch" else self._first + 1
        if not self._begun and last is not None and last >= first:
            self._checkpoints.close()
            raise ValueError(LATER.format(folder=self.directory, last=last, first=first))
        self._begun = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._wait(NOT_SAVED_LAST)
        self._checkpoints.close()

    def wait_until_finished(self) -> None:
        """Returns when all that is being written is on the disk."""
        self._wait(NOT_SAVED)

    def _wait(self, text: str) -> None:
        try:
            self._checkpoints.wait()
        except OSError as error:
            warn(text.format(error=error.strerror))

    # -- saving --------------------------------------------------------------------------------------

    def _write(self, epoch: int, logs: Logs, batch: Mapping[str, int]) -> str | None:
        self.wait_until_finished()
        step = self._first + self._batches if batch else epoch
        state, texts = self.model.get_state_tree(), {}
        if self.save_weights_only:
            state = {part: state[part] for part in WEIGHTS}
        else:
            texts["model_config"] = {"config": self.model.to_json()}
        try:
            self._checkpoints.save(step, state, **texts)
        except OSError as error:
            warn(NOT_SAVED.format(error=error.strerror))
            return None
        return os.path.join(self.directory, str(step))


__all__ = ["OrbaxCheckpoint"]
