"""Tracing our own code quickly.

Nearly every function of `jax.numpy`, operators included, is compiled code of its own to JAX: for each
new shape it is traced apart and then copied into the program, which takes ten times as long as what it
does. Within `inlined` they are called as plain functions. The program is the same after XLA has
inlined it. Loops of `lax` would be unrolled there, though, or fail: ours are written within `rolled`,
and code that we do not know is not inlined.
"""

from __future__ import annotations

import functools
import threading
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

from cornu.core.in_force import in_force
from cornu.core.module import Module

# What training leaves in a model for itself, and no trace looks at.
BESIDE = frozenset({"_nodes", "_loops", "_predictor", "_state_cache", "history", "last_fit"})
OURS = ("cornu.", "jax.", "jaxlib.", "numpy.", "builtins.", "collections.", "weakref.")
MANY = 4  # where it meets the same shapes so many times, a trace is shared


@contextmanager
def inlined(wanted: bool = True) -> Iterator[None]:
    """Within the block, functions of JAX that are traced become part of the program at once."""
    outer = _trace.met
    if not jax.config.jax_disable_jit:  # type: ignore[attr-defined]
        _trace.met = Counter()
    try:
        with jax.disable_jit(wanted):
            yield
    finally:
        _trace.met = outer


class _Trace(threading.local):
    def __init__(self) -> None:
        self.met: Counter[Any] = Counter()  # how often a function has met arrays of the same shapes


_trace = _Trace()


_jitted = functools.cache(jax.jit)


def repeated(function: Callable[..., Any], *arrays: Any) -> Any:
    """`function(*arrays)`; where it meets the same shapes again and again within a program that is
    inlined, it is traced once for them all, and called."""
    if not jax.config.jax_disable_jit or in_force.placement is not None:  # type: ignore[attr-defined]
        return function(*arrays)
    shapes = (function, *((array.shape, array.dtype) for array in arrays))
    _trace.met[shapes] += 1
    if _trace.met[shapes] < MANY:
        return function(*arrays)
    with jax.disable_jit(False):
        return _jitted(function)(*arrays)


def rolled(loop: Callable[..., Any], body: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`loop(body, *args, **kwargs)`, for `lax.scan` or `lax.map`, which stays a loop."""
    inline = bool(jax.config.jax_disable_jit)  # type: ignore[attr-defined]

    def inside(*values: Any) -> Any:
        with inlined(inline):
            return body(*values)

    with jax.disable_jit(False):
        return loop(inside, *args, **kwargs)


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, traced once for all arguments of the same shapes, within a program that is inlined.

    It must depend on its arguments alone, and what is given here be called in one trace only.
    """
    if not jax.config.jax_disable_jit:  # type: ignore[attr-defined]
        return function

    @jax.jit
    def once(*args: Any) -> Any:
        with inlined():
            return function(*args)

    def call(*args: Any) -> Any:
        if not isinstance(args[0], jax.core.Tracer):  # nothing is traced: it is to run as it stands
            return function(*args)
        with jax.disable_jit(False):
            return once(*args)

    return call


def only_ours(thing: Any) -> bool:
    """Whether everything that an object holds is Cornu's, JAX's or plain data: no code of the user's.

    >>> import cornu, copy
    >>> only_ours(cornu.layers.Dense(2, activation="relu")), only_ours(cornu.layers.Lambda(copy.copy))
    (True, False)
    """
    seen: set[int] = set()
    stack = [thing]
    while stack:
        current = stack.pop()
        if id(current) in seen or current is None:
            continue
        seen.add(id(current))
        if isinstance(current, (list, tuple)):
            if not (current and isinstance(current[0], (str, int, float))):
                stack.extend(current)
        elif isinstance(current, dict):
            stack.extend(current.values())
        elif isinstance(current, (types.FunctionType, types.MethodType)):
            if not _is_ours(current.__module__):
                return False
        elif not _is_ours(type(current).__module__):
            return False
        elif hasattr(current, "__wrapped__"):  # a function given to jax.jit
            stack.append(current.__wrapped__)
        elif isinstance(current, Module) or type(current).__module__.startswith("cornu."):
            stack.extend(value for name, value in vars(current).items() if name not in BESIDE)
    return True


def _is_ours(module: str | None) -> bool:
    return f"{module}.".startswith(OURS)
