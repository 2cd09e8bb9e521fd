"""The scripts of `examples/looking_inside/`, run in this process, and the gallery that they make."""

import os
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "examples" / "looking_inside"
GALLERY = ROOT / "docs" / "gallery"


@pytest.fixture
def run(monkeypatch, capsys):
    """What a script prints."""
    monkeypatch.syspath_prepend(SCRIPTS)

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    yield run
    for name in ("graph", "pictures"):
        sys.modules.pop(name, None)


def test_the_graphs_and_their_pictures(run, tmp_path):
    text = run("graph", "--out", tmp_path)
    assert "q = x × y  -6  1   <- x, y" in text
    assert "hidden (Dense)             [0.9002 0.168]" in text
    for name in ("slide", "neuron", "network-layers", "network-operations"):
        made = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert made == (GALLERY / f"{name}.svg").read_text(encoding="utf-8"), name


def test_the_architecture(run, tmp_path, monkeypatch):
    monkeypatch.setattr("cornu.explain.dot.has_graphviz", lambda: False)
    assert "reader (LSTM)          <- embedding" in run("architecture", "--out", tmp_path / "model.svg")
    made = (tmp_path / "model.svg").read_text(encoding="utf-8")
    assert made == (GALLERY / "architecture.svg").read_text(encoding="utf-8")


def test_the_chain_rule_and_the_way_forwards(run):
    text = run("backprop")
    assert "∂f/∂x = ∂f/∂q · y = 1 · -3 = -3" in text
    assert "the sum of 3 ways" in text
    forwards = run("forward")
    assert "= [ 1.52 ]" in forwards
    assert "= [ 0.9002  0.168 ]" in forwards


def test_the_wrong_derivative_is_found(run):
    right, wrong = run("gradient_check").split("\n\n")
    assert right.startswith("Gradients agree with central differences")
    assert wrong.startswith("The gradient by model/cubic/w[")


def test_the_plots_that_need_no_data(run, tmp_path):
    gates = run("boundaries", "--gates", "--out", tmp_path)
    assert gates.count("100.0% of 4 examples are right.") == 2
    assert (tmp_path / "boundary-xnor.png").read_bytes().startswith(b"\x89PNG")
    surfaces = run("loss_surfaces")
    assert "Suggestion: learning_rate=" in surfaces
    assert surfaces.count("directions in which the path") == 3


def test_functions_and_a_loss_over_time(run, tmp_path):
    said = run("functions", "--out", tmp_path)
    assert "sigmoid'" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "activations-and-slopes.png",
        "cross-entropy.png",
        "loss-over-time.png",
    ]


def test_the_ways_down_a_function(run):
    lines = [line.split() for line in run("gradient_descent").splitlines()]
    fates = {" ".join(line[:2]): line[-1] for line in lines if len(line) > 3}
    assert fates["good: 0.3"] == "settled"
    assert fates["too large:"] == "diverges"


@pytest.mark.wide
@pytest.mark.parametrize(
    "name, words",
    [
        ("training_curves", "The model overfits"),
        ("decisions", "of 3,000 examples are right"),
        ("boundaries", "The plane of the first two principal components"),
    ],
)
def test_the_plots_of_real_data(run, name, words):
    if not os.environ.get("CORNU_DATA"):
        pytest.skip("CORNU_DATA names no folder with data")
    assert words in run(name)


def test_the_gallery_shows_each_picture():
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in GALLERY.iterdir()) == sorted(
        part.partition(")")[0] for part in page.split("](gallery/")[1:]
    )
