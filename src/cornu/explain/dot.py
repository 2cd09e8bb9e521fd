"""A diagram for Graphviz, through pydot."""

from __future__ import annotations

from html import escape
from typing import Any

from cornu.explain.drawing.diagram import Box, Cell, Diagram

NEEDS_PYDOT = (
    "{what} needs pydot, and to draw also Graphviz. Install them: pip install pydot, and Graphviz from "
    "https://graphviz.org/download/. keras.utils.plot_model(model, to_file='model.svg') needs neither."
)


def pydot_module(what: str) -> Any:
    """The module pydot.

    Raises:
        ImportError: if it is not installed.
    """
    try:
        import pydot
    except ImportError as error:
        raise ImportError(NEEDS_PYDOT.format(what=what)) from error
    return pydot


def has_graphviz() -> bool:
    """Whether pydot is there, and a Graphviz for it to call."""
    import shutil

    try:
        pydot_module("")
    except ImportError:
        return False
    return shutil.which("dot") is not None


def to_dot(diagram: Diagram, dpi: float, splines: str) -> Any:
    """A graph of pydot."""
    pydot = pydot_module("model_to_dot")
    dot = pydot.Dot()
    for name, value in (("rankdir", diagram.direction), ("concentrate", True), ("dpi", dpi)):
        dot.set(name, value)
    dot.set("splines", splines)
    dot.set_node_defaults(shape="record")
    _fill(dot, diagram, pydot)
    return dot


def to_cluster(diagram: Diagram, name: str) -> Any:
    """A cluster of pydot, to put into another graph."""
    pydot = pydot_module("model_to_dot")
    cluster = pydot.Cluster(style="dashed", graph_name=name)
    cluster.set("label", name)
    cluster.set("labeljust", "l")
    _fill(cluster, diagram, pydot)
    return cluster


def _fill(dot: Any, diagram: Diagram, pydot: Any) -> None:
    boxes = {box.key: box for box in diagram.boxes}
    for box in diagram.boxes:
        if box.inner is not None:
            dot.add_subgraph(to_cluster(box.inner, box.rows[0][0].text))
        elif box.shape != "port":
            node = pydot.Node(box.key, label=_label(box))
            node.set("fontname", "Helvetica")
            node.set("margin", "0")
            dot.add_node(node)
    for arrow in diagram.arrows:
        tail = _inside(boxes[arrow.tail], arrow.tail_port, out=True)
        head = _inside(boxes[arrow.head], arrow.head_port, out=False)
        if tail is not None and head is not None and not dot.get_edge(tail, head):
            edge = pydot.Edge(tail, head)
            edge.set("penwidth", "2")
            dot.add_edge(edge)


def _inside(box: Box, port: str | None, out: bool) -> str | None:
    """The box that stands at the end of an arrow, however deep in groups."""
    if box.shape == "port":
        return None
    if box.inner is None:
        return box.key
    boxes = {inner.key: inner for inner in box.inner.boxes}
    for arrow in box.inner.arrows:
        if out and arrow.head == port:
            return _inside(boxes[arrow.tail], arrow.tail_port, out)
        if not out and arrow.tail == port:
            return _inside(boxes[arrow.head], arrow.head_port, out)
    return None


def _label(box: Box) -> str:
    """A card as a table in Graphviz's HTML."""
    columns = 1
    for row in box.rows:
        columns = max(columns, len(row))
    rows = "".join(f"<tr>{''.join(_cell(c, columns // len(row)) for c in row)}</tr>" for row in box.rows)
    return f'<<table border="0" cellborder="1" bgcolor="black" cellpadding="10">{rows}</table>>'


def _cell(cell: Cell, span: int) -> str:
    text = escape(cell.text)
    if cell.bold:
        text = f"<b>{text}</b>"
    return (
        f'<td bgcolor="{cell.fill}" colspan="{span}">'
        f'<font color="{cell.color}" point-size="{cell.size:g}">{text}</font></td>'
    )


__all__ = ["has_graphviz", "pydot_module", "to_cluster", "to_dot"]
