"""Callbacks: a file for each idea, over the base in `cornu.training.callback`."""

from cornu.training.callbacks.callback_list import CallbackList
from cornu.training.callbacks.history import History, LogTable, other_spelling

__all__ = ["CallbackList", "History", "LogTable", "other_spelling"]
