"""Small curves of logs, as marks: one panel for a log and its validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cornu.explain.drawing.diagram import INK, NOTE
from cornu.explain.drawing.marks import Line, Mark, Point, Rectangle, Scene, Words
from cornu.explain.drawing.measure import text_width

WIDE, HIGH = 240.0, 150.0  # of a panel
LEFT, TOP, RIGHT, BOTTOM = 54.0, 26.0, 14.0, 22.0  # what its labels take
LEGEND = 20.0
SMALL = 10.0  # font size
IN_A_ROW, MOST = 3, 9  # panels
POINTS = 240  # of a curve: more cannot be told apart
TRAINING, VALIDATION, FRAME = "#1f77b4", "#d95f02", "#cbd2d9"

Curve = tuple[str, np.ndarray[Any, Any]]  # its colour and values


def drawn(logs: Mapping[str, Sequence[Any]], epochs: Sequence[int]) -> Scene:
    """The first logs as panels side by side; epochs are counted from 1, as `fit` prints them."""
    panels = list(_panels(logs).items())[:MOST]
    rows = -(-len(panels) // IN_A_ROW)
    pairs = any(len(curves) > 1 for _, curves in panels)
    scene = Scene(WIDE * min(len(panels), IN_A_ROW), HIGH * rows + LEGEND * pairs)
    for index, (name, curves) in enumerate(panels):
        corner = (WIDE * (index % IN_A_ROW), HIGH * (index // IN_A_ROW))
        scene.marks.extend(_panel(name, curves, epochs, corner))
    if pairs:
        y = scene.height - LEGEND / 2
        for x, words, color in ((LEFT, "training", TRAINING), (LEFT + 80, "validation", VALIDATION)):
            scene.marks.append(Words(x, y, words, SMALL, color, True, "start"))
    return scene


def _panels(logs: Mapping[str, Sequence[Any]]) -> dict[str, list[Curve]]:
    """Curves by title. Validation joins its log where both have a value for each epoch."""
    panels: dict[str, list[Curve]] = {}
    for name, values in logs.items():
        numbers = np.asarray(values, "float64")
        short = name.removeprefix("val_")
        if name == short:
            panels[name] = [(TRAINING, numbers)]
        elif short in panels and len(panels[short][0][1]) == len(numbers):
            panels[short].append((VALIDATION, numbers))
        else:
            panels[name] = [(VALIDATION, numbers)]
    return panels


def _panel(name: str, curves: list[Curve], epochs: Sequence[int], corner: Point) -> Iterator[Mark]:
    x, y = corner
    inside = (x + LEFT, y + TOP, WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM)
    yield Words(x + LEFT, y + TOP / 2, _cut(name, inside[2]), SMALL + 1, INK, True, "start")
    yield Rectangle(*inside, stroke=FRAME)
    finite = np.concatenate([numbers[np.isfinite(numbers)] for _, numbers in curves])
    if not finite.size:
        middle = (inside[0] + inside[2] / 2, inside[1] + inside[3] / 2)
        yield Words(*middle, "not finite", SMALL, NOTE)
        return
    low, high = float(finite.min()), float(finite.max())
    for number, at in {low: inside[1] + inside[3], high: inside[1]}.items():
        yield Words(inside[0] - 5, at, f"{number:.3g}", SMALL, NOTE, False, "end")
    count = len(curves[0][1])
    yield from _axis(count, epochs, inside)
    for color, numbers in curves:
        yield from _curve(numbers, (low, high), color, inside)


def _axis(count: int, epochs: Sequence[int], inside: tuple[float, ...]) -> Iterator[Mark]:
    """The first epoch and the last; where a log is not of each epoch, which of its values."""
    first, last = (epochs[0] + 1, epochs[-1] + 1) if count == len(epochs) else (1, count)
    y = inside[1] + inside[3] + BOTTOM / 2
    what = "epoch" if count == len(epochs) else "value"
    yield Words(inside[0], y, f"{what} {first}", SMALL, NOTE, False, "start")
    if last > first:
        yield Words(inside[0] + inside[2], y, str(last), SMALL, NOTE, False, "end")


def _curve(
    numbers: np.ndarray[Any, Any], bounds: Point, color: str, inside: tuple[float, ...]
) -> Iterator[Mark]:
    """Lines between neighbours that are finite, and a dot where a value stands alone."""
    chosen = np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), POINTS)).round().astype(int))
    left, top, width, height = inside
    low, span = bounds[0], (bounds[1] - bounds[0]) or 1.0
    runs: list[list[Point]] = [[]]
    for index in chosen:
        if not np.isfinite(numbers[index]):
            runs.append([])
            continue
        share = index / (len(numbers) - 1) if len(numbers) > 1 else 0.5
        level = (float(numbers[index]) - low) / span if bounds[1] > low else 0.5
        runs[-1].append((left + share * width, top + (1 - level) * height))
    for run in filter(None, runs):
        if len(run) == 1:
            yield Rectangle(run[0][0] - 2.5, run[0][1] - 2.5, 5, 5, color, radius=2.5)
        else:
            steps = [("M", (run[0],)), *(("L", (point,)) for point in run[1:])]
            yield Line(tuple(steps), color, 1.6)


def _cut(text: str, width: float) -> str:
    """The text, or as much of it as there is room for."""
    if text_width(text, SMALL + 1, True) <= width:
        return text
    while text and text_width(f"{text}…", SMALL + 1, True) > width:
        text = text[:-1]
    return f"{text}…"


__all__ = ["drawn"]
