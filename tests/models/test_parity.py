"""Architectures against Keras: order of layers and weights, outputs, summaries."""

import re

import jax
import numpy as np
import pytest

import cornu
from tests.models.architectures import ARCHITECTURES, build, inputs_for

pytestmark = [
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning"),
]
each = pytest.mark.parametrize("name", ARCHITECTURES)


@pytest.fixture(autouse=True)
def _a_wide_window(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def pairs():
    """Both libraries' models, each built once."""
    import keras

    made = {}

    def pair(name):
        if name not in made:
            made[name] = build(name, cornu), build(name, keras)
        return made[name]

    return pair


@each
def test_names_and_order(name, pairs):
    ours, theirs = pairs(name)
    assert ours.name == theirs.name
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    for kind in ("weights", "trainable_weights", "non_trainable_weights"):
        assert [w.path for w in getattr(ours, kind)] == [w.path for w in getattr(theirs, kind)]
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    assert ours.count_params() == theirs.count_params()


@each
def test_shapes(name, pairs):
    ours, theirs = pairs(name)
    if name == "in_a_class":
        pytest.skip("a class has no graph")

    def as_lists(shape):
        return jax.tree_util.tree_leaves(shape, is_leaf=lambda s: isinstance(s, tuple))

    assert as_lists(ours.input_shape) == as_lists(theirs.input_shape)
    assert as_lists(ours.output_shape) == as_lists(theirs.output_shape)
    assert [x.shape for x in ours.inputs] == [x.shape for x in theirs.inputs]
    assert [x.shape for x in ours.outputs] == [x.shape for x in theirs.outputs]
    assert ours.output_names == getattr(theirs, "output_names", ours.output_names)


@each
def test_outputs(name, pairs):
    ours, theirs = pairs(name)
    found, expected = ours(inputs_for(name)), theirs(inputs_for(name))
    assert type(found) is type(expected) or not isinstance(expected, (list, dict))
    for a, b in zip(*map(jax.tree_util.tree_leaves, (found, expected)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def summary(model, **arguments):
    """The words of a model's summary, line by line, without frames and widths."""
    parts = []
    model.summary(print_fn=lambda text, line_break=True: parts.append(text), **arguments)
    lines = [re.sub(r"[│┃┏┓┡┩├┤└┘━─┳╇┼┴]", " ", line) for line in "\n".join(parts).splitlines()]
    return [" ".join(line.split()) for line in lines if line.strip()]


def without_batch(lines):
    """Keras shows the size of the batch that a class was first called with; we show None."""
    return [re.sub(r"\(6, ", "(None, ", line) for line in lines]


@each
def test_summaries(name, pairs):
    ours, theirs = pairs(name)
    expected = without_batch(summary(theirs, line_length=200))
    found = summary(ours)
    if name == "in_a_class":  # Keras has no shape for what has no weights
        expected = [
            line.replace("dropout (Dropout) ?", "dropout (Dropout) (None, 3)") for line in expected
        ]
    assert found == expected


@pytest.mark.parametrize("name", ["stack", "two_branches", "nested_graph"])
@pytest.mark.parametrize("arguments", [{"show_trainable": True}, {"expand_nested": True}])
def test_summaries_with_more_to_see(name, arguments, pairs):
    ours, theirs = pairs(name)
    expected = [line.replace("└ ", "") for line in summary(theirs, line_length=200, **arguments)]
    assert summary(ours, **arguments) == expected


def test_a_frozen_layer_and_an_optimizer_show_in_the_totals(pairs):
    import keras

    found = []
    for library in (cornu, keras):
        model = build("stack", library)
        model.layers[0].trainable = False
        model.compile("adam", "mse")
        model.fit(inputs_for("stack"), np.zeros((6, 1)), verbose=0)
        lines = summary(model, line_length=200)[-4:]
        # Keras counts eight bytes for the number of steps, which JAX keeps in four.
        found.append([re.sub(r"(Total|Optimizer)(.*) \(.*", r"\1\2", line) for line in lines])
    assert found[0] == found[1]
    assert found[0] == [
        "Total params: 29",
        "Trainable params: 4 (16.00 B)",
        "Non-trainable params: 15 (60.00 B)",
        "Optimizer params: 10",
    ]


def test_an_unbuilt_and_an_empty_model_are_shown():
    import keras

    for make in (lambda k: k.Sequential([k.layers.Dense(3)]), lambda k: k.Sequential()):
        found = []
        for library in (cornu, keras):
            library.utils.clear_session(free_memory=False)
            found.append(summary(make(library), line_length=100))
        assert found[0] == found[1]
