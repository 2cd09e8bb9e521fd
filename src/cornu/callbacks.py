"""Callbacks: code that `fit`, `evaluate` and `predict` call at their turning points."""

from cornu.training.callbacks import (
    Callback,
    CallbackList,
    EarlyStopping,
    History,
    LambdaCallback,
    TerminateOnNaN,
)

__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "TerminateOnNaN",
]
