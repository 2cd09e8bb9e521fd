"""Drawing: graphs laid out in layers, and pictures that are SVG, text or PNG without a system package.

A `Diagram` says what is there, `layout` where it goes, `paint` turns that into marks, and a `Picture`
shows them.
"""

from cornu.explain.drawing.diagram import Arrow, Box, Cell, Diagram, Label
from cornu.explain.drawing.paint import painted
from cornu.explain.drawing.picture import Picture
from cornu.explain.drawing.text import as_text


def picture_of(diagram: Diagram) -> Picture:
    """The diagram laid out and painted, and in words.

    Example:
        >>> boxes = [Box.card("a", "first"), Box.card("b", "second")]
        >>> print(picture_of(Diagram(boxes, [Arrow("a", "b")])))
        first
        second  <- first
    """
    return Picture(painted(diagram), as_text(diagram))


__all__ = ["Arrow", "Box", "Cell", "Diagram", "Label", "Picture", "picture_of"]
