"""Texts made plain, and split into tokens: the ways that have names."""

from __future__ import annotations

import string
from collections.abc import Callable

PUNCTUATION = string.punctuation.encode()


def _strip_punctuation(text: bytes) -> bytes:
    return text.translate(None, PUNCTUATION)


def _lower_and_strip_punctuation(text: bytes) -> bytes:
    return text.lower().translate(None, PUNCTUATION)


def _characters(text: bytes) -> list[bytes]:
    return [character.encode() for character in text.decode()]


# Functions of UTF-8 bytes: they change ASCII letters and split at ASCII spaces alone, as TensorFlow.
STANDARDIZE: dict[str, Callable[[bytes], bytes]] = {
    "lower_and_strip_punctuation": _lower_and_strip_punctuation,
    "lower": bytes.lower,
    "strip_punctuation": _strip_punctuation,
}
SPLIT: dict[str, Callable[[bytes], list[bytes]]] = {"whitespace": bytes.split, "character": _characters}
