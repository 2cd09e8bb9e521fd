"""Rows of the tables of the stand-in: functions of Cornu under TensorFlow's names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from cornu.core.errors import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])


def rows(room: Any, arguments: str, names: str, face: str = "tf") -> dict[str, Callable[..., Any]]:
    """Functions of a room of Cornu with these argument names, in the order of the room's own.

    Args:
        room: module or object that has them.
        arguments: TensorFlow's names of the arguments.
        names: TensorFlow's names of the functions, each with `=ours` behind it where ours is another.
        face: what stands before the name, for messages.
    """
    pairs = (name.partition("=") for name in names.split())
    return {
        theirs: renamed(getattr(room, ours or theirs), f"{face}.{theirs}", arguments.split())
        for theirs, _, ours in pairs
    }


def renamed(function: Callable[..., Any], title: str, theirs: list[str]) -> Callable[..., Any]:
    """The function with other names for its arguments, the first first; `name=` may be given, too."""
    ours = dict(zip(theirs, inspect.signature(function).parameters, strict=False))

    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("name", None)
        if len(args) > len(theirs):
            raise TypeError(f"{title}({', '.join(theirs)}) was given {len(args)} arguments.")
        for each in kwargs:
            if each not in ours:
                raise TypeError(f'{title} has no argument "{each}". {did_you_mean(each, theirs)}')
        return function(*args, **{ours[each]: value for each, value in kwargs.items()})

    call.__name__ = call.__qualname__ = title.rpartition(".")[2]
    call.__doc__ = f"`{title}({', '.join(theirs)})`: Cornu's {function.__name__}."
    return call


def named(function: F) -> F:
    """Lets a function also take TensorFlow's `name=`, which names nothing here: there is no graph."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("name", None)
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]
