"""Notebooks: what a cell that ends in an object shows, and how a browser draws the page."""

import base64
import html
import json

import numpy as np
import pytest

from tests.compat.process import python
from tests.explain.browser import MISSING, chromium, opened

SET_UP = """import sys
import numpy as np
import cornu
from cornu import layers
from cornu.explain.plots import Plot
cornu.utils.set_random_seed(1)
model = cornu.Sequential([layers.Input((3,), name="x"), layers.Dense(4, "tanh", name="hidden"),
                          layers.Dense(1, name="<script>document.title = 'ran'")], name="net")
layer, variable = model.layers[0], model.layers[0].kernel
model.compile("sgd", "mse", metrics=["mae"])
X = np.random.default_rng(1).normal(size=(20, 3)).astype("float32")
history = model.fit(X, X[:, 0], epochs=5, validation_split=0.2, verbose=0)
print([name for name in sys.modules if name.startswith("cornu.explain.pages")])"""
CELLS = {
    "model": "<Sequential name=net, built=True>",
    "layer": "<Dense name=hidden, built=True>",
    "variable": "<Variable path=net/hidden/kernel, shape=(3, 4), dtype=float32",
    "history": "<History epochs=5, loss=",
    "cornu.explain.graph(lambda x, y, z: (x + y) * z, -2.0, 5.0, -4.0)": "f = (x + y) × z",
    "Plot(lambda figure: figure.subplots().plot([3, 2, 1]), 'loss: 3 to 1')": "loss: 3 to 1",
}
SHELL = """
import base64, json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell = InteractiveShell.instance()
shown = []
# What a kernel overrides, too.
shell.displayhook.write_format_data = lambda data, metadata=None: shown[-1][1].update(data)
for cell in json.loads(sys.argv[1]):
    shown.append(["", {}])
    with capture_output() as captured:
        shell.run_cell(cell).raise_error()
    shown[-1][0] = captured.stdout
print(json.dumps(shown, default=lambda data: base64.b64encode(data).decode()))
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What a session of IPython shows for each cell: what is printed, and data by kind."""
    folder = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder))
        done = python("-c", SHELL, json.dumps([SET_UP, *CELLS]), folder=folder, block=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_what_ends_a_cell_is_text_in_a_terminal_and_a_page_in_a_notebook(shown):
    (printed, nothing), *cells = shown
    assert printed == "[]\n"  # what writes pages is imported when a notebook asks
    assert nothing == {}
    for (cell, begins), (_, data) in zip(CELLS.items(), cells, strict=True):
        assert data["text/plain"].startswith(begins), cell
        assert {"text/html", "image/svg+xml", "image/png"} & set(data), cell
    for _, data in cells[:4]:
        assert data["text/html"].startswith('<div class="cornu">')


def page_of(outputs):
    """The outputs as notebooks put them below their cells."""
    parts = []
    for data in outputs:
        picture = data.get("image/svg+xml")
        if "image/png" in data:
            picture = f'<img src="data:image/png;base64,{data["image/png"]}">'
        text = f"<pre>{html.escape(data.get('text/plain', ''))}</pre>"
        parts.append(data.get("text/html") or picture or text)
    body = "\n<hr>\n".join(parts)
    return f"<!doctype html><html><head><meta charset='utf-8'></head><body>{body}</body></html>"


def inside(inner, outer, slack=1.0):
    left, top, right, bottom = outer
    a, b, c, d = inner
    return left - slack <= a and top - slack <= b and c <= right + slack and d <= bottom + slack


def overlap(one, other):
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > 1 and min(one[3], other[3]) - max(one[1], other[1]) > 3


def check_pictures(measured, screenshot):
    """Each picture is there, has ink, and its words lie in their boxes, apart from each other."""
    from PIL import Image

    with Image.open(screenshot) as image:
        pixels = np.asarray(image.convert("L"))
    for picture in measured["pictures"]:
        left, top, right, bottom = map(round, picture["box"])
        assert right - left > 100, picture
        assert bottom - top > 50, picture
        assert picture["kind"] == "svg" or picture["natural"] > 100
        ink = pixels[max(top, 0) : bottom, max(left, 0) : right]
        assert (ink < 128).sum() > 100, picture["kind"]
        for index, (text, box) in enumerate(picture["words"]):
            assert inside(box, picture["box"]), text
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            around = [f for f in picture["frames"] if f[0] < x < f[2] and f[1] < y < f[3]]
            assert inside(box, min(around, key=lambda f: (f[2] - f[0]) * (f[3] - f[1])), 2.0), text
            for other, place in picture["words"][:index]:
                assert not overlap(box, place), (text, other)
    for text, content, room in measured["cells"]:
        assert content <= room, text


needs_browser = pytest.mark.skipif(chromium() is None, reason=MISSING)


@pytest.mark.wide
@needs_browser
def test_a_browser_draws_the_pictures_of_a_notebook(shown, tmp_path):
    pytest.importorskip("PIL")
    outputs = [data for _, data in shown[1:]]
    measured, console, screenshot = opened(page_of(outputs), tmp_path)
    assert measured["problems"] == console == []
    assert measured["title"] == ""  # the layer that is called a script is a name
    assert [each["kind"] for each in measured["pictures"]] == ["svg", "svg", "img"]
    check_pictures(measured, screenshot)


@pytest.mark.wide
@needs_browser
@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"text/html": '<img src="data:image/png;base64,AAAA">'}, "not loaded"),
        ({"text/html": "<script>console.error('broken')</script>"}, "broken"),
    ],
)
def test_a_broken_page_is_noticed(tmp_path, output, words):
    measured, console, _ = opened(page_of([output]), tmp_path)
    assert words in str(measured["problems"] + console)


@pytest.mark.wide
@needs_browser
def test_a_real_notebook_is_run_and_opened(tmp_path, monkeypatch):
    """With a kernel, and as a page that nbconvert makes of it."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    nbconvert = pytest.importorskip("nbconvert")
    pytest.importorskip("ipykernel")
    from tests.compat.process import environment

    for name, value in {**environment(block=False), "IPYTHONDIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    cells = [nbformat.v4.new_code_cell(source) for source in (SET_UP, *CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(cwd=str(tmp_path))
    page, _ = nbconvert.HTMLExporter(template_name="basic").from_notebook_node(notebook)
    head = "<!doctype html><html><head><meta charset='utf-8'></head>"
    measured, console, screenshot = opened(f"{head}<body>{page}</body></html>", tmp_path)
    assert measured["problems"] == console == []
    assert measured["title"] == ""
    assert [each["kind"] for each in measured["pictures"]] == [
        "svg",
        "img",
        "img",
    ]  # it makes an <img> of SVG
    check_pictures(measured, screenshot)


def test_pictures_in_a_notebook_are_png(shown):
    data = shown[-1][1]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
