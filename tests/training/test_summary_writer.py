"""SummaryWriter and HParams: read back by TensorBoard's own readers and pages."""

import io

import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning
from tests.training.board_files import hparams_pages
from tests.training.board_files import read as read_folder

pytest.importorskip("tensorboard")
images_of_pillow = pytest.importorskip("PIL.Image")

# TensorBoard's own pages bring along an old cleaner of HTML, which says so.
pytestmark = pytest.mark.filterwarnings("ignore:html5lib's sanitizer is deprecated:DeprecationWarning")
RNG = np.random.default_rng(5)


@pytest.fixture
def writer(tmp_path):
    with cornu.utils.SummaryWriter(tmp_path) as writer:
        yield writer


def read(writer):
    writer.flush()
    return read_folder(writer.log_dir)


def pixels(data):
    return np.asarray(images_of_pillow.open(io.BytesIO(data)))


def test_descriptions_queues_and_names_of_files(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    writer = cornu.utils.SummaryWriter(tmp_path, max_queue=1, flush_millis=500, filename_suffix=".mine")
    said = {"description": "what it *is*"}
    writer.scalar("scalar", 1, 0, **said)
    writer.histogram("histogram", [1.0], 0, **said)
    writer.image("image", np.zeros((1, 2, 2, 1)), 0, **said)
    writer.text("text", "a", 0, **said)
    writer.figure("figure", cornu.explain.graph(lambda x: x * x, 2.0), 0, **said)
    writer.close()
    (file,) = tmp_path.iterdir()
    assert file.name.endswith(".mine")
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    for name in ("scalar", "histogram", "image", "text", "figure"):
        assert events.SummaryMetadata(name).summary_description == "what it *is*"


def test_numbers_and_their_distribution(writer):
    for step, value in enumerate([0.5, np.float64(0.25), np.array([3]), cornu.Variable(2.0)]):
        writer.scalar("net/value", value, step)
    numbers = RNG.normal(size=(20, 3))
    writer.histogram("numbers", numbers, 7, buckets=5)
    values, kinds = read(writer)
    assert kinds == {"net/value": "scalars", "numbers": "histograms"}
    assert [(step, float(value)) for step, value in values["net/value"]] == [
        (0, 0.5),
        (1, 0.25),
        (2, 3.0),
        (3, 2.0),
    ]
    step, table = values["numbers"][0]
    counts, edges = np.histogram(numbers.astype("float32"), 5)
    assert step == 7
    np.testing.assert_array_equal(table[:, 2], counts)
    np.testing.assert_allclose(np.append(table[:, 0], table[-1, 1]), edges, rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_images_hold_their_pixels(writer, channels):
    batch = RNG.integers(0, 256, (4, 5, 7, channels)).astype("uint8")
    writer.image("digits", batch, 2)
    writer.image("all", batch.astype("int64"), 2, max_outputs=9)
    values, kinds = read(writer)
    assert set(kinds.values()) == {"images"}
    for tag, count in {"digits": 3, "all": 4}.items():
        step, (width, height, *files) = values[tag][0]
        assert (step, int(width), int(height), len(files)) == (2, 7, 5, count)
        for file, image in zip(files, batch, strict=False):
            np.testing.assert_array_equal(pixels(file).reshape(image.shape), image)


def test_floats_are_drawn_from_0_to_1(writer):
    writer.image("gray", np.array([0.0, 0.25, 0.5, 1.0]).reshape(1, 1, 4, 1), 0)
    writer.image("truth", np.array([True, False]).reshape(1, 1, 2, 1), 0)
    values, _ = read(writer)
    # As tf.image.convert_image_dtype(..., "uint8") gives them: 255.5 x, the fraction cut off.
    assert pixels(values["gray"][0][1][2]).tolist() == [[0, 63, 127, 255]]
    assert pixels(values["truth"][0][1][2]).tolist() == [[255, 0]]


def test_floats_beyond_1_are_told(writer):
    with pytest.warns(CornuWarning, match=r"from -1 to 255. What is outside is cut off; divide"):
        writer.image("gray", np.array([-1.0, 255.0]).reshape(1, 1, 2, 1), 0)
    assert pixels(read(writer)[0]["gray"][0][1][2]).tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros((28, 28)), r"got shape \(28, 28\), dtype float64. Write data\[None, ..., None\]"),
        (np.zeros((5, 28, 28)), r"Write data\[..., None\], or data\[None\]"),
        (np.zeros((5, 28, 28, 5)), "of 1 to 4 channels, floats from 0 to 1"),
        (np.zeros((0, 28, 28, 1)), r"\(images, height, width, channels\)"),
        (np.full((1, 2, 2, 1), 300), "whole numbers from 0 to 255"),
        (np.full((1, 2, 2, 1), "a"), "dtype <U1"),
    ],
)
def test_what_is_no_image_is_told(writer, data, words):
    with pytest.raises(ValueError, match=words):
        writer.image("digits", data, 0)


