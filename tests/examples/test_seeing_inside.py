"""The scripts of `examples/looking_inside/` that need real data: what they find, on less of it."""

import runpy
from pathlib import Path

import numpy as np
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "examples" / "looking_inside"


@pytest.fixture
def script(monkeypatch, data_dir):
    """What a script defines."""
    monkeypatch.setenv("CORNU_DATA", str(data_dir))
    monkeypatch.syspath_prepend(SCRIPTS)  # as `python script.py` has it
    return lambda name: runpy.run_path(str(SCRIPTS / f"{name}.py"))


def test_the_checkup_tells_the_ill_network_from_the_other(script):
    ill, well = script("health")["reports"]().values()
    kinds = [finding.what for finding in ill.findings]
    assert kinds == ["loss", "unscaled inputs", "saturated", "vanishing gradients"]
    assert well.healthy
    assert well.findings == []


def test_an_answer_is_divided_among_the_features(script):
    picture = script("features")["attributed"]()
    assert picture.error < 0.02 * abs(picture.score - picture.start)
    assert any("glucose" in line for line in str(picture).splitlines()[1:3])


@pytest.mark.wide
def test_what_a_network_sees_in_a_digit(script, tmp_path):
    pictures = script("seeing")["pictures"](rows=2000, epochs=3)
    ink = script("seeing")["load_digits"](2000)[1][0]
    four = ink[np.flatnonzero(script("seeing")["load_digits"](2000)[1][1] == 4)[0], ..., 0]
    attributed = np.abs(pictures["integrated-gradients"].array[..., 0])
    assert pictures["grad-cam"].index == 4
    assert attributed[four == 0].max() == 0  # where nothing differs from the baseline
    for name, picture in pictures.items():
        picture.save(tmp_path / f"{name}.png", dpi=40)


@pytest.mark.wide
def test_what_a_network_sees_in_a_photograph(script, tmp_path):
    for name, picture in script("seeing_colour")["pictures"](rows=640, epochs=1).items():
        picture.save(tmp_path / f"{name}.png", dpi=40)
