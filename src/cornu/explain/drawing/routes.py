"""The lines of arrows: smooth, straight, or with right angles."""

from __future__ import annotations

import itertools
import math

from cornu.explain.drawing.layout import TRACK, Placed
from cornu.explain.drawing.marks import Line, Point

HEAD = 8.0  # length of an arrow's point

Step = tuple[str, tuple[Point, ...]]


def routed(placed: Placed, dx: float, dy: float, color: str) -> list[Line]:
    """The lines of all arrows of a diagram that begins at this point."""
    sideways = placed.diagram.direction in ("LR", "RL")
    tracks = _tracks(placed, sideways) if placed.diagram.lines == "ortho" else {}
    found = []
    for number, (arrow, route) in enumerate(zip(placed.arrows, placed.routes, strict=True)):
        points = [(x + dx, y + dy) for x, y in route]
        if arrow.pointed:
            points, point = _cut(points, sideways)
        if placed.diagram.lines == "none":
            continue
        steps: list[Step] = [("M", (points[0],))]
        for leg, (a, b) in enumerate(itertools.pairwise(points)):
            steps += _leg(a, b, sideways, placed.diagram.lines, tracks.get((number, leg), 0.0), leg)
        found.append(Line(tuple(steps), color))
        if arrow.pointed:
            found.append(Line(point, color, filled=True))
    return found


def _leg(a: Point, b: Point, sideways: bool, lines: str, shift: float, leg: int) -> list[Step]:
    """From one point to the next. Legs with even numbers lie within ranks, and are straight."""
    if leg % 2 == 0 or lines == "straight" or a[sideways] == b[sideways]:
        return [("L", (b,))]
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    if lines == "ortho":
        if sideways:
            return [
                ("L", ((middle[0] + shift, a[1]),)),
                ("L", ((middle[0] + shift, b[1]),)),
                ("L", (b,)),
            ]
        return [("L", ((a[0], middle[1] + shift),)), ("L", ((b[0], middle[1] + shift),)), ("L", (b,))]
    if sideways:
        return [("C", ((middle[0], a[1]), (middle[0], b[1]), b))]
    return [("C", ((a[0], middle[1]), (b[0], middle[1]), b))]


def _cut(points: list[Point], sideways: bool) -> tuple[list[Point], tuple[Step, ...]]:
    """The points, ended where the arrow's point begins, and the point itself."""
    (x, y), axis = points[-1], 0 if sideways else 1
    came = next((p for p in reversed(points[:-1]) if abs(p[axis] - points[-1][axis]) > 1e-6), points[0])
    sign = math.copysign(1.0, points[-1][axis] - came[axis])
    half = HEAD * 0.42
    if sideways:
        base, wings = (x - sign * HEAD, y), [(x - sign * HEAD, y - half), (x - sign * HEAD, y + half)]
    else:
        base, wings = (x, y - sign * HEAD), [(x - half, y - sign * HEAD), (x + half, y - sign * HEAD)]
    kept = points[:-1]
    if (kept[-1][axis] - base[axis]) * sign > 0:  # no room within the rank: the leg before ends earlier
        kept = [*kept[:-1], base]
    return [*kept, base], (("M", ((x, y),)), ("L", (wings[0],)), ("L", (wings[1],)), ("L", ((x, y),)))


def _tracks(placed: Placed, sideways: bool) -> dict[tuple[int, int], float]:
    """How far from the middle of its gap each leg across lies: legs of different tails that would lie
    on each other get tracks of their own."""
    gaps: dict[tuple[float, float], list[tuple[float, float, str, tuple[int, int]]]] = {}
    for number, route in enumerate(placed.routes):
        for leg in range(1, len(route) - 1, 2):
            a, b = route[leg], route[leg + 1]
            if a[sideways] != b[sideways]:
                low, high = sorted((a[sideways], b[sideways]))
                tail = placed.arrows[number].tail
                gap = (a[not sideways], b[not sideways])
                gaps.setdefault(gap, []).append((low, high, tail, (number, leg)))
    found = {}
    for legs in gaps.values():
        tracks: list[list[tuple[float, float, str]]] = []
        chosen = {}
        for low, high, tail, key in sorted(legs):
            for track in tracks:
                if all(t == tail or h < low - 1 or start > high + 1 for start, h, t in track):
                    break
            else:
                track = []
                tracks.append(track)
            track.append((low, high, tail))
            chosen[key] = next(n for n, other in enumerate(tracks) if other is track)
        for key, track_number in chosen.items():
            found[key] = (track_number - (len(tracks) - 1) / 2) * min(TRACK, 30.0 / len(tracks))
    return found


__all__ = ["routed"]
