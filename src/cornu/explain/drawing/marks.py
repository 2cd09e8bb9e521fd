"""The marks that a picture is made of, in points from its upper left corner."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float
    fill: str = "none"
    stroke: str = "none"
    radius: float = 0.0
    dashed: bool = False


@dataclass(frozen=True)
class Words:
    """One line of text; y is its middle. `anchor` is 'start', 'middle' or 'end'."""

    x: float
    y: float
    text: str
    size: float
    color: str
    bold: bool = False
    anchor: str = "middle"


@dataclass(frozen=True)
class Line:
    """A path: ('M', point), ('L', point), ('C', point, point, point), in order."""

    steps: tuple[tuple[str, tuple[Point, ...]], ...]
    color: str
    width: float = 1.4
    filled: bool = False


Mark = Rectangle | Words | Line


@dataclass
class Scene:
    """Marks, those drawn later above the others, and the size of the whole."""

    width: float
    height: float
    marks: list[Mark] = field(default_factory=list)


__all__ = ["Line", "Mark", "Point", "Rectangle", "Scene", "Words"]
