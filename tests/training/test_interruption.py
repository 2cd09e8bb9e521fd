"""Ctrl-C, and threads."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import cornu
from cornu import layers

SOURCE = Path(__file__).resolve().parents[2] / "src"
X = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")

# A shell that runs tests in the background has its children ignore Ctrl-C, hence the first line.
START = """
import signal; signal.signal(signal.SIGINT, signal.default_int_handler)
import sys, time, numpy as np, cornu
from cornu import layers
cornu.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(3000, 4)).astype("float32")
model = cornu.Sequential([layers.Dense(50, "relu", input_shape=(4,)), layers.Dense(1)])
model.compile(cornu.optimizers.SGD(1e-4), "mse")
start = model.get_weights()
class Tell(cornu.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            print("running", flush=True)
    def on_train_end(self, logs=None):
        print("on_train_end", flush=True)
try:
    model.fit(x, x[:, 0], batch_size=1, epochs=10**6, verbose=0, callbacks=[Tell()])
except KeyboardInterrupt as interrupt:
    print("message:", interrupt, flush=True)
"""
AFTER = """
now = model.get_weights()
print("finite:", all(np.isfinite(w).all() for w in now))
print("moved:", any((a != b).any() for a, b in zip(start, now)))
model.fit(x, x[:, 0], epochs=1, verbose=0)
print("again:", np.isfinite(model.predict(x[:3], verbose=0)).all())
print("handler:", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


def interrupted(program, signals=1):
    """What a program prints that gets Ctrl-C once it says 'running'."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    line = process.stdout.readline()
    assert line == "running\n", line + process.stderr.read()
    time.sleep(0.1)
    sent = time.monotonic()
    for _ in range(signals):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, errors = process.communicate(timeout=60)
    return out, errors, time.monotonic() - sent, process.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")
def test_ctrl_c_stops_where_it_is_and_keeps_the_weights():
    out, errors, _, code = interrupted(START + AFTER)
    assert code == 0, errors
    place = r"message: Stopped in epoch \d+ of 1000000\. The model keeps the weights it had reached\."
    assert re.search(place, out)
    for line in ("on_train_end", "finite: True", "moved: True", "again: True", "handler: True"):
        assert line in out


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")
def test_ctrl_c_is_answered_soon():
    _, _, seconds, code = interrupted(START)
    assert code == 0
    assert seconds < 6  # half a second for the loop; the rest is a busy machine, and leaving Python


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")
def test_ctrl_c_twice_keeps_the_weights_too():
    """The second comes while a callback sleeps."""
    epoch_end = "def on_epoch_end(self, epoch, logs=None): time.sleep(0.3)\n    def on_train_end"
    program = START.replace("def on_train_end", epoch_end)
    out, errors, _, code = interrupted(program + AFTER, signals=2)
    assert code == 0, errors
    assert "message:" in out
    assert "finite: True" in out
    assert "again: True" in out


# -- threads ---------------------------------------------------------------------------------------


def network():
    model = cornu.Sequential([layers.Dense(8, activation="relu", input_shape=(4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def in_threads(*actions):
    """Runs the actions side by side; an error in one is raised here."""
    errors = []

    def guarded(action):
        def run():
            try:
                action()
            except BaseException as error:
                errors.append(error)

        return run

    threads = [threading.Thread(target=guarded(action)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


def test_fit_in_another_thread():
    model = network()
    before = model.get_weights()[0]
    in_threads(lambda: model.fit(X, Y, epochs=2, verbose=0))
    assert not np.array_equal(before, model.get_weights()[0])


def test_models_train_side_by_side():
    cornu.utils.set_random_seed(1)
    models = [network() for _ in range(3)]
    alone = [network() for _ in range(3)]
    for one, other in zip(models, alone, strict=True):
        other.set_weights(one.get_weights())
    arguments = {"epochs": 5, "batch_size": 16, "shuffle": False, "verbose": 0}
    in_threads(*(lambda m=model: m.fit(X, Y, **arguments) for model in models))
    for one, other in zip(models, alone, strict=True):
        other.fit(X, Y, **arguments)
        np.testing.assert_allclose(one.get_weights()[0], other.get_weights()[0], atol=1e-6)


def test_two_threads_predict_while_one_trains():
    model, done = network(), threading.Event()

    def train():
        try:
            for _ in range(15):
                model.fit(X, Y, epochs=3, batch_size=16, verbose=0)
        finally:
            done.set()

    counts = [0, 0]

    def predict(number):
        while not done.is_set() or counts[number] < 3:
            outputs = model.predict(X[:20], verbose=0)
            assert outputs.shape == (20, 1)
            assert np.isfinite(outputs).all()
            counts[number] += 1

    in_threads(train, lambda: predict(0), lambda: predict(1))
    assert min(counts) >= 3
    np.testing.assert_allclose(model.predict(X, verbose=0), np.asarray(model(X)), atol=1e-6)
