"""OrbaxCheckpoint: a name of Keras that is not built yet."""

from __future__ import annotations

from typing import Any

from cornu.core.errors import NotBuiltYetError
from cornu.training.callback import Callback

NOT_BUILT = (
    "OrbaxCheckpoint is not built yet. For a file after every epoch write "
    'ModelCheckpoint("{directory}/{{epoch}}.keras"), and for a run that can be killed and started '
    'again BackupAndRestore("{directory}").'
)


class OrbaxCheckpoint(Callback):
    """Would save checkpoints with the package `orbax-checkpoint`; not built yet.

    Raises:
        NotBuiltYetError: always. `ModelCheckpoint` writes files, and `BackupAndRestore` lets a run go
            on after a stop.

    Example:
        >>> OrbaxCheckpoint("checkpoints")
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: OrbaxCheckpoint is not built yet. For a file ...
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
        raise NotBuiltYetError(NOT_BUILT.format(directory=directory))


__all__ = ["OrbaxCheckpoint"]
