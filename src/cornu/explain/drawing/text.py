"""A diagram as text: a line for each box, and the boxes before it."""

from __future__ import annotations

from collections.abc import Iterator

from cornu.explain.drawing.diagram import Diagram

INDENT = "  "


def as_text(diagram: Diagram) -> str:
    """The diagram as lines for a terminal; columns are aligned.

    >>> from cornu.explain.drawing import Arrow, Box
    >>> boxes = [Box("x", words=["x", "2"]), Box("f", words=["f = 3x", "6"])]
    >>> print(as_text(Diagram(boxes, [Arrow("x", "f")])))
    x       2
    f = 3x  6  <- x
    """
    rows = list(_rows(diagram, 0))
    columns = max((len(cells) for cells in rows), default=0)
    widths = [max((len(c[n]) for c in rows if len(c) > n), default=0) for n in range(columns)]
    head = [diagram.title] if diagram.title else []
    lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows]
    return "\n".join([*head, *lines, *diagram.notes])


def _rows(diagram: Diagram, depth: int) -> Iterator[list[str]]:
    """The cells of each line. What a card says is one cell, the last; words are a column each."""
    titles = {box.key: box for box in diagram.boxes}
    for box in diagram.boxes:
        if box.shape == "port":
            continue
        tails = [arrow.tail for arrow in diagram.arrows if arrow.head == box.key]
        tails = [titles[tail].title for tail in tails if titles[tail].shape != "port"]
        before = f"<- {', '.join(tails)}" if tails else ""
        first, *others = box.texts or [""]
        others = [*others, before] if box.words is not None else [before, ", ".join(others)]
        yield [INDENT * depth + first, *others]
        if box.inner is not None:
            yield from _rows(box.inner, depth + 1)


__all__ = ["as_text"]
