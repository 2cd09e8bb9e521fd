"""A run with BackupAndRestore that is killed at random moments ends as one that was not."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cornu
from cornu.training.callbacks.backup_file import read_backup
from cornu.training.callbacks.backup_stores import FILES

ALL = 300  # steps of the program
PROGRAM = Path(__file__).with_name("program.py")
SOURCE = Path(__file__).resolve().parents[3] / "src"
STEPS = 10  # of an epoch of the program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")


def started(folder, freq, source="arrays"):
    """The program in a process of its own."""
    log, result = folder / "log.txt", folder / "result.json"
    (folder / "made").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(PROGRAM), str(folder / "made"), str(freq), str(log), str(result)]
    command.append(source)
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finished(process):
    errors = process.communicate(timeout=200)[1].decode()
    assert process.returncode == 0, errors


def lines(folder):
    path = folder / "log.txt"
    return path.read_text().splitlines() if path.exists() else []


def wait_for_steps(folder, process):
    """Waits until this process trains; False if it has ended before."""
    begun = sum(line == "begin" for line in lines(folder))
    while process.poll() is None:
        if sum(line == "begin" for line in lines(folder)) > begun:
            return True
        time.sleep(0.005)
    return False


def check_files(folder):
    """Every file that is there can be loaded."""
    backup = folder / "made" / "backup"
    for name in FILES:
        if (backup / name).exists():
            read_backup(backup / name)
    best = folder / "made" / "best.keras"
    if best.exists():
        cornu.models.load_model(best)


def check_what_was_lost(log, allowed):
    """No run began more than the allowed number of steps before where the last was killed."""
    done, first = 0, False
    for line in log:
        word, *number = line.split()
        if word == "begin":
            first = True
        elif first:  # the first step of a run
            assert int(number[0]) >= done - allowed, line
            first = False
        if word == "done":
            done = int(number[0]) % ALL  # after the last the backup is gone


def ends_like(folder, reference):
    ours = json.loads((folder / "result.json").read_text())
    theirs = json.loads((reference / "result.json").read_text())
    assert ours["epochs"] == theirs["epochs"]
    assert ours == theirs


def killed(folder, freq, kills, rng, longest, source="arrays"):
    """Runs the program to its end, killed so many times on the way; gives how often it was."""
    count = 0
    while True:
        process = started(folder, freq, source)
        if count == kills:
            finished(process)
            return count
        if rng.random() < 0.2:  # also while it starts
            time.sleep(rng.uniform(0, 1))
        elif wait_for_steps(folder, process):
            time.sleep(rng.uniform(0, longest))
        if process.poll() is not None:
            finished(process)
            return count
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        count += 1
        check_files(folder)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The folder of a run that was not killed and made no backup."""
    folder = tmp_path_factory.mktemp("reference")
    finished(started(folder, 0))
    return folder


def test_a_run_that_is_killed_three_times_ends_as_one_that_is_not(tmp_path, reference):
    assert killed(tmp_path, 7, 3, random.Random(1), 0.4) > 0
    ends_like(tmp_path, reference)
    check_what_was_lost(lines(tmp_path), 7)


@pytest.mark.wide
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("freq", ["epoch", 3, 25])
def test_thirty_kills_at_random_moments(freq, tmp_path, reference):
    rng, kills, runs = random.Random(str(freq)), 0, 0
    while kills < 30:
        folder = tmp_path / str(runs)
        folder.mkdir()
        kills += killed(folder, freq, 30 - kills, rng, 0.5)
        ends_like(folder, reference)
        check_what_was_lost(lines(folder), STEPS if freq == "epoch" else freq)
        runs += 1


@pytest.mark.wide
@pytest.mark.timeout(600)
@pytest.mark.parametrize("source", ["sequence", "dataset", "half"])
def test_sources_with_a_place_of_their_own_go_on_after_kills(source, tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    finished(started(whole, 0, source))
    for freq in ("epoch", 7):
        folder = tmp_path / str(freq)
        folder.mkdir()
        assert killed(folder, freq, 5, random.Random(f"{source} {freq}"), 0.5, source) > 0
        ends_like(folder, whole)
        check_what_was_lost(lines(folder), STEPS if freq == "epoch" else freq)
