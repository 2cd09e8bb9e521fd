"""The learning phase: whether the code that runs trains or predicts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax.numpy as jnp

from cornu import ops, random
from cornu.backend.variables import _seed
from cornu.core.context import context
from cornu.core.symbolic import KerasTensor, Node, Operation
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = [
    "dropout",
    "in_test_phase",
    "in_train_phase",
    "learning_phase",
    "learning_phase_scope",
    "set_learning_phase",
]

_set: bool | None = None


class LearningPhase(KerasTensor):
    """The phase as a symbolic tensor: 1 where it trains. As a truth value it is 0, its default."""

    def __bool__(self) -> bool:
        return False

    def __int__(self) -> int:
        return 0


_symbolic: LearningPhase | None = None


def phase_of_run() -> bool | None:
    """Whether it trains, where that is known: set by hand, or that of the layer or model that runs."""
    return context.training if _set is None else _set


@op(face="K")
def phase() -> Any:
    """The phase that a graph runs in, as a number.

    Example:
        >>> phase().tolist()
        0
    """
    return jnp.asarray(bool(phase_of_run()), "int32")


def learning_phase() -> Any:
    """The phase: 1 where training, 0 where not.

    In a layer that runs, or after `set_learning_phase`, a number; else a symbolic tensor, which may be
    among the inputs of `K.function`: `K.function([model.input, K.learning_phase()], [output])`.

    Example:
        >>> with learning_phase_scope(1):
        ...     learning_phase()
        1
    """
    global _symbolic
    known = phase_of_run()
    if known is not None:
        return int(known)
    if _symbolic is None:
        node = Node(Operation("K.phase", "keras_learning_phase"), (), {})
        node.outputs = _symbolic = LearningPhase((), "int32", "keras_learning_phase", node)
    return _symbolic


def set_learning_phase(value: Any) -> None:
    """Fixes the phase for what runs from now on through `K`.

    Args:
        value: 0 or 1.

    Raises:
        ValueError: for any other value.

    Example:
        >>> set_learning_phase(1)
        >>> learning_phase()
        1
    """
    global _set
    if value not in (0, 1):
        raise ValueError(f"K.set_learning_phase takes 0 or 1, got {value!r}.")
    _set = bool(value)


@contextmanager
def learning_phase_scope(value: Any) -> Iterator[None]:
    """Within the block, the phase is this one.

    Example:
        >>> with learning_phase_scope(0):
        ...     learning_phase()
        0
    """
    global _set
    before = _set
    try:
        set_learning_phase(value)
        yield
    finally:
        _set = before


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x while training, else alt.

    Args:
        x, alt: tensors, or functions without arguments that give one.
        training: 0, 1, True, False; the phase by default.

    Example:
        >>> in_train_phase(1.0, lambda: 2.0, training=False)
        2.0
    """
    known = phase_of_run() if training is None or isinstance(training, LearningPhase) else training
    if known is None:
        first, second = _value(x), _value(alt)
        if isinstance(first, KerasTensor) or isinstance(second, KerasTensor):
            return by_phase(first, second)
        return second
    if isinstance(known, (bool, int)):
        return _value(x if known else alt)
    return ops.where(ops.cast(known, "bool"), _value(x), _value(alt))


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """alt while training, else x.

    Example:
        >>> in_test_phase(1.0, 2.0, training=False)
        1.0
    """
    return in_train_phase(alt, x, training)


def _value(x: Any) -> Any:
    return x() if callable(x) and not isinstance(x, KerasTensor) else x


@op(face="K")
def by_phase(x: Any, alt: Any) -> Any:
    """x where the graph runs in the phase of training, else alt.

    Example:
        >>> by_phase(1.0, 2.0).tolist()
        2.0
    """
    return tensor(x if phase_of_run() else alt)


def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Sets a share of the numbers to 0, and divides the others by 1 - level; in every phase.

    Args:
        x: tensor of any shape.
        level: the share, from 0 to 1.
        noise_shape: shape of the random mask, stretched to that of x.
        seed: of the random numbers; new ones at each call by default.

    Raises:
        ValueError: if the share is not from 0 to 1.

    Example:
        >>> dropout([1.0, 2.0], 0.0).tolist()
        [1.0, 2.0]
    """
    return _dropped(x, level, noise_shape, seed)


@op(face="K")
def _dropped(x: Any, level: float, noise_shape: Any, seed: Any) -> Any:
    return random.dropout(tensor(x), level, noise_shape, _seed(seed))
