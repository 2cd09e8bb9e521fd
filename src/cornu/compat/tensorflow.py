"""Cornu's stand-in for TensorFlow: `import tensorflow as tf` with `tf.keras`, and nothing else.

This is not TensorFlow. `__version__` says so: it names the release whose `tf.keras` is followed,
then Cornu and its own version. What is missing raises an AttributeError that says what to use.
"""

from __future__ import annotations

from typing import Any

import cornu as keras
from cornu.compat.missing import missing_in_tensorflow

__all__ = ["keras"]
__version__ = f"2.21.0+cornu.{keras.__version__}"


def __getattr__(name: str) -> Any:
    # `obj` keeps Python from adding a suggestion of its own to ours.
    raise AttributeError(missing_in_tensorflow(name), name=name, obj=object())
