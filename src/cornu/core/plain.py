"""Plain values that come from a file or a stranger: how much of them is taken, and what is said of those
that make no object."""

from __future__ import annotations

import codecs
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cornu.core.errors import NotBuiltYetError, describe, did_you_mean

# A model within a model within a model ... takes four levels each, and the values of a layer four more.
MOST_LEVELS, MOST_PARTS, MOST_BYTES = 128, 200_000, 1 << 26

TOO_DEEP = (
    "The configuration is refused: its lists and dicts lie within each other more than {most} levels "
    "deep, as those of no model do, or one of them holds itself."
)
TOO_MANY = "The configuration is refused: it has more than {most:,} lists and dicts."
TOO_LONG = "The configuration is refused: it has {size:,} bytes, and {most:,} are the most."
NO_JSON = "The configuration is no JSON text: {reason}."
TWICE = 'The configuration is refused: one of its dicts has the entry "{key}" twice.'
NOT_MADE = "{what} cannot be made from its configuration: {reason}"


class MisdescribedError(ValueError):
    """A configuration from which no object can be made; the message says which and why."""


def from_json(text: str | bytes) -> Any:
    """What JSON text says, of bytes in UTF-8.

    Raises:
        ValueError: if it is none, or more than any model needs.
    """
    if len(text) > MOST_BYTES:
        raise MisdescribedError(TOO_LONG.format(size=len(text), most=MOST_BYTES))
    if _brackets(text) > MOST_PARTS:  # before they take twenty times the memory of the text
        raise MisdescribedError(TOO_MANY.format(most=MOST_PARTS))
    try:
        if isinstance(text, bytes):  # `json` would guess the encoding, and import others
            text = text.removeprefix(codecs.BOM_UTF8).decode()
        found = json.loads(text, object_pairs_hook=_without_doubles)
    except RecursionError:
        raise MisdescribedError(TOO_DEEP.format(most=MOST_LEVELS)) from None
    except MisdescribedError:
        raise
    except (ValueError, TypeError) as error:
        raise MisdescribedError(NO_JSON.format(reason=error)) from None
    return checked(found)


def _brackets(text: Any) -> int:
    """How many lists and dicts begin in JSON text; at most, if that is few."""
    opening: Any = ("[", "{") if isinstance(text, str) else (b"[", b"{")
    count = sum(map(text.count, opening))
    if count <= MOST_PARTS:
        return int(count)
    strings = r'"(?:[^"\\]|\\.)*"'
    rest = re.sub(strings, "", text) if isinstance(text, str) else re.sub(strings.encode(), b"", text)
    return sum(map(rest.count, opening))


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of these; readers differ in which of two equal keys counts, so there may be none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise MisdescribedError(TWICE.format(key=next(key for key in keys if keys.count(key) > 1)))
    return found


def checked(config: Any) -> Any:
    """The same values, if they are no more and no deeper than those of a model.

    Raises:
        ValueError: if they are.
    """
    level, count = [config], 0
    for _ in range(MOST_LEVELS):
        level = [inner for part in level for inner in _items(part) if type(inner) in (dict, list, tuple)]
        count += len(level)
        if count > MOST_PARTS:
            raise MisdescribedError(TOO_MANY.format(most=MOST_PARTS))
        if not level:
            return config
    raise MisdescribedError(TOO_DEEP.format(most=MOST_LEVELS))


def _items(part: Any) -> Any:
    if isinstance(part, dict):
        return part.values()
    return part if isinstance(part, (list, tuple)) else ()


@contextmanager
def made_from(cls: Any, config: Any) -> Iterator[None]:
    """Within the block an object of this class is made from a configuration: what goes wrong is raised
    as an error that says with which object, unless it is raised by a class of the user's."""
    try:
        yield
    except (MisdescribedError, NotBuiltYetError, OSError):
        raise
    except Exception as error:
        name = cls if isinstance(cls, str) else cls.__name__
        theirs = not isinstance(cls, str) and not cls.__module__.startswith("cornu.")
        if theirs or getattr(error, "raised_by_the_user", False):
            error.raised_by_the_user = True  # type: ignore[attr-defined]
            raise
        own = config.get("name") if isinstance(config, Mapping) else None
        what = f'{name} "{own}"' if isinstance(own, str) else name
        text = NOT_MADE.format(what=what, reason=_reason(error, cls))
        new = MisdescribedError("\n".join([text, *getattr(error, "__notes__", [])]))
        raise new from error


def _reason(error: Exception, cls: Any) -> str:
    """What is wrong with a configuration, by the error that came of it."""
    text = str(error)
    if isinstance(error, RecursionError):
        return "its parts lie within each other too deeply."
    if isinstance(error, KeyError):
        return f"it has no entry {describe(error.args[0]) if error.args else text}."
    if isinstance(error, MemoryError):
        return f"it needs more memory than there is ({text})."
    unknown = re.search(r"unexpected keyword argument '(.*?)'", text)
    if isinstance(error, TypeError) and unknown and not isinstance(cls, str):
        options = [name for name in inspect.signature(cls).parameters if name != "kwargs"]
        return f'there is no argument "{unknown[1]}". {did_you_mean(unknown[1], options)}'
    missing = re.search(r"missing \d+ required .*?: (.*)", text)
    if isinstance(error, TypeError) and missing:
        return f"it lacks {missing[1]}."
    if type(error) in (TypeError, AttributeError, IndexError, AssertionError, ZeroDivisionError):
        return f"a value in it is not of the kind that belongs there ({text or 'it is missing'})."
    return text
