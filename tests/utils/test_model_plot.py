"""plot_model and model_to_dot: every argument, every kind of model, Keras's boxes and lines."""

import itertools
import re
import sys

import keras
import numpy as np
import pytest

import cornu
from cornu.explain import dot
from cornu.explain.drawing.marks import Line, Rectangle, Words


@pytest.fixture(autouse=True)
def no_graphviz(monkeypatch):
    """Our own drawing, also where Graphviz is installed."""
    monkeypatch.setattr(dot, "has_graphviz", lambda: False)


def sequential(lib):
    return lib.Sequential(
        [
            lib.Input((8,), name="x"),
            lib.layers.Dense(4, activation="relu", name="hidden"),
            lib.layers.Dense(1, activation="sigmoid", name="p"),
        ],
        name="small",
    )


def two_inputs(lib):
    """Shared and nested layers, two inputs and outputs, a layer that is called twice."""
    layers = lib.layers
    words, numbers = lib.Input((16,), name="words"), lib.Input((4,), name="numbers")
    shared = layers.Dense(8, name="shared")
    inner_in = lib.Input((8,), name="inside")
    branch = layers.Dense(8, name="branch")(inner_in)
    block = lib.Model(inner_in, [layers.Add(name="sum")([branch, inner_in]), branch], name="block")
    first, second = block(shared(words))
    again = shared(layers.Dense(16, name="wide")(first))
    tower = lib.Sequential(
        [lib.Input((4,)), layers.Dense(6, name="t1"), layers.Dense(8, name="t2")], name="tower"
    )
    tower.trainable = False
    joined = layers.Concatenate(name="joined")([again, tower(numbers), second])
    yes, kind = layers.Dense(1, name="yes")(joined), layers.Dense(3, name="kind")(joined)
    return lib.Model([words, numbers], [yes, kind], name="two")


class Own(cornu.Model):
    def __init__(self):
        super().__init__(name="own")
        self.dense = cornu.layers.Dense(2)

    def call(self, x):
        return self.dense(x)


def words(picture):
    return [mark.text for mark in picture.scene.marks if isinstance(mark, Words)]


def plot(model, **kwargs):
    return cornu.utils.plot_model(model, to_file=None, **kwargs)


def test_each_argument_shows_what_it_says():
    model = sequential(cornu)
    assert words(plot(model)) == ["Dense", "Dense"]
    assert words(plot(model, show_layer_names=True)) == ["hidden (Dense)", "p (Dense)"]
    shapes = words(plot(model, show_shapes=True))
    assert shapes[1:3] == ["Input shape: (None, 8)", "Output shape: (None, 4)"]
    assert "Output dtype: float32" in words(plot(model, show_dtype=True))
    assert words(plot(model, show_layer_activations=True))[1::2] == [
        "Activation: relu",
        "Activation: sigmoid",
    ]
    model.layers[0].trainable = False
    assert words(plot(model, show_trainable=True))[1::2] == ["Non-trainable", "Trainable"]


def test_directions_and_lines():
    model = two_inputs(cornu)
    down, right = plot(model).scene, plot(model, rankdir="LR").scene
    assert down.height > down.width
    assert right.width > right.height
    first = {
        d: next(m for m in plot(model, rankdir=d).scene.marks if isinstance(m, Words))
        for d in ("TB", "BT")
    }
    assert first["TB"].y < first["BT"].y
    codes = {
        lines: {
            c for m in plot(model, splines=lines).scene.marks if isinstance(m, Line) for c, _ in m.steps
        }
        for lines in ("ortho", "curved", "line", "none")
    }
    assert codes == {"ortho": {"M", "L"}, "curved": {"M", "L", "C"}, "line": {"M", "L"}, "none": set()}


def test_ortho_lines_have_right_angles():
    for mark in plot(two_inputs(cornu), expand_nested=True).scene.marks:
        if isinstance(mark, Line) and not mark.filled:
            points = [points[-1] for _, points in mark.steps]
            for (x1, y1), (x2, y2) in itertools.pairwise(points):
                assert x1 == pytest.approx(x2) or y1 == pytest.approx(y2)


def test_nested_models_are_shown_with_their_layers():
    closed, opened = plot(two_inputs(cornu)), plot(two_inputs(cornu), expand_nested=True)
    assert {"Functional", "Sequential"} <= set(words(closed))
    assert not any(isinstance(m, Rectangle) and m.dashed for m in closed.scene.marks)
    assert {"block", "tower"} <= set(words(opened))
    assert sum(isinstance(m, Rectangle) and m.dashed for m in opened.scene.marks) == 2
    assert "called 2 times" in words(opened)


