"""Marks as a figure of matplotlib, for PNG, PDF and whatever else it writes."""

from __future__ import annotations

import io
from typing import Any

from cornu.explain.drawing.marks import Line, Mark, Rectangle, Scene, Words

NEEDS_MATPLOTLIB = (
    "A picture as {kind} is drawn by matplotlib, which is not installed. Install it: "
    'pip install "cornu[plots]". Or write SVG, which needs nothing: a file name that ends in ".svg".'
)
LARGEST = 30_000  # pixels of a side; more than that and matplotlib refuses or memory ends


def rendered(scene: Scene, kind: str, dpi: float) -> bytes:
    """The scene as a file of this kind, such as 'png' or 'pdf'.

    Raises:
        ImportError: without matplotlib.
        ValueError: for a kind that matplotlib does not write, or a picture that is too large.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(NEEDS_MATPLOTLIB.format(kind=kind.upper())) from error
    largest = max(scene.width, scene.height) / 72 * dpi
    if kind != "pdf" and largest > LARGEST:
        raise ValueError(
            f"At dpi={dpi:g} a side of the picture has {largest:,.0f} pixels; at most {LARGEST:,} can "
            "be written. Give a smaller dpi, or write SVG or PDF."
        )
    figure = Figure(figsize=(scene.width / 72, scene.height / 72), dpi=dpi)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.axis("off")
    for level, mark in enumerate(scene.marks):
        _draw(axes, mark, level)
    return as_file(figure, kind, dpi)


def as_file(figure: Any, kind: str, dpi: float) -> bytes:
    """A figure of matplotlib as the content of a file.

    Raises:
        ValueError: for a kind that matplotlib does not write.
    """
    kinds = figure.canvas.get_supported_filetypes()
    if kind not in kinds:
        known = ", ".join(f".{each}" for each in sorted({*kinds, "txt"}))
        raise ValueError(f'A picture cannot be written as ".{kind}". Write one of: {known}.')
    written = io.BytesIO()
    figure.savefig(written, format=kind, dpi=dpi, facecolor="white")
    return written.getvalue()


def _draw(axes: Any, mark: Mark, level: int) -> None:
    from matplotlib.patches import FancyBboxPatch, PathPatch
    from matplotlib.path import Path

    if isinstance(mark, Words):
        axes.text(
            *(mark.x, mark.y, mark.text.replace("$", r"\$")),
            fontsize=mark.size,
            color=mark.color,
            zorder=level,
            va="center",
            ha={"start": "left", "middle": "center", "end": "right"}[mark.anchor],
            fontweight="bold" if mark.bold else "normal",
        )
    elif isinstance(mark, Rectangle):
        style = f"round,pad=0,rounding_size={mark.radius}" if mark.radius else "square,pad=0"
        patch: Any = FancyBboxPatch(
            (mark.x, mark.y),
            mark.width,
            mark.height,
            boxstyle=style,
            facecolor=mark.fill,
            edgecolor=mark.stroke,
            linestyle=(0, (5, 4)) if mark.dashed else "-",
            zorder=level,
        )
        axes.add_patch(patch)
    else:
        axes.add_patch(PathPatch(Path(*_path(mark, Path)), **_pen(mark), zorder=level))


def _path(mark: Line, path: Any) -> tuple[list[Any], list[Any]]:
    codes = {"M": path.MOVETO, "L": path.LINETO, "C": path.CURVE4}
    points = [point for _, points in mark.steps for point in points]
    return points, [codes[code] for code, points in mark.steps for _ in points]


def _pen(mark: Line) -> dict[str, Any]:
    if mark.filled:
        return {"facecolor": mark.color, "edgecolor": "none"}
    return {"facecolor": "none", "edgecolor": mark.color, "linewidth": mark.width}


__all__ = ["as_file", "rendered"]
