"""CSVLogger and RemoteMonitor: files equal to Keras's, and a server that is there, or not."""

import http.server
import json
import socket
import threading
import types
import urllib.parse

import keras
import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning

X = np.random.default_rng(3).normal(size=(12, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")

# -- CSVLogger -------------------------------------------------------------------------------------


def written(lib, path, epochs, **arguments):
    """What a CSVLogger writes for these epochs of logs."""
    logger = lib.callbacks.CSVLogger(str(path), **arguments)
    logger.set_model(types.SimpleNamespace(stop_training=False))
    logger.on_train_begin()
    for number, logs in enumerate(epochs):
        logger.on_epoch_end(number, dict(logs))
    logger.on_train_end()
    return path.read_bytes()


PLAIN = [{"loss": 0.5, "accuracy": 1.0}, {"loss": 0.25, "accuracy": np.float32(0.5)}]
EVERY_SECOND = [{"loss": 0.5}, {"loss": 0.25, "val_loss": 0.75}]
SEVERAL = [{"loss": np.array([1.0, 2.5]), "note": "a,b"}, {"loss": np.array(3.0), "note": 'say "x"'}]


@pytest.mark.parity
@pytest.mark.parametrize("epochs", [PLAIN, EVERY_SECOND, EVERY_SECOND[::-1], SEVERAL, [{}]])
@pytest.mark.parametrize("separator", [",", ";"])
def test_the_file_is_that_of_keras(tmp_path, epochs, separator):
    ours = written(cornu, tmp_path / "ours", epochs, separator=separator)
    assert ours == written(keras, tmp_path / "theirs", epochs, separator=separator)


@pytest.mark.parity
def test_going_on_with_a_file_as_in_keras(tmp_path):
    for _ in range(2):
        ours = written(cornu, tmp_path / "ours", PLAIN, append=True)
        theirs = written(keras, tmp_path / "theirs", PLAIN, append=True)
    assert ours == theirs
    assert ours.count(b"epoch") == 1
    assert len(written(cornu, tmp_path / "ours", PLAIN)) < len(ours)


def test_other_columns_are_told(tmp_path):
    path = tmp_path / "log.csv"
    written(cornu, path, PLAIN)
    with pytest.warns(CornuWarning, match=r"log\.csv has the columns .*but this training has"):
        written(cornu, path, [{"mae": 1.0}], append=True)
    assert path.read_text().splitlines()[-1] == "0,1.0,NA"


def test_the_file_of_a_training_holds_its_history(tmp_path):
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(4,))])
    model.compile("sgd", "mse")
    logger = cornu.callbacks.CSVLogger(tmp_path / "log.csv")
    history = model.fit(X, Y, epochs=3, validation_split=0.5, verbose=0, callbacks=[logger]).history
    table = np.genfromtxt(tmp_path / "log.csv", delimiter=",", names=True)
    assert table.dtype.names == ("epoch", "loss", "val_loss")
    np.testing.assert_array_equal(table["epoch"], [0, 1, 2])
    np.testing.assert_array_equal(table["val_loss"], history["val_loss"])


def test_a_file_that_cannot_be_written_is_an_error_before_training(tmp_path):
    model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(4,))])
    model.compile("sgd", "mse")
    logger = cornu.callbacks.CSVLogger(tmp_path / "missing" / "log.csv")
    with pytest.raises(FileNotFoundError, match="missing"):
        model.fit(X, Y, verbose=0, callbacks=[logger])
    assert int(model.optimizer.iterations.value) == 0


# -- RemoteMonitor ---------------------------------------------------------------------------------


@pytest.fixture
def server():
    """A server on a free port: its address, what it got, and the status that it answers."""
    got, answer = [], [200]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.append((self.path, self.headers, body))
            self.send_response(answer[0])
            self.end_headers()

        def log_message(self, *arguments):
            pass

    running = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", got, answer
    running.shutdown()
    thread.join()
    running.server_close()


def fit(*callbacks, **arguments):
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(4,))])
    model.compile("sgd", "mse")
    return model.fit(X, Y, verbose=0, callbacks=list(callbacks), **arguments).history


@pytest.mark.parametrize("as_json", [False, True])
def test_each_epoch_arrives(server, as_json):
    root, got, _ = server
    remote = cornu.callbacks.RemoteMonitor(
        root, path="/here", field="logs", headers={"X-Key": "7"}, send_as_json=as_json
    )
    history = fit(remote, epochs=2)
    assert [path for path, _, _ in got] == ["/here", "/here"]
    for epoch, (_, headers, body) in enumerate(got):
        text = body if as_json else urllib.parse.parse_qs(body)["logs"][0]
        assert json.loads(text) == {"epoch": epoch, "loss": history["loss"][epoch]}
        assert headers["X-Key"] == "7"
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        assert headers["Content-Type"] == kind


def test_values_that_json_lacks_are_sent_all_the_same(server):
    root, got, _ = server
    remote = cornu.callbacks.RemoteMonitor(root, send_as_json=True)
    logs = {"a": float("nan"), "b": np.float32(0.5), "c": np.array([1.0, np.inf]), "d": "x"}
    remote.on_epoch_end(0, logs)
    assert got[0][0] == "/publish/epoch/end/"
    assert json.loads(got[0][2]) == {"epoch": 0, "a": None, "b": 0.5, "c": [1.0, None], "d": "x"}


def test_a_server_that_is_down_is_told_once_and_training_goes_on():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    remote = cornu.callbacks.RemoteMonitor(f"http://127.0.0.1:{port}")
    words = rf"could not send the logs of epoch 1 to http://127\.0\.0\.1:{port}/publish.*refused"
    with pytest.warns(CornuWarning, match=words) as caught:
        history = fit(remote, epochs=3)
    assert len(caught) == 1
    assert len(history["loss"]) == 3


def test_a_server_that_refuses_is_told(server):
    root, _, answer = server
    answer[0] = 404
    with pytest.warns(CornuWarning, match="could not send .*: Not Found"):
        fit(cornu.callbacks.RemoteMonitor(root))


@pytest.mark.parametrize("root", ["file:///etc/passwd", "localhost:9000", 7])
def test_only_http_is_spoken(root):
    with pytest.raises(ValueError, match=r"an address of a server was expected, such as 'http://"):
        cornu.callbacks.RemoteMonitor(root)