def test_what_is_no_number_is_told(writer):
    with pytest.raises(ValueError, match=r"one number, but got shape \(3,\). For many numbers write"):
        writer.scalar("loss", [1, 2, 3], 0)
    with pytest.raises(ValueError, match=r"for words SummaryWriter.text"):
        writer.scalar("loss", "low", 0)


def test_texts(writer):
    writer.text("note", "a **bold** word, ä", 3)
    writer.text("table", [["name", "value"], ["units", "16"]], 3)
    values, kinds = read(writer)
    assert set(kinds.values()) == {"text"}
    step, note = values["note"][0]
    assert (step, note.item().decode()) == (3, "a **bold** word, ä")
    from tensorboard.plugins.text.text_plugin import text_array_to_html

    html = text_array_to_html(values["table"][0][1], enable_markdown=True)
    assert "<table>" in html
    assert html.index("units") < html.index("16")


def test_figures_and_pictures(writer):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1), dpi=100, facecolor="red")
    writer.figure("figure", figure, 0)
    model = cornu.Sequential([cornu.Input((3,)), cornu.layers.Dense(1)])
    writer.figure("model", cornu.utils.plot_model(model, to_file=None), 0)
    values, kinds = read(writer)
    assert set(kinds.values()) == {"images"}
    width, height, file = values["figure"][0][1]
    assert (int(width), int(height)) == (200, 100)
    assert pixels(file)[5, 5].tolist() == [255, 0, 0, 255]
    width, height, file = values["model"][0][1]
    assert images_of_pillow.open(io.BytesIO(file)).size == (int(width), int(height))
    with pytest.raises(TypeError, match=r"For an array of pixels write SummaryWriter.image"):
        writer.figure("figure", np.zeros((2, 2)), 0)


# -- hyperparameters -------------------------------------------------------------------------------


def test_trainings_are_compared_by_their_hyperparameters(tmp_path):
    from tensorboard.plugins.hparams import api_pb2
    from tensorboard.plugins.hparams.summary_v2 import Discrete, HParam, Metric, RealInterval

    units = HParam("units", Discrete([2, 4]))
    with cornu.utils.SummaryWriter(tmp_path) as writer:
        rate = HParam("rate", RealInterval(0.0, 1.0))
        writer.hparams_config([units, rate], [Metric("epoch_loss", group="train", display_name="loss")])
    x, y = np.ones((8, 3), "float32"), np.ones(8, "float32")
    losses = {}
    for number in (2, 4):
        folder = tmp_path / f"run{number}"
        values = {units: number, "rate": np.float32(0.25), "nesterov": False, "name": "sgd"}
        model = cornu.Sequential([cornu.Input((3,)), cornu.layers.Dense(number), cornu.layers.Dense(1)])
        model.compile("sgd", "mse")
        callbacks = [cornu.callbacks.TensorBoard(folder), cornu.callbacks.HParams(folder, values)]
        losses[number] = model.fit(x, y, verbose=0, callbacks=callbacks).history["loss"][0]
    experiment, groups = hparams_pages(tmp_path)
    assert {info.name for info in experiment.hparam_infos} == {"units", "rate"}
    assert [info.display_name for info in experiment.metric_infos] == ["loss"]
    for number, group in zip((2, 4), groups, strict=True):
        shown = {name: _plain(value) for name, value in group.hparams.items()}
        assert shown == {"units": number, "rate": 0.25, "nesterov": False, "name": "sgd"}
        session = group.sessions[0]
        assert session.status == api_pb2.STATUS_SUCCESS
        assert session.start_time_secs <= session.end_time_secs
        found = {(each.name.group, each.name.tag): each.value for each in session.metric_values}
        assert found["train", "epoch_loss"] == pytest.approx(losses[number], rel=1e-6)


def _plain(value):
    return getattr(value, value.WhichOneof("kind"))


def test_hyperparameters_of_a_loop_of_ones_own(tmp_path):
    for units in (1, 3):
        with cornu.utils.SummaryWriter(tmp_path / str(units)) as writer:
            writer.hparams({"units": units}, trial_id=f"trial {units}")
            writer.scalar("accuracy", units / 4, step=1)
    experiment, groups = hparams_pages(tmp_path)
    assert [each.name.tag for each in experiment.metric_infos] == ["accuracy"]
    assert [group.name for group in groups] == ["trial 1", "trial 3"]
    assert [group.sessions[0].metric_values[0].value for group in groups] == [0.25, 0.75]


def test_a_hyperparameter_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(
        TypeError,
        match=r"'layers' must be a number, a bool or a string, but is \[3, 4\]. Write its name",
    ):
        cornu.callbacks.HParams(tmp_path, {"layers": [3, 4]})
    with pytest.raises(TypeError, match="'activation' must be"):
        cornu.callbacks.HParams(tmp_path, {"activation": None})
    assert list(tmp_path.iterdir()) == []
