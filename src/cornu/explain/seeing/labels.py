"""Places for labels beside points, so that none covers another one or a point."""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]  # left, top, right, bottom
GAP = 3.0  # between a point and its label


def placed(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    area: tuple[float, float],
    radius: float = 2.5,
) -> list[tuple[float, float] | None]:
    """The upper left corner of the label of each point; None where there is no room.

    Labels are tried to the right of their point, to its left, above, below, and at the corners, those
    that come first first.

    Args:
        points: where they are, within the area.
        sizes: width and height of each label; of width 0 for a point without one.
        area: width and height; no label leaves it.
        radius: of a point.

    >>> placed([(10, 10), (12, 10)], [(20, 8), (20, 8)], (100, 20))
    [(15.5, 6.0), None]
    """
    dots = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    taken: list[Box] = []
    found: list[tuple[float, float] | None] = []
    for (x, y), (width, height) in zip(points, sizes, strict=True):
        off = radius + GAP
        corners = [(x + dx, y + dy) for dx, dy in _offsets(width, height, off)] if width else []
        for left, top in corners:
            box = (left, top, left + width, top + height)
            inside = left >= 0 and top >= 0 and box[2] <= area[0] and box[3] <= area[1]
            if inside and not any(_cross(box, other) for other in (*taken, *dots)):
                taken.append(box)
                found.append((left, top))
                break
        else:
            found.append(None)
    return found


def _offsets(width: float, height: float, off: float) -> list[tuple[float, float]]:
    middle, centre = -height / 2, -width / 2
    sides = [(off, middle), (-off - width, middle), (centre, -off - height), (centre, off)]
    near = off * 0.7
    return sides + [(x, y) for x in (near, -near - width) for y in (-near - height, near)]


def _cross(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


__all__ = ["placed"]