def test_a_class_of_ones_own_is_one_box():
    model = Own()
    model(np.ones((1, 3)))
    shown = words(plot(model, show_shapes=True, show_layer_names=True))
    assert shown == ["own (Own)", "Input shape: (1, 3)", "Output shape: (None, 2)"]


def test_files_and_pixels(tmp_path):
    import matplotlib.image

    model, name = sequential(cornu), tmp_path / "model.png"
    picture = cornu.utils.plot_model(model, name, dpi=72)
    small = matplotlib.image.imread(name).shape
    cornu.utils.plot_model(model, name, dpi=144)
    assert matplotlib.image.imread(name).shape[0] == pytest.approx(2 * small[0], abs=2)
    assert picture._repr_svg_().startswith("<svg")
    cornu.utils.plot_model(model, tmp_path / "nothing")  # as in Keras: PNG
    assert (tmp_path / "nothing").read_bytes().startswith(b"\x89PNG")


def test_faults_are_named(tmp_path):
    model = sequential(cornu)
    with pytest.raises(ValueError, match=r'Model "bare" is not built.*Build it first'):
        plot(cornu.Sequential([cornu.layers.Dense(1)], name="bare"))
    with pytest.raises(TypeError, match="A model is needed, got 3"):
        plot(3)
    with pytest.raises(ValueError, match=r"rankdir='down' is no direction. Known: TB, BT, LR, RL"):
        plot(model, rankdir="down")
    with pytest.raises(ValueError, match=r'is no kind of lines\. Did you mean "ortho"'):
        plot(model, splines="orto")
    with pytest.raises(TypeError, match=r'no argument "show_shape". Did you mean "show_shapes"'):
        plot(model, show_shape=True)
    with pytest.raises(ValueError, match=r"layer_range is gone from Keras 3"):
        plot(model, layer_range=["a", "b"])
    with pytest.raises(OSError, match="was not written"):
        cornu.utils.plot_model(model, tmp_path / "no" / "folder.svg")


def test_without_pydot_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydot", None)
    with pytest.raises(ImportError, match=r"pip install pydot, and Graphviz from .*to_file='model.svg'"):
        cornu.utils.model_to_dot(sequential(cornu))


def labels_and_edges(graph):
    """Titles of the boxes and pairs of titles of the lines, those of clusters too."""
    boxes, pairs, waiting = {}, [], [graph]
    for each in waiting:
        for node in each.get_nodes():
            title = re.search(r"<b>(\w+)", node.get_label() or "")
            if title:
                boxes[node.get_name().strip('"')] = title[1]
        pairs += [(e.get_source().strip('"'), e.get_destination().strip('"')) for e in each.get_edges()]
        waiting += each.get_subgraphs()
    return sorted(boxes.values()), sorted({(boxes[a], boxes[b]) for a, b in pairs})


@pytest.mark.parity
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("make", [sequential, two_inputs])
def test_boxes_and_lines_are_those_of_keras(make, nested):
    pytest.importorskip("pydot")
    ours, theirs = (lib.utils.model_to_dot(make(lib), expand_nested=nested) for lib in (cornu, keras))
    mine, keras_s = labels_and_edges(ours), labels_and_edges(theirs)
    assert mine[0] == keras_s[0]
    assert mine[1] == keras_s[1]


def test_what_graphviz_is_told():
    pydot = pytest.importorskip("pydot")
    model = two_inputs(cornu)
    graph = cornu.utils.model_to_dot(model, rankdir="LR", dpi=50, splines="curved", show_trainable=True)
    text = graph.to_string()
    assert [word in text for word in ("rankdir=LR", "dpi=50", "splines=curved", "Non-trainable")] == [
        True
    ] * 4
    cluster = cornu.utils.model_to_dot(model, subgraph=True)
    assert isinstance(cluster, pydot.Cluster)
    assert cluster.get_label() == "two"


def test_graphviz_draws_where_it_is(monkeypatch, tmp_path):
    """pydot is asked for the kind that the file's name says, and the file is what it gives."""
    asked = []

    class Graph:
        def create(self, format):
            asked.append(format)
            return b"<svg>from graphviz</svg>"

    monkeypatch.setattr(dot, "has_graphviz", lambda: True)
    monkeypatch.setattr(dot, "to_dot", lambda diagram, dpi, splines: Graph())
    shown = cornu.utils.plot_model(sequential(cornu), tmp_path / "model.svg")
    assert asked == ["svg"]
    assert (tmp_path / "model.svg").read_bytes() == b"<svg>from graphviz</svg>"
    assert "from graphviz" in shown.data
