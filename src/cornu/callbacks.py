"""Callbacks: code that `fit`, `evaluate` and `predict` call at their turning points."""

from cornu.training.callback import Callback
from cornu.training.callbacks.backup_and_restore import BackupAndRestore
from cornu.training.callbacks.callback_list import CallbackList
from cornu.training.callbacks.csv_logger import CSVLogger
from cornu.training.callbacks.history import History
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
