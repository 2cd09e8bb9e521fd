"""`cornu launch`: one script as several processes of this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cornu import cli
from cornu.distribution.launching import launch
from tests.compat.process import cornu, environment

SCRIPT = """
import os, signal, sys
import numpy as np
import keras
from cornu import distribution

distribution.initialize()  # done already
x = np.linspace(-1, 1, 24).reshape(12, 2)
model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
replicas = distribution.distribution().num_model_replicas
print("devices", len(distribution.list_devices()), replicas, sys.argv[1:])
model.fit(x, x[:, :1], batch_size=4, epochs=2, verbose=2)
me = int(os.environ["KERAS_DISTRIBUTION_PROCESS_ID"])
if sys.argv[1:] == ["killed"] and me == 1:
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1:] == ["fails"] and me == 1:
    raise ValueError("on purpose")
if sys.argv[1:] != ["well"]:
    model.fit(x, x[:, :1], batch_size=4, epochs=1000000, verbose=0)
"""


def script(folder: Path) -> str:
    path = folder / "script.py"
    path.write_text(SCRIPT)
    return str(path)


def test_a_script_runs_as_two_processes_and_prints_each_line_once(tmp_path: Path) -> None:
    done = cornu("launch", "--processes", "2", script(tmp_path), "well")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "devices 2 2 ['well']"
    assert [line for line in lines if line.startswith("Epoch")] == ["Epoch 1/2", "Epoch 2/2"]
    assert len(lines) == 5
    assert done.stderr == ""


SAID = {
    "killed": (137, "cornu launch: process 1 of 2 was ended by SIGKILL; the others are ended."),
    "fails": (1, "[1] ValueError: on purpose\ncornu launch: process 1 of 2 ended with status 1; the"),
}


@pytest.mark.wide
@pytest.mark.parametrize("how", SAID)
def test_when_one_process_ends_the_others_are_ended_and_it_is_said(how: str, tmp_path: Path) -> None:
    began = time.monotonic()
    done = cornu("launch", "-n", "2", script(tmp_path), how)
    status, words = SAID[how]
    assert done.returncode == status
    assert words in done.stderr
    assert time.monotonic() - began < 60


@pytest.mark.wide
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_when_the_launcher_ends_its_processes_end(number: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cornu", "launch", "-n2", script(tmp_path), "on and on"]
    pipe: Any = subprocess.PIPE
    # Where the tests run in the background, Ctrl-C is ignored, and by what they start as well.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(command, stdout=pipe, env=environment(), start_new_session=True)
    signal.signal(signal.SIGINT, before)
    assert running.stdout is not None
    with running.stdout as printed:
        for _ in range(4):
            printed.readline()
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert len(children) == 2
    os.kill(running.pid, number)
    assert running.wait(30) == (-9 if number == signal.SIGKILL else cli.INTERRUPTED)
    until = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < until
        time.sleep(0.1)


# ---------------------------------------------------------------------------- without JAX, so quickly


def python(*lines: str) -> list[str]:
    return [sys.executable, "-S", "-c", "import os, sys, time\n" + "\n".join(lines)]


def test_each_process_is_told_its_number_and_the_first_one_is_heard(
    capfd: pytest.CaptureFixture[str],
) -> None:
    names = "KERAS_DISTRIBUTION_NUM_PROCESSES", "KERAS_DISTRIBUTION_PROCESS_ID", "CORNU_LAUNCHED"
    assert launch(python(f"print(*map(os.environ.get, {names}))"), 3) == 0
    assert capfd.readouterr() == ("3 0 1\n", "")


def test_the_last_lines_of_the_one_that_fails_are_shown(capfd: pytest.CaptureFixture[str]) -> None:
    fails = (
        "if os.environ['KERAS_DISTRIBUTION_PROCESS_ID'] == '2':",
        "    for i in range(30): print('line', i, file=sys.stderr)",
        "    sys.exit(7)",
        "time.sleep(60)",
    )
    began = time.monotonic()
    assert launch(python(*fails), 3) == 7
    assert time.monotonic() - began < 20
    err = capfd.readouterr().err.splitlines()
    shown = [f"[2] line {i}" for i in range(10, 30)]
    ended = "cornu launch: process 2 of 3 ended with status 7; the others are ended."
    assert err == ["cornu launch: the last lines of process 2:", *shown, ended]


def test_who_does_not_heed_sigterm_is_killed(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cornu.distribution.launching.PATIENCE", 0.5)
    deaf = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "if os.environ['KERAS_DISTRIBUTION_PROCESS_ID'] == '0':",
        "    time.sleep(0.5); os.kill(os.getpid(), signal.SIGKILL)",
        "time.sleep(60)",
    )
    assert launch(python(*deaf), 2) == 137
    assert "process 0 of 2 was ended by SIGKILL" in capfd.readouterr().err


@pytest.mark.parametrize("words", [["-n", "0"], ["--processes", "two"]])
def test_a_wrong_number_of_processes_is_said(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["launch", *words, "script.py"])
    assert ended.value.code == 2
    assert f"must be a whole number of 1 or more, got '{words[1]}'" in capsys.readouterr().err
