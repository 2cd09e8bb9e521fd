"""What every plot does: draws when looked at, prints, writes files, says what is missing."""

import sys

import pytest

from cornu.explain.plots import Plot


def _curve(figure):
    figure.subplots().plot([3, 2, 1])


def test_a_plot_prints_its_text():
    assert f"{Plot(_curve, 'loss: 3 to 1')}" == "loss: 3 to 1"


def test_a_plot_is_drawn_once_and_can_be_changed_before_it_is_saved(tmp_path):
    drawn = []
    plot = Plot(lambda figure: (drawn.append(figure), _curve(figure)), "a curve", size=(3, 2))
    assert drawn == []
    plot.figure.axes[0].set_title("Mine")
    plot.save(tmp_path / "a.svg")
    plot.save(tmp_path / "a.png", dpi=100)
    assert len(drawn) == 1
    assert "<svg" in (tmp_path / "a.svg").read_text()
    header = (tmp_path / "a.png").read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (300, 200)


def test_a_plot_as_text_needs_no_figure(tmp_path):
    Plot(None, "in words").save(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "in words\n"


def test_a_notebook_shows_an_image():
    assert Plot(_curve, "")._repr_png_().startswith(b"\x89PNG")


def test_an_unknown_kind_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(ValueError, match=r'cannot be written as "\.docx"\. Write one of: .*\.png'):
        Plot(_curve, "").save(tmp_path / "a.docx")


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    plot = Plot(_curve, "in words")
    with pytest.raises(ImportError, match=r'pip install "cornu\[plots\]"'):
        plot.figure  # noqa: B018
    assert plot._repr_png_() is None
