"""Callbacks: code that `fit`, `evaluate` and `predict` call at their turning points."""

from cornu.training.backup import BackupAndRestore
from cornu.training.callback import Callback
from cornu.training.callbacks import CallbackList, History
from cornu.training.callbacks.lambda_callback import LambdaCallback
from cornu.training.callbacks.stopping import EarlyStopping, TerminateOnNaN
from cornu.training.checkpoint import ModelCheckpoint

__all__ = [
    "BackupAndRestore",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "ModelCheckpoint",
    "TerminateOnNaN",
]
