"""What a diagram of boxes and arrows consists of."""

from __future__ import annotations

from dataclasses import dataclass, field

from cornu.explain.drawing.measure import LINE, text_width

SIZE = 13.0  # of a font, in points
PAD_X, PAD_Y = 9.0, 4.0  # around the text of a cell
GROUP_PAD = 16.0
#: Colours by what they mean.
INK, DARK, LIGHT, EDGE = "#1f2933", "#243b53", "#ffffff", "#7b8794"
VALUE, GRADIENT, NOTE = "#0b7a3b", "#c02626", "#627d98"


@dataclass(frozen=True)
class Label:
    """One line of text beside a box."""

    text: str
    color: str = INK
    size: float = SIZE
    bold: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, self.size, self.bold)

    @property
    def height(self) -> float:
        return self.size * LINE


@dataclass(frozen=True)
class Cell:
    """One field of a card; lines are separated by newlines."""

    text: str
    color: str = INK
    fill: str = LIGHT
    bold: bool = False
    size: float = SIZE

    @property
    def lines(self) -> list[Label]:
        return [Label(line, self.color, self.size, self.bold) for line in self.text.split("\n")]

    @property
    def width(self) -> float:
        return max(line.width for line in self.lines) + 2 * PAD_X

    @property
    def height(self) -> float:
        return sum(line.height for line in self.lines) + 2 * PAD_Y


@dataclass
class Box:
    """A node: a card of rows of cells, a pill with one text, or a group that holds a diagram.

    Args:
        key: what arrows call it.
        rows: cells of a card, row by row; those of a row share its width.
        shape: 'card', 'pill', 'group', or 'port': a place on the border of a group, not drawn.
        above, below: lines outside of a pill.
        inner: what a group holds.
        rank: 'first' or 'last' puts it at the start or the end of its diagram; 'near' just before
            what it leads to.
        words: what stands for it in text, by default what is in its cells.
        name: what other boxes call it in text, by default the first word of these.
    """

    key: str
    rows: list[list[Cell]] = field(default_factory=list)
    shape: str = "card"
    above: list[Label] = field(default_factory=list)
    below: list[Label] = field(default_factory=list)
    inner: Diagram | None = None
    rank: str | None = None
    words: list[str] | None = None
    name: str = ""

    @classmethod
    def card(cls, key: str, *texts: str) -> Box:
        """A card with a dark title and lines below."""
        title = [Cell(texts[0], LIGHT, DARK, bold=True)]
        return cls(key, [title, *([Cell(text)] for text in texts[1:])])

    @property
    def title(self) -> str:
        """What other boxes call it in text."""
        return self.name or (self.texts[0].split(" ")[0] if self.texts else "")

    @property
    def texts(self) -> list[str]:
        if self.words is not None:
            return self.words
        cells = [cell.text.replace("\n", " ") for row in self.rows for cell in row]
        return [*cells, *(label.text for label in (*self.above, *self.below))]

    @property
    def body(self) -> tuple[float, float]:
        """Width and height of the card or pill itself."""
        width = max((sum(cell.width for cell in row) for row in self.rows), default=0.0)
        height = sum(max(cell.height for cell in row) for row in self.rows)
        return (max(width, height), height) if self.shape == "pill" else (width, height)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height with what is outside of it; the body is in the middle."""
        width, height = self.body
        sides = [self.above, self.below]
        outside = max(sum(label.height for label in side) for side in sides)
        return max([width, *(label.width for side in sides for label in side)]), height + 2 * outside


@dataclass(frozen=True)
class Arrow:
    """An edge from one box to another; a port of a group is named too."""

    tail: str
    head: str
    tail_port: str | None = None
    head_port: str | None = None
    pointed: bool = True


@dataclass
class Diagram:
    """Boxes and arrows.

    Args:
        boxes: in the order in which they are to lie side by side, where nothing else decides.
        arrows: from box to box; they have no cycle.
        direction: 'TB' (from top to bottom), 'BT', 'LR' or 'RL'.
        lines: 'curved', 'ortho' (right angles), 'straight' or 'none'.
        title, notes: lines above and below everything.
    """

    boxes: list[Box]
    arrows: list[Arrow] = field(default_factory=list)
    direction: str = "TB"
    lines: str = "curved"
    title: str = ""
    notes: list[str] = field(default_factory=list)


__all__ = ["Arrow", "Box", "Cell", "Diagram", "Label"]
