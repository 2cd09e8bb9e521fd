"""What is said about an old name: one line, once in a process, at the user's own line of code."""

from __future__ import annotations

import os
import sys
import warnings
from types import FrameType
from typing import Any

from cornu.core.errors import CornuWarning

SILENT = "CORNU_NOTES"  # the environment variable; 0 turns the notes off
_said: set[str] = set()
_on = True
_usual: Any = None  # what printed warnings before


class OldNameWarning(CornuWarning):
    """A name or argument of an earlier Keras: it works, and the message says what to write today.

    Example:
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore", OldNameWarning)  # silent from here on
    """


def note(old: str, new: str) -> None:
    """Says once that `old` is `new` today.

    It is a warning, so the filters of `warnings` silence it, as do `install(notes=False)` and the
    environment variable CORNU_NOTES=0. A filter "always" does not repeat it.

    Args:
        old: what the program wrote, such as "Dense(output_dim=...)".
        new: what to write, such as "Dense(units=...)".

    Example:
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     note("keras.objectives", "keras.losses")
        ...     note("keras.objectives", "keras.losses")
        >>> [str(each.message) for each in caught]
        ['keras.objectives is an old name. Today: keras.losses']
    """
    name = old.removeprefix("tensorflow.")
    if name in _said or not speaking():
        return
    frame = _users_frame()
    warnings.warn_explicit(
        f"{old} is an old name. Today: {new}",
        OldNameWarning,
        filename="<unknown>" if frame is None else frame.f_code.co_filename,
        lineno=1 if frame is None else frame.f_lineno,
        module=None if frame is None else frame.f_globals.get("__name__"),
    )
    _said.add(name)  # only now: where warnings are errors, each use is one


def show_briefly(on: bool) -> None:
    """Lets notes be printed without the line of code below them, or as other warnings again."""
    global _usual
    if on and _usual is None:
        _usual, warnings.formatwarning = warnings.formatwarning, _format
    elif not on and _usual is not None:
        if warnings.formatwarning is _format:
            warnings.formatwarning = _usual
        _usual = None


def _format(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    if issubclass(category, OldNameWarning):
        return f"{filename}:{lineno}: {category.__name__}: {message}\n"
    usual = _usual or warnings.formatwarning
    return usual(message, category, filename, lineno, line)


def speaking() -> bool:
    """Whether notes are given in this process."""
    return _on and os.environ.get(SILENT, "1").lower() not in ("0", "false", "off", "no")


def turn(on: bool) -> None:
    """Gives notes from now on, or none."""
    global _on
    _on = on


def forget() -> None:
    """Starts afresh: each old name is told once more."""
    _said.clear()


def _users_frame() -> FrameType | None:
    """The innermost frame that is neither Cornu's, JAX's nor the import system's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _room_of(frame) in ("cornu", "importlib", "jax"):
        frame = frame.f_back
    return frame


def _room_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]
