"""What TensorFlow has for its graphs, where there is none: each does what is left of it."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.context import name_scope
from cornu.core.symbolic import KerasTensor

__all__ = [
    "autograph",
    "control_dependencies",
    "executing_eagerly",
    "get_logger",
    "group",
    "init_scope",
    "is_symbolic_tensor",
    "name_scope",
    "no_op",
]


def executing_eagerly() -> bool:
    """Whether operations give values at once: not within a compiled function."""
    return not isinstance(jnp.add(jnp.zeros(()), 0), jax.core.Tracer)


def is_symbolic_tensor(tensor: Any) -> bool:
    """Whether it stands for a tensor that has no values yet."""
    return isinstance(tensor, (jax.core.Tracer, KerasTensor))


def get_logger() -> logging.Logger:
    """The logger "tensorflow", to which nothing is written here."""
    return logging.getLogger("tensorflow")


def control_dependencies(control_inputs: Any) -> AbstractContextManager[None]:
    """A block: what is written first is done first, so that there is nothing to say."""
    del control_inputs
    return nullcontext()


def init_scope() -> AbstractContextManager[None]:
    """A block whose code runs at once, also while a function is compiled."""
    scope: AbstractContextManager[None] = jax.ensure_compile_time_eval()
    return scope


def no_op(name: str | None = None) -> None:
    """Nothing."""
    del name


def group(*inputs: Any, **kwargs: Any) -> None:
    """Nothing: what stands in the brackets has been done when they are reached."""
    del inputs, kwargs


class autograph:
    """`tf.autograph`: Python code is run as it is here, not rewritten."""

    class experimental:
        """`tf.autograph.experimental`."""

        @staticmethod
        def do_not_convert(func: Any = None) -> Any:
            """The function, which is never rewritten."""
            return func if func is not None else lambda function: function

    @staticmethod
    def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
        """Nothing is written, however much is asked for."""
        del level, alsologtostdout
