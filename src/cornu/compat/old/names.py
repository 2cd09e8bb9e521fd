"""Old names of classes and functions, below `keras`: what they are today, and what is gone."""

from __future__ import annotations

#: The old name, by its room, and today's.
NAMES: dict[str, str] = {}

#: Names that are gone for good, and what to write instead.
GONE: dict[str, str] = {}
