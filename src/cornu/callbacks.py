"""Callbacks: code that `fit`, `evaluate` and `predict` call at their turning points."""

from cornu.training.backup import BackupAndRestore
from cornu.training.callback import Callback
from cornu.training.callbacks.callback_list import CallbackList
from cornu.training.callbacks.csv_logger import CSVLogger
from cornu.training.callbacks.history import History
from cornu.training.callbacks.lambda_callback import LambdaCallback
from cornu.training.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from cornu.training.callbacks.progbar_logger import ProgbarLogger
from cornu.training.callbacks.remote_monitor import RemoteMonitor
from cornu.training.callbacks.stopping import EarlyStopping, TerminateOnNaN
from cornu.training.callbacks.tensorboard import TensorBoard
from cornu.training.checkpoint import ModelCheckpoint
from cornu.training.checkpoint_orbax import OrbaxCheckpoint
from cornu.training.swap_ema import SwapEMAWeights

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
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
