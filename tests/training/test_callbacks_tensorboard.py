"""TensorBoard: the files that the real program reads, and what it makes of them."""

import json
import re
import struct
import subprocess
import sys
import time
import types
import urllib.parse
import urllib.request
import zlib

import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning, NotBuiltYetError
from cornu.training.callbacks.event_files import as_images, png
from tests.training.board_files import read

pytest.importorskip("tensorboard")

X = np.random.default_rng(3).normal(size=(30, 4)).astype("float32")
Y = X.sum(axis=1)
HELD_OUT = {"validation_data": (X[:12], Y[:12])}


def network():
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential(
        [layers.Input((4,)), layers.Dense(3, name="a"), layers.Dense(1, name="b")], name="net"
    )
    model.compile(cornu.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def fit(folder, model=None, fitting=None, **arguments):
    model = model or network()
    board = cornu.callbacks.TensorBoard(folder, **arguments)
    fitting = {"epochs": 2, "batch_size": 8, **(fitting or {})}
    return model, model.fit(X, Y, verbose=0, callbacks=[board], **fitting).history


def series(values):
    return [step for step, _ in values], [float(value) for _, value in values]


# -- scalars ---------------------------------------------------------------------------------------


def test_the_logs_of_epochs_are_those_of_the_history(tmp_path):
    halve = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    board = cornu.callbacks.TensorBoard(tmp_path, write_steps_per_second=True)
    arguments = {"epochs": 3, "batch_size": 8, "verbose": 0, **HELD_OUT}
    history = network().fit(X, Y, callbacks=[halve, board], **arguments).history
    train, kinds = read(tmp_path / "train")
    names = ["loss", "mae", "learning_rate", "steps_per_second"]
    assert sorted(train) == sorted([*(f"epoch_{name}" for name in names), "keras"])
    assert kinds["epoch_loss"] == "scalars"
    for name in names[:3]:
        steps, values = series(train[f"epoch_{name}"])
        assert steps == [0, 1, 2]
        np.testing.assert_allclose(values, history[name], rtol=1e-6)
    assert all(value > 0 for value in series(train["epoch_steps_per_second"])[1])
    held_out, _ = read(tmp_path / "validation")
    for name in ("loss", "mae"):
        np.testing.assert_allclose(
            series(held_out[f"epoch_{name}"])[1], history[f"val_{name}"], rtol=1e-6
        )
        steps, values = series(held_out[f"evaluation_{name}_vs_iterations"])
        assert steps == [4, 8, 12]
        np.testing.assert_allclose(values, history[f"val_{name}"], rtol=1e-6)
    assert len(held_out) == 4


@pytest.mark.parametrize(
    ("frequency", "expected"), [("batch", [1, 2, 3, 4, 5, 6, 7, 8]), (3, [3, 6]), (100, [])]
)
def test_the_logs_of_batches(tmp_path, frequency, expected):
    seen = []
    look = cornu.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: seen.append(logs["loss"]))
    board = cornu.callbacks.TensorBoard(tmp_path, update_freq=frequency, write_steps_per_second=True)
    network().fit(X, Y, epochs=2, batch_size=8, verbose=0, callbacks=[look, board])
    train, _ = read(tmp_path / "train")
    names = {"batch_loss", "batch_mae", "batch_steps_per_second"}
    assert names & set(train) == (names if expected else set())
    if expected:
        steps, values = series(train["batch_loss"])
        assert steps == expected
        np.testing.assert_allclose(values, [seen[step - 1] for step in expected], rtol=1e-6)
        assert all(value > 0 for value in series(train["batch_steps_per_second"])[1])


def test_several_steps_at_a_time_count_as_what_they_are(tmp_path):
    model = network()
    model.compile("sgd", "mse", steps_per_execution=3)
    fit(tmp_path, model, update_freq=2)
    assert series(read(tmp_path / "train")[0]["batch_loss"])[0] == [3, 4, 7, 8]


