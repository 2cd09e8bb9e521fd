"""Drawing: nothing overlaps, whatever the graph; the same picture as SVG, PNG, PDF and text."""

import sys
import xml.etree.ElementTree as ET

import hypothesis
import hypothesis.strategies as st
import pytest

from cornu.explain.drawing import Arrow, Box, Cell, Diagram, Label, picture_of
from cornu.explain.drawing.layout import box_size, layout
from cornu.explain.drawing.marks import Rectangle, Words
from cornu.explain.drawing.measure import text_width
from cornu.explain.drawing.paint import painted
from cornu.explain.drawing.ranks import ranked


def pill(key):
    return Box(key, [[Cell(key)]], "pill", [Label(f"value of {key}")], [Label("-0.123")])


def chain(count, direction="TB"):
    boxes = [Box.card(f"b{n}", f"box {n}") for n in range(count)]
    return Diagram(boxes, [Arrow(f"b{n}", f"b{n + 1}") for n in range(count - 1)], direction)


@st.composite
def diagrams(draw):
    count = draw(st.integers(3, 40))
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=60))
    arrows = [Arrow(f"n{min(a, b)}", f"n{max(a, b)}") for a, b in pairs]
    kinds = [
        pill if draw(st.booleans()) else lambda key: Box.card(key, f"a layer {key}", "text")
    ] * count
    boxes = [kind(f"n{n}") for n, kind in enumerate(kinds)]
    direction = draw(st.sampled_from(["TB", "BT", "LR", "RL"]))
    return Diagram(boxes, arrows, direction, draw(st.sampled_from(["curved", "ortho", "straight"])))


def overlap(a, b):
    return a[0] < b[2] - 1e-6 and b[0] < a[2] - 1e-6 and a[1] < b[3] - 1e-6 and b[1] < a[3] - 1e-6


@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(diagrams())
def test_nothing_overlaps(diagram):
    placed = layout(diagram)
    spans = []
    for box in diagram.boxes:
        (x, y), (w, h) = placed.centres[box.key], box_size(box, placed.inner)
        spans.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2))
        assert spans[-1][0] >= -1e-6
        assert spans[-1][3] <= placed.height + 1e-6
    assert not any(overlap(a, b) for n, a in enumerate(spans) for b in spans[:n])
    words = [m for m in painted(diagram).marks if isinstance(m, Words)]
    labels = [
        (m.x - w / 2, m.y - m.size / 2, m.x + w / 2, m.y + m.size / 2)
        for m in words
        for w in [text_width(m.text, m.size, m.bold)]
    ]
    assert not any(overlap(a, b) for n, a in enumerate(labels) for b in labels[:n])


@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(diagrams())
def test_lines_pass_beside_boxes(diagram):
    """Within a rank a line runs straight, and no box is there."""
    placed = layout(diagram)
    sideways = diagram.direction in ("LR", "RL")
    for arrow, route in zip(placed.arrows, placed.routes, strict=True):
        for a, b in zip(route[2:-2:2], route[3:-2:2], strict=False):
            assert a[sideways] == b[sideways]
            line = (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
            for box in diagram.boxes:
                (x, y), (w, h) = placed.centres[box.key], box.size
                span = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
                assert box.key in (arrow.tail, arrow.head) or not overlap(line, span)


def test_a_chain_is_straight_and_goes_in_its_direction():
    for direction, axis, sign in (("TB", 1, 1), ("BT", 1, -1), ("LR", 0, 1), ("RL", 0, -1)):
        centres = list(layout(chain(5, direction)).centres.values())
        assert len({round(centre[1 - axis], 6) for centre in centres}) == 1
        along = [sign * centre[axis] for centre in centres]
        assert along == sorted(along)


def test_lines_that_need_not_cross_do_not():
    """Two chains whose boxes are given in opposite orders are laid side by side."""
    boxes = [Box.card(name, name) for name in ("a", "b", "q", "p", "x", "y")]
    edges = [("a", "p"), ("b", "q"), ("p", "x"), ("q", "y")]
    ranks = ranked([box.key for box in boxes], edges, {}).ranks
    assert ranks in ([["a", "b"], ["p", "q"], ["x", "y"]], [["b", "a"], ["q", "p"], ["y", "x"]])


def test_a_cycle_and_a_loop_are_drawn():
    boxes = [Box.card("a", "a"), Box.card("b", "b")]
    placed = layout(Diagram(boxes, [Arrow("a", "b"), Arrow("b", "a"), Arrow("a", "a")]))
    assert placed.centres["a"][1] < placed.centres["b"][1]
    (_, down), (_, up) = placed.routes[0][-1], placed.routes[1][-1]
    assert down > up  # the second ends where the first began
    assert len(placed.routes) == 2


def test_a_group_holds_its_boxes():
    inner = Diagram(
        [
            Box("in", shape="port", rank="first"),
            Box.card("d", "Dense"),
            Box("out", shape="port", rank="last"),
        ],
        [Arrow("in", "d"), Arrow("d", "out", pointed=False)],
    )
    group = Box("g", [[Cell("block", bold=True)]], "group", inner=inner)
    boxes = [Box.card("x", "x"), group, Box.card("y", "y")]
    arrows = [Arrow("x", "g", head_port="in", pointed=False), Arrow("g", "y", tail_port="out")]
    picture = picture_of(Diagram(boxes, arrows))
    frame = next(m for m in picture.scene.marks if isinstance(m, Rectangle) and m.dashed)
    title = next(m for m in picture.scene.marks if isinstance(m, Words) and m.text == "Dense")
    assert frame.x < title.x < frame.x + frame.width
    assert frame.y < title.y < frame.y + frame.height
    assert str(picture).splitlines()[1:3] == ["block    <- x", "  Dense"]


def test_files_are_what_their_names_say(tmp_path):
    diagram = chain(3)
    diagram.title, diagram.notes = "three <boxes> & $more$", ["a note"]
    picture = picture_of(diagram)
    for name in ("a.svg", "a.png", "a.pdf", "a.txt"):
        picture.save(tmp_path / name)
    root = ET.parse(tmp_path / "a.svg").getroot()
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["box 0", "box 1", "box 2", "three <boxes> & $more$", "a note"]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == f"{picture}\n"
    assert picture._repr_svg_() == (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert picture.as_file("svg") == picture_of(diagram).as_file("svg")


def test_a_name_that_says_nothing_and_one_that_cannot_be_written_are_refused(tmp_path):
    picture = picture_of(chain(2))
    with pytest.raises(ValueError, match=r'End it in "\.svg", "\.png"'):
        picture.save(tmp_path / "picture")
    with pytest.raises(ValueError, match=r'cannot be written as "\.docx"\. Write one of: .*\.svg'):
        picture.save(tmp_path / "picture.docx")
    with pytest.raises(ValueError, match=r"at most 30,000 can be written\. Give a smaller dpi"):
        picture.save(tmp_path / "picture.png", dpi=100_000)
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_svg_is_offered(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "cornu\[plots\]"\. Or write SVG'):
        picture_of(chain(2)).save(tmp_path / "picture.png")
    picture_of(chain(2)).save(tmp_path / "picture.svg")


def test_a_notebook_shows_it_as_svg_and_a_terminal_as_text():
    from IPython.core.formatters import DisplayFormatter

    shown, _ = DisplayFormatter().format(picture_of(chain(2)))
    assert shown["image/svg+xml"].startswith("<svg")
    assert shown["text/plain"].splitlines() == ["box 0", "box 1  <- box"]
