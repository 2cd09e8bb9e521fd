"""Callbacks: code that `fit`, `evaluate` and `predict` call at their turning points.

Each is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cornu.core.catalogue import Catalogue
from cornu.training.callback import Callback
from cornu.training.callbacks import CallbackList, History

if TYPE_CHECKING:
    from cornu.training.callbacks.backup_and_restore import BackupAndRestore
    from cornu.training.callbacks.csv_logger import CSVLogger
    from cornu.training.callbacks.hparams import HParams
    from cornu.training.callbacks.lambda_callback import LambdaCallback
    from cornu.training.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
    from cornu.training.callbacks.model_checkpoint import ModelCheckpoint
    from cornu.training.callbacks.orbax_checkpoint import OrbaxCheckpoint
    from cornu.training.callbacks.progbar_logger import ProgbarLogger
    from cornu.training.callbacks.remote_monitor import RemoteMonitor
    from cornu.training.callbacks.stopping import EarlyStopping, TerminateOnNaN
    from cornu.training.callbacks.swap_ema_weights import SwapEMAWeights
    from cornu.training.callbacks.tensorboard import TensorBoard

_LATER = Catalogue(
    "cornu.training.callbacks",
    {
        "backup_and_restore": ("BackupAndRestore",),
        "csv_logger": ("CSVLogger",),
        "hparams": ("HParams",),
        "lambda_callback": ("LambdaCallback",),
        "learning_rate": ("LearningRateScheduler", "ReduceLROnPlateau"),
        "model_checkpoint": ("ModelCheckpoint",),
        "orbax_checkpoint": ("OrbaxCheckpoint",),
        "progbar_logger": ("ProgbarLogger",),
        "remote_monitor": ("RemoteMonitor",),
        "stopping": ("EarlyStopping", "TerminateOnNaN"),
        "swap_ema_weights": ("SwapEMAWeights",),
        "tensorboard": ("TensorBoard",),
    },
)

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "HParams",
    "History",
    "LambdaCallback",
    "ModelCheckpoint",
    "LearningRateScheduler",
    "OrbaxCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]


def __getattr__(name: str) -> Any:
    found = globals()[name] = _LATER.find(name)
    return found


def __dir__() -> list[str]:
    return [*globals(), *_LATER]
