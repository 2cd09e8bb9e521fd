"""Marks as SVG."""

from __future__ import annotations

from html import escape

from cornu.explain.drawing.marks import Line, Mark, Rectangle, Scene, Words

FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
BASELINE = 0.35  # from the middle of a line of text down to its baseline, in font sizes


def as_svg(scene: Scene, title: str = "") -> str:
    """The scene as the text of an SVG file; the same scene gives the same text."""
    width, height = _n(scene.width), _n(scene.height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONT}" role="img">'
    )
    named = [f"<title>{escape(title)}</title>"] if title else []
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, *named, ground, *map(_mark, scene.marks), "</svg>"]) + "\n"


def _n(number: float) -> str:
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _mark(mark: Mark) -> str:
    if isinstance(mark, Rectangle):
        return _rectangle(mark)
    if isinstance(mark, Words):
        weight = ' font-weight="bold"' if mark.bold else ""
        base = _n(mark.y + BASELINE * mark.size)
        return (
            f'<text x="{_n(mark.x)}" y="{base}" font-size="{_n(mark.size)}" '
            f'fill="{mark.color}" text-anchor="{mark.anchor}"{weight}>{escape(mark.text)}</text>'
        )
    return _line(mark)


def _rectangle(mark: Rectangle) -> str:
    dashes = ' stroke-dasharray="5 4"' if mark.dashed else ""
    radius = f' rx="{_n(mark.radius)}"' if mark.radius else ""
    return (
        f'<rect x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.width)}" height="{_n(mark.height)}" '
        f'fill="{mark.fill}" stroke="{mark.stroke}"{radius}{dashes}/>'
    )


def _line(mark: Line) -> str:
    steps = " ".join(
        code + " ".join(f"{_n(x)},{_n(y)}" for x, y in points) for code, points in mark.steps
    )
    if mark.filled:
        return f'<path d="{steps}Z" fill="{mark.color}"/>'
    return f'<path d="{steps}" fill="none" stroke="{mark.color}" stroke-width="{_n(mark.width)}"/>'


__all__ = ["as_svg"]
