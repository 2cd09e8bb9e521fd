"""What the code now running is part of, per thread: a compiled program, a training call, a scope of
names.

Keeping it per thread is what lets one thread trace a model while another calls the same model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cornu.core.variable import Variable


# Held by whoever takes arrays out of variables, and by a training loop from the moment it hands
# its arrays to a
# program (which may reuse their memory) until the new ones are in place. So no thread ever meets
# a used-up array.
state_lock = threading.RLock()


class _Context(threading.local):
    bindings: dict[Variable, Any] | None = None  # values that stand in for variables while tracing
    foreign: dict[Variable, None] | None = None  # variables met while tracing that have no such value
    training: bool | None = None  # what the outermost layer was called with
    losses: list[Any] | None = None  # losses added by layers during this call of a model
    autocast: str | None = None  # the float that weights are cast to where they are read
    rows: Any = None  # which rows of the batch count, where it is filled up with rows that do not
    probe: int | None = None  # the size that stands for unknown ones while a shape is found by trial
    when_touched: Callable[[], None] | None = None  # called before a variable is read or assigned
    tapes: tuple[Any, ...] = ()  # each is told which variables are read, outermost first
    deferring: list[Variable] | None = None  # variables without a first value yet, while they are loaded
    path: tuple[str, ...] = ()  # names of the layers being built, outermost first


context = _Context()


@contextmanager
def bound(bindings: dict[Variable, Any]) -> Iterator[dict[Variable, Any]]:
    """Within the block, each variable in `bindings` has the value given there, and assignments land
    there."""
    previous = context.bindings
    context.bindings = bindings
    try:
        yield bindings
    finally:
        context.bindings = previous


@contextmanager
def throwaway() -> Iterator[None]:
    """Within the block, what is assigned to variables is forgotten at its end."""
    foreign, context.foreign = context.foreign, None
    try:
        with bound(dict(context.bindings or {})):
            yield
    finally:
        context.foreign = foreign


@contextmanager
def call_scope(training: bool | None, losses: list[Any] | None) -> Iterator[None]:
    """Within the block, layers see this training flag and add their losses to this list."""
    previous = context.training, context.losses
    context.training, context.losses = training, losses
    try:
        yield
    finally:
        context.training, context.losses = previous


@contextmanager
def name_scope(name: str) -> Iterator[None]:
    """Within the block, variables are named `.../name/...`.

    >>> import cornu
    >>> with cornu.name_scope("encoder"):
    ...     cornu.Variable(0.0, name="scale").path
    'encoder/scale'
    """
    previous = context.path
    context.path = (*previous, name)
    try:
        yield
    finally:
        context.path = previous
