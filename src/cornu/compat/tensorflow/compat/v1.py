"""`tf.compat.v1`: the names of today and what switches to it; no graphs or sessions."""

from __future__ import annotations

import importlib
from typing import Any

from cornu.compat.missing import missing_in_tensorflow

#: What TensorFlow 2 calls these.
RENAMED = {
    "log": "math.log",
    "random_normal": "random.normal",
    "random_uniform": "random.uniform",
    "set_random_seed": "random.set_seed",
    "truncated_normal": "random.truncated_normal",
}
PROTOCOLS = ("Summary", "SummaryMetadata")  # TensorBoard's own code asks for them here
__all__ = [
    *("disable_eager_execution", "disable_v2_behavior", "enable_eager_execution", "enable_v2_behavior"),
    "logging",
]


class logging:
    """`tf.compat.v1.logging`: how much the logger "tensorflow" writes; here nothing is written to it."""

    DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50

    @staticmethod
    def set_verbosity(v: int) -> None:
        """Sets the level of the logger."""
        import logging as python_logging

        python_logging.getLogger("tensorflow").setLevel(v)


def enable_eager_execution() -> None:
    """Nothing: operations give values at once."""


enable_v2_behavior = enable_eager_execution


def _no_graphs(name: str) -> Any:
    def refuse() -> None:
        raise AttributeError(missing_in_tensorflow(name), name=name, obj=object())

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "An error: there are no graphs and sessions."
    return refuse


disable_eager_execution = _no_graphs("disable_eager_execution")
disable_v2_behavior = _no_graphs("disable_v2_behavior")


def __getattr__(name: str) -> Any:
    if name in PROTOCOLS:
        return getattr(importlib.import_module("tensorboard.compat.proto.summary_pb2"), name)
    found: Any = importlib.import_module("cornu.compat.tensorflow")
    for part in RENAMED.get(name, name).split("."):
        found = getattr(found, part)
    return found