def test_an_epoch_stays_one_program():
    board = cornu.callbacks.TensorBoard(write_steps_per_second=True)
    assert not cornu.callbacks.CallbackList([board]).watches("train")
    assert cornu.callbacks.CallbackList([cornu.callbacks.TensorBoard(update_freq=9)]).watches("train")


def test_evaluate_alone_is_written_too(tmp_path):
    model, _ = fit(tmp_path)
    for _ in range(2):
        loss, mae = model.evaluate(
            X, Y, verbose=0, callbacks=[cornu.callbacks.TensorBoard(tmp_path / "later")]
        )
        time.sleep(0.01)
    values, _ = read(tmp_path / "later" / "validation")
    assert {name: value[0][0] for name, value in values.items()} == {
        "evaluation_loss_vs_iterations": 8,
        "evaluation_mae_vs_iterations": 8,
    }
    assert series(values["evaluation_mae_vs_iterations"])[1][0] == pytest.approx(mae, rel=1e-6)
    assert series(values["evaluation_loss_vs_iterations"])[1][0] == pytest.approx(loss, rel=1e-6)


def test_an_optimizer_that_keeps_its_rate_to_itself(tmp_path):
    class Hidden:
        iterations = 3

        @property
        def learning_rate(self):
            raise AttributeError("optax keeps it to itself")

    board = cornu.callbacks.TensorBoard(tmp_path, write_graph=False)
    board.set_model(types.SimpleNamespace(optimizer=Hidden()))
    board.on_train_begin()
    board.on_epoch_begin(0)
    board.on_epoch_end(0, {"loss": 1.0})
    board.on_train_end()
    assert list(read(tmp_path / "train")[0]) == ["epoch_loss"]


# -- weights ---------------------------------------------------------------------------------------


def test_histograms_hold_every_weight(tmp_path):
    model, _ = fit(tmp_path, fitting={"epochs": 3}, histogram_freq=2)
    values, kinds = read(tmp_path / "train")
    for layer in model.layers:
        for weight in layer.weights:
            tag = f"{weight.path}/histogram"
            assert kinds[tag] == "histograms"
            assert [step for step, _ in values[tag]] == [0, 2]
            left, right, count = values[tag][-1][1].T
            numbers = np.asarray(weight.value)
            assert left[0] == pytest.approx(numbers.min())
            assert right[-1] == pytest.approx(numbers.max())
            assert count.sum() == numbers.size


