"""Where everything goes: places of boxes, and the points that arrows pass."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cornu.explain.drawing.diagram import GROUP_PAD, SIZE, Arrow, Box, Diagram
from cornu.explain.drawing.measure import LINE
from cornu.explain.drawing.ranks import Ranked, Slot, backwards, ranked

ACROSS, ALONG = 22.0, 40.0  # space between neighbours of a rank, and between ranks
BORDER = 24.0  # between the border of a group and what is within
TRACK = 9.0  # between lines side by side
ALIGNMENTS, SETTLING = 8, 60  # sweeps by the neighbours of one side, and of both
STIFF = 8.0  # how much more a passing edge wants to be straight than a box wants to be in the middle

Point = tuple[float, float]


@dataclass
class Placed:
    """A diagram with coordinates; x, y are the centres of boxes."""

    diagram: Diagram
    width: float
    height: float
    centres: dict[str, Point]
    arrows: list[Arrow]  # those that are drawn: not from a box to itself
    routes: list[list[Point]]  # per arrow: start, then in and out of each rank passed, end
    inner: dict[str, Placed]


class _Frame:
    """Sizes and directions, as seen along the flow."""

    def __init__(self, direction: str) -> None:
        self.sideways = direction in ("LR", "RL")
        self.backwards = direction in ("BT", "RL")

    def turned(self, size: tuple[float, float]) -> tuple[float, float]:
        """(across, along) of (width, height), and the other way round."""
        return (size[1], size[0]) if self.sideways else size


def layout(diagram: Diagram) -> Placed:
    """The places of all boxes and arrows, those inside of groups too."""
    frame = _Frame(diagram.direction)
    inner = {box.key: layout(box.inner) for box in diagram.boxes if box.inner is not None}
    sizes = {box.key: box_size(box, inner) for box in diagram.boxes}
    turned = {key: frame.turned(size) for key, size in sizes.items()}
    keys = [box.key for box in diagram.boxes]
    bodies = {  # lines end at a pill itself, between what is written above and below it
        box.key: frame.turned(box.body) if box.shape == "pill" and frame.sideways else turned[box.key]
        for box in diagram.boxes
    }
    arrows = [arrow for arrow in diagram.arrows if arrow.tail != arrow.head]
    edges = [(arrow.tail, arrow.head) for arrow in arrows]
    wishes = {box.key: box.rank for box in diagram.boxes}
    found = ranked(keys, edges, wishes)
    turned_back = backwards(keys, edges)
    extent: dict[Slot, float] = {key: size[0] for key, size in turned.items()}
    across = _align(found, extent)
    tops, depths, along = _stack(found, turned)
    ports = _ports(inner, frame)
    bands = [(top, top + depth) for top, depth in zip(tops, depths, strict=True)]
    routes = []
    for arrow, path, back in zip(arrows, found.paths, turned_back, strict=True):
        ends = [(arrow.tail, arrow.tail_port), (arrow.head, arrow.head_port)]
        shifts = [ports.get((key, port or ""), 0.0) for key, port in ends]
        route = _route(path, shifts[::-1] if back else shifts, across, bands, bodies, found)
        routes.append(route[::-1] if back else route)
    middle = {slot: tops[n] + depths[n] / 2 for n, rank in enumerate(found.ranks) for slot in rank}
    breadth = max((across[s] + extent.get(s, 0.0) / 2 for s in across), default=0.0)
    centres = {key: (across[key], middle[key]) for key in turned}
    if frame.backwards:
        centres = {key: (a, along - b) for key, (a, b) in centres.items()}
        routes = [[(a, along - b) for a, b in route] for route in routes]
    if frame.sideways:
        centres = {key: (b, a) for key, (a, b) in centres.items()}
        routes = [[(b, a) for a, b in route] for route in routes]
    width, height = frame.turned((breadth, along))
    return Placed(diagram, width, height, centres, arrows, routes, inner)


def box_size(box: Box, inner: Mapping[str, Placed]) -> tuple[float, float]:
    """Width and height of a box, that of a group from what it holds."""
    if box.key not in inner:
        return box.size
    width, height = inner[box.key].width, inner[box.key].height
    title = box.body[0] + GROUP_PAD
    return max(width + 2 * GROUP_PAD, title), height + 2 * GROUP_PAD + SIZE * LINE


def group_offset(box_size: Point, inner: Placed) -> Point:
    """Where the content of a group begins, from its upper left corner."""
    return (box_size[0] - inner.width) / 2, GROUP_PAD + SIZE * LINE


def _ports(inner: Mapping[str, Placed], frame: _Frame) -> dict[tuple[str, str], float]:
    """How far the ports of groups are from the middle, across."""
    found = {}
    for key, placed in inner.items():
        for box in placed.diagram.boxes:
            if box.shape == "port":
                x, y = placed.centres[box.key]
                off = y - placed.height / 2 + SIZE * LINE / 2 if frame.sideways else x - placed.width / 2
                found[key, box.key] = off
    return found


def _stack(
    found: Ranked, turned: Mapping[str, tuple[float, float]]
) -> tuple[list[float], list[float], float]:
    """Where each rank begins, how deep it is, and where the last one ends."""
    depths = [
        max((turned[slot][1] for slot in rank if isinstance(slot, str)), default=0.0)
        for rank in found.ranks
    ]
    tops, at = [], 0.0
    after = found.neighbours(before=False)
    for number, (rank, depth) in enumerate(zip(found.ranks, depths, strict=True)):
        tops.append(at)
        at += depth
        if number < len(depths) - 1:
            joints = sum(len(after.get(slot, ())) for slot in rank)
            border = not depth or not depths[number + 1]  # where lines come into a group, or leave it
            at += BORDER if border else ALONG + min(joints, 12) * TRACK / 2
    return tops, depths, at


def _route(
    path: Sequence[Slot],
    shifts: Sequence[float],
    across: Mapping[Slot, float],
    bands: Sequence[tuple[float, float]],
    bodies: Mapping[str, tuple[float, float]],
    found: Ranked,
) -> list[Point]:
    """The points of one arrow, along the flow; `bands` are where the ranks begin and end."""
    level = next(n for n, rank in enumerate(found.ranks) if path[0] in rank)
    start, end = across[path[0]] + shifts[0], across[path[-1]] + shifts[1]
    depth = bodies[str(path[0])][1]
    points = [(start, sum(bands[level]) / 2 + depth / 2), (start, bands[level][1])]
    for slot in path[1:-1]:
        level += 1
        points += [(across[slot], bands[level][0]), (across[slot], bands[level][1])]
    first, last = bands[level + 1]
    return [*points, (end, first), (end, (first + last) / 2 - bodies[str(path[-1])][1] / 2)]


# -- coordinates across the flow --------------------------------------------------------------------


def _align(found: Ranked, extent: Mapping[Slot, float]) -> dict[Slot, float]:
    """Coordinates across the flow that keep the order, and each slot near those it is joined with."""
    at: dict[Slot, float] = {}
    for rank in found.ranks:
        edge = 0.0
        for slot in rank:
            at[slot] = edge + extent.get(slot, 0.0) / 2
            edge += extent.get(slot, 0.0) + ACROSS
    before, after = found.neighbours(before=True), found.neighbours(before=False)
    for sweep in range(ALIGNMENTS + SETTLING):
        down = sweep % 2 == 0
        for rank in found.ranks if down else found.ranks[::-1]:
            near = [before, after] if sweep >= ALIGNMENTS else [before if down else after]
            wishes, weights = zip(*(_wish(slot, near, at) for slot in rank), strict=True)
            gaps = [
                (extent.get(a, 0.0) + extent.get(b, 0.0)) / 2 + _space(a, b)
                for a, b in itertools.pairwise(rank)
            ]
            at.update(zip(rank, spread(wishes, weights, gaps), strict=True))
    left = min((at[slot] - extent.get(slot, 0.0) / 2 for slot in at), default=0.0)
    return {slot: value - left for slot, value in at.items()}


def _space(a: Slot, b: Slot) -> float:
    return ACROSS if isinstance(a, str) and isinstance(b, str) else ACROSS * 0.7


def _wish(
    slot: Slot, near: Sequence[Mapping[Slot, list[Slot]]], at: Mapping[Slot, float]
) -> tuple[float, float]:
    """Where a slot wants to be, and how much."""
    others = [other for table in near for other in table.get(slot, ())]
    if not others:
        return at[slot], 0.1
    weights = [1.0 if isinstance(slot, str) and isinstance(other, str) else STIFF for other in others]
    place = sum(w * at[other] for w, other in zip(weights, others, strict=True)) / sum(weights)
    return place, sum(weights)


def spread(wishes: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Coordinates nearest to the wishes, in the sense of weighted squares, with at least these gaps.

    With the gaps taken out that is isotonic regression: neighbours in the wrong order are pooled.

    >>> spread([0.0, 0.0], [1.0, 1.0], [2.0])
    [-1.0, 1.0]
    >>> spread([0.0, 5.0], [1.0, 1.0], [2.0])
    [0.0, 5.0]
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[list[float]] = []  # value, weight, count
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        pools.append([wish - offset, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value, heavy, count = pools.pop()
            before = pools[-1]
            total = before[1] + heavy
            before[0] = (before[0] * before[1] + value * heavy) / total
            before[1], before[2] = total, before[2] + count
    values = [pool[0] for pool in pools for _ in range(int(pool[2]))]
    return [value + offset for value, offset in zip(values, offsets, strict=True)]


__all__ = ["Placed", "box_size", "group_offset", "layout", "spread"]
