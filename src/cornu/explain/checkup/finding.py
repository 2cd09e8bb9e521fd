"""A finding: what may be wrong, where, by which numbers, and what to try."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What a checkup found.

    Args:
        what: the kind, such as 'dead ReLUs'.
        text: what was found, with its numbers.
        advice: what to try.
        layer: the name of the layer, None where it is about the data or the whole.
        serious: whether it is a problem; else it is worth knowing.
        numbers: the measures, by name.
    """

    what: str
    text: str
    advice: str
    layer: str | None = None
    serious: bool = True
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> str:
        return "problem" if self.serious else "note"


__all__ = ["Finding"]