def decoded(data):
    """The pixels of a PNG file without filters."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    position, body = 8, b""
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        content = data[position + 8 : position + 8 + length]
        checksum = struct.unpack(">I", data[position + 8 + length : position + 12 + length])[0]
        assert checksum == zlib.crc32(kind + content)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", content[:10])
            channels = {0: 1, 2: 3, 6: 4}[colour]
            assert depth == 8
        body += content if kind == b"IDAT" else b""
        position += 12 + length
    rows = np.frombuffer(zlib.decompress(body), "uint8").reshape(height, 1 + width * channels)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, channels)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_holds_its_pixels(channels):
    image = np.random.default_rng(1).integers(0, 256, (5, 7, channels)).astype("uint8")
    np.testing.assert_array_equal(decoded(png(image)), image)


def test_a_png_is_read_by_others():
    images = pytest.importorskip("PIL.Image")
    import io

    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3)).astype("uint8")
    np.testing.assert_array_equal(np.asarray(images.open(io.BytesIO(png(image)))), image)


def test_images_of_weights(tmp_path):
    model, _ = fit(tmp_path, histogram_freq=1, write_images=True)
    values, kinds = read(tmp_path / "train")
    assert kinds["net/a/kernel/image"] == "images"
    step, (width, height, data) = values["net/a/kernel/image"][-1]
    kernel = model.get_weights()[0].T  # lies: 3 high, 4 wide
    assert (step, int(width), int(height)) == (1, 4, 3)
    expected = np.round((kernel - kernel.min()) / (kernel.max() - kernel.min()) * 255)
    np.testing.assert_allclose(decoded(data)[..., 0], expected, atol=1)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((5,), (1, 1, 5, 1)),
        ((5, 3), (1, 3, 5, 1)),
        ((3, 5), (1, 3, 5, 1)),
        ((3, 3, 1, 8), (8, 3, 3, 1)),
        ((3, 3, 4, 8), None),
        ((2, 3, 4, 3), (2, 3, 4, 3)),
        ((), None),
    ],
)
def test_shapes_of_images(shape, expected):
    images = as_images(np.random.default_rng(1).normal(size=shape), channels_last=True)
    assert (None if images is None else images.shape) == expected


# -- the graph, the projector, the profile ---------------------------------------------------------


def test_the_graph_is_that_of_the_layers(tmp_path):
    from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def

    inputs = layers.Input((4,), name="in")
    left, right = layers.Dense(3, name="left")(inputs), layers.Dense(3, name="right")(inputs)
    model = cornu.Model(inputs, layers.Dense(1, name="out")(layers.Add(name="sum")([left, right])))
    model.compile("sgd", "mse")
    fit(tmp_path, model)
    values, kinds = read(tmp_path / "train")
    assert kinds["keras"] == "graph_keras_model"
    graph = keras_model_to_graph_def(json.loads(values["keras"][0][1].item()))
    edges = {node.name.split("/")[1]: [i.split("/")[1] for i in node.input] for node in graph.node}
    assert edges == {
        "in": [],
        "left": ["in"],
        "right": ["in"],
        "sum": ["left", "right"],
        "out": ["sum"],
    }


def test_the_graph_may_be_left_out(tmp_path):
    fit(tmp_path, write_graph=False)
    assert "keras" not in read(tmp_path / "train")[0]


def test_a_model_that_has_no_configuration_is_told(tmp_path, monkeypatch):
    model = network()
    monkeypatch.setattr(type(model), "to_json", lambda self: 1 / 0)
    with pytest.warns(CornuWarning, match=r"graph of the model is not written. division by zero"):
        fit(tmp_path, model)


def words():
    cornu.utils.set_random_seed(1)
    table = layers.Embedding(5, 2, name="words")
    model = cornu.Sequential([layers.Input((3,)), table, layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(1).integers(0, 5, (8, 3))
    return model, x, x.sum(axis=1).astype("float32")


def test_the_projector_gets_tables_and_labels(tmp_path):
    model, x, y = words()
    metadata = {"words": "labels.tsv"}
    board = cornu.callbacks.TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata=metadata)
    model.fit(x, y, verbose=0, callbacks=[board])
    assert metadata == {"words": "labels.tsv"}
    table = np.loadtxt(tmp_path / "words.tsv", delimiter="\t")
    np.testing.assert_allclose(table, model.get_weights()[0], rtol=1e-7)
    text = (tmp_path / "projector_config.pbtxt").read_text()
    for line in ('tensor_name: "words"', 'tensor_path: "words.tsv"', 'metadata_path: "labels.tsv"'):
        assert line in text


def test_labels_of_a_layer_that_is_not_there():
    model, x, y = words()
    board = cornu.callbacks.TensorBoard(embeddings_freq=1, embeddings_metadata={"word": "labels.tsv"})
    with pytest.raises(ValueError, match=r"no Embedding layer 'word'. Did you mean \"words\"\?"):
        model.fit(x, y, verbose=0, callbacks=[board])


@pytest.mark.slow
def test_batches_are_profiled(tmp_path):
    board = cornu.callbacks.TensorBoard(tmp_path, profile_batch=(2, 3))
    together = cornu.callbacks.CallbackList([board])
    assert together.watches("train")
    network().fit(X, Y, epochs=2, batch_size=8, verbose=0, callbacks=[board])
    assert not together.watches("train")
    assert len(list(tmp_path.glob("train/plugins/profile/*/*.xplane.pb"))) == 1


# -- the program itself ----------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    """TensorBoard on a free port, over the folder of the test: a function that asks one of its pages."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(tmp_path)]
    command += ["--host", "127.0.0.1", "--port", "0", "--load_fast", "false", "--reload_interval", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    lines = iter(process.stderr.readline, "")
    address = next(found[0] for line in lines if (found := re.search(r"http://[^ /]+", line)))

    def ask(path, **query):
        url = f"{address}/data/plugin/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read()

    yield ask
    process.terminate()
    process.communicate(timeout=20)


@pytest.mark.slow
def test_the_real_program_shows_it_all(tmp_path, server):
    """It is asked for what its pages ask for."""
    model, x, y = words()
    (tmp_path / "labels.tsv").write_text("\n".join("abcde"))
    weights = {"histogram_freq": 1, "write_images": True}
    rows = {"embeddings_freq": 1, "embeddings_metadata": "labels.tsv"}
    board = cornu.callbacks.TensorBoard(tmp_path, **weights, **rows)
    history = model.fit(x, y, epochs=3, verbose=0, callbacks=[board]).history
    model.evaluate(x, y, verbose=0, callbacks=[board])  # the last that it finds
    for _ in range(200):  # it looks for new files every second
        if "evaluation_loss_vs_iterations" in json.loads(server("scalars/tags")).get("validation", {}):
            break
        time.sleep(0.1)
    points = json.loads(server("scalars/scalars", tag="epoch_loss", run="train"))
    assert [step for _, step, _ in points] == [0, 1, 2]
    np.testing.assert_allclose([value for _, _, value in points], history["loss"], rtol=1e-6)
    kernel = model.layers[-1].kernel.path
    of_kernel = {"tag": f"{kernel}/histogram", "run": "train"}
    assert len(json.loads(server("histograms/histograms", **of_kernel))) == 3
    of_kernel = {"tag": f"{kernel}/image", "run": "train", "sample": 0}
    assert len(json.loads(server("images/images", **of_kernel))) == 3
    graph = server("graphs/graph", run="train", tag="keras", conceptual="true")
    assert f'name: "{model.name}/words"'.encode() in graph
    tensor = np.frombuffer(server("projector/tensor", run=".", name="words"), "float32")
    np.testing.assert_allclose(tensor, model.get_weights()[0].ravel(), rtol=1e-6)
    assert server("projector/metadata", run=".", name="words").decode().split() == list("abcde")


# -- arguments -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["batches", 0, -1, 1.5, True, None])
def test_an_unknown_frequency_is_named(value):
    with pytest.raises(ValueError, match=r"takes 'epoch', 'batch' or a whole number of batches above 0"):
        cornu.callbacks.TensorBoard(update_freq=value)


@pytest.mark.parametrize("value", ["a", (3, 2), -1, (1, 2, 3), 1.5, True, None])
def test_an_unknown_batch_to_profile_is_named(value):
    with pytest.raises(ValueError, match="takes the number of a batch, from 1 on, or a pair"):
        cornu.callbacks.TensorBoard(profile_batch=value)


def test_arguments_of_keras_2():
    with pytest.warns(CornuWarning, match=r"batch_size=\.\.\.\) of Keras 1 and 2 has no effect"):
        cornu.callbacks.TensorBoard(batch_size=32, write_grads=False)
    with pytest.raises(NotBuiltYetError, match=r"write_grads=.* histogram_freq=1 shows the weights"):
        cornu.callbacks.TensorBoard(write_grads=True)
    with pytest.raises(TypeError, match=r'no argument "histogram_frq". Did you mean "histogram_freq"\?'):
        cornu.callbacks.TensorBoard(histogram_frq=1)


def test_without_the_package_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.event_file_writer", None)
    with pytest.raises(ImportError, match=r'pip install "cornu\[tensorboard\]"'):
        cornu.callbacks.TensorBoard()
