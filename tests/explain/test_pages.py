"""What objects print, and what they show in a notebook."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import jax
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.explain.pages.curves import drawn

RNG = np.random.default_rng(3)


class Page(HTMLParser):
    """The rows of the tables of a page, its texts, and its tags."""

    def __init__(self, thing):
        super().__init__()
        self.rows, self.tags, self.words = [], [], []
        self.html = thing._repr_html_()
        self.feed(self.html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        assert not [name for name, _ in attributes if name.startswith("on")], attributes
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        self.words.append(data)
        if self.tags[-1] in ("td", "th") and data.strip():
            self.rows[-1][-1] += data


def network(name="net"):
    inputs = layers.Input((4,), name="x")
    hidden = layers.Dense(3, activation="relu", kernel_regularizer="l2", name="hidden")(inputs)
    both = layers.Concatenate(name="both")([inputs, hidden])
    return cornu.Model(inputs, layers.Dense(1, name="out")(both), name=name)


def history_of(logs, epochs=None):
    history = cornu.callbacks.History()
    history.on_train_begin()
    history.epoch = list(range(epochs or max(map(len, logs.values()), default=0)))
    history.history.update(logs)
    return history


# -- what is printed -------------------------------------------------------------------------------


@pytest.mark.parity
def test_objects_print_as_in_keras():
    keras = pytest.importorskip("keras")

    def printed(library):
        layer = library.layers.Dense(3, name="dense")
        before = repr(layer)
        stack = library.Sequential([library.Input((2,)), layer], name="stack")
        graph = library.Model(stack.inputs, stack.outputs, name="graph")
        net = type("Net", (library.Model,), {"call": lambda self, x: x})
        unbuilt = library.Sequential([library.layers.Dense(1)], name="later")
        variable = library.Variable([[1.5, -2.0], [0.25, 4.0]], name="kernel")
        return [
            before,
            *map(repr, (layer, stack, graph, unbuilt, variable, net(name="net"))),
            repr(library.metrics.MeanAbsoluteError(name="mae")),
            str(layer),
        ]

    ours = printed(cornu)
    assert ours == printed(keras)
    assert ours[:2] == ["<Dense name=dense, built=False>", "<Dense name=dense, built=True>"]


def test_a_history_prints_how_it_ended():
    history = history_of({"loss": [2.0, 0.51239], "val_loss": [1.0], "counts": [np.ones(3)] * 2})
    assert repr(history) == "<History epochs=2, loss=0.5124, val_loss=1>"
    assert repr(cornu.callbacks.History()) == "<History epochs=0>"


# -- models and layers -----------------------------------------------------------------------------


def test_a_model_is_its_summary():
    model = network()
    model.compile(cornu.optimizers.SGD(0.5), "mse", metrics=["mae", cornu.metrics.R2Score()])
    lines = []
    model.summary(print_fn=lines.append)
    page = Page(model)
    printed = [re.split(r"\s*[│┃]\s*", line)[1:-1] for line in "".join(lines).splitlines()]
    cells = [row for row in printed if len(row) == 4]
    assert page.rows[: len(cells)] == cells
    assert page.rows[len(cells) :] == [
        ["Optimizer", "<SGD name=sgd, learning_rate=0.5>"],
        ["Loss", "mse"],
        ["Metrics", "['mae', <R2Score name=r2_score>]"],
    ]
    for line in ("".join(lines)).splitlines():
        assert "params" not in line or line.strip() in page.text


def test_models_of_all_kinds_have_a_page():
    class Net(cornu.Model):
        def __init__(self):
            super().__init__(name="mine")
            self.first = layers.Dense(2, name="first")

        def call(self, x):
            return self.first(x)

    model = Net()
    assert Page(model).rows[1] == ["first (Dense)", "?", "0 (unbuilt)"]
    model(np.ones((2, 3), "float32"))
    assert Page(model).rows[1] == ["first (Dense)", "(None, 2)", "8"]
    assert 'Sequential "empty"' in Page(cornu.Sequential(name="empty")).text


def test_a_layer_is_its_weights_and_its_configuration():
    layer = network().get_layer("hidden")
    layer.kernel.assign(np.arange(12).reshape(4, 3))
    page = Page(layer)
    assert page.text.startswith('Dense "hidden" · (None, 4) → (None, 3) · 15 parameters Weight')
    assert page.rows[:3] == [
        ["Weight", "Shape", "Dtype", "Trainable", "Values"],
        ["hidden/kernel", "(4, 3)", "float32", "yes", "0 to 11, mean 5.5"],
        ["hidden/bias", "(3,)", "float32", "yes", "all 0"],
    ]
    config = dict(page.rows[3:])
    assert list(config) == list(layer.get_config())
    assert (config["units"], config["activation"]) == ("3", "relu")
    assert (config["kernel_regularizer"], config["bias_regularizer"]) == ("L2(l2=0.01)", "None")


def test_a_layer_whose_configuration_fails_has_a_page():
    class Mine(layers.Layer):
        def get_config(self):
            raise RuntimeError("cannot be told")

    page = Page(Mine(name="mine", trainable=False))
    assert page.text.startswith('Mine "mine" · not built yet · frozen')
    assert "The constructor's arguments are not known: cannot be told" in page.text


def test_names_are_text_and_nothing_runs():
    evil = "<script>alert(1)<img src=x onerror=alert(2)>"
    model = cornu.Sequential([layers.Input((2,)), layers.Dense(1, name=evil)], name=evil)
    model.compile(
        cornu.optimizers.SGD(name=evil), "mse", metrics=[cornu.metrics.MeanAbsoluteError(evil)]
    )
    history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    layer = model.layers[0]
    error = type("Bad", (layers.Layer,), {"get_config": lambda self: 1 / len(evil[:0])})
    for thing in (model, layer, layer.kernel, history, error(name=evil)):
        page = Page(thing)
        assert not {"script", "img"} & set(page.tags)
        assert "<script>alert(1)<im" in page.text  # a picture cuts long names


def test_many_weights_are_counted(monkeypatch):
    monkeypatch.setattr("cornu.explain.pages.html.MOST", 1)
    page = Page(network().get_layer("hidden"))
    assert page.rows[:3] == [
        ["Weight", "Shape", "Dtype", "Trainable", "Values"],
        ["hidden/kernel", *page.rows[1][1:]],
        ["… and 1 more"],
    ]


# -- variables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "dtype", "words"),
    [
        ([[1.0, 2.0], [3.0, 6.0]], "float32", "(2, 2) · float32 · trainable · 1 to 6, mean 3"),
        ([0.5, 1.5], "bfloat16", "(2,) · bfloat16 · trainable · 0.5 to 1.5, mean 1"),
        ([1, 2], "int32", "(2,) · int32 · trainable · 1 to 2, mean 1.5"),
        ([True, False, True], "bool", "2 of 3 True"),
        ([np.nan, 1.0, 1.0], "float32", "all 1, 1 not finite"),
        ([np.inf], "float32", "1 not finite"),
        (np.zeros((0, 3)), "float32", "(0, 3) · float32 · trainable"),
    ],
)
def test_a_variable_is_its_numbers(value, dtype, words):
    page = Page(cornu.Variable(np.array(value), dtype=dtype, name="v"))
    assert page.text.startswith("v · ")
    assert words in page.text


def test_a_large_variable_shows_its_corners_and_is_left_as_it_was():
    variable = cornu.Variable(np.arange(1_000_000.0).reshape(1000, 1000), trainable=False, name="big")
    page = Page(variable)
    assert "not trainable · 0 to 1e+06, mean 5e+05" in page.text
    assert len(page.html) < 2000
    assert not variable._seen  # else training would have to keep a copy of it


def test_of_very_many_numbers_some_are_looked_at():
    values = np.ones(2_500_000, "float32")
    values[::3] = 3.0
    values[3] = np.nan
    page = Page(cornu.Variable(values, name="huge"))
    assert "all 3, 1 not finite, one number in 3 looked at" in page.text


def test_within_a_program_a_variable_has_no_numbers():
    variable = cornu.Variable([1.0, 2.0], name="w")
    shown = []

    @cornu.jit
    def double():
        shown.append(variable._repr_html_())
        return variable * 2

    double()
    assert "(2,) &middot; float32" in shown[-1]
    assert "<pre>" not in shown[-1]


# -- histories -------------------------------------------------------------------------------------


def test_a_history_is_a_table_of_its_logs():
    model = network()
    model.compile("sgd", "mse", metrics=["mae"])
    x = RNG.normal(size=(20, 4)).astype("float32")
    history = model.fit(x, x[:, 0], epochs=4, verbose=0, validation_split=0.2)
    page = Page(history)
    assert page.rows[0] == ["Log", "First", "Best", "Last"]
    for row, (name, values) in zip(page.rows[1:], history.history.items(), strict=True):
        best = int(np.argmin(values))
        ends = (f"{values[0]:.4g}", f"{values[best]:.4g} in epoch {best + 1}", f"{values[-1]:.4g}")
        assert row == [name, *ends]


def test_more_is_better_for_accuracy_and_nobody_knows_for_others():
    rows = Page(history_of({"accuracy": [0.5, 0.75, 0.7], "nonsense": [1, 2, 3]})).rows
    assert rows[1:] == [["accuracy", "0.5", "0.75 in epoch 2", "0.7"], ["nonsense", "1", "", "3"]]


def curves(page):
    root = ElementTree.fromstring(re.search(r"<svg.*</svg>", page.html, re.S)[0])
    lines = [each for each in root.iter() if each.tag.endswith("path")]
    return ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("text")], lines


def points(line):
    return [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", line.get("d"))]


def test_curves_go_where_the_values_are():
    page = Page(history_of({"loss": [4.0, 2.0, 1.0, 0.0], "val_loss": [3.0, 3.0, 1.0, 2.0]}))
    words, (training, validation) = curves(page)
    assert words == ["loss", "0", "4", "epoch 1", "4", "training", "validation"]
    (left, top), *_, (right, bottom) = points(training)
    heights = [top + (4 - value) / 4 * (bottom - top) for value in (3, 3, 1, 2)]
    places = np.linspace(left, right, 4)
    np.testing.assert_allclose(points(validation), np.stack([places, heights], 1), atol=0.01)


def test_curves_of_few_missing_and_endless_values():
    words, lines = curves(Page(history_of({"loss": [1.0]})))
    assert words == ["loss", "1", "epoch 1"]
    assert not lines
    page = Page(history_of({"loss": [1.0, 2.0, np.nan, np.inf, 2.0, 1.0], "val_loss": [5.0, 4.0]}))
    words, lines = curves(page)
    assert "val_loss" in words  # not of each epoch: a panel of its own, that counts values
    assert "value 1" in words
    assert [len(points(line)) for line in lines] == [2, 2, 2]
    assert page.rows[2] == ["val_loss", "5", "4", "4"]
    words, lines = curves(Page(history_of({"loss": [np.nan, np.nan]})))
    assert "not finite" in words
    _, lines = curves(Page(history_of({"loss": RNG.normal(size=100_000).tolist()})))
    assert len(points(lines[0])) == 240


def test_a_history_without_numbers_is_a_line():
    assert Page(history_of({})).text == "History · 0 epochs"
    assert "<svg" not in Page(history_of({"counts": [np.ones(3)]})).html


def test_labels_do_not_touch():
    names = ["loss", "a_very_long_name_of_a_metric_that_nobody_can_read_in_one_line", "c", "d", "e"]
    logs = {name: RNG.normal(size=5) * 10.0**i for i, name in enumerate(names)}
    from cornu.explain.drawing.marks import Words
    from cornu.explain.drawing.measure import text_width

    boxes = []
    scene = drawn({**logs, **{f"val_{name}": values for name, values in logs.items()}}, range(5))
    for mark in scene.marks:
        if isinstance(mark, Words):
            width = text_width(mark.text, mark.size, mark.bold)
            left = mark.x - {"start": 0, "middle": width / 2, "end": width}[mark.anchor]
            boxes.append((left, mark.y - mark.size / 2, left + width, mark.y + mark.size / 2))
    assert all(a >= 0 and b >= 0 and c <= scene.width and d <= scene.height for a, b, c, d in boxes)
    for index, (a, b, c, d) in enumerate(boxes):
        for left, top, right, bottom in boxes[:index]:
            assert c <= left or right <= a or d <= top or bottom <= b


def test_jax_numbers_are_numbers():
    history = history_of({"loss": [jax.numpy.float32(0.5), jax.numpy.float32(0.25)]})
    assert repr(history) == "<History epochs=2, loss=0.25>"
    assert Page(history).rows[1] == ["loss", "0.5", "0.25 in epoch 2", "0.25"]
