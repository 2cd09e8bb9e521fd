"""What fit shows: nothing, a line per epoch, or a bar that is drawn over."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.training.progress import Progress, _clock, _number, _per_step, resolve_verbose

SOURCE = Path(__file__).resolve().parents[2] / "src"
X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


def network():
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([layers.Dense(1, activation="sigmoid", input_shape=(4,))])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def shown(capsys, call, *data, **arguments):
    """What a call prints, and the number formats in it as words."""
    capsys.readouterr()
    getattr(network(), call)(*data, **arguments)
    text = capsys.readouterr().out
    text = re.sub(r"\d+(\.\d+)?(us|ms|s)/step", "EACH", text)
    return re.sub(r"(?<=[ \n])\d+s(?=[ \n])", "TIME", re.sub(r"\d\.\d{4}(e-\d+)?", "NUMBER", text))


def test_verbose_0_shows_nothing(capsys):
    assert shown(capsys, "fit", X, Y, epochs=2, verbose=0) == ""
    assert shown(capsys, "evaluate", X, Y, verbose=0) == ""
    assert shown(capsys, "predict", X, verbose=0) == ""


LOGS = " - accuracy: NUMBER - loss: NUMBER"
VAL = " - val_accuracy: NUMBER - val_loss: NUMBER"


@pytest.mark.parametrize("verbose", [2, "auto"])
def test_verbose_2_is_a_line_per_epoch(capsys, verbose):
    """Where a line cannot be drawn over, as here, it is what 'auto' means."""
    arguments = {"epochs": 2, "batch_size": 10, "validation_split": 0.2, "verbose": verbose}
    line = f"4/4 - TIME - EACH{LOGS}{VAL}\n"
    assert shown(capsys, "fit", X, Y, **arguments) == f"Epoch 1/2\n{line}Epoch 2/2\n{line}"


def test_verbose_2_for_evaluate_and_predict(capsys):
    arguments = {"batch_size": 10, "verbose": 2}
    assert shown(capsys, "evaluate", X, Y, **arguments) == f"5/5 - TIME - EACH{LOGS}\n"
    assert shown(capsys, "predict", X, **arguments) == "5/5 - TIME - EACH\n"


def test_verbose_1_where_a_line_cannot_be_drawn_over_is_one_bar_per_epoch(capsys):
    """A log file gets no thousand copies of the bar."""
    arguments = {"epochs": 2, "batch_size": 10, "verbose": 1}
    line = f"5/5 {'━' * 20} TIME EACH{LOGS}\n"
    assert shown(capsys, "fit", X, Y, **arguments) == f"Epoch 1/2\n{line}Epoch 2/2\n{line}"


def test_epochs_count_from_the_first(capsys):
    text = shown(capsys, "fit", X, Y, epochs=5, initial_epoch=3, verbose=2)
    assert re.findall("Epoch .*", text) == ["Epoch 4/5", "Epoch 5/5"]


@pytest.mark.parametrize("verbose", [3, -1, "yes", None, 0.5])
def test_an_unknown_verbose_is_named(verbose):
    with pytest.raises(ValueError, match=re.escape(f"verbose={verbose!r} must be 0 (silent)")):
        resolve_verbose(verbose)


def test_true_and_false_are_1_and_0():
    assert resolve_verbose(True) == 1
    assert resolve_verbose(False) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5000"),
        (0.0, "0.0000"),
        (12.34567, "12.3457"),
        (0.00012345, "1.2345e-04"),
        (-2.0, "-2.0000"),
    ],
)
def test_numbers_are_written_as_keras_writes_them(value, text):
    assert _number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.7, "3s"), (59.9, "59s"), (185, "3:05"), (3723, "1:02:03")]
)
def test_clock(seconds, text):
    assert _clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "50ms/step"), (0.0005, "50us/step"), (20, "2s/step")]
)
def test_time_per_step(seconds, text):
    assert _per_step(seconds, 10) == text


def test_a_bar_in_the_middle_shows_the_time_that_is_left(capsys, monkeypatch):
    monkeypatch.setattr("cornu.training.progress._redraws", lambda: True)
    progress = Progress(1, 200)
    progress.start = time.perf_counter() - 50
    progress.update(50, {"loss": 0.25})
    text = capsys.readouterr().out
    assert text == f"\r 50/200 {'━' * 5}╸{' ' * 14} 2:30 1s/step - loss: 0.2500"
    progress.update(51, {})
    shorter = capsys.readouterr().out
    assert len(shorter) == len(text)  # spaces over what was longer


# -- on a terminal ---------------------------------------------------------------------------------

PROGRAM = """
import time, numpy as np, cornu
from cornu import layers
x = np.zeros((200, 4), "float32")
model = cornu.Sequential([layers.Dense(1, input_shape=(4,))])
model.compile("sgd", "mse")
class Slow(cornu.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.005)
model.fit(x, x[:, 0], batch_size=1, epochs=2, callbacks=[Slow()])
print("done")
"""


def on_a_terminal(program):
    """What a program writes to a pseudo-terminal."""
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=follower, stderr=follower, env=environment
    )
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # the other end was closed
            break
        if not part:
            break
        parts.append(part)
    os.close(leader)
    assert process.wait(60) == 0, b"".join(parts).decode()
    return b"".join(parts).decode()


def test_the_bar_on_a_terminal():
    text = on_a_terminal(PROGRAM)
    first, second = text.split("Epoch 2/2")
    assert first.startswith("Epoch 1/2")
    assert second.rstrip().endswith("done")
    bars = [bar for bar in second.split("done")[0].split("\r") if "/200" in bar]
    steps = [int(re.search(r"(\d+)/200", bar)[1]) for bar in bars]
    assert steps == sorted(steps)
    assert steps[-1] == 200
    # 200 steps of at least 5 ms are at least 1 s: ten bars a second, and the last.
    took = max(float(re.search(r" (\d+)s \d+ms/step", bars[-1])[1]) + 1, 2)
    assert 4 <= len(bars) <= 10 * took + 2
    middle = bars[len(bars) // 2]
    assert re.search(r"\d+/200 ━+╸ *\d+s \d+ms/step - loss: 0\.0000", middle), middle
    assert f"200/200 {'━' * 20} " in bars[-1]
    assert re.search(r"loss: 0\.0000 *\r\ndone", second)
