"""How far saving and loading a large model is, where somebody can see it."""

import sys

import pytest

import cornu
from cornu.storage import display

PATHS = ("a.keras", "a.weights.h5", "a.weights.json", "a.safetensors")


@pytest.fixture
def model():
    return cornu.Sequential([cornu.Input((600,)), cornu.layers.Dense(1000), cornu.layers.Dense(700)])


def saved_and_loaded(model, path):
    if path.suffix == ".keras":
        model.save(path)
        cornu.models.load_model(path)
    else:
        model.save_weights(path, max_shard_size=1 if path.suffix == ".json" else None)
        model.load_weights(path)


@pytest.mark.parametrize("name", PATHS)
def test_a_bar_of_megabytes(name, model, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(display, "LARGE", 1 << 20)
    saved_and_loaded(model, tmp_path / name)
    assert capsys.readouterr().out == ""  # no terminal
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    saved_and_loaded(model, tmp_path / name)
    shown = capsys.readouterr().out
    assert "Saving 4 MB" in shown
    assert "Loading 4 MB" in shown
    assert shown.count("\r4/4") == 2
    monkeypatch.setattr(display, "LARGE", 1 << 29)
    saved_and_loaded(model, tmp_path / name)
    assert capsys.readouterr().out == ""


def test_an_error_ends_the_line(monkeypatch, capsys):
    monkeypatch.setattr(display, "LARGE", 1 << 20)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    line = display.displayed("Saving", 4 << 20)
    line.__enter__().add(1 << 20)
    assert not line.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().out.endswith("\n")
