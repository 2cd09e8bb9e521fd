"""From a diagram to marks."""

from __future__ import annotations

from collections.abc import Iterator

from cornu.explain.drawing.diagram import (
    DARK,
    EDGE,
    INK,
    NOTE,
    PAD_Y,
    SIZE,
    Box,
    Cell,
    Diagram,
    Label,
)
from cornu.explain.drawing.layout import Placed, box_size, group_offset, layout
from cornu.explain.drawing.marks import Line, Mark, Point, Rectangle, Scene, Words
from cornu.explain.drawing.measure import LINE
from cornu.explain.drawing.routes import routed

MARGIN = 14.0
TITLE = 16.0  # font size of the title
RULE = "#cbd2d9"
GROUP_FILL = "#f5f7fa"


def painted(diagram: Diagram) -> Scene:
    """The diagram as marks, with its title above and its notes below."""
    placed = layout(diagram)
    top = MARGIN + (TITLE * 1.8 if diagram.title else 0.0)
    lines = [Label(note, NOTE, SIZE - 1) for note in diagram.notes]
    title = Label(diagram.title, INK, TITLE, True)
    breadth = max([placed.width, title.width, *(line.width for line in lines)])
    marks = list(_diagram(placed, MARGIN, top))
    if diagram.title:
        marks.append(Words(MARGIN, MARGIN + TITLE / 2, title.text, TITLE, INK, True, "start"))
    y = top + placed.height + (SIZE if lines else 0.0)
    for line in lines:
        y += line.height
        marks.append(Words(MARGIN, y - line.height / 2, line.text, line.size, NOTE, False, "start"))
    return Scene(breadth + 2 * MARGIN, y + MARGIN, marks)


def _diagram(placed: Placed, dx: float, dy: float) -> Iterator[Mark]:
    """Groups first, then lines, then boxes."""
    boxes = [box for box in placed.diagram.boxes if box.shape != "port"]
    for box in boxes:
        if box.key in placed.inner:
            yield from _group(box, placed, dx, dy)
    yield from routed(placed, dx, dy, EDGE)
    for box in boxes:
        x, y = placed.centres[box.key]
        if box.key not in placed.inner:
            yield from _box(box, x + dx, y + dy)


def _group(box: Box, placed: Placed, dx: float, dy: float) -> Iterator[Mark]:
    inner = placed.inner[box.key]
    width, height = box_size(box, placed.inner)
    x, y = placed.centres[box.key][0] + dx - width / 2, placed.centres[box.key][1] + dy - height / 2
    yield Rectangle(x, y, width, height, GROUP_FILL, EDGE, 6.0, dashed=True)
    off = group_offset((width, height), inner)
    title = box.rows[0][0]
    # The title stays clear of the lines that come in.
    sideways = inner.diagram.direction in ("LR", "RL")
    ports = [inner.centres[b.key][0] + off[0] for b in inner.diagram.boxes if b.shape == "port"]
    right = not sideways and any(port < title.width for port in ports)
    at = x + width - 8 if right else x + 8
    anchor = "end" if right else "start"
    yield Words(at, y + 6 + title.size * LINE / 2, title.text, title.size, title.color, True, anchor)
    yield from _stubs(inner, (x, y), (width, height), off)
    yield from _diagram(inner, x + off[0], y + off[1])


def _stubs(inner: Placed, corner: Point, size: Point, off: Point) -> Iterator[Mark]:
    """Lines from the border of a group to the places within where arrows come in and go out."""
    axis = 0 if inner.diagram.direction in ("LR", "RL") else 1
    half = (inner.width, inner.height)[axis] / 2
    for box in inner.diagram.boxes:
        if box.shape == "port":
            place = inner.centres[box.key]
            start = (place[0] + corner[0] + off[0], place[1] + corner[1] + off[1])
            border = corner[axis] + (size[axis] if place[axis] > half else 0.0)
            end = (border, start[1]) if axis == 0 else (start[0], border)
            yield Line((("M", (start,)), ("L", (end,))), EDGE)


def _box(box: Box, x: float, y: float) -> Iterator[Mark]:
    width, height = box.body
    left, top = x - width / 2, y - height / 2
    if box.shape == "pill":
        cell = box.rows[0][0]
        yield Rectangle(left, top, width, height, cell.fill, DARK, height / 2)
        yield from _lines(cell.lines, x, top + PAD_Y)
    else:
        yield from _card(box.rows, left, top, width)
        yield Rectangle(left, top, width, height, "none", DARK, 3.0)
    yield from _lines(box.above, x, top - sum(label.height for label in box.above) - 1)
    yield from _lines(box.below, x, top + height + 1)


def _card(rows: list[list[Cell]], left: float, top: float, width: float) -> Iterator[Mark]:
    for row in rows:
        height = max(cell.height for cell in row)
        spare = (width - sum(cell.width for cell in row)) / len(row)
        x = left
        for cell in row:
            whole = cell.width + spare
            yield Rectangle(x, top, whole, height, cell.fill, RULE)
            text = sum(line.height for line in cell.lines)
            yield from _lines(cell.lines, x + whole / 2, top + (height - text) / 2)
            x += whole
        top += height


def _lines(labels: list[Label], x: float, top: float) -> Iterator[Mark]:
    for label in labels:
        yield Words(x, top + label.height / 2, label.text, label.size, label.color, label.bold)
        top += label.height


__all__ = ["painted"]
